"""Findings on what a search came back with, on agents, and on what a write did to a lead."""

from collections.abc import Iterator
from typing import Any

from chasedata_mcp.dialer.probe.observations import Observations, ProbeStep
from chasedata_mcp.dialer.probe.search_shapes import (
    ReadBody,
    find_agent_members,
    find_fields_member,
    find_members,
    name_several,
    read_body,
)
from chasedata_mcp.dialer.probe.verdicts import NO_RECORDS, FactFinding, Verdict, untold
from chasedata_mcp.settings.wire.checks import check_member
from chasedata_mcp.settings.wire.profile import WireProfile


def judge_searches(seen: Observations, profile: WireProfile, refused: str) -> Iterator[FactFinding]:
    """Judge each fact on searches, agents and leads.

    Args:
        seen: The answers.
        profile: The profile that was in force.
        refused: The words that were found round a refusal.
    """
    read = {
        step: read_body(seen.body(step), refused)
        for step in (
            ProbeStep.SEARCH,
            ProbeStep.DETAILED,
            ProbeStep.FOUND,
            ProbeStep.READ,
            ProbeStep.SEVERAL,
            ProbeStep.AGENTS,
        )
    }
    yield _judge_none(read[ProbeStep.SEARCH], read[ProbeStep.FOUND], profile)
    yield _judge_framed(read[ProbeStep.SEARCH] or read[ProbeStep.DETAILED], profile)
    yield _judge_detailed(read[ProbeStep.READ], seen.sent.client_id, profile)
    yield _judge_several(read[ProbeStep.SEVERAL], profile)
    yield _judge_agents(read[ProbeStep.AGENTS], profile)


def shows_nobody(seen: Observations, refused: str) -> bool:
    """Tell whether the first search surely found no lead."""
    read = read_body(seen.body(ProbeStep.SEARCH), refused)
    return read is not None and find_members(_only(read), exists=False) is not None


def _judge_none(
    nobody: ReadBody | None, found: ReadBody | None, profile: WireProfile
) -> FactFinding:
    fact, shape = "search.none", profile.search
    members = None if nobody is None else find_members(_only(nobody), exists=False)
    if members is None and nobody is not None:
        # Somebody has the number: a lead tells the names as well.
        members = find_members(_only(nobody), exists=True)
    if members is None and found is not None:
        members = find_members(_only(found), exists=True)
    if members is None:
        return untold(fact, "the answer isn't JSON with an id and true or false")
    seen = f"the id is {members[0]}, and whether there is a lead {members[1]}"
    known = (shape.id.casefold(), shape.exists.casefold())
    if tuple(name.casefold() for name in members) == known:
        return FactFinding(fact, Verdict.HOLDS, seen)
    values = _allowed({"id": members[0], "exists": members[1]})
    return FactFinding(fact, Verdict.DIFFERS, seen, {"search": values} if values else {})


def _judge_framed(read: ReadBody | None, profile: WireProfile) -> FactFinding:
    fact = "search.framed"
    if read is None:
        return untold(fact, "the answer isn't JSON")
    seen = "words stand round the JSON" if read.framed else "the JSON stands alone"
    if read.framed == profile.search.framed:
        return FactFinding(fact, Verdict.HOLDS, f"{seen}, as was known")
    return FactFinding(fact, Verdict.DIFFERS, seen, {"search": {"framed": read.framed}})


def _judge_detailed(read: ReadBody | None, client_id: str, profile: WireProfile) -> FactFinding:
    fact = "search.detailed"
    if read is None or not client_id:
        return untold(fact, NO_RECORDS)
    member = find_fields_member(_only(read), client_id)
    if member is None:
        return FactFinding(fact, Verdict.DIFFERS, "the test lead's own id is nowhere in the answer")
    seen = f"the fields stand below {member}" if member else "the fields stand beside the id"
    if member.casefold() == profile.search.fields.casefold():
        return FactFinding(fact, Verdict.HOLDS, seen)
    values = _allowed({"fields": member}) if member else {"fields": ""}
    return FactFinding(fact, Verdict.DIFFERS, seen, {"search": values} if values else {})


def _judge_several(read: ReadBody | None, profile: WireProfile) -> FactFinding:
    fact, shape = "search.several", profile.search
    named = None if read is None else name_several(read)
    if named is None:
        return untold(fact, NO_RECORDS if read is None else "one lead came back, or none")
    how, member = named
    seen = f"two leads came as {how}" + (f", in {member}" if member else "")
    values: dict[str, Any] = {} if how == shape.several else {"several": how}
    if member and member.casefold() != shape.leads.casefold():
        values |= _allowed({"leads": member})
    if not values:
        return FactFinding(fact, Verdict.HOLDS, seen)
    return FactFinding(fact, Verdict.DIFFERS, seen, {"search": values})


def _judge_agents(read: ReadBody | None, profile: WireProfile) -> FactFinding:
    fact, shape = "agents", profile.agents
    if read is None:
        return untold(fact, "it needs --ring-group with a ring group's number")
    members = find_agent_members(_only(read))
    if members is None:
        return untold(fact, "the JSON isn't a list of agents with their states")
    seen = f"a list; an agent is {members[0]}, the state {members[1]}"
    names, states = _folded(shape.names), _folded(shape.states)
    if _fold(members[0]) in names and _fold(members[1]) in states:
        return FactFinding(fact, Verdict.NEW, seen)
    values = _allowed({"names": members[0], "states": members[1]})
    return FactFinding(fact, Verdict.DIFFERS, seen, {"agents": {k: [v] for k, v in values.items()}})


def _allowed(members: dict[str, str]) -> dict[str, str]:
    """Keep the members that a profile may name."""
    kept: dict[str, str] = {}
    for key, name in members.items():
        try:
            check_member(name)
        except ValueError:
            continue
        kept[key] = name
    return kept


def _only(read: ReadBody) -> object:
    """Give the one record of a body: the value itself, or the only one in a list."""
    value: Any = read.values[0] if len(read.values) == 1 else None
    return value[0] if isinstance(value, list) and len(value) == 1 else value  # pyright: ignore[reportUnknownArgumentType,reportUnknownVariableType]


def _fold(name: str) -> str:
    return name.casefold().replace("_", "")


def _folded(names: tuple[str, ...]) -> set[str]:
    return {_fold(name) for name in names}
