"""The dialer's answers as text, in the form that public code shows (docs/wire.md)."""

import json
from collections.abc import Mapping, Sequence
from typing import Final

# Observed in public code (docs/wire.md, "Answers"); the front is PHP with curl behind it, so that a
# refusal by the dialer comes as an error of curl.
OK: Final = "<br><br>Result:  OK"
"""The answer to a write that was done. Two spaces stand before OK."""


def operation_error(sentence: str) -> str:
    """Write a refusal by the dialer, which the API relays as a failed request of its own."""
    return f"<br><br>Result: CURL error[500]: {sentence}"


def invalid_request(sentence: str) -> str:
    """Write a refusal by the API, before the dialer saw the request."""
    return f"<br><br>Result: {sentence}"


def as_json(value: object) -> str:
    """Write compact JSON, beyond ASCII as escapes, as the vendor's language does by default."""
    return json.dumps(value, separators=(",", ":"))


def lead_json(leads: Sequence[Mapping[str, object]]) -> str:
    """Write the leads that `SearchLead` found: one as an object, several as a list.

    The vendor documents the object for none without an id, and no form for several: the id and
    the list are the project's own.
    """
    match leads:
        case []:
            return as_json({"id": 0, "LeadExists": False})
        case [lead]:
            return as_json(lead)
        case _:
            return as_json(leads)
