"""The history as people ask for it: by number, without reads, nothing twice, by the local clock."""

from dataclasses import replace

import pytest

from _support.sandbox import SandboxPipeline, a_sandbox_pipeline, terms
from chasedata_mcp.cli.history import is_match
from chasedata_mcp.errors import Code, Outcome
from chasedata_mcp.history.by_number import add_leads
from chasedata_mcp.history.list import HistoryPage, drop_answered_questions, read_page
from chasedata_mcp.history.present import format_local, publish_entry
from chasedata_mcp.ledger import Ending, EntryKind, Filter
from chasedata_mcp.pipeline.recorder import Keeping
from chasedata_mcp.tools.history import ListHistory

pytestmark = pytest.mark.anyio
DANA, OF_DANA = "9545550101", "1001"
BY_CLIENT_ID = {"search_field": "client_id", "identifier": "WEB-1001"}
BY_ID = {"search_field": "lead_id", "identifier": OF_DANA}


async def page(pipeline: SandboxPipeline, **asked: object) -> HistoryPage:
    which = ListHistory.model_validate(asked)
    return await read_page(pipeline.ledger, which, "person/client", own=False)


def tools(found: HistoryPage) -> list[str]:
    return [entry.intent.tool for entry, _ in found.entries]


async def test_by_a_number_is_found_what_named_its_lead_by_id() -> None:
    async with a_sandbox_pipeline() as pipeline:
        await pipeline.call("update_lead", **BY_ID, city="Tampa")
        await pipeline.call("update_lead", **BY_CLIENT_ID, city="X")
        await pipeline.failure("disposition_lead", lead_id=OF_DANA, disposition="SALE")
        await pipeline.call("update_lead", search_field="lead_id", identifier="1002", city="Y")
        found = await page(pipeline, number=DANA)
    assert tools(found) == ["disposition_lead", "update_lead", "update_lead"]


async def test_by_a_number_is_found_a_lead_that_a_search_or_an_insert_showed() -> None:
    async with a_sandbox_pipeline() as pipeline:
        blind = pipeline.over(read_back=False)
        await blind.call("search_lead", search_field="phone", identifier="9545550101")
        await pipeline.call(
            "insert_lead", campaign="Solar", primary_phone="9545550144", import_only=True
        )
        await blind.run("update_lead", search_field="lead_id", identifier="1049", city="X")
        await blind.run("update_lead", **BY_ID, city="X")
        await pipeline.written()
        assert tools(await page(pipeline, number=DANA)) == ["update_lead"]
        assert tools(await page(pipeline, number="9545550144")) == ["update_lead", "insert_lead"]
        assert tools(await page(pipeline, number="9545550199")) == []


async def test_a_phone_that_is_kept_out_of_the_record_finds_nothing() -> None:
    hidden = Keeping(hidden=("PrimaryPhone",))
    async with a_sandbox_pipeline() as pipeline:
        over = pipeline.over(keeping=hidden)
        await over.call("update_lead", **BY_ID, city="Tampa")
        assert tools(await page(pipeline, number=DANA)) == []


async def test_reads_are_left_out_unless_they_are_asked_for() -> None:
    async with a_sandbox_pipeline() as pipeline:
        await pipeline.call("search_lead", search_field="phone", identifier=DANA)
        await pipeline.call("update_lead", **BY_ID, city="Tampa")
        await pipeline.written()
        assert tools(await page(pipeline)) == ["update_lead"]
        assert sorted(tools(await page(pipeline, reads=True))) == ["search_lead", "update_lead"]
        assert tools(await page(pipeline, tool="search_lead")) == ["search_lead"]
        assert tools(await page(pipeline, tool="update_lead", reads=False)) == ["update_lead"]


async def test_what_is_followed_is_chosen_alike() -> None:
    async with a_sandbox_pipeline() as pipeline:
        await pipeline.call("search_lead", search_field="phone", identifier=DANA)
        await pipeline.call("update_lead", **BY_ID, city="Tampa")
        await pipeline.written()
        which = await add_leads(pipeline.ledger, Filter(number=DANA, reads=False))
        every = (await pipeline.ledger.history(Filter())).entries
    assert [entry.kind for entry in every if is_match(entry, which)] == [EntryKind.WRITE]


async def test_a_call_that_was_asked_about_and_then_sent_is_listed_once() -> None:
    async with a_sandbox_pipeline(terms(confirm="writes")) as pipeline:
        await pipeline.with_a_yes("update_lead", **BY_ID, city="Tampa")
        await pipeline.written()
        [(sent, _)] = (await page(pipeline)).entries
    asked = replace(sent, kind=EntryKind.REFUSAL, endings=(unanswered(sent.endings[0]),))
    other = replace(asked, intent=replace(asked.intent, digest="of another call"))
    assert drop_answered_questions([sent, asked, asked, other]) == (sent, other)
    assert drop_answered_questions([asked, sent]) == (asked, sent)


def unanswered(ending: Ending) -> Ending:
    return replace(ending, outcome=Outcome.REFUSED, code=Code.NEEDS_CONFIRMATION)


async def test_a_rules_reason_is_not_said_again_beside_the_message() -> None:
    async with a_sandbox_pipeline() as pipeline:
        await pipeline.suppress(DANA)
        await pipeline.failure("send_sms", from_number="9545550190", to_number=DANA, message="Hi")
        await pipeline.written()
        [(entry, _)] = (await page(pipeline, tool="send_sms")).entries
    published = publish_entry(entry)
    for reason in (published.rules or {}).values():
        assert reason not in published.message


async def test_times_are_the_machines_with_their_zone() -> None:
    async with a_sandbox_pipeline() as pipeline:
        await pipeline.call("update_lead", **BY_ID, city="Tampa")
        [(entry, _)] = (await page(pipeline)).entries
    at = entry.intent.at
    local = at.astimezone().isoformat(timespec="seconds")
    assert format_local(at) in {local, local.replace("+00:00", "Z")}
    assert publish_entry(entry).at == format_local(at)
