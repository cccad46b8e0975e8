"""The checks before the dialer: token, account, action and required parameters."""

import sqlite3
from collections.abc import Mapping

from chasedata_mcp.sandbox.dialer import SandboxDialer
from chasedata_mcp.sandbox.identity import ACCID, TOKEN
from chasedata_mcp.sandbox.operations import InvalidRequestError, OperationError
from chasedata_mcp.sandbox.routes import ROUTES, Route
from chasedata_mcp.sandbox.transcript import INSERT, TRANSCRIPT, UPDATE

_ABOUT_THE_CALL = frozenset({"token", "accid", "Action"})

# The sentences for an insert or an update that lacks everything are the vendor's own. Every other
# one of this module is the project's own: those for a wrong token or a missing parameter were seen
# nowhere (docs/wire.md).
_NO_CAMPAIGN = "Campaign name should be specified"
_NOTHING_TO_IMPORT = "No data to import"
_NOTHING_TO_UPDATE = "No data to update"


def answer(dialer: SandboxDialer, script: str, sent: Mapping[str, str]) -> str:
    """Give the body that answers a request to a script; the status is always 200.

    Args:
        dialer: The dialer behind the API.
        script: One of the scripts in `ROUTES`, by the vendor's name for it.
        sent: The parameters, by their names on the wire.
    """
    try:
        route = _route(script, sent)
        found = dialer.run(route, sent)
    except InvalidRequestError as error:
        return dialer.bodies.invalid_request(error)
    except OperationError as error:
        return dialer.bodies.operation_error(error)
    except sqlite3.OperationalError:
        return dialer.bodies.operation_error(OperationError("The sandbox's file is in use."))
    # HTTP 200 whatever came of it: the vendor's scripts tell a refusal in the body only (wire.md).
    return dialer.bodies.done if found is None else dialer.bodies.found(found)


def _route(script: str, sent: Mapping[str, str]) -> Route:
    """Find the route of a request, or refuse one that lacks something."""
    if sent.get("token") != TOKEN:
        raise InvalidRequestError("Token is not valid", "wrong_token")
    if sent.get("accid") != ACCID:
        raise InvalidRequestError("Account was not found", "wrong_account")
    action = "" if "" in ROUTES[script] else sent.get("Action", "")
    if (route := ROUTES[script].get(action)) is None:
        if action:
            raise InvalidRequestError("Action is not supported", "unknown_action", action)
        raise InvalidRequestError("Action should be specified", "no_action")
    # Before the parameters: an insert without any data is refused in the vendor's own sentence.
    _require_data(script, sent)
    for name in TRANSCRIPT[script][action].required:
        if not sent.get(name):
            sentence = f"{name} should be specified"
            raise InvalidRequestError(sentence, "missing_parameter", name)
    return route


def _require_data(script: str, sent: Mapping[str, str]) -> None:
    """Refuse an insert or an update that carries no data, in the vendor's own words."""
    data = sent.keys() - _ABOUT_THE_CALL
    if script == INSERT:
        if not sent.get("Campaign"):
            raise InvalidRequestError(_NO_CAMPAIGN, "no_campaign")
        if not data - {"Campaign", "Subcampaign", *TRANSCRIPT[INSERT][""].optional}:
            raise InvalidRequestError(_NOTHING_TO_IMPORT, "nothing_to_import")
    if script == UPDATE and not data - {"SearchField", "Identifier"}:
        raise InvalidRequestError(_NOTHING_TO_UPDATE, "nothing_to_update")
