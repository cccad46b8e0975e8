"""The jobs that only read: one person, the account as it stands, what was done."""

from datetime import timedelta
from typing import Any

import pytest

from _support.conversations import ERAS, client, code, told, unmarked
from _support.conversations import text as text_of
from _support.sandbox import NOON, OWN, PHONE, a_sandbox_pipeline, terms
from _support.served_pipeline import Served
from chasedata_mcp.policy.tool_offer import NEVER_ASK
from chasedata_mcp.tools.jobs import JOBS

pytestmark = pytest.mark.anyio
MARKED, SHARED = "2125550104", "3055550110"


async def report(pipeline: Served, job: str, **arguments: object) -> dict[str, Any]:
    """Have a client do a job that reads, and hold what both views say against each other."""
    async with client(pipeline.server(), ERAS[0]) as connected:
        result = await connected.call_tool(job, arguments)
    assert code(result) is None, text_of(result)
    fields: dict[str, Any] = unmarked(told(result))
    for name in ("reasons", "hours", "leads", "caps", "waiting", "unknown"):
        assert all(line in text_of(result) for line in fields.get(name, ()))
    assert fields["message"] in text_of(result)
    return fields


async def test_a_contact_inside_the_hours_may_be_called_and_texted(pipeline: Served) -> None:
    found = await report(pipeline, "check_contact", phone=PHONE)
    assert (found["call"], found["text"]) == ("yes", "yes")
    assert "may be called now and may be texted now" in found["message"]
    assert "Mon 12:00 (America/New_York)" in found["message"]
    assert "Its hours for calls end on Mon 20:00 there" in found["message"]
    assert "called 0 times and texted 0 times" in found["message"]
    assert any(row.startswith("FL: ") for row in found["hours"])
    assert not pipeline.dialer.writes


async def test_a_contact_says_why_not_and_when_again(pipeline: Served) -> None:
    pipeline.clock.move(timedelta(hours=9))
    late = await report(pipeline, "check_contact", phone=PHONE)
    assert (late["call"], late["text"]) == ("no", "no")
    assert "Its hours for calls begin on Tue 08:00 there" in late["message"]
    assert any("21:00" in reason for reason in late["reasons"])
    pipeline.clock.move(timedelta(hours=15))
    await pipeline.suppress(PHONE)
    suppressed = await report(pipeline, "check_contact", phone=PHONE)
    assert suppressed["call"] == "no"
    assert "It is on this server's do-not-call list." in suppressed["message"]
    marked = await report(pipeline, "check_contact", phone=MARKED)
    assert "marked as do-not-call at the dialer" in marked["message"]
    assert marked["leads"] == ["1004"]
    nobody = await report(pipeline, "check_contact", phone="9115550100")
    assert (nobody["call"], nobody["text"]) == ("no", "no")


async def test_a_contact_counts_what_went_through_here_and_lists_its_leads(
    pipeline: Served,
) -> None:
    await pipeline.call("send_sms", from_number=OWN, to_number=SHARED, message="Hello")
    found = await report(pipeline, "check_contact", phone=SHARED)
    assert "called 0 times and texted once in 24 hours" in found["message"]
    assert len(found["leads"]) == 3


async def test_a_contact_says_what_a_person_would_be_asked() -> None:
    async with a_sandbox_pipeline(terms(confirm="outward")) as opened:
        asked = await report(Served(opened.parts, opened.behind), "check_contact", phone=PHONE)
        assert (asked["call"], asked["text"]) == ("asks", "asks")
        assert all(reason.startswith("Asks a person: ") for reason in asked["reasons"])
        # A check is no reading of what others wrote, which would make the next call ask.
        assert not [one for one in await opened.entries() if one.intent.tool != "search_lead"]


async def test_the_status_says_what_is_stopped_waits_and_is_unknown(pipeline: Served) -> None:
    clean = await report(pipeline, "status")
    assert "Nothing is stopped." in clean["message"]
    assert "No cap has counted anything today." in clean["message"]
    await pipeline.call("send_sms", from_number=OWN, to_number=PHONE, message="Hello")
    await pipeline.pending("delete_dnc", number=MARKED)
    unknown = await pipeline.left_open("create_dial_list", agent="Maria", list_name="Spring")
    await pipeline.ledger.freezes.freeze(pipeline.account.accid, "test", "maria", NOON)
    found = await report(pipeline, "status")
    assert "All writes are stopped since 2026-06-01 16:00 UTC, by maria" in found["message"]
    assert "1 question waits for a yes. 1 outcome is unknown." in found["message"]
    assert any(line.startswith("1 text") for line in found["caps"])
    assert "212" in found["waiting"][0]
    assert found["unknown"] == [f"{unknown} (create_dial_list)"]


async def test_the_summary_counts_by_tool_outcome_rule_and_person_in_150_tokens(
    pipeline: Served,
) -> None:
    assert "nothing was done." in (await report(pipeline, "summary"))["message"]
    for message in ("Hello", "Again"):
        await pipeline.call("send_sms", from_number=OWN, to_number=PHONE, message=message)
    await pipeline.refused_by("send_sms", from_number=OWN, to_number=MARKED, message="Hello")
    unknown = await pipeline.left_open("create_dial_list", agent="Maria", list_name="Spring")
    found = await report(pipeline, "summary")
    assert "send_sms 2 done, 1 refused" in found["message"]
    assert "create_dial_list 1 unknown" in found["message"]
    assert "People called or texted: 1." in found["message"]
    assert "Refused by: marked 1." in found["message"]
    assert f"Outcome unknown: {unknown}." in found["message"]
    assert len(found["message"]) < 600
    later = (NOON + timedelta(hours=1)).isoformat()
    assert "nothing was done." in (await report(pipeline, "summary", since=later))["message"]


async def test_a_summary_is_of_ones_own_calls_unless_all_are_shown(pipeline: Served) -> None:
    await pipeline.do_as("else/an assistant", "create_dial_list", agent="Maria", list_name="New")
    assert "nothing was done." in (await report(pipeline, "summary"))["message"]
    async with client(pipeline.server(of_all=True), ERAS[0]) as connected:
        result = await connected.call_tool("summary", {})
    assert "create_dial_list 1 done" in text_of(result)


async def test_jobs_are_listed_held_to_the_policy_and_small(pipeline: Served) -> None:
    async with client(pipeline.server(), ERAS[0]) as connected:
        listed = {tool.name: tool for tool in (await connected.list_tools()).tools}
    assert set(JOBS) <= set(listed)
    for name, job in JOBS.items():
        assert job.toolset == "jobs"
        shown = listed[name].model_dump_json(
            include={"name", "description", "input_schema"}, by_alias=True, exclude_none=True
        )
        assert len(shown.encode()) <= 700, name
    for rule, is_listed in (("refuse", True), ("off", False), ("ask", True)):
        async with a_sandbox_pipeline(terms(tools={"summary": rule})) as opened:
            server = Served(opened.parts, opened.behind).server()
            async with client(server, ERAS[0]) as connected:
                names = {tool.name for tool in (await connected.list_tools()).tools}
                assert ("summary" in names) is is_listed
                assert code(await connected.call_tool("summary", {})) == "not_allowed"


async def test_the_instructions_name_the_jobs_that_are_offered_alone() -> None:
    for toolsets, named in ((["leads", "jobs", "history"], True), (["leads", "history"], False)):
        async with a_sandbox_pipeline(terms(toolsets=toolsets)) as opened:
            server = Served(opened.parts, opened.behind).server()
            async with client(server, ERAS[0]) as connected:
                assert ("Jobs (" in (connected.instructions or "")) is named


def test_no_job_that_only_reads_puts_a_question_to_anybody() -> None:
    assert {name for name, job in JOBS.items() if job.hints.read_only} < NEVER_ASK
