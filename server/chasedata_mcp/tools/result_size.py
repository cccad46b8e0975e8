"""The bound on field text in one result."""

from collections.abc import Mapping, Sequence
from typing import Final

MAX_BYTES: Final = 200_000
"""The most bytes of fields, names and values, in one result (the project's own figure)."""


def fit_leads(leads: Sequence[Mapping[str, str]]) -> tuple[list[Mapping[str, str]], str | None]:
    """Keep each lead's fields as far as they fit, with a note where some had to be left out.

    A lead's fields are there whole or not at all, but for those of the first lead.
    """
    sizes = [
        {name: _count_bytes(name) + _count_bytes(text) for name, text in one.items()}
        for one in leads
    ]
    shown: list[Mapping[str, str]] = []
    left = MAX_BYTES
    for fields, size in zip(leads, sizes, strict=True):
        left -= sum(size.values())
        if left < 0:
            break
        shown.append(fields)
    else:
        return shown, None
    if not shown:
        shown.append(keep_beginning(leads[0]))
    of_first = len(leads[0]) - len(shown[0])
    without = sum(1 for fields in leads[len(shown) :] if fields)
    return [*shown, *({} for _ in leads[len(shown) :])], _write_note(without, of_first)


def count_fitting(records: Sequence[Mapping[str, str]]) -> int:
    """Count the first records that fit into one result whole; one of them always counts."""
    left = MAX_BYTES
    for place, fields in enumerate(records):
        left -= sum([_count_bytes(name) + _count_bytes(text) for name, text in fields.items()])
        if left < 0:
            return max(1, place)
    return len(records)


def keep_beginning(fields: Mapping[str, str]) -> Mapping[str, str]:
    """Keep as many of a record's first fields as fit into one result."""
    kept = dict[str, str]()
    left = MAX_BYTES
    for name, text in fields.items():
        left -= _count_bytes(name) + _count_bytes(text)
        if left < 0:
            break
        kept[name] = text
    return kept


def _write_note(leads: int, of_first: int) -> str:
    of_one = [f"{of_first} fields of the first lead"] if of_first else []
    others = [f"the fields of {leads} {'lead' if leads == 1 else 'leads'}"] if leads else []
    return (
        f"Left out, since it is too much for one result: {' and '.join([*of_one, *others])}. "
        "Search for one lead by lead_id, or name a campaign."
    )


def _count_bytes(text: str) -> int:
    # In bytes, which fill a message and a model's context; characters would not bound them.
    return len(text.encode(errors="replace"))
