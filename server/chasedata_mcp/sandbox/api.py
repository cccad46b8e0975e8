"""The thin front on the dialer: it checks who asks and what is missing, and frames the answer."""

import sqlite3
from collections.abc import Mapping

from chasedata_mcp.sandbox import wire
from chasedata_mcp.sandbox.dialer import Dialer
from chasedata_mcp.sandbox.identity import ACCID, TOKEN
from chasedata_mcp.sandbox.operations import Refused, TurnedAway
from chasedata_mcp.sandbox.routes import RULES, Rule
from chasedata_mcp.sandbox.transcript import INSERT, TRANSCRIPT, UPDATE

_ABOUT_THE_CALL = frozenset({"token", "accid", "Action"})

# The vendor's own sentences. Every other text of this module is the project's own.
_NO_CAMPAIGN = "Campaign name should be specified"
_NOTHING_TO_IMPORT = "No data to import"
_NOTHING_TO_UPDATE = "No data to update"


def answer(dialer: Dialer, script: str, sent: Mapping[str, str]) -> str:
    """Give the body that a request to a script is answered with; the status is always 200.

    Args:
        dialer: The dialer behind the front.
        script: One of the scripts in `RULES`.
        sent: The parameters, as the front's language names them.
    """
    try:
        rule = _admit(script, sent)
        body = dialer.follow(rule, sent)
    except TurnedAway as no:
        return wire.turned_away(str(no))
    except Refused as no:
        return wire.refused(str(no))
    except sqlite3.OperationalError:
        return wire.refused("The sandbox's file is in use.")
    return wire.OK if body is None else body


def _admit(script: str, sent: Mapping[str, str]) -> Rule:
    if sent.get("token") != TOKEN:
        raise TurnedAway("Token is not valid")
    if sent.get("accid") != ACCID:
        raise TurnedAway("Account was not found")
    action = "" if "" in RULES[script] else sent.get("Action", "")
    if (rule := RULES[script].get(action)) is None:
        raise TurnedAway("Action is not supported" if action else "Action should be specified")
    _require_data(script, sent)
    for name in TRANSCRIPT[script][action].required:
        if not sent.get(name):
            raise TurnedAway(f"{name} should be specified")
    return rule


def _require_data(script: str, sent: Mapping[str, str]) -> None:
    """Turn an insert or an update away in the vendor's own words."""
    spoken_of = {name for name in sent if name not in _ABOUT_THE_CALL}
    if script == INSERT:
        if not sent.get("Campaign"):
            raise TurnedAway(_NO_CAMPAIGN)
        if not spoken_of - {"Campaign", "Subcampaign", *TRANSCRIPT[INSERT][""].optional}:
            raise TurnedAway(_NOTHING_TO_IMPORT)
    if script == UPDATE and not spoken_of - {"SearchField", "Identifier"}:
        raise TurnedAway(_NOTHING_TO_UPDATE)
