"""Jobs that change what is dialed or where calls go: a list, a playlist, skills."""

from typing import Annotated, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from chasedata_mcp.fields.text import Line100, TextRule
from chasedata_mcp.tools.arguments import Arguments
from chasedata_mcp.tools.impact import Impact
from chasedata_mcp.tools.jobs.job_tool import JobTool

_MOST_PHONES, _MOST_CHANGES = 100, 50
_Names = Annotated[list[Line100], Field(max_length=_MOST_CHANGES)]
_Phones = Annotated[
    list[Annotated[str, TextRule(50)]], Field(min_length=1, max_length=_MOST_PHONES)
]
_Count = Annotated[int, Field(ge=0, le=2**31 - 1)]


class FillDialList(JobTool, title="Fill a dial list", impact=Impact.WRITE, idempotent=True):
    """Puts up to 100 phones on an agent's dial list, which is made if it isn't there.

    Tells which phones were refused, and why.
    """

    agent: Line100
    """Login."""
    list_name: Line100
    phones: _Phones


class ChangePlaylist(
    JobTool, title="Change a playlist at once", impact=Impact.OUTWARD, idempotent=True
):
    """Changes several filters of a playlist and reloads it, by one question for all."""

    playlist: Line100
    enable: _Names | None = None
    disable: _Names | None = None
    assign: _Names | None = None
    remove: _Names | None = None

    @model_validator(mode="after")
    def _changes_something(self) -> Self:
        named = [
            name
            for names in (self.enable, self.disable, self.assign, self.remove)
            for name in names or ()
        ]
        if not named:
            raise PydanticCustomError("nothing", "name at least one filter to change")
        return self


class RoutingChange(Arguments):
    """One change of how a skill serves a source."""

    skill: Line100
    source: Line100
    priority: _Count | None = None
    delay_seconds: _Count | None = None
    active: bool | None = None


class ChangeRouting(
    JobTool, title="Change call routing at once", impact=Impact.OUTWARD, idempotent=True, loses=True
):
    """Changes how several skills serve their DID sources and reloads them, by one question."""

    changes: Annotated[list[RoutingChange], Field(min_length=1, max_length=_MOST_CHANGES)]
