"""The base of the dialer's tools: an action of its API is a class, a call of it an instance."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any, ClassVar, Self

from typing_extensions import override

from chasedata_mcp.settings.scripts import Script
from chasedata_mcp.tools.answer_types import Acknowledged, Answer, AnswerSummary, Expects
from chasedata_mcp.tools.arguments import Arguments
from chasedata_mcp.tools.effects import (
    ContactsPerson,
    Effect,
    SuppressesNumber,
    is_only_protective,
)
from chasedata_mcp.tools.impact import Impact
from chasedata_mcp.tools.results import RESULT_TYPES, Result


@dataclass(frozen=True, slots=True)
class WireCodes:
    """The wire codes of an argument's words."""

    wire: dict[str, str]


@dataclass(frozen=True, slots=True)
class Hints:
    """The annotations of a tool for hosts, never a guard (tools.md, "Effects and hints")."""

    read_only: bool
    destructive: bool
    idempotent: bool
    open_world: bool


class Tool(Arguments):
    """A tool that clients see listed, and one call of it.

    The class's docstring is the tool's description, the fields' docstrings are the arguments', and
    pydantic's `title` of the class is the tool's, in a manager's words.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    description: ClassVar[str]
    toolset: ClassVar[str]
    declared_impact: ClassVar[Impact]
    hints: ClassVar[Hints]
    result: ClassVar[type[Result]]

    @classmethod
    def _register(
        cls, impact: Impact, result: type[Result], toolset: str, *, idempotent: bool, loses: bool
    ) -> None:
        """Take the tool's name and texts from the class; TypeError where it lacks one."""
        # A description that is inherited would describe another tool.
        if not (cls.__dict__.get("__doc__") or "").strip():
            message = f"{cls.__name__} needs a docstring: it is the tool's description"
            raise TypeError(message)
        cls.name = re.sub(r"(?<!^)(?=[A-Z])", "_", cls.__name__).lower()
        cls.title = get_title(cls)
        cls.description = " ".join((cls.__doc__ or "").split())
        cls.toolset, cls.declared_impact, cls.result = toolset, impact, result
        # For hosts, which may ignore them; rules read effects (tools.md, "Effects and hints").
        cls.hints = Hints(
            read_only=impact is Impact.READ,
            destructive=loses,
            idempotent=idempotent,
            open_world=impact is Impact.OUTWARD,
        )


class HistoryTool(Tool):
    """A tool about what was done; it calls no script of the dialer's."""

    @override
    def __init_subclass__(
        cls,
        *,
        impact: Impact,
        idempotent: bool,
        loses: bool,
        result: type[Result] = Result,
        toolset: str = "history",
        **kwargs: Any,
    ) -> None:
        """Register the tool's own facts, as those of an action; `toolset` is its family."""
        super().__init_subclass__(**kwargs)
        cls._register(impact, result, toolset, idempotent=idempotent, loses=loses)


class Action(Tool):
    """One action of the API, and one call of it.

    A field's `serialization_alias` is its name on the wire. The family, a module or a package in
    `tools`, is the toolset.
    """

    script: ClassVar[Script]
    word: ClassVar[str]
    expects: ClassVar[Expects]

    @override
    def __init_subclass__(
        cls,
        *,
        script: Script,
        impact: Impact,
        word: str = "",
        idempotent: bool,
        loses: bool,
        expects: Expects = Expects.DONE,
        result: type[Result] | None = None,
        **kwargs: Any,
    ) -> None:
        """Register the action's own facts; one without an impact or a docstring is no action.

        Args:
            script: The vendor's script that it posts to.
            impact: The gravest that a call of it can have.
            word: Its `Action` on the wire, empty where the script has but one.
            idempotent: Twice is as once.
            loses: It overwrites or removes what the API doesn't give back.
            expects: The kind of answer that it expects.
            result: The class of its results, if not the one that goes with the answer.
            **kwargs: Pydantic's own.
        """
        super().__init_subclass__(**kwargs)
        toolset = cls.__module__.partition(".tools.")[2].partition(".")[0]
        cls._register(
            impact, result or RESULT_TYPES[expects], toolset, idempotent=idempotent, loses=loses
        )
        cls.script, cls.word, cls.expects = script, word, expects

    @property
    def impact(self) -> Impact:
        """The gravity of this very call."""
        return self.declared_impact

    def build_form(self) -> dict[str, str]:
        """Build the form: the arguments given, by wire name, in the order of the fields."""
        form = {"Action": self.word} if self.word else {}
        for name, wire, codes in _list_sent_fields(type(self)):
            value = getattr(self, name)
            # An empty value and the text null are stored as they are: leave the parameter out
            # (wire.md).
            if value is not None:
                form[wire] = _write_for_wire(value, codes)
        return form

    def list_effects(self) -> Iterator[Effect]:
        """List what this call may do to the world; nothing, unless the action says otherwise."""
        yield from ()

    @cached_property
    def sent_form(self) -> Mapping[str, str]:
        """The form, built once: what is evaluated, sent and recorded is the same."""
        return self.build_form()

    @cached_property
    def effects(self) -> tuple[Effect, ...]:
        """The effects, found once: each rule reads them."""
        return tuple(self.list_effects())

    @cached_property
    def contacts(self) -> tuple[ContactsPerson, ...]:
        """The effects by which a person may be called or texted, now or later."""
        return tuple([one for one in self.effects if isinstance(one, ContactsPerson)])

    @cached_property
    def suppressions(self) -> tuple[SuppressesNumber, ...]:
        """The effects by which a number is no longer called."""
        return tuple([one for one in self.effects if isinstance(one, SuppressesNumber)])

    @cached_property
    def only_protects(self) -> bool:
        """True where the call keeps somebody from being reached and does nothing else."""
        return is_only_protective(self.effects)

    @cached_property
    def meanings(self) -> tuple[str, ...]:
        """Sentences that say which name an alias was taken for; none, unless `mean` gave some."""
        return ()

    def mean(self, sentences: tuple[str, ...]) -> Self:
        """Return this call with sentences that say what its caller meant."""
        if not sentences:
            return self
        meant = self.model_copy()
        vars(meant)["meanings"] = sentences
        return meant

    def list_notes(self) -> Sequence[str]:
        """List what a caller and a person should know of this call: what is meant, what is odd."""
        return [*self.meanings, *self.list_warnings()]

    @override
    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        # Found once for the arguments of the original: the copy finds its own.
        copied = super().model_copy(update=update, deep=deep)
        for found in ("sent_form", "effects", "contacts", "suppressions", "only_protects"):
            vars(copied).pop(found, None)
        return copied

    def build_question(self) -> str:
        """Build the question for a person: who is reached or what is lost, in a sentence."""
        raise NotImplementedError

    def describe_done(self) -> str:
        """Describe what was done, once the dialer has confirmed it."""
        raise NotImplementedError

    def list_warnings(self) -> Sequence[str]:
        """List what a caller should know of this call before it is sent."""
        return ()

    def advise_retry(self) -> str:
        """Advise what to look at before this call is sent again, where its outcome is unknown."""
        return (
            "Don't send it again before somebody has looked in the dialer whether it was done; "
            "nothing in this API can tell."
        )

    def summarize(self, answer: Answer) -> AnswerSummary:
        """Summarize an answer for the caller.

        Raises:
            TypeError: The answer is of a kind that this action doesn't expect.
        """
        match answer:
            case Acknowledged(text) if self.expects is Expects.DONE:
                return AnswerSummary(self.describe_done(), dialer_said=text)
            case _:
                message = f"{self.name} can't tell of {type(answer).__name__}"
                raise TypeError(message)


@cache
def list_wire_names() -> frozenset[str]:
    """List every name that an action sends a parameter under: a lead's field may have none."""
    # Once, when the first lead is validated, by which time every tool is there: to go through all
    # fields of all tools took a tenth of a call's evaluation (tests/bench/judging.py).
    # Found among the classes themselves, so that no new action can be forgotten.
    return frozenset(
        info.serialization_alias
        for kind in _list_subclasses(Action)
        for info in kind.model_fields.values()
        if info.serialization_alias
    )


def _list_subclasses(kind: type[Action]) -> Iterator[type[Action]]:
    for one in kind.__subclasses__():
        yield one
        yield from _list_subclasses(one)


def get_title(tool: type[Arguments]) -> str:
    """Return the name of a tool as people read it.

    Raises:
        TypeError: Its class doesn't say.
    """
    title = tool.model_config.get("title")
    if not title:
        message = f"{tool.__name__} needs a title: hosts and questions show it"
        raise TypeError(message)
    return title


@cache
def _list_sent_fields(kind: type[Action]) -> Sequence[tuple[str, str, WireCodes | None]]:
    """List the fields that are sent as they are, with wire names and the codes of their words."""
    return [
        (name, info.serialization_alias, _find_codes(info.metadata))
        for name, info in kind.model_fields.items()
        if info.serialization_alias
    ]


def _find_codes(rules: Sequence[object]) -> WireCodes | None:
    return next((rule for rule in rules if isinstance(rule, WireCodes)), None)


def _write_for_wire(value: object, codes: WireCodes | None) -> str:
    match value:
        case bool():
            # `false` is sent too: only what was not given is left out (tools.md).
            return "1" if value else "0"
        case str():
            return value if codes is None else codes.wire[value]
        case _:
            return str(value)
