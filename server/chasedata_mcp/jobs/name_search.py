"""The job `find_names`: the exact names of what a call is about, which the API doesn't list."""

from typing import Final

from chasedata_mcp.errors import Outcome
from chasedata_mcp.pipeline.pipeline import Pipeline
from chasedata_mcp.tools.jobs import FindNames
from chasedata_mcp.tools.jobs.job_results import FoundName, NamesResult
from chasedata_mcp.tools.names.directory import KnownName
from chasedata_mcp.tools.names.kinds import NameKind

_MOST: Final = 25
"""The most names in one result; a model that sees more asks for a part of one."""


async def find_names(pipeline: Pipeline, wanted: FindNames) -> NamesResult:
    """Find names by a part of them, of an alias or of what they are called, or near to it."""
    kind = None if wanted.kind is None else NameKind(wanted.kind)
    found = await pipeline.names.find(wanted.text or "", kind)
    problem = pipeline.names.find_problem()
    return NamesResult(
        outcome=Outcome.DONE,
        environment=pipeline.account.environment,
        account=pipeline.account.accid,
        message=_describe(len(found), kind),
        warnings=[problem] if problem else [],
        names=[_show(one) for one in found[:_MOST]],
    )


def _describe(count: int, kind: NameKind | None) -> str:
    what = "names" if kind is None else kind.words
    if not count:
        return (
            f"No such {what} are known here. The dialer may have them all the same: ask the user "
            "for the exact name."
        )
    more = f"; the first {_MOST} are shown, so give a part of the name" if count > _MOST else ""
    names = f"1 of the {what} is" if count == 1 else f"{count} {what} are"
    return f"{names} found{more}. Send a name exactly as it stands here."


def _show(one: KnownName) -> FoundName:
    also = ", ".join([*one.aliases, *([one.label] if one.label else [])])
    return FoundName(
        kind=one.kind.value, name=one.name, also=also or None, source=one.sources[0].value
    )
