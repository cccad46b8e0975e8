"""After a caller read a lead's text, reaching a person asks for a while, for that caller only."""

import pytest

from _support.pipeline import CALLER
from _support.sandbox import (
    PHONE,
    TEXT,
    SandboxPipeline,
    a_sandbox_pipeline,
    minutes,
    seconds,
    terms,
)
from chasedata_mcp.approvals.models import Reply
from chasedata_mcp.ledger.approval_models import Scope
from chasedata_mcp.pipeline.pipeline import Cleared, PendingApproval
from chasedata_mcp.tools.results import Result

pytestmark = pytest.mark.anyio
READ = {"search_field": "lead_id", "identifier": "1005", "detailed": True}
REACHING = [
    ("send_sms", dict(TEXT)),
    ("conference_call", {"agent": "Lena", "phone": PHONE}),
    ("reload_playlist", {"playlist": "Solar-Main"}),
    ("reload_skills", {}),
    ("insert_lead", {"campaign": "Solar", "primary_phone": PHONE, "import_only": False}),
]


@pytest.mark.parametrize(("tool", "arguments"), REACHING)
async def test_what_reaches_anybody_asks_for_ten_minutes(
    tool: str, arguments: dict[str, object]
) -> None:
    async with a_sandbox_pipeline() as live:
        await live.call("search_lead", **READ)
        assert await live.rules_that_ask(tool, **arguments) == {"after_reading"}
        live.clock.move(minutes(10))
        assert await live.rules_that_ask(tool, **arguments) == {"after_reading"}
        live.clock.move(seconds(1))
        assert (await live.call(tool, **arguments)).outcome == "done"


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        ("insert_dnc", {"number": PHONE}),
        ("update_lead", {"search_field": "lead_id", "identifier": "1001", "city": "Miami"}),
        ("insert_lead", {"campaign": "Solar", "primary_phone": PHONE, "import_only": True}),
        ("search_lead", READ),
    ],
)
async def test_what_reaches_nobody_now_asks_nothing(
    tool: str, arguments: dict[str, object]
) -> None:
    async with a_sandbox_pipeline() as live:
        await live.call("search_lead", **READ)
        assert (await live.call(tool, **arguments)).outcome == "done"


@pytest.mark.parametrize(
    "read",
    [
        {"search_field": "lead_id", "identifier": "1005"},
        {"search_field": "lead_id", "identifier": "9999", "detailed": True},
    ],
)
async def test_a_search_that_shows_no_text_is_no_reading(read: dict[str, object]) -> None:
    async with a_sandbox_pipeline() as live:
        await live.call("search_lead", **read)
        assert (await live.call("send_sms", **TEXT)).outcome == "done"


async def test_an_update_that_shows_what_was_there_is_a_reading() -> None:
    async with a_sandbox_pipeline() as live, live.another_process() as other:
        notes = {"search_field": "lead_id", "identifier": "1005", "notes": "seen"}
        await live.call("update_lead", **notes)
        for pipeline in (live, other):
            pending = await pipeline.pending("send_sms", **TEXT)
            assert [ask.rule for ask in pending.calls[0].asked_by] == ["after_reading"]


async def test_it_is_of_that_caller_alone() -> None:
    async with a_sandbox_pipeline() as live:
        await live.call("search_lead", **READ)
        action = live.read("send_sms", TEXT)
        assert isinstance(await live.admit(action, "james/another"), Cleared)
        assert isinstance(await live.admit(action, CALLER), PendingApproval)


async def test_another_process_finds_the_reading_in_the_ledger() -> None:
    async with a_sandbox_pipeline() as live, live.another_process() as other:
        assert isinstance(await other.admit(other.read("send_sms", TEXT), CALLER), Cleared)
        await live.call("search_lead", **READ)
        await live.ledger.flush()
        pending = await other.pending("send_sms", **TEXT)
        assert [ask.rule for ask in pending.calls[0].asked_by] == ["after_reading"]
        assert isinstance(await other.admit(other.read("send_sms", TEXT), "james/x"), Cleared)
        live.clock.move(minutes(10) + seconds(1))
        assert isinstance(await other.admit(other.read("send_sms", TEXT), CALLER), Cleared)


async def test_of_a_reading_here_and_one_elsewhere_the_later_counts() -> None:
    async with a_sandbox_pipeline() as live, live.another_process() as other:
        await other.call("search_lead", **READ)
        live.clock.move(minutes(11))
        await live.call("search_lead", **READ)
        await live.ledger.flush()
        live.clock.move(minutes(1))
        for pipeline in (live, other):
            await pipeline.pending("send_sms", **TEXT)


async def test_what_was_shown_beside_the_dialers_tools_is_a_reading() -> None:
    async with a_sandbox_pipeline() as live:
        live.has_read("james/another")
        assert isinstance(await live.admit(live.read("send_sms", TEXT), CALLER), Cleared)
        live.has_read(CALLER)
        assert await live.rules_that_ask("send_sms", **TEXT) == {"after_reading"}


@pytest.mark.parametrize("within", [0, 2.5])
async def test_the_minutes_are_a_setting_and_none_is_never(within: float) -> None:
    async with a_sandbox_pipeline(terms(after_reading={"minutes": within})) as live:
        await live.call("search_lead", **READ)
        if not within:
            assert (await live.call("send_sms", **TEXT)).outcome == "done"
            return
        live.clock.move(minutes(2.5))
        await live.pending("send_sms", **TEXT)
        live.clock.move(seconds(1))
        assert (await live.call("send_sms", **TEXT)).outcome == "done"


async def test_a_grant_covers_it() -> None:
    async with a_sandbox_pipeline() as live:
        await live.call("search_lead", **READ)
        await live.pending("send_sms", **TEXT)
        await live.grant(Scope(("send_sms",), (PHONE,), None, 5, live.clock() + minutes(60)))
        assert (await live.call("send_sms", **TEXT)).outcome == "done"


async def test_a_yes_that_comes_after_the_time_still_counts() -> None:
    async with a_sandbox_pipeline() as live:
        await live.call("search_lead", **READ)
        live.clock.move(minutes(9))
        pending = await live.pending("send_sms", **TEXT)
        live.clock.move(minutes(2))
        assert (await redeemed(live, pending)).outcome == "done"


async def redeemed(live: SandboxPipeline, pending: PendingApproval) -> Result:
    action = live.read("send_sms", TEXT)
    cleared = await live.redeem(action, CALLER, pending.approval.id, Reply({"confirm": True}))
    return await live.send(cleared)


async def test_what_a_tool_of_the_history_has_shown_is_read_by_its_caller_alone() -> None:
    async with a_sandbox_pipeline() as live:
        live.has_read(CALLER)
        assert await live.rules_that_ask("send_sms", **TEXT) == {"after_reading"}
        text = live.read("send_sms", TEXT)
        assert isinstance(await live.admit(text, "james/another"), Cleared)
