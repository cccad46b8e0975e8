"""A write is on disk before it is sent; without a record nothing is sent."""

from pathlib import Path
from typing import cast

import anyio
import anyio.lowlevel
import pytest

from _support.faults import Failing, Watching
from _support.ledger import Place
from _support.pipeline import CALLER, failure_of
from _support.sandbox import PHONE, SECOND, TEXT, SandboxPipeline, a_recorded_pipeline
from chasedata_mcp.errors import Code, Outcome
from chasedata_mcp.ledger import LedgerTooNewError, LedgerUnreadableError, LedgerUnwritableError
from chasedata_mcp.ledger.store import Store
from chasedata_mcp.pipeline.pipeline import Cleared
from chasedata_mcp.tools.answer_types import Answer
from chasedata_mcp.tools.request import Request

pytestmark = pytest.mark.anyio
UNWRITABLE = LedgerUnwritableError("The ledger can't be written: its disk is full.")


async def test_the_intent_is_on_disk_while_the_dialer_is_called(tmp_path: Path) -> None:
    seen: list[tuple[str, Outcome, bool]] = []
    async with a_recorded_pipeline(tmp_path) as pipeline:

        async def look() -> None:
            async with Place(
                str(tmp_path), tmp_path / "ledger-sandbox-head.json"
            ).ledger() as other:
                (entry,) = (await other.history()).entries
            seen.append((entry.intent.tool, entry.outcome, entry.ending is None))

        result = await pipeline.over(dialer=Watching(pipeline.dialer, look)).call(
            "send_sms", **TEXT
        )
        entry = await pipeline.entry()
    assert seen == [("send_sms", Outcome.UNKNOWN, True)]
    assert (entry.id, entry.outcome) == (result.entry, Outcome.DONE)


@pytest.mark.parametrize(
    "error",
    [UNWRITABLE, LedgerTooNewError("Newer."), LedgerUnreadableError("It can't be read.")],
    ids=lambda error: type(error).__name__,
)
async def test_a_store_that_can_not_be_opened_stops_writes_and_not_reads(
    error: Exception,
) -> None:
    def opening() -> Store:
        raise error

    async with a_recorded_pipeline(opening) as pipeline:
        for tool, arguments in {
            "send_sms": TEXT,
            "insert_dnc": {"number": PHONE},
            "update_lead": {"search_field": "lead_id", "identifier": "1001", "city": "Tampa"},
        }.items():
            refused = await pipeline.failure(tool, **arguments)
            assert refused.code is Code.NOT_ALLOWED
            assert str(error) in refused.message
            assert "Nothing was sent." in refused.message
            assert "CHASEDATA_STATE_DIR" in refused.hint
        pending = await failure_of(
            pipeline.admit(pipeline.read("delete_dnc", {"number": PHONE}), CALLER)
        )
        assert pending.code is Code.NOT_ALLOWED
        found = await pipeline.call("search_lead", search_field="lead_id", identifier="1001")
        assert found.outcome is Outcome.DONE
        assert not pipeline.rows("texts")
        assert not pipeline.rows("dnc", number=PHONE)
        assert pipeline.rows("leads", LeadId=1001)[0]["City"] == "Miami"


async def test_an_intent_that_can_not_be_written_stops_its_call(tmp_path: Path) -> None:
    store = Failing(tmp_path, UNWRITABLE)
    async with a_recorded_pipeline(lambda: cast("Store", store)) as pipeline:
        await pipeline.call("send_sms", **TEXT)
        store.fails = frozenset({"intend"})
        refused = await pipeline.failure("send_sms", **{**TEXT, "to_number": SECOND})
        assert refused.code is Code.NOT_ALLOWED
        assert [row["message"] for row in pipeline.rows("texts")] == ["Hello there"]
        assert len(await pipeline.entries()) == 1


async def test_an_outcome_that_can_not_be_written_is_told_as_a_warning(tmp_path: Path) -> None:
    store = Failing(tmp_path, UNWRITABLE)
    async with a_recorded_pipeline(lambda: cast("Store", store)) as pipeline:
        store.fails = frozenset({"end"})
        result = await pipeline.call("insert_dnc", number=PHONE)
        entry = await pipeline.entry()
    assert result.outcome is Outcome.DONE
    assert result.warnings == [
        "What came of this call could not be put on record; the history shows it as unknown."
    ]
    assert (entry.id, entry.outcome) == (result.entry, Outcome.UNKNOWN)


async def test_what_is_read_back_and_can_not_be_written_fails_nothing(tmp_path: Path) -> None:
    store = Failing(tmp_path, UNWRITABLE)
    async with a_recorded_pipeline(lambda: cast("Store", store)) as pipeline:
        store.fails = frozenset({"end"})
        result = await pipeline.call(
            "update_lead", search_field="lead_id", identifier="1001", city="Tampa"
        )
    assert result.outcome is Outcome.DONE
    assert "Read back: the field took." in result.message


async def test_a_call_that_is_cancelled_before_it_is_sent_is_recorded_as_not_sent(
    tmp_path: Path,
) -> None:
    async with a_recorded_pipeline(tmp_path) as pipeline:
        with anyio.CancelScope() as scope:

            async def cancel() -> None:
                scope.cancel()

            await pipeline.over(dialer=Watching(pipeline.dialer, cancel)).call("send_sms", **TEXT)
        assert scope.cancelled_caught
        entry = await pipeline.entry()
        assert not pipeline.rows("texts")
    assert entry.outcome is Outcome.REFUSED
    assert entry.ending is not None
    assert entry.ending.message == "The call was cancelled before it was sent."


async def test_a_call_that_is_cancelled_in_flight_has_its_outcome_on_record(
    pipeline: SandboxPipeline,
) -> None:
    pipeline.set_faults("TextOperations.php=delay:0.05*1")
    action = pipeline.read("send_sms", TEXT)
    cleared = await pipeline.admit(action, CALLER)
    assert isinstance(cleared, Cleared)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(pipeline.send, cleared)
        while not pipeline.rows("texts"):
            await anyio.lowlevel.checkpoint()
        tasks.cancel_scope.cancel()
    assert (await pipeline.entry()).outcome is Outcome.DONE
    assert len(pipeline.rows("texts")) == 1


class Crashing:
    """A dialer that fails in a way that nobody foresaw."""

    async def post(self, request: Request) -> Answer:
        raise RuntimeError(request.script)


async def test_a_fault_of_our_own_is_on_record_and_leaves_the_call_unknown(tmp_path: Path) -> None:
    async with a_recorded_pipeline(tmp_path) as pipeline:
        error = await pipeline.over(dialer=Crashing()).failure("send_sms", **TEXT)
        entry = await pipeline.entry()
    assert (error.code, error.entry, entry.outcome) == ("failed", entry.id, Outcome.UNKNOWN)
    assert entry.ending is not None
    assert entry.ending.code == "failed"


@pytest.mark.parametrize("effect", ["drop_after", "drop", "status:503", "body:nonsense"])
async def test_an_answer_that_is_lost_is_on_record_as_unknown(tmp_path: Path, effect: str) -> None:
    async with a_recorded_pipeline(tmp_path) as pipeline:
        pipeline.set_faults(f"TextOperations.php={effect}*9")
        error = await pipeline.failure("send_sms", **TEXT)
        entry = await pipeline.entry()
    assert error.info.outcome is Outcome.UNKNOWN
    assert entry.outcome is Outcome.UNKNOWN
    assert entry.ending is not None
    assert entry.ending.code == error.code
