"""A person's questions: the words, what must be typed, and the answers that are a yes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from chasedata_mcp.fields.format import disarm_quotes, format_phone, quote_name
from chasedata_mcp.fields.phone import parse_phone

CONFIRM, ALSO, ONLY = "confirm", "also", "Only this one"
"""The form's fields, and the answer that is for this one call alone."""
# Whoever types one of these where a number or a name is asked for means no, and didn't mistype.
_NO = frozenset({"", "n", "no"})


class TypedKind(StrEnum):
    """The kinds of things that have to be typed."""

    PHONE = "phone number"
    NAME = "list's name"
    COUNT = "count"


@dataclass(frozen=True, slots=True)
class Typed:
    """The thing to type for a yes: ten digits however written, exactly a name, or a count."""

    kind: TypedKind
    expected: str

    def matches(self, given: str) -> bool:
        """Say whether this is what had to be typed."""
        if self.kind is TypedKind.NAME:
            # What is shown of a name can be typed for it: nobody types a mark that they don't see.
            return given == self.expected or disarm_quotes(given) == self.shown
        if self.kind is TypedKind.COUNT:
            return given.strip().replace(",", "") == self.expected
        try:
            return parse_phone(given) == self.expected
        except ValueError:
            return False

    @property
    def shown(self) -> str:
        """The thing to type, as a person reads it by itself."""
        match self.kind:
            case TypedKind.PHONE:
                return format_phone(self.expected)
            case TypedKind.NAME:
                return disarm_quotes(self.expected)
            case TypedKind.COUNT:
                return f"{int(self.expected):,}"

    @property
    def named(self) -> str:
        """The thing to type with the word for it, within a sentence of ours that it can't end."""
        if self.kind is TypedKind.NAME:
            return f"{self.kind.value}, {quote_name(self.shown)}"
        return f"{self.kind.value} ({self.shown})"


@dataclass(frozen=True, slots=True)
class Question:
    """One question for all the reasons to ask; `typed` is None where a plain yes is enough.

    `offers` are wider answers, as sentences by their ids, which a person may choose beside a yes.
    It is asked `again` where something else was typed the first time; there is no third. `details`
    are the arguments that `text` doesn't say, a line each; `kept` takes their place in the ledger,
    where something may not be kept.
    """

    text: str
    typed: Typed | None = None
    offers: tuple[tuple[str, str], ...] = ()
    again: bool = False
    details: tuple[str, ...] = ()
    kept: tuple[str, ...] | None = None

    @property
    def whole(self) -> str:
        """The text with every argument of the call, as a person must see it to say yes."""
        return "\n".join([self.text, *self.details])

    def is_yes(self, content: Mapping[str, object] | None) -> bool:
        """Say whether a filled-in form is the right answer; anything unexpected in it is not."""
        if content is None or not {CONFIRM} <= set(content) <= {CONFIRM, ALSO}:
            return False
        if ALSO in content and content[ALSO] not in {ONLY, *dict(self.offers).values()}:
            return False
        given = content[CONFIRM]
        if self.typed is None:
            return given is True
        typed = _as_typed(given)
        return typed is not None and self.typed.matches(typed)

    def is_mistyped(self, content: Mapping[str, object] | None) -> bool:
        """Say whether something was typed that is neither what had to be, nor a no."""
        match (content or {}).get(CONFIRM):
            case str(given) if self.typed is not None:
                no = given.strip().lower() in _NO
                return not (no or self.is_yes(content)) and not self.typed.matches(given)
            case _:
                return False

    def once_more(self) -> "Question":
        """Put the same question anew, once something else was typed."""
        if self.typed is None:
            return self
        note = f"That was not the {self.typed.kind.value}. Type it once more, or decline."
        return replace(self, text=f"{self.text}\n{note}", again=True)

    @staticmethod
    def is_bare(content: Mapping[str, object] | None) -> bool:
        """Say whether nothing was typed in an answer: a button, a ticked box, an empty form.

        A program can give such an answer without the question having been read.
        """
        match (content or {}).get(CONFIRM):
            case None | bool():
                return True
            case str(typed):
                return not typed.strip()
            case _:
                return False

    def chosen(self, content: Mapping[str, object] | None) -> str | None:
        """Find the offer that a yes chose, None where it is for the one call."""
        also = (content or {}).get(ALSO)
        return next((offer for offer, text in self.offers if text == also), None)


def _as_typed(given: object) -> str | None:
    """Read what a person typed; some clients make a number of what looks like one."""
    match given:
        case str():
            return given
        case bool():
            return None
        case int() if given >= 0:
            return str(given)
        case float() if given >= 0 and given.is_integer():
            return str(int(given))
        case _:
            return None


def together(questions: Sequence[Question]) -> Question | None:
    """Put all questions as one; what has to be typed for one has to be typed for all."""
    if len(questions) < 2:  # noqa: PLR2004 - one needs no joining
        return questions[0] if questions else None
    typed = next((question.typed for question in questions if question.typed), None)
    return Question(
        "\n".join(question.text for question in questions),
        typed,
        details=_number([question.details for question in questions]),
        kept=_number([q.details if q.kept is None else q.kept for q in questions]),
    )


def _number(lines: Sequence[Sequence[str]]) -> tuple[str, ...]:
    """Number the lines by the question that they belong to."""
    return tuple(f"{at}. {line}" for at, of_one in enumerate(lines, 1) for line in of_one)
