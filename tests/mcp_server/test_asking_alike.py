"""Identical calls at the same time: one question for all, and one yes for one of them."""

import anyio
import pytest

from _support.conversations import Person, accepted, client, code, each_era, told
from _support.served_pipeline import DELETE, NUMBER, SENT, Attended
from chasedata_mcp.fields.assurance_level import AssuranceLevel
from chasedata_mcp.ledger.approval_models import ApprovalAnswer
from chasedata_mcp.pipeline.pipeline import PendingApproval

pytestmark = pytest.mark.anyio
FIVE = 5


async def coded(pipeline: Attended) -> list[str]:
    return [asked.code for asked in await pipeline.answers.questions() if asked.code]


@each_era
async def test_one_question_is_asked_for_all_of_them(era: str, pipeline: Attended) -> None:
    codes: list[str] = []
    async with client(pipeline.server(), era) as connected, anyio.create_task_group() as group:

        async def one() -> None:
            result = told(await connected.call_tool("delete_dnc", dict(DELETE)))
            codes.append(result["approval_code"])

        for _ in range(FIVE):
            group.start_soon(one)
    assert len(codes) == FIVE
    assert await coded(pipeline) == list(set(codes))


@each_era
async def test_one_yes_lets_one_of_them_through_and_the_next_is_asked_about_anew(
    era: str, pipeline: Attended
) -> None:
    codes: list[str | None] = []
    pipeline.meanwhile[20] = pipeline.approve
    async with client(pipeline.server(), era) as connected:
        async with anyio.create_task_group() as group:

            async def one() -> None:
                codes.append(code(await connected.call_tool("delete_dnc", dict(DELETE))))

            for _ in range(FIVE):
                group.start_soon(one)
        assert sorted(codes, key=str) == [None, *["needs_confirmation"] * (FIVE - 1)]
        assert pipeline.dialer.writes == SENT
        assert not await coded(pipeline)
        again = told(await connected.call_tool("delete_dnc", dict(DELETE)))
    assert again["approval_code"] in await coded(pipeline)
    assert pipeline.dialer.writes == SENT


@each_era
async def test_so_it_is_for_several_processes(era: str, pipeline: Attended) -> None:
    codes: list[str] = []
    async with pipeline.of_another_process() as other:

        async def one(through: Attended) -> None:
            async with client(through.server(), era) as connected:
                result = told(await connected.call_tool("delete_dnc", dict(DELETE)))
                codes.append(result["approval_code"])

        async with anyio.create_task_group() as group:
            for through in (pipeline, other, pipeline, other):
                group.start_soon(one, through)
    assert len(set(codes)) == 1
    assert await coded(pipeline) == [codes[0]]


async def test_a_yes_through_a_form_is_for_the_call_that_asked_alone(
    pipeline: Attended,
) -> None:
    action = pipeline.read("delete_dnc", dict(DELETE))
    pending = await pipeline.admit(action, "somebody")
    assert isinstance(pending, PendingApproval)
    now = pipeline.now()
    yes = ApprovalAnswer.yes("in the client", "somebody", now, AssuranceLevel.CLIENT)
    assert await pipeline.ledger.approvals.answer(pending.approval.id, yes)
    another = await pipeline.admit(action, "somebody")
    assert isinstance(another, PendingApproval)
    assert another.approval.id != pending.approval.id


@each_era
async def test_forms_are_each_shown_and_answered_by_themselves(
    era: str, pipeline: Attended
) -> None:
    person = Person(accepted({"confirm": NUMBER}))
    codes: list[str | None] = []
    async with (
        client(pipeline.server(), era, person) as connected,
        anyio.create_task_group() as group,
    ):

        async def one() -> None:
            codes.append(code(await connected.call_tool("delete_dnc", dict(DELETE))))

        for _ in range(2):
            group.start_soon(one)
    assert codes == [None, None]
    assert len(person.asked) == 2
