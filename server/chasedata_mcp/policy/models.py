"""What a policy can say: the terms of a policy file, strict, with the two presets."""

from collections.abc import Sequence
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

from chasedata_mcp.approvals.assurance import AssuranceLevel
from chasedata_mcp.policy.levels import ConfirmLevel
from chasedata_mcp.settings import Toolset
from chasedata_mcp.tools.registry import CATALOGUE

OnViolation = Literal["refuse", "ask", "off"]
"""What becomes of a call on the far side of a rule."""
ToolRule = Literal["on", "off", "ask", "refuse"]
"""`on` offers it whatever its toolset, `off` hides it, `ask` and `refuse` are for every call."""
EVERY_TOOLSET: tuple[Toolset, ...] = get_args(Toolset)
"""The families of the catalogue, and those of the tools beside it."""
EVERY_TOOL = (*CATALOGUE, "list_history", "undo", "freeze")
"""The tools of the catalogue, and those beside it."""
_Path = Annotated[str, StringConstraints(min_length=1, max_length=4096)]
_Pattern = Annotated[str, StringConstraints(min_length=1, max_length=100)]
_PAIR = 2
_Times = Annotated[int, Field(ge=1, le=1_000_000)]


def _a_tool(name: str) -> str:
    if name not in EVERY_TOOL:
        raise ValueError("is no tool")
    return name


# A file has text and lists where these are an enumeration and a tuple.
_AsWritten = Field(strict=False)
_Sureness = Annotated[AssuranceLevel, _AsWritten]


class PolicySection(BaseModel):
    """A part of a policy."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class CallingHours(PolicySection):
    """When a person may be called or texted."""

    outside: OnViolation = "refuse"
    """A call or text outside the hours at the number."""
    windows: _Path | None = None
    """A table of windows that replaces the one that comes with the server."""
    in_sandbox: bool = False
    """Hold to the hours in the sandbox too, which rings nobody."""


class DoNotCall(PolicySection):
    """Who is never called."""

    suppression_file: _Path | None = None
    """Numbers of your own, one a line; read again when it changes."""


class CallFrequency(PolicySection):
    """How often one number is called."""

    calls_in_24_hours: Annotated[int, Field(ge=1, le=100)] = 3
    """Calls to one number; where a state's figure is lower, that holds."""
    over: OnViolation = "refuse"
    """A call more often than that."""


class CapSteps(PolicySection):
    """Two steps for one stretch of time, also written `[ask, stop]`."""

    ask: _Times
    """Reaching it asks a person."""
    stop: _Times
    """Reaching it stops all writes until a person rearms."""

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


class Cap(PolicySection):
    """How much there may be of something in any hour and in any 24 hours."""

    hour: CapSteps
    """In 60 minutes, up to now."""
    day: CapSteps
    """In 24 hours, up to now."""


def _kind_of_cap(given: object) -> str:
    return "off" if isinstance(given, str) else "cap"


CapOrOff = Annotated[
    Annotated[Cap, Tag("cap")] | Annotated[Literal["off"], Tag("off")],
    Discriminator(_kind_of_cap),
]
"""A cap, or none."""


class Caps(PolicySection):
    """How much may happen before a person is asked, and before everything stops."""

    reached: CapOrOff
    """Distinct people called or texted, or made callable."""
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
    """Lists deleted, phones and filters taken off."""


class TextLimits(PolicySection):
    """What a text may be."""

    ask_over_parts: Annotated[int, Field(ge=1, le=50)] = 3
    """A text that is sent in more parts than this asks."""


class AfterReading(PolicySection):
    """What a caller may do that has just read what somebody else wrote."""

    minutes: Annotated[float, Field(ge=0, le=1440, allow_inf_nan=False)] = 10.0
    """For so long after a lead's free text was read, what reaches a person asks; 0 is never."""


class HiddenData(PolicySection):
    """What a model doesn't see."""

    fields: Annotated[tuple[_Pattern, ...], _AsWritten] | None = None
    """Patterns of field names, such as `*passport*`, in place of the server's own."""
    values: bool = True
    """Hide card and social security numbers wherever they stand."""
    writable: bool = False
    """Let a call write hidden fields and such values."""


class RequiredAssurance(PolicySection):
    """How sure a person's yes has to be, by what the call does."""

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


def _cap(hour: tuple[int, int], day: tuple[int, int]) -> Cap:
    return Cap(hour=CapSteps(ask=hour[0], stop=hour[1]), day=CapSteps(ask=day[0], stop=day[1]))


UNATTENDED = PolicyTerms(
    preset="unattended",
    confirm=ConfirmLevel.DESTRUCTIVE,
    toolsets=EVERY_TOOLSET,
    caps=Caps(
        reached=_cap((20, 50), (100, 200)),
        texts=_cap((20, 50), (100, 200)),
        dnc_insertions=_cap((50, 200), (200, 500)),
        dnc_removals=_cap((3, 5), (5, 10)),
        dispositions=_cap((50, 200), (200, 500)),
        overwrites=_cap((50, 200), (200, 500)),
        deletions=_cap((5, 10), (10, 20)),
    ),
)
"""For an assistant that works while nobody looks: only what must ask does, and little happens."""

ATTENDED = PolicyTerms(
    preset="attended",
    confirm=ConfirmLevel.OUTWARD,
    toolsets=EVERY_TOOLSET,
    caps=Caps(
        reached=_cap((100, 500), (500, 2000)),
        texts=_cap((100, 500), (500, 2000)),
        dnc_insertions=_cap((200, 1000), (1000, 5000)),
        dnc_removals=_cap((5, 20), (10, 50)),
        dispositions=_cap((200, 1000), (1000, 5000)),
        overwrites=_cap((200, 1000), (1000, 5000)),
        deletions=_cap((20, 50), (50, 100)),
    ),
)
"""For a person who works with an assistant: what reaches anybody asks, and grants make it easy."""

PRESETS = {"attended": ATTENDED, "unattended": UNATTENDED}
PRESET_SUMMARIES = {
    "unattended": "for an assistant that works while nobody looks: it asks only where it must, and "
    "stops early",
    "attended": "for a person who works with an assistant: whatever reaches somebody asks (grants "
    "make that bearable), and it stops late",
}
"""The presets in a line each."""
