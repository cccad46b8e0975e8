"""An open question with all that a person needs to decide, as it was kept in the ledger."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from chasedata_mcp.actions import CATALOGUE
from chasedata_mcp.approvals.shown import seen, value
from chasedata_mcp.consenting import consent_of
from chasedata_mcp.guards.consents import Consent
from chasedata_mcp.guards.grants import Offer
from chasedata_mcp.guards.questions import Kind, Question
from chasedata_mcp.guards.terms import Sureness
from chasedata_mcp.ledger import ConsentRow

_NAME = 200
_SENTENCE = 2000


@dataclass(frozen=True, slots=True)
class AskedCall:
    """A call that waits for a yes; everything in it is made to be shown.

    `reasons` are why it is asked about, `warnings` what is worth knowing of its arguments.
    """

    tool: str
    title: str
    arguments: tuple[tuple[str, str], ...]
    consequences: tuple[str, ...]
    reasons: tuple[str, ...]
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """A question that waits for an answer; its texts are made to be shown, but for `grantee`.

    Attributes:
        id: What its address on the page bears.
        code: What it is asked for by on the terminal; empty where the client asks too.
        caller: Who wants the call made.
        grantee: The same, as it is kept: who a grant is for.
        question: What is asked, and what must be typed.
        calls: What the yes is for.
        known: Facts that the yes depends on, in sentences.
        needs: How sure the yes has to be.
        offers: Grants that may be given with it, that have not ended yet.
        asked: Since when it is open.
        ends: When an answer is too late.
    """

    id: str
    code: str
    caller: str
    grantee: str
    question: Question
    calls: tuple[AskedCall, ...]
    known: tuple[str, ...]
    needs: Sureness
    offers: tuple[Offer, ...]
    asked: datetime
    ends: datetime

    @property
    def text(self) -> str:
        """The question."""
        return seen(self.question.text)

    @property
    def typed(self) -> str | None:
        """What must be typed; None where a plain yes is enough."""
        return None if self.question.typed is None else seen(self.question.typed.shown)

    @property
    def types_a_number(self) -> bool:
        """Whether what must be typed is a phone number."""
        return self.question.typed is not None and self.question.typed.kind is Kind.PHONE

    @property
    def needs_second_factor(self) -> bool:
        """Whether no yes counts without a code of the second factor."""
        return self.needs is Sureness.SECOND_FACTOR


def asked(row: ConsentRow, now: datetime) -> Asked | None:
    """The question of a row; None where this version can't read it, so nobody can answer it."""
    consent = consent_of(row)
    return None if consent is None else _shown(consent, now)


def _shown(consent: Consent, now: datetime) -> Asked:
    return Asked(
        id=consent.id,
        code=seen(consent.code),
        caller=seen(consent.caller, _NAME),
        grantee=consent.caller,
        question=consent.question,
        calls=tuple(map(_call, consent.more.calls)),
        known=tuple(seen(line, _SENTENCE) for line in consent.more.known),
        needs=consent.more.needs,
        offers=tuple(one for one in consent.more.offers if one.scope.until > now),
        asked=consent.asked,
        ends=consent.ends,
    )


def _call(kept: Mapping[str, object]) -> AskedCall:
    tool = str(kept.get("tool", ""))
    action = CATALOGUE.get(tool)
    return AskedCall(
        seen(tool, _NAME),
        action.title if action else "",
        tuple(_arguments(kept.get("arguments"))),
        tuple(_sentences(kept.get("consequences"))),
        tuple(_sentences([_object(ask).get("reason") for ask in _list(kept.get("asked_by"))])),
        tuple(_sentences(kept.get("warnings"))),
    )


def _arguments(kept: object) -> Iterator[tuple[str, str]]:
    """One for each argument; of free fields, one for each of those."""
    for name, given in _object(kept).items():
        inner = _object(given)
        if inner:
            yield from ((seen(f"{name}.{key}", _NAME), value(of)) for key, of in inner.items())
        else:
            yield seen(name, _NAME), value(given)


def _sentences(kept: object) -> Iterator[str]:
    for sentence in _list(kept):
        if isinstance(sentence, str):
            yield seen(sentence, _SENTENCE)


def _list(kept: object) -> list[object]:
    return cast("list[object]", kept) if isinstance(kept, list) else []


def _object(kept: object) -> Mapping[str, object]:
    return cast("Mapping[str, object]", kept) if isinstance(kept, Mapping) else {}
