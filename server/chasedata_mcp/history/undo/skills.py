"""The undo of a skill's settings for a source, as far as the ledger knows the former ones."""

from collections.abc import Iterable

from chasedata_mcp.history.undo import past_calls
from chasedata_mcp.history.undo.models import NotUndoable, UndoFacts, UndoPlan, UndoStep, UndoSteps
from chasedata_mcp.history.undo.past_calls import EarlierCall, PastCall
from chasedata_mcp.tools.resource_keys import find_ten_digits, fold_name, fold_source
from chasedata_mcp.tools.skills import ReloadSkills, UpdateSkillPriority

_SETTINGS = {"Priority": "priority", "Delay": "delay_seconds", "Active": "active"}
_STAGED = "It is staged: routing changes when the skills are reloaded (reload_skills)."
_WENT_LIVE = (
    "The skills were reloaded meanwhile, so calls follow the change until they are reloaded again "
    "(reload_skills)."
)


def is_same_target(one: PastCall, other: PastCall) -> bool:
    """Tell whether both are, or may be, about one skill and source."""
    return (
        other.action is UpdateSkillPriority
        and fold_name(one.text("Skill")) == fold_name(other.text("Skill"))
        and _may_be_one(one.text("Source"), other.text("Source"))
    )


def plan_undo(one: PastCall, known: UndoFacts) -> UndoPlan:
    """Plan to set again the former values of the settings that the call set."""
    calls = past_calls.list_earlier(one, known.earlier, lambda other: is_same_target(one, other))
    former = _former(one, past_calls.order(calls, one.began))
    given = [name for name in _SETTINGS if name in one.form]
    if any(name not in former for name in given):
        return NotUndoable(
            "The ledger doesn't know what was set for this skill and source before this call, and "
            "nothing in the API can tell.",
            "Look in the dialer what it should be, and set it with update_skill_priority.",
        )
    if all(former[name] == one.text(name) for name in given):
        return NotUndoable("The call set what was set before.", "Nothing is to be undone.")
    # Nothing is routed by it before the reload (docs/wire.md).
    reloads = past_calls.list_later(one, known.later, lambda other: other.action is ReloadSkills)
    settings = {_SETTINGS[name]: _value(name, former[name]) for name in given}
    arguments = {"skill": one.text("Skill"), "source": one.text("Source"), **settings}
    return UndoSteps(
        (UndoStep(UpdateSkillPriority, arguments),), (_WENT_LIVE if reloads else _STAGED,)
    )


def _value(name: str, text: str) -> int | bool:
    return text == "1" if name == "Active" else int(text)


def _former(one: PastCall, history: Iterable[EarlierCall]) -> dict[str, str]:
    """Collect the former settings by wire name, as far as they are known."""
    settings: dict[str, str] = {}
    for done in history:
        is_certain = done.is_certain and _pair(done.call) == _pair(one)
        for name in _SETTINGS:
            if name not in done.call.form:
                continue
            if is_certain:
                settings[name] = done.call.text(name)
            elif settings.get(name) != done.call.text(name):
                settings.pop(name, None)
    return settings


def _pair(call: PastCall) -> tuple[str, str]:
    return call.text("Skill"), call.text("Source")


def _may_be_one(one: str, other: str) -> bool:
    """Tell whether two sources may be one: a number may be that of any name."""
    both_alike = (find_ten_digits(one) is None) == (find_ten_digits(other) is None)
    return fold_source(one) == fold_source(other) if both_alike else True
