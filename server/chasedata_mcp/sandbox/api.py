"""The checks before the dialer: token, account, action and required parameters."""

import sqlite3
from collections.abc import Mapping

from chasedata_mcp.sandbox import wire
from chasedata_mcp.sandbox.dialer import SandboxDialer
from chasedata_mcp.sandbox.identity import ACCID, TOKEN
from chasedata_mcp.sandbox.operations import InvalidRequestError, OperationError
from chasedata_mcp.sandbox.routes import ROUTES, Route
from chasedata_mcp.sandbox.transcript import INSERT, TRANSCRIPT, UPDATE

_ABOUT_THE_CALL = frozenset({"token", "accid", "Action"})

# The vendor's own sentences. Every other text of this module is the project's own: those for a
# wrong token or a missing parameter were seen nowhere (docs/wire.md).
_NO_CAMPAIGN = "Campaign name should be specified"
_NOTHING_TO_IMPORT = "No data to import"
_NOTHING_TO_UPDATE = "No data to update"


def answer(dialer: SandboxDialer, script: str, sent: Mapping[str, str]) -> str:
    """Give the body that answers a request to a script; the status is always 200.

    Args:
        dialer: The dialer behind the API.
        script: One of the scripts in `ROUTES`.
        sent: The parameters, by their names on the wire.
    """
    try:
        route = _route(script, sent)
        body = dialer.run(route, sent)
    except InvalidRequestError as error:
        return wire.invalid_request(str(error))
    except OperationError as error:
        return wire.operation_error(str(error))
    except sqlite3.OperationalError:
        return wire.operation_error("The sandbox's file is in use.")
    # HTTP 200 whatever came of it: the vendor's scripts tell a refusal in the body only (wire.md).
    return wire.OK if body is None else body


def _route(script: str, sent: Mapping[str, str]) -> Route:
    """Find the route of a request, or refuse one that lacks something."""
    if sent.get("token") != TOKEN:
        raise InvalidRequestError("Token is not valid")
    if sent.get("accid") != ACCID:
        raise InvalidRequestError("Account was not found")
    action = "" if "" in ROUTES[script] else sent.get("Action", "")
    if (route := ROUTES[script].get(action)) is None:
        why = "Action is not supported" if action else "Action should be specified"
        raise InvalidRequestError(why)
    # Before the parameters: an insert without any data is refused in the vendor's own sentence.
    _require_data(script, sent)
    for name in TRANSCRIPT[script][action].required:
        if not sent.get(name):
            raise InvalidRequestError(f"{name} should be specified")
    return route


def _require_data(script: str, sent: Mapping[str, str]) -> None:
    """Refuse an insert or an update that carries no data, in the vendor's own words."""
    data = sent.keys() - _ABOUT_THE_CALL
    if script == INSERT:
        if not sent.get("Campaign"):
            raise InvalidRequestError(_NO_CAMPAIGN)
        if not data - {"Campaign", "Subcampaign", *TRANSCRIPT[INSERT][""].optional}:
            raise InvalidRequestError(_NOTHING_TO_IMPORT)
    if script == UPDATE and not data - {"SearchField", "Identifier"}:
        raise InvalidRequestError(_NOTHING_TO_UPDATE)
