"""The DNC registry: the one way past it, races, and its survival of restarts and pruning."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import anyio
import pytest

from _support.faults import Failing
from _support.pipeline import CALLER
from _support.sandbox import DIALED, OWN, PHONE, SECOND, TEXT, a_sandbox_pipeline
from chasedata_mcp.errors import CallError, Code
from chasedata_mcp.ledger import FactQuery, Ledger, LedgerUnreadableError, open_ledger
from chasedata_mcp.pipeline.pipeline import CallGroup, Cleared
from chasedata_mcp.policy.decision import RefusedError
from chasedata_mcp.tools.answer_types import Answer
from chasedata_mcp.tools.request import Request

pytestmark = pytest.mark.anyio
DANA = "9545550101"
BY_PHONE: Mapping[str, object] = {"search_field": "phone", "identifier": DANA}


async def test_the_one_way_through_is_a_number_that_a_person_types() -> None:
    async with a_sandbox_pipeline() as live:
        await live.suppress(DANA)
        past = {
            **DIALED,
            "primary_phone": DANA,
            "dial_non_callables": True,
            "duplicates_check": "none",
        }
        pending = await live.pending("insert_lead", **past)
        assert pending.approval.question.typed is not None
        assert pending.approval.question.typed.expected == DANA
        assert (await live.with_a_yes("insert_lead", **past)).outcome == "done"
        # It lets that call through, and takes nothing off the memory.
        assert await live.refused_by("insert_lead", **DIALED, other_fields={"P": DANA}) == {
            "suppressed"
        }


async def test_a_typed_number_lets_no_other_through() -> None:
    async with a_sandbox_pipeline() as live:
        await live.suppress(SECOND)
        past = {**DIALED, "dial_non_callables": True, "other_fields": {"Phone2": SECOND}}
        assert await live.refused_by("insert_lead", **past) == {"suppressed"}


async def test_a_number_that_was_taken_off_with_a_yes_can_be_reached() -> None:
    async with a_sandbox_pipeline() as live:
        await live.suppress(PHONE)
        await live.refused_by("send_sms", **TEXT)
        await live.with_a_yes("delete_dnc", number=PHONE)
        assert (await live.call("send_sms", **TEXT)).outcome == "done"
        await live.suppress(PHONE)
        await live.refused_by("send_sms", **TEXT)


async def test_a_number_that_comes_onto_the_list_after_the_judgement_is_not_reached() -> None:
    async with a_sandbox_pipeline() as live, live.another_process() as other:
        cleared = await live.admit(live.read("send_sms", TEXT), CALLER)
        past = {**DIALED, "dial_non_callables": True}
        assert isinstance(cleared, Cleared)
        await other.call("insert_dnc", number=PHONE)
        with pytest.raises(RefusedError) as caught:
            await live.send(cleared)
        assert [refusal.rule for refusal in caught.value.rules] == ["suppressed"]
        assert not live.rows("texts")
        assert (await live.with_a_yes("insert_lead", **past)).outcome == "done"


async def test_putting_it_back_is_refused_as_a_whole() -> None:
    async with a_sandbox_pipeline() as live:
        await live.suppress(DANA)
        steps = [
            ("create_dial_list", {"agent": "Maria", "list_name": "Again"}),
            ("add_dial_list_phone", {"agent": "Maria", "list_name": "Again", "phone": PHONE}),
            ("add_dial_list_phone", {"agent": "Maria", "list_name": "Again", "phone": DANA}),
        ]
        wanted = CallGroup(tuple(live.read(tool, given) for tool, given in steps))
        with pytest.raises(CallError) as caught:
            await live.admit(wanted, CALLER)
        assert caught.value.code is Code.NOT_ALLOWED
        assert not live.rows("dial_lists", list="Again")


async def test_another_account_has_a_memory_of_its_own() -> None:
    async with a_sandbox_pipeline() as live:
        await live.suppress(PHONE)
        known = await live.ledger.facts(
            FactQuery(account="other", caller=CALLER, now=live.clock(), numbers=[PHONE])
        )
        assert known.suppressed == frozenset()


async def test_a_memory_that_was_lost_is_noticed_and_stops_what_reaches_anybody(
    tmp_path: Path,
) -> None:
    async with a_sandbox_pipeline(ledger=tmp_path) as live:
        await live.suppress(PHONE)
    for file in sorted(tmp_path.glob("ledger-live.sqlite3*")):  # noqa: ASYNC240 - a few files
        file.unlink()
    async with a_sandbox_pipeline(ledger=tmp_path) as live:
        assert await live.refused_by("send_sms", **TEXT) == {"suppressed"}
        error = await live.failure("send_sms", **TEXT)
        assert "remembers fewer numbers" in error.message
        # What reaches nobody goes on, and so it can be told again who must not be called; that
        # alone doesn't bring back the others.
        await live.suppress(PHONE)
        assert await live.refused_by("send_sms", **{**TEXT, "to_number": SECOND}) == {"suppressed"}
        await live.ledger.dnc_registry.accept_loss(
            live.account.accid, "maria/terminal", live.clock()
        )
        assert (await live.call("send_sms", **{**TEXT, "to_number": SECOND})).outcome == "done"
        await live.refused_by("send_sms", **TEXT)


@dataclass
class Answering:
    """A dialer with which a write fails in this way."""

    code: Code

    async def post(self, request: Request) -> Answer:
        raise CallError(self.code, "No.", hint=f"Look at {request.script}.")


@pytest.mark.parametrize("code", [Code.REFUSED_BY_DIALER, Code.NOT_REACHED, Code.DUPLICATE_LEAD])
async def test_an_insertion_that_was_not_done_suppresses_the_number_all_the_same(
    code: Code,
) -> None:
    async with a_sandbox_pipeline() as live:
        pipeline = live.over(dialer=Answering(code))
        error = await pipeline.failure("insert_dnc", number=PHONE)
        assert "isn't on the dialer's own do-not-call list yet" in error.message
        assert "This server suppresses the number" in error.message
        # Whoever asked not to be called is protected by sending it, not by taking it back.
        assert "`chasedata-mcp dnc send`" in error.hint
        assert "delete_dnc" not in error.hint
        assert await live.refused_by("send_sms", **TEXT) == {"suppressed"}
        await live.with_a_yes("delete_dnc", number=PHONE)
        assert (await live.call("send_sms", **TEXT)).outcome == "done"


async def test_what_the_dialer_neither_lists_nor_unlists_is_let_go_of_by_a_typed_yes() -> None:
    async with a_sandbox_pipeline() as live:
        pipeline = live.over(dialer=Answering(Code.REFUSED_BY_DIALER))
        await pipeline.failure("insert_dnc", number=PHONE)
        await live.suppress(SECOND)
        for number in (PHONE, SECOND):
            with pytest.raises(CallError) as caught:
                await pipeline.with_a_yes("delete_dnc", number=number)
            assert caught.value.code is Code.REFUSED_BY_DIALER
        assert (await live.call("send_sms", **TEXT)).outcome == "done"
        assert await live.refused_by("send_sms", **{**TEXT, "to_number": SECOND}) == {"suppressed"}


async def test_texts_from_a_suppressed_number_of_our_own_are_no_way_to_it() -> None:
    async with a_sandbox_pipeline() as live:
        await live.suppress(OWN)
        assert (await live.call("send_sms", **TEXT)).outcome == "done"
        assert await live.refused_by("send_sms", **{**TEXT, "to_number": OWN}) == {"suppressed"}


async def test_of_a_text_and_a_suppression_at_once_no_text_goes_after_it() -> None:
    async with a_sandbox_pipeline() as live, live.another_process() as other:
        texts = 0

        async def text() -> None:
            nonlocal texts
            try:
                await live.call("send_sms", **TEXT)
            except CallError as error:
                assert error.code in {Code.NOT_ALLOWED, Code.NEEDS_CONFIRMATION}  # noqa: PT017 - which come too late is open
            else:
                texts += 1

        async with anyio.create_task_group() as tasks:
            for _ in range(3):
                tasks.start_soon(text)
            tasks.start_soon(lambda: other.call("insert_dnc", number=PHONE))
        order = [(one.intent.tool, one.kind) for one in await live.entries()]
        at = next(place for place, (tool, _) in enumerate(order) if tool == "insert_dnc")
        assert ("send_sms", "write") not in order[at:]
        assert texts == len(live.rows("texts"))


async def test_the_memory_outlives_the_process(tmp_path: Path) -> None:
    async with a_sandbox_pipeline(ledger=tmp_path) as live:
        await live.suppress(PHONE)
    async with a_sandbox_pipeline(ledger=tmp_path) as live:
        live.clock.move(timedelta(days=3650))
        async with open_ledger(tmp_path, "live", clock=live.clock) as ledger:
            await ledger.prune(live.clock())
        assert await live.refused_by("conference_call", agent="Lena", phone=PHONE) >= {"suppressed"}


async def test_where_the_ledger_can_not_be_read_nothing_that_changes_anything_goes(
    tmp_path: Path,
) -> None:
    store = Failing(tmp_path, LedgerUnreadableError("The ledger can't be read."))
    async with a_sandbox_pipeline(environment="sandbox", ledger=tmp_path) as live:
        async with Ledger(lambda: store) as failing:  # type: ignore[arg-type, return-value]  # as a store
            pipeline = live.over(ledger=failing)
            store.fails = frozenset({"query"})
            for tool, arguments in (("send_sms", TEXT), ("insert_dnc", {"number": PHONE})):
                assert (await pipeline.failure(tool, **arguments)).code is Code.NOT_ALLOWED
            found = await pipeline.call("search_lead", **BY_PHONE)
            assert found.outcome == "done"
        assert not live.dialer.writes
