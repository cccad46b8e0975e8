"""Bodies of events: calls drafted as events, and entries read from their events."""

import json
import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Final

from chasedata_mcp.errors import Outcome
from chasedata_mcp.ledger.events import Body, Draft, Event, EventKind, format_time, parse_time
from chasedata_mcp.ledger.models import (
    ApprovalSummary,
    Ending,
    Entry,
    EntryKind,
    Intent,
    Note,
    Ruling,
)

_ID = re.compile(r"[0-9A-Za-z_-]{1,64}")
_OPENING = {
    EventKind.INTENT: EntryKind.WRITE,
    EventKind.READ: EntryKind.READ,
    EventKind.REFUSAL: EntryKind.REFUSAL,
}
"""The kind of the entry that each event opens."""


def draft_intent(intent: Intent) -> Draft:
    """Draft the event that is written before a call is sent.

    Raises:
        ValueError, TypeError: It holds what is not JSON, a time without a zone, or an odd id.
    """
    return Draft.of(
        format_time(intent.at), EventKind.INTENT, _intent_body(intent), _id(intent.entry)
    )


def draft_ending(ending: Ending, what: EventKind) -> Draft:
    """Draft the event of an outcome, as the dialer answered it or a later read found it."""
    return Draft.of(format_time(ending.at), what, _ending_body(ending), ending.entry)


def draft_note(note: Note) -> Draft:
    """Draft the one event of a read or of a refusal."""
    what = EventKind.READ if note.kind is EntryKind.READ else EventKind.REFUSAL
    body = {"intent": _intent_body(note.intent), "ending": _ending_body(note.ending)}
    return Draft.of(format_time(note.intent.at), what, body, _id(note.intent.entry))


@dataclass(frozen=True, slots=True)
class ParsedEvent:
    """An event with its body read. `seq` is the one that it was first written with."""

    seq: int
    what: EventKind
    at: str
    entry: str
    body: Body

    @property
    def opens(self) -> EntryKind | None:
        """The kind of the entry that this event begins, if it does."""
        return _OPENING.get(self.what)

    @property
    def called(self) -> Body:
        """The call, of an event that opens an entry; its values are `intent`'s."""
        call: Body = self.body if self.what is EventKind.INTENT else self.body["intent"]
        return call

    @property
    def happened(self) -> str:
        """The time of an event that opens an entry, by the store's own time where it has that."""
        return str(self.called.get("store_time", self.at))

    @property
    def ended(self) -> Body | None:
        """The outcome of the call, where this event says it; its values are `ending`'s."""
        match self.what:
            case EventKind.OUTCOME | EventKind.FOUND:
                return self.body
            case EventKind.READ | EventKind.REFUSAL:
                ending: Body = self.body["ending"]
                return ending
            case _:
                return None

    @property
    def intent(self) -> Intent:
        """The call, of an event that opens an entry."""
        return _intent(self.entry, self.at, self.called)

    @property
    def ending(self) -> Ending | None:
        """The outcome of the call, where this event says it."""
        return _ending(self.entry, self.ended) if self.ended is not None else None


def parse(event: Event) -> ParsedEvent:
    """Read an event's body; one that was carried over a cut is read as it first was.

    Raises:
        ValueError, KeyError, TypeError: This program didn't write it so.
    """
    what, body = EventKind(event.what), json.loads(event.body)
    if what is EventKind.CARRIED:
        return ParsedEvent(
            body["seq"], EventKind(body["kind"]), body["at"], event.entry, body["body"]
        )
    return ParsedEvent(event.seq, what, event.at, event.entry, body)


def carry(event: Event) -> Draft:
    """Draft an event anew, to stand behind a cut that removes the event itself."""
    # A second cut carries what the first one carried, and not an event about that.
    if event.what == EventKind.CARRIED:
        return Draft.of(event.at, EventKind.CARRIED, json.loads(event.body), event.entry)
    body = {
        "seq": event.seq,
        "kind": event.what,
        "at": event.at,
        "hash": event.hash,
        "body": json.loads(event.body),
    }
    return Draft.of(event.at, EventKind.CARRIED, body, event.entry)


def parse_entry(events: Iterable[Event]) -> Entry:
    """Read an entry from all of its events."""
    # By the number that each was first written with: carried events come last in the chain.
    first, *later = sorted(map(parse, events), key=lambda event: event.seq)
    endings = [event.ending for event in (first, *later)]
    return Entry(
        first.seq,
        _OPENING[first.what],
        first.intent,
        tuple(ending for ending in endings if ending is not None),
    )


def _id(entry: str) -> str:
    if not _ID.fullmatch(entry):
        raise ValueError("an entry's id is of up to 64 ASCII letters, digits, - and _")
    return entry


# Every recorded event has these keys, so they outlive the names of the fields.
_FIELDS: Final = {"consent": "approval", "consequences": "effects", "subjects": "resource_keys"}


def _intent_body(intent: Intent) -> Body:
    return {
        "caller": intent.caller,
        "environment": intent.environment,
        "account": intent.account,
        "host": intent.host,
        "tool": intent.tool,
        "digest": intent.digest,
        "arguments": intent.arguments,
        "consequences": intent.effects,
        "verdict": [asdict(ruling) for ruling in intent.verdict],
        "consent": intent.approval and asdict(intent.approval),
        "form": intent.form,
        "numbers": list(intent.numbers),
        "subjects": list(intent.resource_keys),
        "before": intent.before,
        "undoes": intent.undoes,
        **({} if intent.row is None else {"row": intent.row}),
        **_store_time(intent.store_time),
    }


def _intent(entry: str, at: str, body: Body) -> Intent:
    read: Body = {
        "verdict": tuple(Ruling(**ruling) for ruling in body["verdict"]),
        "consent": body["consent"] and ApprovalSummary(**body["consent"]),
        "numbers": tuple(body["numbers"]),
        "subjects": tuple(body["subjects"]),
        **_read_store_time(body),
    }
    fields = {_FIELDS.get(key, key): value for key, value in {**body, **read}.items()}
    return Intent(entry=entry, at=parse_time(at), **fields)


def _ending_body(ending: Ending) -> Body:
    return {
        "at": format_time(ending.at),
        "outcome": ending.outcome.value,
        "code": ending.code,
        "message": ending.message,
        "answer": ending.answer,
        "after": ending.after,
        "milliseconds": ending.milliseconds,
        "how": ending.how,
        **_store_time(ending.store_time),
    }


def _ending(entry: str, body: Body) -> Ending:
    read: Body = {
        "at": parse_time(body["at"]),
        "outcome": Outcome(body["outcome"]),
        **_read_store_time(body),
    }
    return Ending(entry=entry, **{**body, **read})


def _store_time(at: datetime | None) -> Body:
    return {} if at is None else {"store_time": format_time(at)}


def _read_store_time(body: Body) -> Body:
    return {"store_time": parse_time(body["store_time"])} if "store_time" in body else {}
