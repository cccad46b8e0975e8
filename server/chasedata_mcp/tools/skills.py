"""Skills and call queues: where inbound calls are routed."""

from collections.abc import Iterator
from typing import Annotated, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError
from typing_extensions import override

from chasedata_mcp.fields.format import join_words, quote_name
from chasedata_mcp.fields.text import Line100
from chasedata_mcp.settings.scripts import Script
from chasedata_mcp.tools.base import Action
from chasedata_mcp.tools.effects import ChangesRouting, Effect, EffectTime, LiveSystem, Overwrites
from chasedata_mcp.tools.impact import Impact

# No database's plain integer holds more, and no dialer means it.
_Count = Annotated[int, Field(ge=0, le=2**31 - 1)]


class UpdateSkillPriority(
    Action,
    title="Change how a skill is routed",
    script=Script.SKILLS,
    # It loses the former values: no call reads them back (wire.md).
    word="UpdatePriority",
    impact=Impact.WRITE,
    idempotent=True,
    loses=True,
):
    """Sets how a skill serves a DID source: priority, delay or status; give at least one.

    Adds the pair where there is none. Routing changes at reload_skills.
    """

    skill: Line100 = Field(serialization_alias="Skill")
    """Exact name."""
    source: Line100 = Field(serialization_alias="Source")
    """Number or name."""
    priority: _Count | None = Field(default=None, serialization_alias="Priority")
    """Whether high or low comes first, the API doesn't say."""
    delay_seconds: _Count | None = Field(default=None, serialization_alias="Delay")
    """Before it serves."""
    active: bool | None = Field(default=None, serialization_alias="Active")
    """False: not used for it."""

    @model_validator(mode="after")
    def _sets_something(self) -> Self:
        if not self._list_settings():
            raise PydanticCustomError(
                "nothing_to_set", "give at least one of `priority`, `delay_seconds` and `active`"
            )
        return self

    def _list_settings(self) -> list[str]:
        given = {
            "priority": self.priority,
            "delay": None if self.delay_seconds is None else f"{self.delay_seconds} s",
            "active": None if self.active is None else ("yes" if self.active else "no"),
        }
        return [f"{name} {value}" for name, value in given.items() if value is not None]

    @override
    def list_effects(self) -> Iterator[Effect]:
        yield Overwrites("the skill's former priority, delay or status for the source")
        # Nothing routes by it before the reload (wire.md).
        yield ChangesRouting(LiveSystem.ROUTING, EffectTime.LATER, self.skill)

    @override
    def build_question(self) -> str:
        return (
            f"Set {join_words(self._list_settings())} for skill {quote_name(self.skill)} and "
            f"source {quote_name(self.source)}? The former values can't be read back."
        )

    @override
    def describe_done(self) -> str:
        return (
            f"Skill {quote_name(self.skill)} has {join_words(self._list_settings())} for source "
            f"{quote_name(self.source)}. "
            "Routing changes when the skills are reloaded (reload_skills)."
        )

    @override
    def advise_retry(self) -> str:
        return "Send it again: twice is the same as once, and nothing is live before the reload."


class ReloadSkills(
    Action,
    title="Put routing changes live",
    script=Script.SKILLS,
    word="Reload",
    impact=Impact.OUTWARD,
    idempotent=True,
    loses=False,
):
    """Changes where inbound calls are routed: makes skill changes live. For "apply the routing"."""

    @override
    def list_effects(self) -> Iterator[Effect]:
        yield ChangesRouting(LiveSystem.ROUTING, EffectTime.NOW)

    @override
    def build_question(self) -> str:
        return "Reload the skills? Staged skill changes go live, and calls are routed by them."

    @override
    def describe_done(self) -> str:
        return "The skills are reloaded; calls are routed by their new settings."

    @override
    def advise_retry(self) -> str:
        return "Send it again: reloading twice is the same as once."
