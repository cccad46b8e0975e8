"""The published form of an entry: the call, its caller, its outcome and how that is known."""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, cast

from chasedata_mcp.fields.sanitize import MAX_DIALER_SAID, blank, clean
from chasedata_mcp.ledger import Ending, Entry, Json
from chasedata_mcp.pipeline.entries import IN_FORCE
from chasedata_mcp.redaction import HIDDEN, Redactor
from chasedata_mcp.tools.history import HistoryEntry, HistoryResult
from chasedata_mcp.tools.render import DIALER_SAID_PREFIX, RenderedResult, render_views
from chasedata_mcp.tools.results import is_repetition

_UNKNOWN_OUTCOME = "Its outcome is unknown: it may have been done."
_NAME = 100
_SAID = "said above"


def dump_entry(entry: Entry, undone_by: Sequence[str] = ()) -> dict[str, Any]:
    """Dump an entry as JSON for a person's own programs; empty fields are left out."""
    published = publish_entry(entry, undone_by)
    introduced = published.dialer_said and f"{DIALER_SAID_PREFIX}{published.dialer_said}"
    whole = published.model_copy(update={"dialer_said": introduced})
    return whole.model_dump(mode="json", exclude_none=True)


def publish_entry(entry: Entry, undone_by: Sequence[str] = ()) -> HistoryEntry:
    """Put an entry in its published form; `undone_by` are the entries that undid it."""
    intent, ending, approval = entry.intent, entry.ending, entry.intent.approval
    return HistoryEntry(
        id=entry.id,
        at=format_local(intent.at),
        tool=intent.tool,
        kind=entry.kind,
        outcome=entry.outcome,
        message=ending.message if ending else _UNKNOWN_OUTCOME,
        known=ending.how if ending else "nothing recorded",
        # A client names itself, and others may read it.
        who=clean(intent.caller, _NAME),
        account=intent.account,
        arguments=_object(intent.arguments),
        code=ending.code if ending else None,
        question=approval and approval.question,
        answered=approval and approval.how,
        answered_by=(approval and clean(approval.by, _NAME)) or None,
        sureness=(approval and approval.sureness) or None,
        rules=_find_rules(entry) or None,
        row=intent.row,
        undoes=intent.undoes,
        undone_by=list(undone_by) or None,
        dialer_said=_find_dialer_message(ending),
    )


def format_local(at: datetime) -> str:
    """Write a time by this machine's clock, with its offset."""
    return at.astimezone().isoformat(timespec="seconds").replace("+00:00", "Z")


def _find_rules(entry: Entry) -> dict[str, str]:
    """Find what rules said; of what the message or the question says already, only that it does."""
    approval, ending = entry.intent.approval, entry.ending
    said = f"{ending.message if ending else ''} {approval.question if approval else ''}"
    return {
        one.rule: _SAID if one.reason in said else one.reason
        for one in entry.intent.verdict
        if one.rule != IN_FORCE
    }


def redact_page(result: HistoryResult, redactor: Redactor | None) -> HistoryResult:
    """Hide in a page of the history all that a model may not see by the policy in force.

    An entry may have been recorded under a laxer policy.
    """
    if redactor is None or not result.entries:
        return result
    return result.model_copy(
        update={"entries": [_redacted(entry, redactor) for entry in result.entries]}
    )


def _redacted(entry: HistoryEntry, redactor: Redactor) -> HistoryEntry:
    hidden = tuple(dict.fromkeys(_values(entry.arguments, redactor)))

    def redacted(text: str | None) -> str | None:
        known = text and redactor.redact(text)[0]
        return blank(known, hidden) if known and hidden else known

    rules = entry.rules and {rule: redacted(why) or "" for rule, why in entry.rules.items()}
    return entry.model_copy(
        update={
            "arguments": _without(entry.arguments, redactor),
            "message": redacted(entry.message),
            "question": redacted(entry.question),
            "dialer_said": redacted(entry.dialer_said),
            "rules": rules,
        }
    )


def _hides(name: str, arguments: Mapping[str, Any], redactor: Redactor) -> bool:
    found_by = arguments.get("search_field") if name == "identifier" else None
    return redactor.hides_name(name) or (
        isinstance(found_by, str) and redactor.hides_name(found_by)
    )


def _values(arguments: Mapping[str, Any], redactor: Redactor) -> Iterator[str]:
    """Yield the values of hidden fields in the arguments of a call."""
    for name, value in arguments.items():
        if isinstance(value, str) and value.strip() and _hides(name, arguments, redactor):
            yield value
        elif isinstance(value, Mapping):
            yield from _values(cast("Mapping[str, Any]", value), redactor)


def _without(arguments: Mapping[str, Any], redactor: Redactor) -> dict[str, Any]:
    return {
        redactor.redact(name)[0]: HIDDEN
        if value is not None and _hides(name, arguments, redactor)
        else _shown(value, redactor)
        for name, value in arguments.items()
    }


def _shown(value: object, redactor: Redactor) -> object:
    match value:
        case str():
            return redactor.redact(value)[0]
        case Mapping():
            return _without(cast("Mapping[str, Any]", value), redactor)
        case list():
            return [_shown(one, redactor) for one in cast("list[object]", value)]
        case _:
            return value


def _object(arguments: Json) -> dict[str, Any]:
    return dict(arguments) if isinstance(arguments, Mapping) else {}


def _find_dialer_message(ending: Ending | None) -> str | None:
    """Find the dialer's own words, None where the message says the same."""
    match ending:
        case Ending(answer={"dialer_said": str(said)} | {"said": str(said)}, message=message):
            # Entries of the first days hold it as it was introduced.
            bare = clean(said.removeprefix(DIALER_SAID_PREFIX), MAX_DIALER_SAID)
            return None if not bare or is_repetition(bare, message, ending.code) else bare
        case _:
            return None


def render_page(result: HistoryResult) -> RenderedResult:
    """Render a page as text and as structured content."""
    entries = [line for entry in result.entries or () for line in _lines(entry)]
    older = "" if result.older is None else f"Older entries: before={result.older}"
    return render_views(result, entries, "history", older)


def _lines(entry: HistoryEntry) -> Iterator[str]:
    code = f" ({entry.code})" if entry.code else ""
    what = f"{entry.tool} ({entry.kind})"
    yield f"{entry.id}  {entry.at}  {what}: {entry.outcome}{code}, by {entry.who}"
    yield f"  {_on_a_line(entry.arguments)}"
    yield f"  {entry.message} ({entry.known})"
    if entry.question is not None:
        by = f" by {entry.answered_by}" if entry.answered_by else ""
        sure = f" ({entry.sureness})" if entry.sureness else ""
        yield f"  asked: {_on_a_line(entry.question)} {entry.answered}{by}{sure}"
    yield from (f"  {rule}: {_on_a_line(why)}" for rule, why in (entry.rules or {}).items())
    if entry.row is not None:
        yield f"  row {entry.row}"
    if entry.undoes is not None:
        yield f"  undoes {entry.undoes}"
    if entry.undone_by:
        yield f"  undone by {', '.join(entry.undone_by)}"
    if entry.dialer_said is not None:
        yield f"  {DIALER_SAID_PREFIX}{_on_a_line(entry.dialer_said)}"


def _on_a_line(value: object) -> str:
    """Write a value as JSON, in which no line break can begin a line that looks like ours."""
    return json.dumps(cast("Any", value), ensure_ascii=False)
