"""The terms of a policy file, strict: every key with its type, its bounds and its description."""

import re
from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated, Literal, Self, cast, get_args

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    StringConstraints,
    Tag,
    model_validator,
)

from chasedata_mcp.fields.assurance_level import AssuranceLevel
from chasedata_mcp.fields.phone import parse_phone
from chasedata_mcp.fields.sms_segments import count_parts
from chasedata_mcp.fields.text import TextRule
from chasedata_mcp.settings import Toolset
from chasedata_mcp.tools.impact import Impact
from chasedata_mcp.tools.published import load_published

OnViolation = Literal["refuse", "ask", "off"]
"""The verdict on a call that a rule objects to."""
ToolRule = Literal["on", "off", "ask", "refuse"]
"""The rule for one tool: `on` offers it whatever its toolset, `off` hides it, the others judge."""
EVERY_TOOLSET: tuple[Toolset, ...] = get_args(Toolset)
DEFAULT_TOOLSETS: tuple[Toolset, ...] = tuple(
    toolset for toolset in EVERY_TOOLSET if toolset != "batches"
)
"""Those that are offered unasked; batches are offered where a setting asks for them."""
"""The families of the catalogue, and those of the tools beside it."""
EVERY_TOOL = tuple(load_published())
"""The tools of the catalogue, and those beside it."""
_Path = Annotated[str, StringConstraints(min_length=1, max_length=4096)]
_Pattern = Annotated[str, StringConstraints(min_length=1, max_length=100)]
_PAIR, _PART = 2, 160
_Times = Annotated[int, Field(ge=1, le=1_000_000)]


def _a_tool(name: str) -> str:
    if name not in EVERY_TOOL:
        raise ValueError("is no tool")
    return name


# What a phone may make a link of: an address, or a name with a dot in it and no space behind.
_LINK = re.compile(r"://|www\.|@|[^\W\d_]{2}\.[^\W\d_]{2}|[\w-]\.[^\W\d_]{2,}/", re.IGNORECASE)


def _check_confirmation(text: str) -> str:
    try:
        parsed = TextRule(_PART).parse(text)
    except ValueError:
        raise ValueError("must be one line of text of at most 160 characters") from None
    if parsed != text:
        raise ValueError("must not begin or end with space")
    if count_parts(text).count > 1:
        raise ValueError("must fit in one part: 160 plain characters, or 70 with any other")
    if _LINK.search(text):
        raise ValueError("must not have a link or an address in it")
    return text


def _check_sender(written: str) -> str:
    try:
        return parse_phone(written)
    except ValueError:
        raise ValueError("must be a phone number of ten digits") from None


class ConfirmLevel(StrEnum):
    """The impacts that always ask a person (`CHASEDATA_CONFIRM`); none is below `destructive`."""

    DESTRUCTIVE = "destructive"
    OUTWARD = "outward"
    WRITES = "writes"


IMPACTS_ASKED_AT = {
    ConfirmLevel.DESTRUCTIVE: frozenset({Impact.DESTRUCTIVE}),
    ConfirmLevel.OUTWARD: frozenset({Impact.DESTRUCTIVE, Impact.OUTWARD}),
    ConfirmLevel.WRITES: frozenset({Impact.DESTRUCTIVE, Impact.OUTWARD, Impact.WRITE}),
}


# A file has text and lists where these are an enumeration and a tuple.
_AsWritten = Field(strict=False)
_Sureness = Annotated[AssuranceLevel, _AsWritten]


class PolicySection(BaseModel):
    """A part of a policy."""

    # An unknown key stops the start: a misspelled rule must not be off without anybody knowing.
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class CallingHours(PolicySection):
    """The times when a person may be called or texted."""

    outside: OnViolation = "refuse"
    """A call or text outside the hours at the number."""
    windows: _Path | None = None
    """A table of windows that replaces the one that comes with the server."""
    in_sandbox: bool = False
    """Hold to the hours in the sandbox too, which rings nobody."""


OnUnread = Literal["ask", "refuse", "allow"]
"""The verdict on a call to a number whose leads can't be read."""


class DoNotCall(PolicySection):
    """The numbers that are never called."""

    stopping_dispositions: Annotated[tuple[_Pattern, ...], _AsWritten] = ()
    """Dispositions and statuses that mean do-not-call, beside the usual ones."""
    unreadable: OnUnread = "ask"
    """A call or text to somebody whose marks at the dialer can't be read."""

    suppression_file: _Path | None = None
    """Numbers of your own, one a line; read again when it changes."""
    # This project's figure: single numbers go every day, a cut or emptied file loses more.
    largest_shrink: Annotated[float, Field(ge=0, lt=1, allow_inf_nan=False)] = 0.1
    """The share of its numbers that the file may lose before a person has to accept it."""
    confirmation_text: Annotated[str, AfterValidator(_check_confirmation)] | None = None
    """The one text by which `stop_contact` may confirm a request to stop, without marketing."""
    confirmation_from: Annotated[str, AfterValidator(_check_sender)] | None = None
    """Your own number that it comes from."""

    @model_validator(mode="after")
    def _confirmation_has_a_sender(self) -> Self:
        if (self.confirmation_text is None) is not (self.confirmation_from is None):
            raise ValueError("has `confirmation_text` or `confirmation_from` without the other")
        return self


class CapSteps(PolicySection):
    """Two steps for one stretch of time, also written `[ask, stop]`."""

    ask: _Times
    """Reaching it asks a person."""
    stop: _Times
    """Reaching it refuses what is counted, or stops all writes (`caps.at_stop`)."""

    @model_validator(mode="before")
    @classmethod
    def _of_a_pair(cls, given: object) -> object:
        if isinstance(given, (list, tuple)):
            pair = cast("Sequence[object]", given)
            return dict(zip(cls.model_fields, pair, strict=True)) if len(pair) == _PAIR else pair
        return given

    @model_validator(mode="after")
    def _stops_after_asking(self) -> Self:
        if self.stop < self.ask:
            raise ValueError("`stop` is less than `ask`")
        return self


def _kind_of_steps(given: object) -> str:
    return "off" if isinstance(given, str) else "cap"


StepsOrOff = Annotated[
    Annotated[CapSteps, Tag("cap")] | Annotated[Literal["off"], Tag("off")],
    Discriminator(_kind_of_steps),
]
"""The two steps of a limit, or none."""


class CallFrequency(PolicySection):
    """The calls to one number in a day."""

    # FL, MD, ME, OK and OR: 3 in 24 hours (docs/wire.md). Elsewhere the figure is this project's.
    calls_in_24_hours: Annotated[int, Field(ge=1, le=100)] = 3
    """Calls to one number; where a state's figure is lower, that holds."""
    over: OnViolation = "refuse"
    """A call more often than that, or sooner than `minutes_between_calls`."""
    minutes_between_calls: Annotated[float, Field(ge=0, le=1440, allow_inf_nan=False)] = 0.0
    """The least time between two calls to one number; 0 is none."""
    # No law's figure is known here; a fourth text to one person in a day is a complaint.
    texts_in_24_hours: StepsOrOff = Field(default_factory=lambda: CapSteps(ask=3, stop=4))
    """Texts to one number, whatever they say: from the first figure on it asks, then it refuses."""


class Cap(PolicySection):
    """The bounds on something in any hour and in any 24 hours."""

    hour: CapSteps
    """In 60 minutes, up to now."""
    day: CapSteps
    """In 24 hours, up to now."""


CapOrOff = Annotated[
    Annotated[Cap, Tag("cap")] | Annotated[Literal["off"], Tag("off")],
    Discriminator(_kind_of_steps),
]
"""A cap, or none."""


class Caps(PolicySection):
    """The volume at which a person is asked, and at which calls are refused."""

    at_stop: Literal["refuse", "freeze"] = "refuse"
    """At the second step of a cap, refuse the calls that it counts, or stop every write."""
    contacted: CapOrOff
    """Distinct people called or texted now."""
    made_callable: CapOrOff
    """Distinct people whom the dialer may call from now on."""
    texts: CapOrOff
    """Texts sent."""
    dnc_insertions: CapOrOff
    """Numbers put on the do-not-call list."""
    dnc_removals: CapOrOff
    """Numbers taken off the do-not-call list."""
    dispositions: CapOrOff
    """Dispositions set."""
    overwrites: CapOrOff
    """Leads, skills, marks on dial lists and switches of filters overwritten."""
    deletions: CapOrOff
    """Lists deleted, and filters taken off."""
    batch_rows: CapOrOff
    """Rows of batches that were run; a person says yes to a batch, so that `ask` asks nobody."""


class TextLimits(PolicySection):
    """The bounds on a text."""

    # This project's figure. A part has 160 or 70 characters, 153 or 67 (3GPP TS 23.038).
    ask_over_parts: Annotated[int, Field(ge=1, le=50)] = 3
    """A text that is sent in more parts than this asks."""


class AfterReading(PolicySection):
    """The bounds on a caller that has just read somebody else's text."""

    minutes: Annotated[float, Field(ge=0, le=1440, allow_inf_nan=False)] = 10.0
    """For so long after a lead's free text was read, what reaches a person asks; 0 is never."""


class HiddenData(PolicySection):
    """The data that a model doesn't see."""

    fields: Annotated[tuple[_Pattern, ...], _AsWritten] | None = None
    """Patterns of field names, such as `*passport*`, in place of the server's own."""
    identity: bool = False
    """Hide birth dates, passports, driver's licences, Medicare and employer numbers by name too."""
    values: bool = True
    """Hide card, bank and social security numbers, passwords and codes wherever they stand."""
    writable: bool = False
    """Let a call write hidden fields and such values."""


class RequiredAssurance(PolicySection):
    """The assurance level that a person's yes must have, by the impact of the call."""

    destructive: _Sureness = AssuranceLevel.CLIENT
    """How sure a yes must be to what takes away a protection or a list."""
    outward: _Sureness = AssuranceLevel.CLIENT
    """How sure a yes must be to what reaches a person or changes live traffic."""
    write: _Sureness = AssuranceLevel.CLIENT
    """How sure a yes must be to any other call that isn't a read."""


class PolicyTerms(PolicySection):
    """A whole policy."""

    preset: Literal["attended", "unattended"] = "unattended"
    """Which preset holds for what isn't said."""
    read_only: bool = False
    """Offer the reads only."""
    confirm: Annotated[ConfirmLevel, _AsWritten]
    """Which calls always ask."""
    toolsets: Annotated[tuple[Toolset, ...], _AsWritten, Field(min_length=1)]
    """Which families of tools are offered."""
    tools: dict[Annotated[str, AfterValidator(_a_tool)], ToolRule] = Field(
        default_factory=dict[str, ToolRule]
    )
    """What holds for single tools, by name: `on`, `off`, `ask` or `refuse`."""
    calling_hours: CallingHours = CallingHours()
    do_not_call: DoNotCall = DoNotCall()
    frequency: CallFrequency = CallFrequency()
    caps: Caps
    texts: TextLimits = TextLimits()
    after_reading: AfterReading = AfterReading()
    hidden: HiddenData = HiddenData()
    yes: RequiredAssurance = RequiredAssurance()
