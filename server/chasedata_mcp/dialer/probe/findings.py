"""The verdict on each fact of the wire, by the answers that were collected."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from chasedata_mcp.dialer.probe.answer_findings import AnswerFindings
from chasedata_mcp.dialer.probe.lead_findings import judge_leads
from chasedata_mcp.dialer.probe.observations import Observation, Observations, ProbeStep
from chasedata_mcp.dialer.probe.search_findings import judge_searches
from chasedata_mcp.dialer.probe.verdicts import CANT_TELL, FactFinding, Verdict, untold
from chasedata_mcp.dialer.responses.frames import FrameReader
from chasedata_mcp.settings.scripts import Script
from chasedata_mcp.settings.wire.facts import find_fact, load_facts
from chasedata_mcp.settings.wire.profile import WireProfile

_STEPS: Final = {
    Script.INSERT: ProbeStep.NOTHING,
    Script.UPDATE: ProbeStep.NOTHING,
    Script.SKILLS: ProbeStep.WRONG_TOKEN,
}
_NOT_THERE: Final = frozenset({404, 405})
_PAGE = re.compile(r"<!doctype|<html", re.IGNORECASE)


def judge_all(seen: Observations, profile: WireProfile) -> list[FactFinding]:
    """Judge every fact, in the order of the profile's file, by what was seen.

    Args:
        seen: The answers.
        profile: The profile that was in force.
    """
    answers = AnswerFindings(seen, profile)
    found = [
        *_judge_scripts(seen, profile),
        *answers.judge(),
        *judge_searches(seen, profile, answers.refused or profile.answers.refused),
        *judge_leads(seen, answers.refused or profile.answers.refused),
        _judge_status(seen),
        _judge_credentials(seen, profile),
    ]
    by_fact = {finding.fact: finding for finding in found}
    return [by_fact.get(fact.id) or untold(fact.id, CANT_TELL) for fact in load_facts()]


def _judge_scripts(seen: Observations, profile: WireProfile) -> Iterator[FactFinding]:
    for script in Script:
        step = _STEPS.get(script, ProbeStep.NO_SUCH_ACTION)
        yield _judge_script(script, profile.scripts[script], seen.of(step, script))


def _judge_script(script: Script, name: str, answers: Sequence[Observation]) -> FactFinding:
    fact = f"scripts.{script.value}"
    by_name = {one.name: one for one in answers}
    known = by_name.get(name)
    if known is None or known.status is None:
        return untold(fact, "it was not answered")
    if known.is_answer and not _PAGE.search(known.text):
        return FactFinding(fact, Verdict.HOLDS, f"{name} answers")
    if known.status not in _NOT_THERE:
        return untold(fact, f"{name} was answered with HTTP {known.status}, or with a page")
    there = [one.name for one in answers if one.is_answer and not _PAGE.search(one.text)]
    if not there:
        tried = [one for one in find_fact(fact).others if one in by_name]
        also = f", nor are {', '.join(tried)}" if tried else ""
        seen = f"{name} isn't there (HTTP {known.status}){also}: set {script.setting}"
        return FactFinding(fact, Verdict.DIFFERS, seen)
    seen = f"{name} isn't there (HTTP {known.status}), {there[0]} is"
    return FactFinding(fact, Verdict.DIFFERS, seen, {"scripts": {script.value: there[0]}})


def _judge_status(seen: Observations) -> FactFinding:
    counts: dict[int, int] = {}
    for one in seen:
        if one.status is not None and one.status not in _NOT_THERE:
            counts[one.status] = counts.get(one.status, 0) + 1
    if not counts:
        return untold("status", "nothing was answered")
    others = sorted(status for status in counts if status != 200)  # noqa: PLR2004 - HTTP's OK
    if not others:
        return FactFinding("status", Verdict.HOLDS, f"{sum(counts.values())} answers, all HTTP 200")
    listed = ", ".join(f"HTTP {status} ({counts[status]} times)" for status in others)
    return FactFinding("status", Verdict.DIFFERS, f"there was {listed}")


def _judge_credentials(seen: Observations, profile: WireProfile) -> FactFinding:
    """Judge whether the token and the account were taken, by the first search."""
    fact, reader = "credentials", FrameReader(profile)
    body, wrong = seen.body(ProbeStep.SEARCH), seen.body(ProbeStep.WRONG_TOKEN)
    if body is None:
        return untold(fact, "the search was not answered")
    if body == wrong or reader.is_of_credentials(body):
        return FactFinding(fact, Verdict.DIFFERS, "the token or the account was not taken")
    return FactFinding(
        fact, Verdict.HOLDS, "a search was answered otherwise than with a wrong token"
    )
