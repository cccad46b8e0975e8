"""An open question as a person reads it, made of what the ledger keeps of it."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import cast, get_args

from pydantic.fields import FieldInfo

from chasedata_mcp.fields.escapes import describe_value, name_unseen, name_unseen_in_line
from chasedata_mcp.fields.format import describe_caller, format_phone, quote_excerpt, quote_name
from chasedata_mcp.fields.phone import PhoneRule
from chasedata_mcp.fields.phones_in_text import is_phone_field
from chasedata_mcp.ledger import Approval, AssuranceLevel, Json, Offer, Question, TypedKind
from chasedata_mcp.tools.argument_labels import label, label_within
from chasedata_mcp.tools.base import Action
from chasedata_mcp.tools.impact import Impact
from chasedata_mcp.tools.registry import CATALOGUE

_NAME = 200
_SENTENCE = 2000
_LONG, _BEGINNING = 160, 60
_TEN_DIGITS = re.compile("[0-9]{10}")
_ASKED = re.compile("(?:“[^”]*”|[^“?])*[?]")


class Weight(StrEnum):
    """The degree to which a call can be taken back, as the page shows it."""

    LIGHT = "light"
    LASTING = "lasting"
    """It reaches somebody or changes live traffic, which can't be taken back."""
    GRAVE = "grave"
    """A protection or a list is lost."""


@dataclass(frozen=True, slots=True)
class CallView:
    """A call that waits for a yes; everything in it is made to be shown.

    `reasons` say why it is asked about, `warnings` what is worth knowing of its arguments. No
    sentence comes twice.
    """

    tool: str
    title: str
    arguments: tuple[tuple[str, str], ...]
    effects: tuple[str, ...]
    reasons: tuple[str, ...]
    warnings: tuple[str, ...]
    weight: Weight = Weight.LIGHT
    only_protects: bool = False
    """True where it only keeps somebody from being reached."""
    has_rows: bool = False
    """True where it stands for many rows, whose count is typed."""


@dataclass(frozen=True, slots=True)
class QuestionView:
    """A question that waits for an answer; its texts are made to be shown, but for `grantee`.

    Attributes:
        id: The last part of its address on the page.
        code: The code that a person types on the terminal; empty where the client asks too.
        caller: The caller who wants the call made, to be shown.
        grantee: The same caller as the ledger has it, whom a grant is for.
        question: The question itself, with the text that must be typed.
        text: The question for people; a long argument is only begun in it.
        headline: Its beginning, without the sentences that `calls` and `known` say again.
        details: The rest of a question about many rows, which is too long for a headline.
        calls: The calls that the yes is for.
        known: Facts that the yes depends on, in sentences, where the question doesn't say them.
        needs: The assurance level that the yes must have.
        offers: Grants that may be given with it, that have not ended yet.
        asked: The time since which it is open.
        ends: The time after which an answer is too late.
        waited_until: The time at which its call stopped waiting, None while it still may.
    """

    id: str
    code: str
    caller: str
    grantee: str
    question: Question
    text: str
    headline: str
    details: str
    calls: tuple[CallView, ...]
    known: tuple[str, ...]
    needs: AssuranceLevel
    offers: tuple[Offer, ...]
    asked: datetime
    ends: datetime
    waited_until: datetime | None = None

    @property
    def typed(self) -> str | None:
        """The text that must be typed; None where a plain yes is enough."""
        return None if self.question.typed is None else name_unseen(self.question.typed.shown)

    @property
    def types_a_number(self) -> bool:
        """True where a phone number must be typed."""
        return self.question.typed is not None and self.question.typed.kind is TypedKind.PHONE

    @property
    def weight(self) -> Weight:
        """The weight of its gravest call; a text that must be typed makes any tool's call grave.

        Of many rows the count is typed whatever they do, so they weigh what one of them does.
        """
        weights = [call.weight for call in self.calls]
        is_typed = self.question.typed is not None and not any(one.has_rows for one in self.calls)
        grave = is_typed or Weight.GRAVE in weights
        lasting = Weight.LASTING if Weight.LASTING in weights else Weight.LIGHT
        return Weight.GRAVE if grave else lasting

    @property
    def passes_freeze(self) -> bool:
        """True where the calls can be made though every write is stopped: they only protect."""
        return bool(self.calls) and all(call.only_protects for call in self.calls)

    @property
    def needs_second_factor(self) -> bool:
        """True where no yes counts without a code of the second factor."""
        return self.needs is AssuranceLevel.SECOND_FACTOR


def question_view(approval: Approval, now: datetime) -> QuestionView:
    """Show the open question of an approval, which is a readable one."""
    text = name_unseen(_brief(approval.question.text, approval.calls))
    known = [name_unseen(sentence, _SENTENCE) for sentence in approval.known]
    calls = tuple(map(_call, approval.calls))
    headline = _headline(text, [*(calls[0].reasons if len(calls) == 1 else ()), *known])
    shown = tuple(_without(call, headline) for call in calls)
    said = {reason for call in shown for reason in call.reasons}
    first, details = _split(headline) if any(call.has_rows for call in calls) else (headline, "")
    return QuestionView(
        id=approval.id,
        code=name_unseen(approval.code),
        caller=name_unseen_in_line(describe_caller(approval.caller), _NAME),
        grantee=approval.caller,
        question=approval.question,
        text=text,
        headline=first,
        details=details,
        calls=shown,
        known=tuple(one for one in known if one not in headline and one not in said),
        needs=approval.needs,
        offers=tuple(one for one in approval.offers if one.until > now),
        asked=approval.asked,
        ends=approval.ends,
    )


def _brief(text: str, calls: tuple[Mapping[str, Json], ...]) -> str:
    """Shorten each long argument in the question to its beginning: the whole stands below."""
    for call in calls:
        for given in _object(call.get("arguments")).values():
            quoted = quote_excerpt(given) if isinstance(given, str) and len(given) > _LONG else ""
            if quoted and isinstance(given, str):
                # In the sentence only: nobody is to approve a text that they can't read whole.
                begun = f"{quote_name(f'{given[:_BEGINNING].rstrip()} …')} (whole below)"
                text = text.replace(quoted, begun)
    return text


def _headline(text: str, sentences: Sequence[str]) -> str:
    """Cut off the sentences at the question's end that are listed below it.

    They are looked for at the end alone: the same words in a text to be sent are part of it.
    """
    headline = text.rstrip()
    for sentence in reversed(sentences):
        headline = headline.removesuffix(sentence).rstrip()
    return headline or text


def _split(text: str) -> tuple[str, str]:
    """Split what is asked from what is said of it; a question mark in a name ends nothing."""
    asked = _ASKED.match(text)
    return (asked[0], text[asked.end() :].strip()) if asked else (text, "")


def _without(call: CallView, headline: str) -> CallView:
    """Leave out of a call the sentences that the headline says."""
    effects, reasons = (
        tuple(one for one in several if one not in headline)
        for several in (call.effects, call.reasons)
    )
    return replace(call, effects=effects, reasons=reasons)


_WEIGHTS = {Impact.DESTRUCTIVE: Weight.GRAVE, Impact.OUTWARD: Weight.LASTING}


def _call(kept: Mapping[str, object]) -> CallView:
    tool = str(kept.get("tool", ""))
    action = CATALOGUE.get(tool)
    asked_by = [_object(ask).get("reason") for ask in _list(kept.get("asked_by"))]
    seen_before: set[str] = set()
    effects, reasons, warnings = (
        tuple(_new_sentences(several, seen_before))
        for several in (kept.get("consequences"), asked_by, kept.get("warnings"))
    )
    arguments = tuple(_with_former(_arguments(kept.get("arguments"), action), kept))
    # A tool that this version doesn't know counts as grave.
    weight = _WEIGHTS.get(action.declared_impact, Weight.LIGHT) if action else Weight.GRAVE
    title = action.title if action else ""
    rows = kept.get("rows")
    if isinstance(rows, int):
        title = f"{title}: {rows:,} rows"
    return CallView(
        name_unseen_in_line(tool, _NAME),
        title,
        arguments,
        effects,
        reasons,
        warnings,
        weight,
        only_protects=kept.get("protects") is True,
        has_rows=isinstance(rows, int),
    )


def _arguments(kept: object, action: type[Action] | None) -> Iterator[tuple[str, str]]:
    """Give a label and a value for each argument; of free fields, for each of those."""
    arguments = _object(kept)
    fields = action.model_fields if action else {}
    for name, given in arguments.items():
        inner = _object(given)
        if inner:
            yield from (
                (label_within(name, key), _field_value(key, of)) for key, of in inner.items()
            )
        elif _is_phone(fields.get(name)) or _is_identifier_phone(name, arguments):
            yield label(name), _phone(given)
        else:
            yield label(name), describe_value(given)


def _with_former(
    arguments: Iterator[tuple[str, str]], kept: Mapping[str, object]
) -> Iterator[tuple[str, str]]:
    """Put the former value before the new one, and a callback's time as it is sent.

    A former value without a new one is of a field that is emptied.
    """
    former, times = dict(_object(kept.get("former"))), _object(kept.get("times"))
    for name, value in arguments:
        shown = name_unseen(str(times.get(name, value)))
        old = former.pop(name, None)
        yield name, shown if old is None else f"{name_unseen_in_line(str(old))} → {shown}"
    for name, old in former.items():
        yield name_unseen_in_line(name, _NAME), f"{name_unseen_in_line(str(old))} → (nothing)"


def _field_value(field: str, given: object) -> str:
    return _phone(given) if is_phone_field(field) else describe_value(given)


def _phone(given: object) -> str:
    """Write a phone as people do, and any other value as it is."""
    ten = isinstance(given, str) and _TEN_DIGITS.fullmatch(given)
    return format_phone(given) if isinstance(given, str) and ten else describe_value(given)


def _is_phone(field: FieldInfo | None) -> bool:
    """Tell whether an argument is a phone by its type."""
    if field is None:
        return False
    inner = [extra for one in get_args(field.annotation) for extra in get_args(one)[1:]]
    return any(isinstance(extra, PhoneRule) for extra in (*field.metadata, *inner))


def _is_identifier_phone(name: str, arguments: Mapping[str, object]) -> bool:
    return name == "identifier" and arguments.get("search_field") == "phone"


def _new_sentences(kept: object, seen_before: set[str]) -> Iterator[str]:
    """Give the sentences that were not given yet, and note them."""
    for sentence in _list(kept):
        if isinstance(sentence, str) and sentence not in seen_before:
            seen_before.add(sentence)
            yield name_unseen(sentence, _SENTENCE)


def _list(kept: object) -> list[object]:
    return cast("list[object]", kept) if isinstance(kept, list) else []


def _object(kept: object) -> Mapping[str, object]:
    return cast("Mapping[str, object]", kept) if isinstance(kept, Mapping) else {}
