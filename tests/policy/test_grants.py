"""A grant answers the questions of the calls that it covers, and ends; it never covers others."""

from dataclasses import replace
from datetime import timedelta

import anyio
import pytest

from _support.pipeline import CALLER, an_action
from _support.sandbox import (
    ATTENDED,
    DANA,
    NOON,
    OVER,
    PHONE,
    SECOND,
    TEXT,
    TEXTS,
    a_sandbox_pipeline,
    caps,
    dialed,
    minutes,
    terms,
)
from chasedata_mcp.approvals.grants import list_offers
from chasedata_mcp.approvals.models import Reply
from chasedata_mcp.errors import CallError, Code
from chasedata_mcp.ledger import read_principal
from chasedata_mcp.ledger.approval_models import Scope
from chasedata_mcp.ledger.questions import ALSO
from chasedata_mcp.pipeline.pipeline import Cleared, PendingApproval

pytestmark = pytest.mark.anyio


async def test_it_covers_its_tools_and_numbers_so_many_times() -> None:
    async with a_sandbox_pipeline(ATTENDED) as pipeline:
        assert await pipeline.asks("send_sms", **TEXT)
        await pipeline.grant(TEXTS)
        assert await pipeline.asks("conference_call", agent="Lena", phone=PHONE)
        assert await pipeline.asks("send_sms", **{**TEXT, "to_number": "9545550124"})
        for number in (PHONE, SECOND, PHONE):
            assert not await pipeline.asks("send_sms", **{**TEXT, "to_number": number})
        assert await pipeline.asks("send_sms", **TEXT)


async def test_it_is_its_principals_whatever_the_client_calls_itself() -> None:
    async with a_sandbox_pipeline(ATTENDED) as pipeline:
        await pipeline.grant(TEXTS)
        action = pipeline.read("send_sms", TEXT)
        principal = read_principal(CALLER)
        for client in ("", "another client", "a/b", "somebody"):
            assert isinstance(await pipeline.admit(action, f"{principal}/{client}"), Cleared)
        # A client can't name itself into what was given to another principal.
        for other in (f"else/{CALLER}", f"{principal}s/an assistant", f"x{CALLER}"):
            assert isinstance(await pipeline.admit(action, other), PendingApproval)


async def test_it_is_of_one_caller_and_ends() -> None:
    async with a_sandbox_pipeline(ATTENDED) as pipeline:
        await pipeline.grant(TEXTS)
        action = pipeline.read("send_sms", TEXT)
        assert isinstance(await pipeline.admit(action, "james/another"), PendingApproval)
        pipeline.clock.time = OVER - timedelta(microseconds=1)
        assert isinstance(await pipeline.admit(action, CALLER), Cleared)
        pipeline.clock.time = OVER
        assert isinstance(await pipeline.admit(action, CALLER), PendingApproval)


async def test_it_never_covers_what_is_destructive_or_always_asked() -> None:
    async with a_sandbox_pipeline(ATTENDED) as pipeline:
        tools = ("delete_dnc", "delete_dial_list", "insert_lead")
        await pipeline.grant(Scope(tools, None, None, 50, OVER))
        assert not await pipeline.asks("insert_lead", **dialed("Solar"))
        assert await pipeline.asks("delete_dnc", number=PHONE)
        assert await pipeline.asks("delete_dial_list", agent="Maria", list_name="Warm-Leads")
        for past in ("dial_non_callables", "allow_dialing_duplicates"):
            assert await pipeline.asks("insert_lead", **{**dialed("Solar"), past: True})


async def test_it_never_goes_past_a_refusal_or_another_reason_to_ask() -> None:
    held_to = terms(confirm="outward", **caps(texts=(1, 9)))
    async with a_sandbox_pipeline(held_to) as pipeline:
        await pipeline.grant(TEXTS)
        assert not await pipeline.asks("send_sms", **TEXT)
        # It says how many, so it answers a cap; how long a text is it doesn't say.
        assert not await pipeline.asks("send_sms", **TEXT)
        long = {**TEXT, "message": "Are you in? " * 60}
        assert "parts" in await pipeline.rules_that_ask("send_sms", **long)
        await pipeline.suppress(PHONE)
        assert await pipeline.refused_by("send_sms", **TEXT) == {"suppressed"}
        pipeline.clock.move(timedelta(hours=9))
        late = {**TEXT, "to_number": SECOND}
        assert await pipeline.refused_by("send_sms", **late) == {"calling_hours"}


async def test_it_is_revoked_at_once_for_what_is_cleared_already() -> None:
    async with a_sandbox_pipeline(ATTENDED) as pipeline:
        grant = await pipeline.grant(TEXTS)
        cleared = await pipeline.admit(pipeline.read("send_sms", TEXT), CALLER)
        assert isinstance(cleared, Cleared)
        assert await pipeline.ledger.grants.revoke(grant, "maria", pipeline.clock())
        with pytest.raises(CallError) as caught:
            await pipeline.send(cleared)
        assert caught.value.code is Code.NEEDS_CONFIRMATION
        assert not pipeline.rows("texts")
        assert await pipeline.asks("send_sms", **TEXT)


async def test_of_many_at_once_no_more_go_than_it_covers() -> None:
    async with a_sandbox_pipeline(ATTENDED) as pipeline:
        people = [f"95455501{last}" for last in range(30, 38)]
        await pipeline.grant(replace(TEXTS, numbers=tuple(people)))
        ready: list[Cleared] = []
        for number in people:
            action = pipeline.read("send_sms", {**TEXT, "to_number": number})
            cleared = await pipeline.admit(action, CALLER)
            assert isinstance(cleared, Cleared)
            ready.append(cleared)

        async def send(one: Cleared) -> None:
            try:
                await pipeline.send(one)
            except CallError as error:
                assert error.code is Code.NEEDS_CONFIRMATION  # noqa: PT017 - which are late is open

        async with anyio.create_task_group() as tasks:
            for one in ready:
                tasks.start_soon(send, one)
        assert len(pipeline.rows("texts")) == 3


async def test_each_use_is_on_record() -> None:
    async with a_sandbox_pipeline(ATTENDED) as pipeline:
        grant = await pipeline.grant(TEXTS)
        await pipeline.asks("send_sms", **TEXT)
        given, entry = await pipeline.entries()
        assert (given.intent.tool, given.intent.numbers) == ("grant", tuple(TEXTS.numbers or ()))
        assert {(one.rule, one.decision) for one in entry.intent.verdict} >= {
            ("confirm", "ask"),
            ("grant", "allow"),
        }
        assert grant in {one.rule: one.reason for one in entry.intent.verdict}["grant"]
        (kept,) = await pipeline.ledger.grants.all(pipeline.account.accid, pipeline.clock())
        assert kept.used == 1


async def test_it_is_offered_beside_the_question_and_given_by_the_answer() -> None:
    async with a_sandbox_pipeline(ATTENDED) as pipeline:
        pending = await pipeline.pending("send_sms", **TEXT)
        ((_, offered),) = pending.approval.question.offers
        assert offered.startswith("This one and the next 10 texts to 954-555-0123 until ")
        action = pipeline.read("send_sms", TEXT)
        wider = Reply({"confirm": True, ALSO: offered})
        await pipeline.send(await pipeline.redeem(action, CALLER, pending.approval.id, wider))
        for _ in range(10):
            assert not await pipeline.asks("send_sms", **TEXT)
        assert await pipeline.asks("send_sms", **TEXT)


async def test_a_no_gives_nothing() -> None:
    async with a_sandbox_pipeline(ATTENDED) as pipeline:
        action = pipeline.read("send_sms", TEXT)
        for also in (None, "All of them"):
            pending = await pipeline.pending("send_sms", **TEXT)
            ((_, offered),) = pending.approval.question.offers
            content = {"confirm": also is not None, ALSO: also or offered}
            with pytest.raises(CallError) as caught:
                await pipeline.redeem(action, CALLER, pending.approval.id, Reply(content))
            assert caught.value.code is Code.DECLINED
        assert await pipeline.ledger.grants.all(pipeline.account.accid, pipeline.clock()) == []


async def test_a_yes_of_its_own_uses_up_no_grant() -> None:
    async with a_sandbox_pipeline(ATTENDED) as pipeline:
        pending = await pipeline.pending("send_sms", **TEXT)
        await pipeline.grant(TEXTS)
        action = pipeline.read("send_sms", TEXT)
        yes = Reply({"confirm": True})
        await pipeline.send(await pipeline.redeem(action, CALLER, pending.approval.id, yes))
        (kept,) = await pipeline.ledger.grants.all(pipeline.account.accid, pipeline.clock())
        assert kept.used == 0


@pytest.mark.parametrize(
    ("hour", "minute", "until"),
    [(9, 0, "11:00"), (9, 59, "11:00"), (21, 30, "23:00"), (22, 0, None), (23, 59, None)],
)
def test_what_is_offered_ends_today(hour: int, minute: int, until: str | None) -> None:
    offered = list_offers(an_action("send_sms", TEXT), NOON.replace(hour=hour, minute=minute))
    assert [f"{one.until:%H:%M}" for one in offered] == ([until] if until else [])


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        ("reload_skills", {}),
        ("insert_dnc", {"number": PHONE}),
        ("delete_dnc", {"number": PHONE}),
        ("insert_lead", {**dialed("Solar"), "import_only": True}),
    ],
)
def test_nothing_is_offered_for_what_rings_nobody_now(
    tool: str, arguments: dict[str, object]
) -> None:
    assert list_offers(an_action(tool, arguments), NOON) == ()


def test_what_is_offered_is_for_the_campaign_of_an_insert_and_for_the_number_of_a_text() -> None:
    (insert,) = list_offers(an_action("insert_lead", dialed("Solar")), NOON)
    assert (insert.id, insert.campaign, insert.numbers) == ("next", "Solar", None)
    assert insert.text.startswith("This one and the next 10 calls to campaign ")
    (text,) = list_offers(an_action("send_sms", DANA), NOON)
    assert (text.campaign, text.numbers) == (None, ("9545550101",))


@pytest.mark.parametrize("sureness", ["machine", "second_factor"])
async def test_where_a_yes_must_be_surer_the_client_gives_neither_a_yes_nor_a_grant(
    sureness: str,
) -> None:
    held_to = terms(confirm="outward", yes={"outward": sureness})
    async with a_sandbox_pipeline(held_to) as pipeline:
        pending = await pipeline.pending("send_sms", **TEXT)
        assert pending.approval.code
        ((_, offered),) = pending.approval.question.offers
        action = pipeline.read("send_sms", TEXT)
        with pytest.raises(CallError) as caught:
            await pipeline.redeem(
                action, CALLER, pending.approval.id, Reply({"confirm": True, ALSO: offered})
            )
        assert caught.value.code is Code.NEEDS_CONFIRMATION
        assert await pipeline.ledger.grants.all(pipeline.account.accid, pipeline.clock()) == []
        assert not pipeline.rows("texts")


async def test_a_grant_ends_with_its_last_minute_and_not_before() -> None:
    async with a_sandbox_pipeline(ATTENDED) as pipeline:
        await pipeline.grant(Scope(("send_sms",), None, None, 50, pipeline.clock() + minutes(1)))
        assert not await pipeline.asks("send_sms", **{**TEXT, "to_number": SECOND})
        pipeline.clock.move(minutes(1))
        assert await pipeline.asks("send_sms", **TEXT)
