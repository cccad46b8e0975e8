"""The text form of the dialer's answers, as it was seen on the wire."""

import json
from collections.abc import Mapping, Sequence
from typing import Final

OK: Final = "<br><br>Result:  OK"
"""Done; there are two spaces."""


def refused(sentence: str) -> str:
    """Frame what the dialer refused, which the front relays as a failed request of its own."""
    return f"<br><br>Result: CURL error[500]: {sentence}"


def turned_away(sentence: str) -> str:
    """Frame what the front refused before the dialer saw it."""
    return f"<br><br>Result: {sentence}"


def as_json(value: object) -> str:
    """Write compact JSON, beyond ASCII as escapes, as the vendor's language does by default."""
    return json.dumps(value, separators=(",", ":"))


def lead_json(leads: Sequence[Mapping[str, object]]) -> str:
    """Write what `SearchLead` found: one lead as an object, several as a list.

    The object for none is documented but for its id, and the list for several isn't: those are
    the project's own.
    """
    match leads:
        case []:
            return as_json({"id": 0, "LeadExists": False})
        case [lead]:
            return as_json(lead)
        case _:
            return as_json(leads)
