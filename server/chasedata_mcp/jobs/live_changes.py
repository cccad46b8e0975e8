"""The jobs `change_playlist` and `change_routing`: changes, and the reload that makes them live."""

from collections.abc import Iterator, Sequence

from chasedata_mcp.errors import CallError, Code
from chasedata_mcp.fields.format import format_count, quote_name
from chasedata_mcp.jobs.plan import (
    JobContext,
    JobPlan,
    JobVerdict,
    PlannedStep,
    StepReport,
    When,
    say_done,
    say_failed,
)
from chasedata_mcp.tools.jobs import ChangePlaylist, ChangeRouting

_ENABLE, _DISABLE = "enable_playlist_filter", "disable_playlist_filter"
_ASSIGN, _REMOVE = "assign_playlist_filter", "remove_playlist_filter"
_OPPOSITE = ((_ENABLE, _DISABLE), (_ENABLE, _REMOVE), (_ASSIGN, _REMOVE))


def plan_playlist(context: JobContext, wanted: ChangePlaylist) -> JobPlan:
    """Plan the changes of a playlist's filters and its reload, which goes only if all were done.

    Raises:
        CallError: A tool isn't offered, or its arguments don't fit; or one change takes back
            another.
    """

    def steps() -> Iterator[PlannedStep]:
        # First what is assigned: only then can it be switched on.
        for tool, names in (
            (_ASSIGN, wanted.assign),
            (_ENABLE, wanted.enable),
            (_DISABLE, wanted.disable),
            (_REMOVE, wanted.remove),
        ):
            for name in dict.fromkeys(names or ()):
                action = context.read(tool, playlist=wanted.playlist, filter_name=name)
                yield PlannedStep(tool, action.sent_form["Filter"], action, When.WHILE_DONE)
        reload = context.read("reload_playlist", playlist=wanted.playlist)
        yield PlannedStep("reload_playlist", reload.sent_form["Playlist"], reload, When.WHILE_DONE)

    planned = tuple(steps())
    for ones, others in _OPPOSITE:
        if _list_about(planned, ones) & _list_about(planned, others):
            raise _refuse(f"`{_word(ones)}` and `{_word(others)}` name the same filter")
    what = f"Playlist {quote_name(planned[-1].about)}"
    return JobPlan(planned, lambda reports: _judge(what, reports))


def plan_routing(context: JobContext, wanted: ChangeRouting) -> JobPlan:
    """Plan the changes of skills and their reload, which goes only if all were done.

    Raises:
        CallError: A tool isn't offered, or its arguments don't fit; or one change takes back
            another.
    """

    def steps() -> Iterator[PlannedStep]:
        tool = "update_skill_priority"
        for one in wanted.changes:
            action = context.read(tool, **one.model_dump(exclude_none=True))
            form = action.sent_form
            about = f"{form['Skill']} for {form['Source']}"
            yield PlannedStep(tool, about, action, When.WHILE_DONE)
        yield PlannedStep("reload_skills", "all", context.read("reload_skills"), When.WHILE_DONE)

    planned = tuple(steps())
    if len({step.about for step in planned}) < len(planned):
        raise _refuse("`changes` has the same skill and source twice")
    return JobPlan(planned, lambda reports: _judge("Routing", reports))


def _list_about(steps: Sequence[PlannedStep], tool: str) -> set[str]:
    return {step.about for step in steps if step.tool == tool}


def _word(tool: str) -> str:
    return tool.partition("_")[0]


def _judge(what: str, reports: Sequence[StepReport]) -> JobVerdict:
    *changes, reload = reports
    made = sum(report.is_done for report in changes)
    if reload.is_done:
        live = format_count(made, "change is", "changes are")
        return say_done(f"{what} is changed and reloaded: {live} live.")
    staged = f"{made} of {format_count(len(changes), 'change was', 'changes were')} made"
    if reload.outcome == "unknown":
        said = f"{what}: {staged}. Whether the reload was done, which makes them live, is unknown."
    else:
        wait = " They wait for a reload." if made else ""
        said = f"{what}: {staged}, and nothing was reloaded.{wait}"
    return say_failed(said)


def _refuse(why: str) -> CallError:
    return CallError(
        Code.INVALID_ARGUMENTS,
        f"{why}, so one change would take back the other. Nothing was sent.",
        hint="Give only the change that is wanted.",
    )
