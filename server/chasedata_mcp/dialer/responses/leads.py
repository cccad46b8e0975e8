"""Bodies of `SearchLead`, in every shape that wire.md tolerates."""

import re
from collections.abc import Iterable
from typing import cast

from chasedata_mcp.dialer.responses.json import Fraction, UnreadableError, read_documents
from chasedata_mcp.fields.sanitize import CUT, cut, visible
from chasedata_mcp.settings.wire.profile import SearchShape
from chasedata_mcp.tools.answer_types import Lead, LeadsRead
from chasedata_mcp.tools.lead_snapshot import hash_text

FIELD_LENGTH = 5_000
"""The most characters of one field that are handed on."""
_MOST_LEADS, _MOST_FIELDS, _LONGEST_NAME = 1_000, 1_000, 100

_LEAD_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,49}")
# What may stand for the id where there is no lead, zeros apart.
_NO_ID = frozenset({"", "-1"})
_YES, _NO = frozenset({"true", "1"}), frozenset({"false", "0"})


def read_leads(text: str, shape: SearchShape) -> LeadsRead:
    """Read the leads that were found; none only where the text says that there is none.

    Raises:
        UnreadableError: It says neither that there is a lead nor that there is none.
    """
    records = _list_records(read_documents(text, _MOST_LEADS), shape)
    read = [_read_lead(record, shape) for record in records]
    found = [lead for lead in read if lead is not None]
    # A search must never read as "no such lead" by mistake (wire.md, "Answers").
    if len(found) < len(read) and len(read) > 1:
        raise UnreadableError("it says both that there is a lead and that there is none")
    return LeadsRead(tuple(_drop_repeated(found)))


def _list_records(values: list[object], shape: SearchShape) -> list[dict[str, object]]:
    """List the lead records in an object, a list, a wrapper, or objects in a row."""
    # How several leads for one phone come back is unknown: every likely shape is read (wire.md).
    inner = _unpack(values[0], shape) if len(values) == 1 else None
    records = values if inner is None else inner
    if not records or len(records) > _MOST_LEADS:
        raise UnreadableError("it has no leads, or too many, and doesn't say that there are none")
    return [_require_object(record) for record in records]


def _unpack(value: object, shape: SearchShape) -> list[object] | None:
    """Unpack a list or a wrapper; None where the value is neither."""
    if isinstance(value, list):
        return cast("list[object]", value)
    return _unpack_wrapper(_require_object(value), shape.leads.casefold())


def _require_object(value: object) -> dict[str, object]:
    if not isinstance(value, dict):
        raise UnreadableError("something in it is not a lead")
    return cast("dict[str, object]", value)


def _unpack_wrapper(wrapper: dict[str, object], member: str) -> list[object] | None:
    """Unpack `{"Leads": […]}`; None where this is no wrapper."""
    names = [name for name in wrapper if name.casefold() == member]
    if not names or not isinstance(wrapper[names[0]], list):
        return None
    if len(wrapper) > 1:
        raise UnreadableError("it has something beside its leads")
    return cast("list[object]", wrapper[names[0]])


def _read_lead(record: dict[str, object], shape: SearchShape) -> Lead | None:
    """Read the lead of a record, None where the record says that there is none."""
    id_name, exists_name = _find_member(record, shape.id), _find_member(record, shape.exists)
    lead_id = _read_text(record[id_name]).strip()
    identified = lead_id.lstrip("0") not in _NO_ID
    if not _read_truth(record[exists_name]):
        if identified:
            raise UnreadableError("it has an id and says that there is no lead")
        return None
    if not identified or not _LEAD_ID.fullmatch(lead_id):
        raise UnreadableError("it says that there is a lead and doesn't say which")
    fields = {name: value for name, value in record.items() if name not in {id_name, exists_name}}
    return Lead(lead_id, *_read_fields(_unpack_fields(fields, shape.fields.casefold())))


def _unpack_fields(fields: dict[str, object], member: str) -> dict[str, object]:
    """Unpack the member that holds a lead's fields, where they don't stand beside its id."""
    names = [name for name in fields if member and name.casefold() == member]
    if not names:
        return fields
    if len(fields) > 1:
        raise UnreadableError("it has something beside a lead's fields")
    return _require_object(fields[names[0]])


def _find_member(record: dict[str, object], name: str) -> str:
    """Find the one name in the record that is this one, in whatever case."""
    folded = name.casefold()
    match [given for given in record if given.casefold() == folded]:
        case [only]:
            return only
        case _:
            raise UnreadableError("it lacks the id, or whether there is a lead, or has one twice")


def _read_truth(value: object) -> bool:
    written = _read_text(value).strip().casefold()
    if written not in _YES | _NO:
        raise UnreadableError("whether there is a lead is neither true nor false")
    return written in _YES


def _read_text(value: object) -> str:
    match value:
        case str():
            return value
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case Fraction(written):
            return written
        case _:
            raise UnreadableError("something in a lead is not text")


def _read_fields(
    record: dict[str, object],
) -> tuple[dict[str, str], frozenset[str], dict[str, str]]:
    """Read the fields as handed on, the names of those that were altered, and hashes of the cut."""
    given = {cut(visible(name), _LONGEST_NAME): _read_text(one) for name, one in record.items()}
    if len(given) > _MOST_FIELDS or len(given) < len(record):
        raise UnreadableError("a lead has too many fields, or two of one name")
    fields = {name: cut(visible(text), FIELD_LENGTH) for name, text in given.items()}
    # Mostly none is changed, and what is the same text needs no closer look.
    changed = [name for name, text in given.items() if fields[name] is not text]
    altered = frozenset([n for n in changed if fields[n] != _normalize_breaks(given[n])])
    return fields, altered, {n: hash_text(given[n]) for n in given if fields[n].endswith(CUT)}


def _normalize_breaks(text: str) -> str:
    """Normalize line breaks; a difference in those alone doesn't make a field altered."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _drop_repeated(found: Iterable[Lead]) -> list[Lead]:
    """Drop leads that are there twice in the very same words."""
    once: dict[str, Lead] = {}
    for lead in found:
        if once.setdefault(lead.lead_id, lead) != lead:
            raise UnreadableError("it has two leads of one id")
    return list(once.values())
