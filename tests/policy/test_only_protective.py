"""What only protects: it passes through every stop of this server's, and counts towards none."""

from collections.abc import Mapping

import pytest

from _support.pipeline import CALLER, AssembledPipeline, an_action
from _support.sandbox import PHONE, SECOND, TEXT, SandboxPipeline, a_sandbox_pipeline, caps, terms
from _support.wire_forms import EVERYTHING, LEAST_OF
from chasedata_mcp.errors import CallError
from chasedata_mcp.history.undo_service import UndoService
from chasedata_mcp.pipeline.pipeline import Cleared
from chasedata_mcp.policy.caps import build_cap_limits, find_usage_limits, list_usage
from chasedata_mcp.policy.models import PolicyTerms
from chasedata_mcp.policy.presets import ATTENDED, UNATTENDED
from chasedata_mcp.tools.effects import (
    Channel,
    ContactsPerson,
    Effect,
    EffectTime,
    FormerValue,
    Overwrites,
    ReleasesNumber,
    SuppressesNumber,
    TakesOffDialList,
    is_only_protective,
)

pytestmark = pytest.mark.anyio
Given = Mapping[str, object]
LISTED: Given = {"agent": "Maria", "list_name": "Warm-Leads", "phone": "9545550101"}
PROTECTIVE: list[tuple[str, Given]] = [
    ("insert_dnc", {"number": PHONE}),
    ("delete_dial_list_phone", LISTED),
]
each_protective = pytest.mark.parametrize(("tool", "given"), PROTECTIVE)


async def frozen(live: SandboxPipeline) -> None:
    assert await live.ledger.freezes.freeze(live.account.accid, "why", "maria", live.clock())


@each_protective
async def test_it_goes_through_a_freeze_of_another_process(tool: str, given: Given) -> None:
    async with a_sandbox_pipeline() as live, live.another_process() as other:
        await frozen(live)
        assert (await other.call(tool, **given)).outcome == "done"
        assert await other.refused_by("delete_dnc", number=SECOND) == {"frozen"}


@each_protective
async def test_it_goes_though_the_freeze_came_between_its_evaluation_and_its_intent(
    tool: str, given: Given
) -> None:
    async with a_sandbox_pipeline() as live:
        admitted = await admit(live, tool, given)
        text = await admit(live, "send_sms", TEXT)
        await frozen(live)
        assert (await live.send(admitted)).outcome == "done"
        with pytest.raises(CallError, match="All writes are stopped"):
            await live.send(text)


async def admit(live: AssembledPipeline, tool: str, given: Given) -> Cleared:
    admitted = await live.admit(live.read(tool, given), CALLER)
    assert isinstance(admitted, Cleared)
    return admitted


async def test_it_counts_towards_no_stop_however_often_it_is_made() -> None:
    steps = caps(dnc_insertions=(1, 1), deletions=(1, 1), dispositions=(1, 1), overwrites=(1, 1))
    async with a_sandbox_pipeline(terms(**steps)) as live:
        for _ in range(3):
            for tool, given in PROTECTIVE:
                assert (await live.run(tool, **given)).outcome == "done"
            await live.call("add_dial_list_phone", **LISTED)
        assert await live.ledger.freezes.frozen(live.account.accid) is None
        off = {"playlist": "Solar-Main", "filter_name": "Florida-Only"}
        assert (await live.call("remove_playlist_filter", **off)).outcome == "done"


@pytest.mark.parametrize("preset", [UNATTENDED, ATTENDED])
def test_no_preset_has_a_stop_for_it(preset: PolicyTerms) -> None:
    limits = build_cap_limits(preset.caps)
    for tool, given in PROTECTIVE:
        assert find_usage_limits(list_usage(an_action(tool, given)), limits).stops == ()


@each_protective
async def test_it_doesnt_pass_what_a_person_set(tool: str, given: Given) -> None:
    async with a_sandbox_pipeline(terms(read_only=True)) as live:
        with pytest.raises(CallError, match="read-only"):
            live.read(tool, given)
    async with a_sandbox_pipeline(terms(tools={tool: "refuse"})) as live:
        assert await live.refused_by(tool, **given) == {"tools"}


async def test_taking_back_that_a_number_was_released_goes_through_a_freeze() -> None:
    async with a_sandbox_pipeline() as live:
        await live.suppress(PHONE)
        released = await live.with_a_yes("delete_dnc", number=PHONE)
        await frozen(live)
        undoing = UndoService(live, live.ledger)
        plan = await undoing.plan(str(released.entry), None, CALLER)
        cleared = await undoing.admit(plan, CALLER)
        assert isinstance(cleared, Cleared)
        assert (await undoing.execute(plan, cleared)).outcome == "done"


def test_of_all_tools_only_these_do_it_with_whatever_arguments() -> None:
    named = {tool for tool, _ in PROTECTIVE}
    for forms in (EVERYTHING, [LEAST_OF[tool] for tool in LEAST_OF]):
        for form in forms:
            action = an_action(form.tool, form.arguments)
            assert action.only_protects is (form.tool in named), form.tool


STOPPED, OFF = SuppressesNumber(PHONE), TakesOffDialList(PHONE)
MIXED: list[Effect] = [
    ContactsPerson(SECOND, Channel.CALL, EffectTime.LATER),
    ReleasesNumber(SECOND),
    Overwrites("the former values of the lead's changed fields"),
    Overwrites("the phone's former mark", FormerValue.MARK_ON_LIST),
    Overwrites("whether the playlist's filter was on", FormerValue.SWITCH),
]


def test_it_is_told_by_its_effects_and_nothing_else_may_be_among_them() -> None:
    disposition = Overwrites("the lead's former disposition", FormerValue.DISPOSITION)
    assert is_only_protective([STOPPED, OFF, disposition])
    for other in MIXED:
        assert not is_only_protective([STOPPED, other])
    # Without a protection it is no more than a loss.
    assert not is_only_protective([disposition])
    assert not is_only_protective([])
