"""Events: the links of the chain, each sealed with the hash of the one before."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from hashlib import sha256
from json.encoder import encode_basestring_ascii as quoted
from typing import Any, Self

_TO_THE_MICROSECOND = len("2026-06-01T18:00:00.000000")
FIRST = "0" * 64
"""What the first event is hashed behind, as there is no hash yet."""


class EventKind(StrEnum):
    """The kind of an event, its `kind` in JSON."""

    INTENT = "intent"
    OUTCOME = "outcome"
    FOUND = "found"
    READ = "read"
    REFUSAL = "refusal"
    LOST = "lost"
    CARRIED = "carried"
    PRUNED = "pruned"
    FROZEN = "frozen"
    REARMED = "rearmed"
    GRANTED = "granted"
    REVOKED = "revoked"
    ACCEPTED = "accepted"
    RESTORED = "restored"


Body = Mapping[str, Any]
# Not RFC 8785, which writes UTF-8 and numbers as JavaScript does: ASCII is the same bytes in
# whatever encoding a database or an export has, and `Ledger.export` documents the form. JSON has no
# NaN (RFC 8259, section 6), which Python would write.
_ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"), allow_nan=False)


@dataclass(frozen=True, slots=True)
class Draft:
    """An event that has no place in the chain yet; `text` is its body as canonical JSON."""

    at: str
    what: EventKind
    entry: str
    body: Body
    text: str

    @classmethod
    def of(cls, at: str, what: EventKind, body: Body, entry: str = "") -> Self:
        """Draft an event.

        Raises:
            ValueError, TypeError: Its body is not JSON.
        """
        return cls(at, what, entry, body, canonical(body))


@dataclass(frozen=True, slots=True)
class Event:
    """An event in its place. `what` is text, as somebody may have changed it in the store."""

    seq: int
    at: str
    what: str
    entry: str
    body: str
    hash: str

    @property
    def text(self) -> str:
        """The event as canonical JSON, without its hashes."""
        return _text(self.seq, self.at, self.what, self.entry, self.body)

    def export(self, prev: str) -> dict[str, object]:
        """Make an object; its canonical JSON without the hashes was hashed behind `prev`."""
        names = {"seq": self.seq, "at": self.at, "kind": self.what, "entry": self.entry}
        return {**names, "body": json.loads(self.body), "prev": prev, "hash": self.hash}

    def hash_behind(self, prev: str) -> str:
        """Hash this event as it would be behind another one's hash."""
        return _hash(prev, self.text)


def seal(draft: Draft, seq: int, prev: str) -> Event:
    """Put an event into its place in the chain."""
    text = _text(seq, draft.at, draft.what, draft.entry, draft.text)
    digest = _hash(prev, text)
    return Event(seq, draft.at, draft.what.value, draft.entry, draft.text, digest)


def canonical(value: object) -> str:
    """Write a value as JSON in the one way that is hashed: ASCII, keys sorted, no spaces.

    Raises:
        ValueError, TypeError: It is not JSON.
    """
    return _ENCODER.encode(value)


def format_time(at: datetime) -> str:
    """Write a time in UTC, always equally long, so that text sorts as time does.

    Raises:
        ValueError: It has no time zone.
    """
    if at.tzinfo is None:
        raise ValueError("a time in the ledger has a time zone")
    utc = at if at.tzinfo is UTC else at.astimezone(UTC)
    # `isoformat` leaves out microseconds that are zero otherwise, and then text would sort wrongly.
    return f"{utc.isoformat('T', 'microseconds')[:_TO_THE_MICROSECOND]}Z"


def parse_time(text: str) -> datetime:
    """Read a time that `format_time` wrote."""
    return datetime.fromisoformat(text)


def _text(seq: int, at: str, what: str, entry: str, body: str) -> str:
    # Keys in the order of the alphabet: with a canonical body, the whole is canonical.
    return (
        f'{{"at":{quoted(at)},"body":{body},"entry":{quoted(entry)},'
        f'"kind":{quoted(what)},"seq":{seq}}}'
    )


def _hash(prev: str, text: str) -> str:
    return sha256(f"{prev}\n{text}".encode()).hexdigest()
