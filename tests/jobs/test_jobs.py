"""The jobs that change something, by a client: their calls in order, and one account of them."""

from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import anyio
import pytest

from _support.conversations import ERAS, Person, accepted, client
from _support.jobs import do
from _support.name_files import a_directory
from _support.pipeline import CALLER, AssembledPipeline
from _support.sandbox import PHONE, a_sandbox_pipeline, terms
from _support.served_pipeline import Attended, Served
from chasedata_mcp.errors import CallError, Code
from chasedata_mcp.jobs.job_service import JobCall
from chasedata_mcp.jobs.plan import JobContext
from chasedata_mcp.ledger import Entry
from chasedata_mcp.pipeline.pipeline import Cleared
from chasedata_mcp.pipeline.recorder import Keeping
from chasedata_mcp.policy.evaluator import Policy
from chasedata_mcp.redaction import DEFAULT_REDACTOR
from chasedata_mcp.tools.answer_types import Answer, Expects, LeadsRead
from chasedata_mcp.tools.jobs import AddNote
from chasedata_mcp.tools.jobs.job_results import JobResult
from chasedata_mcp.tools.registry import TOOLSETS
from chasedata_mcp.tools.request import Request

pytestmark = pytest.mark.anyio
YES = {"confirm": True}
Given = dict[str, Any]
LAST_LOOK = 3
"""A lead is read for the plan of its note, for the update's rules, and right before it is sent."""


class RefusingDialer:
    """A dialer that refuses every write with a text, and finds nobody."""

    def __init__(self, text: str) -> None:
        self._text = text

    async def post(self, request: Request) -> Answer:
        if request.expects is Expects.LEADS:
            return LeadsRead(())
        raise CallError(Code.REFUSED_BY_DIALER, "Refused.", hint="-", dialer_said=self._text)


def steps(fields: dict[str, Any]) -> list[tuple[str, str]]:
    return [(one["step"], one["outcome"]) for one in fields["steps"]]


async def add(pipeline: AssembledPipeline, note: str) -> JobResult:
    """Have a process add a note to a lead."""
    given = {"lead_id": "1001", "note": note}
    wanted = AddNote.read(given, pipeline.validation_context())
    job = JobCall(JobContext(pipeline, pipeline.ledger, CALLER), wanted)
    cleared = await job.admit()
    assert isinstance(cleared, Cleared)
    result = await job.execute(cleared)
    if result.code is not None:
        raise CallError(Code(result.code), result.message, hint="-")
    return result


async def of_job(pipeline: Served, job: str) -> list[Entry]:
    """List the entries of a job, in the order of its steps."""
    entries = await pipeline.entries()
    return [one for one in entries if (one.intent.row or "").startswith(f"{job}.")]


async def test_a_person_is_stopped_at_each_phone_and_off_the_lists(pipeline: Served) -> None:
    by_id = {"search_field": "lead_id", "identifier": "1001"}
    await pipeline.call("update_lead", **by_id, other_fields={"SecondaryPhone": "3055550124"})
    await pipeline.call("add_dial_list_phone", agent="Maria", list_name="Warm-Leads", phone=PHONE)
    for name in ("Gone", "Kept"):
        await pipeline.call("create_dial_list", agent="Maria", list_name=name)
        place = {"agent": "Maria", "list_name": name, "phone": "9545550101"}
        await pipeline.call("add_dial_list_phone", **place)
    await pipeline.with_a_yes("delete_dial_list", agent="Maria", list_name="Gone")
    found = await do(pipeline, "stop_contact", phone="(954) 555-0101")
    assert found["outcome"] == "done", found
    assert steps(found) == [
        ("insert_dnc", "done"),
        ("insert_dnc", "done"),
        ("delete_dial_list_phone", "done"),
    ]
    assert "2 phones are suppressed" in found["message"]
    assert "On the dialer's own list: 2 of 2." in found["message"]
    assert "Callbacks" in found["left"][0]
    assert {row["number"] for row in pipeline.state()["dnc"]} >= {"9545550101", "3055550124"}
    made = await of_job(pipeline, found["job"])
    assert [one.intent.row for one in made] == [f"{found['job']}.{step}" for step in range(4)]
    assert made[0].intent.tool == "stop_contact"
    assert all(one.outcome == "done" for one in made)
    again = await do(pipeline, "stop_contact", lead_id="1001")
    assert [one for one, _ in steps(again)] == ["insert_dnc", "insert_dnc"]


async def test_a_note_is_added_behind_the_others_once(pipeline: Served) -> None:
    before = pipeline.row("leads", LeadId=1001)["Notes"]
    found = await do(pipeline, "add_note", lead_id="1001", note="Wants\na quote")
    assert found["outcome"] == "done"
    assert "The note is added, and the notes read so." in found["message"]
    notes = pipeline.row("leads", LeadId=1001)["Notes"]
    assert notes.startswith(before)
    assert notes.endswith("2026-06-01 somebody: Wants\na quote")
    again = await do(pipeline, "add_note", lead_id="1001", note="Wants\na quote")
    assert "This note is there already." in again["message"]
    assert pipeline.row("leads", LeadId=1001)["Notes"] == notes
    none = await do(pipeline, "add_note", lead_id="9999", note="Hello")
    assert (none["code"], none["outcome"]) == ("not_allowed", "refused")


async def test_a_note_is_refused_where_the_notes_changed_before_it_is_written(
    pipeline: Served,
) -> None:
    context = JobContext(pipeline, pipeline.ledger, CALLER)
    wanted = AddNote.read({"lead_id": "1001", "note": "Hi"}, pipeline.validation_context())
    job = JobCall(context, wanted)
    cleared = await job.admit()
    assert isinstance(cleared, Cleared)
    by_id = {"search_field": "lead_id", "identifier": "1001"}
    await pipeline.post("update_lead", {**by_id, "notes": "another hand"})
    with pytest.raises(CallError) as caught:
        await job.execute(cleared)
    assert "The notes were changed meanwhile. Nothing was sent." in caught.value.message
    assert pipeline.row("leads", LeadId=1001)["Notes"] == "another hand"


async def test_of_two_notes_at_once_none_is_lost_that_was_told_as_added(pipeline: Served) -> None:
    told: list[Given] = []

    async def add(note: str) -> None:
        async with client(server, ERAS[0]) as connected:
            given = {"lead_id": "1001", "note": note}
            told.append((await connected.call_tool("add_note", given)).structured_content or {})

    server = pipeline.server()
    async with anyio.create_task_group() as tasks:
        for note in ("One", "Two"):
            tasks.start_soon(add, note)
    assert sorted(str(one.get("code") or one["outcome"]) for one in told) == ["done", "not_allowed"]
    assert any("The notes were changed meanwhile." in one["message"] for one in told)
    notes = pipeline.row("leads", LeadId=1001)["Notes"]
    assert ("One" in notes) is not ("Two" in notes)


async def test_of_two_processes_that_add_a_note_in_the_same_moment_one_adds_it(
    pipeline: Served,
) -> None:
    """The other adds its note behind the last look of this one, and before this one's intent."""
    async with pipeline.another_process() as other:

        class Slow:
            searches = 0

            async def post(self, request: Request) -> Answer:
                answer = await pipeline.dialer.post(request)
                self.searches += request.reads
                if self.searches == LAST_LOOK:
                    self.searches += 1
                    assert (await add(other, "Two")).outcome == "done"
                return answer

        with pytest.raises(CallError) as caught:
            await add(pipeline.over(dialer=Slow()), "One")
    assert "Another call wrote the same thing meanwhile" in caught.value.message
    assert "Two" in pipeline.row("leads", LeadId=1001)["Notes"]


@pytest.mark.parametrize("hidden", [(), ("LeadId",)])
async def test_no_note_is_added_while_another_call_to_its_lead_is_under_way(
    hidden: tuple[str, ...],
) -> None:
    """The record has a hash in the place of an id that it must not hold."""
    keeping = Keeping(hidden, timedelta(0))
    async with a_sandbox_pipeline(keeping=keeping) as opened:
        pipeline = Served(opened.parts, opened.behind)
        by_id = {"search_field": "lead_id", "identifier": "1001"}
        pipeline.wire.goes_wrong["UpdateLead"] = "waits"
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(partial(pipeline.call, "update_lead", **by_id, notes="on its way"))
            await pipeline.wire.arrived.wait()
            refused = await do(pipeline, "add_note", lead_id="1001", note="Hi")
            pipeline.wire.let_through.set()
        assert (refused["code"], "is under way" in refused["message"]) == ("not_allowed", True)
        await do(pipeline, "add_note", lead_id="1001", note="Hi")
        notes = pipeline.row("leads", LeadId=1001)["Notes"]
        assert notes.startswith("on its way\n")
        assert notes.endswith(": Hi")


async def test_a_lead_is_stored_or_updated_and_which_is_said(pipeline: Served) -> None:
    lead: Given = {"phone": PHONE, "campaign": "Solar"}
    new = await do(pipeline, "upsert_lead", **lead, fields={"first_name": "Nora", "Plan": "A"})
    assert "It was new, and is stored" in new["message"]
    stored = pipeline.row("leads", PrimaryPhone=PHONE)
    assert stored["FirstName"] == "Nora"
    known = await do(pipeline, "upsert_lead", **lead, fields={"first_name": "Lea"})
    assert f"as lead {stored['LeadId']}, which is updated" in known["message"]
    assert steps(known) == [("insert_lead", "refused"), ("update_lead", "done")]
    assert pipeline.row("leads", PrimaryPhone=PHONE)["FirstName"] == "Lea"
    bare = await do(pipeline, "upsert_lead", **lead)
    assert (bare["outcome"], "nothing was to change" in bare["message"]) == ("done", True), bare
    shared = await do(
        pipeline, "upsert_lead", phone="3055550110", campaign="Solar", fields={"city": "Miami"}
    )
    assert "which of the leads" in shared["message"]
    assert shared["outcome"] == "refused"
    typo = await do(pipeline, "upsert_lead", **lead, fields={"frist_name": "Lea"})
    assert "did you mean `first_name`?" in typo["message"]


async def test_a_known_lead_is_rung_by_a_second_one_after_a_question(pipeline: Served) -> None:
    new = await do(pipeline, "call_lead_now", phone=PHONE, campaign="Solar")
    assert "calls it as soon as it can" in new["message"]
    for era in ERAS:
        person = Person(accepted(YES))
        lead: Given = {"phone": "9545550101", "campaign": "Solar"}
        pipeline.clock.move(timedelta(minutes=20))
        known = await do(pipeline, "call_lead_now", person, era, **lead)
        (asked,) = person.asked
        assert "a second lead is made, which stays" in asked.message
        assert known["outcome"] == "done"
        assert "A second lead was made beside lead 1001" in known["message"]


async def test_a_dial_list_is_made_and_filled_with_each_refusal_named(pipeline: Served) -> None:
    await pipeline.suppress("3055550110")
    phones = [PHONE, "954-555-0123", "911", "3055550110", "9545550102"]
    found = await do(pipeline, "fill_dial_list", agent="James", list_name="June", phones=phones)
    assert found["outcome"] == "done"
    assert ": 2 of 4 phones, 2 were refused." in found["message"]
    assert [(one["about"], one["code"]) for one in found["steps"]] == [
        ("911", "invalid_arguments"),
        ("3055550110", "not_allowed"),
    ]
    on = {row["phone"] for row in pipeline.rows("dial_list_phones", list="June")}
    assert on == {PHONE, "9545550102"}
    alike = ["911", "912"]
    again = await do(pipeline, "fill_dial_list", agent="James", list_name="X", phones=alike)
    assert [one["about"] for one in again["steps"]] == ["911, 912"]
    assert again["outcome"] != "done"
    again = await do(pipeline, "fill_dial_list", agent="James", list_name="June", phones=[PHONE])
    assert "most likely it was there" in again["message"]


async def test_filters_change_and_the_playlist_is_reloaded_by_one_question() -> None:
    async with a_sandbox_pipeline(terms(confirm="outward")) as opened:
        pipeline = Served(opened.parts, opened.behind)
        person = Person(accepted(YES))
        change: Given = {"playlist": "Solar-Main", "assign": ["Web-Leads"], "enable": ["Web-Leads"]}
        found = await do(pipeline, "change_playlist", person, **change)
        assert steps(found) == [
            ("assign_playlist_filter", "done"),
            ("enable_playlist_filter", "done"),
            ("reload_playlist", "done"),
        ]
        assert "2 changes are live" in found["message"]
        (asked,) = person.asked
        assert asked.message.startswith("Reload playlist")
        assert asked.message.count("With it: ") == 2
        no = await do(pipeline, "change_playlist", Person(accepted({"confirm": False})), **change)
        assert (no["code"], no["outcome"]) == ("declined", "refused")


async def test_skills_change_and_are_reloaded_and_a_refusal_stops_the_reload(
    pipeline: Served,
) -> None:
    good = {"skill": "Spanish", "source": "9545550190", "priority": 1}
    other = {**good, "skill": "Sales"}
    found = await do(pipeline, "change_routing", changes=[good, other])
    assert steps(found)[-1] == ("reload_skills", "done")
    assert "2 changes are live" in found["message"]
    bad = {"skill": "None-Such", "source": "9545550190", "priority": 1}
    failed = await do(pipeline, "change_routing", changes=[good, bad, other])
    assert [outcome for _, outcome in steps(failed)] == ["done", "refused", "not_sent", "not_sent"]
    assert "1 of 3 changes were made, and nothing was reloaded." in failed["message"]
    assert f"undo {failed['job']}" in failed["hint"]


async def test_one_change_that_takes_back_another_is_refused_before_anything_is_sent(
    pipeline: Served,
) -> None:
    twice = {"skill": "Sales", "source": "9545550190"}
    for job, given in (
        ("change_playlist", {"playlist": "Solar-Main", "enable": ["A"], "disable": ["B", "A"]}),
        ("change_playlist", {"playlist": "Solar-Main", "assign": ["A"], "remove": ["A"]}),
        ("change_routing", {"changes": [{**twice, "priority": 1}, {**twice, "priority": 2}]}),
    ):
        refused = await do(pipeline, job, **given)
        assert (refused["code"], refused["changed"]) == ("invalid_arguments", "no")
    assert pipeline.dialer.writes == []


async def test_what_no_model_may_see_is_hidden_in_what_a_job_tells() -> None:
    card = "4111 1111 1111 1111"
    hiding = Policy(toolsets=frozenset({*TOOLSETS, "jobs"}), redactor=DEFAULT_REDACTOR)
    async with a_sandbox_pipeline(hiding) as opened:
        dialer = RefusingDialer(f"Skill was not found, {card}.")
        pipeline = Served(replace(opened.parts, dialer=dialer), opened.behind)
        change = {"skill": "Sales", "source": "9545550190", "priority": 1}
        told = [
            await do(pipeline, "change_routing", changes=[change]),
            await do(pipeline, "fill_dial_list", agent="Sam", list_name=card, phones=[PHONE]),
        ]
    assert card not in repr(told)
    assert told[0]["dialer_said"] == "Skill was not found, [hidden]."
    assert told[0]["steps"][0]["dialer_said"] == "Skill was not found, [hidden]."


async def test_a_job_is_told_by_the_names_that_its_aliases_stand_for(
    pipeline: Served, tmp_path: Path
) -> None:
    names = a_directory(tmp_path, "[agents]\nJoe = 'Tom'\n[skills]\nes = 'Spanish'\n")
    named = Served(replace(pipeline.parts, names=names), pipeline.behind)
    filled = await do(named, "fill_dial_list", agent="Joe", list_name="Now", phones=[PHONE])
    assert "dial list “Now” of agent “Tom”" in filled["message"]
    one = {"skill": "es", "source": "9545550190", "priority": 1}
    twice = await do(named, "change_routing", changes=[one, {**one, "skill": "Spanish"}])
    assert twice["code"] == "invalid_arguments"
    # An alias of today was a name when the list was made.
    later = a_directory(tmp_path, "[agents]\nTom = 'Maria'\n")
    named = Served(replace(pipeline.parts, names=later), pipeline.behind)
    stopped = await do(named, "stop_contact", phone=PHONE)
    assert "Taken off dial lists known here: 1 of 1." in stopped["message"]
    assert stopped["steps"][-1]["about"].endswith("on Now of Tom")


@pytest.mark.parametrize("era", ERAS)
async def test_whoever_asked_to_be_left_alone_is_while_a_person_is_asked(era: str) -> None:
    async with a_sandbox_pipeline(terms(confirm="writes")) as opened:
        pipeline = Served(opened.parts, opened.behind)
        no = await do(
            pipeline, "stop_contact", Person(accepted({"confirm": False})), era, phone=PHONE
        )
        assert (no["code"], no["outcome"]) == ("declined", "refused")
        account = pipeline.account.accid
        held = await pipeline.ledger.dnc_registry.suppressed(account)
        assert [one.number for one in held] == [PHONE]
        assert await pipeline.ledger.dnc_registry.count_waiting(account) == 1
        person = Person(accepted(YES))
        yes = await do(pipeline, "stop_contact", person, era, phone=PHONE)
        assert (yes["outcome"], len(person.asked)) == ("done", 1)
        assert await pipeline.ledger.dnc_registry.count_waiting(account) == 0


async def test_a_job_asks_or_is_refused_by_its_own_rule_and_by_those_of_its_steps() -> None:
    change: Given = {"playlist": "Solar-Main", "enable": ["New-Leads"]}
    for tools, code in (
        ({"change_playlist": "ask"}, "needs_confirmation"),
        ({"change_playlist": "refuse"}, "not_allowed"),
        ({"reload_playlist": "off"}, "not_allowed"),
    ):
        async with a_sandbox_pipeline(terms(tools=tools)) as opened:
            pipeline = Served(opened.parts, opened.behind)
            refused = await do(pipeline, "change_playlist", **change)
            assert refused["code"] == code, tools
            assert not pipeline.dialer.writes


async def test_what_a_job_changed_is_said_where_one_of_its_steps_fails(pipeline: Served) -> None:
    given = {"playlist": "Solar-Main", "enable": ["Florida-Only", "Nowhere"]}
    partly = await do(pipeline, "change_playlist", None, ERAS[0], **given)
    assert partly["outcome"] == "unknown"
    changed = "1 step was done; what was refused or not sent changed nothing."
    assert partly["message"].endswith(changed)
    given = {"playlist": "Solar-Main", "enable": ["Nowhere"]}
    refused = await do(pipeline, "change_playlist", None, ERAS[0], **given)
    assert (refused["outcome"], refused["changed"]) == ("refused", "no")
    assert refused["message"].endswith("Nothing was changed at the dialer.")


async def test_a_job_waits_for_a_yes_on_the_terminal_and_goes_once_it_is_there() -> None:
    async with a_sandbox_pipeline(terms(confirm="outward")) as opened:
        pipeline = Attended(opened.parts, opened.behind)
        change: Given = {"playlist": "Solar-Main", "enable": ["New-Leads"]}
        waiting = await do(pipeline, "change_playlist", **change)
        assert waiting["code"] == "needs_confirmation"
        assert waiting["approval_code"]
        assert not pipeline.dialer.writes
        await pipeline.approve()
        found = await do(pipeline, "change_playlist", **change)
        assert (found["outcome"], len(pipeline.dialer.writes)) == ("done", 2)


async def test_a_note_is_not_added_to_notes_that_hold_what_nobody_may_write(
    pipeline: Served,
) -> None:
    by_id = {"search_field": "lead_id", "identifier": "1001"}
    await pipeline.post("update_lead", {**by_id, "notes": "paid with 4111111111111111"})
    refused = await do(pipeline, "add_note", lead_id="1001", note="Hi")
    assert (refused["code"], refused["outcome"]) == ("not_allowed", "refused")
    assert "4111" not in str(refused)
    assert pipeline.row("leads", LeadId=1001)["Notes"] == "paid with 4111111111111111"


async def test_arguments_come_as_strict_modes_and_lazy_clients_send_them(pipeline: Served) -> None:
    change = {"skill": "Spanish", "source": "9545550190", "priority": 1.0, "active": None}
    for changes in ([change], '[{"skill": "Spanish", "source": "9545550190", "priority": 1}]'):
        found = await do(pipeline, "change_routing", changes=changes)
        assert found["outcome"] == "done", found
    nulls: Given = dict.fromkeys(("assign", "disable", "remove"))
    found = await do(
        pipeline, "change_playlist", playlist="Solar-Main", enable=["New-Leads"], **nulls
    )
    assert found["outcome"] == "done", found
    for job, given in (
        ("stop_contact", {}),
        ("stop_contact", {"phone": PHONE, "lead_id": "1001"}),
        ("change_playlist", {"playlist": "Solar-Main"}),
        ("change_routing", {"changes": [{"skill": "Spanish", "source": "9545550190", "prio": 1}]}),
        ("upsert_lead", {"phone": PHONE, "campaign": "Solar", "fields": {"import_only": "x"}}),
    ):
        assert (await do(pipeline, job, **given))["code"] == "invalid_arguments", given


async def test_no_model_is_told_to_ring_somebody_again_of_whom_nobody_knows_whether_they_rang(
    pipeline: Served,
) -> None:
    hints: list[str] = []
    for job, further in (("call_lead_now", {}), ("upsert_lead", {"fields": {"city": "Tampa"}})):
        pipeline.set_faults("InjectLead.php=drop*1")
        lead = {"phone": PHONE, "campaign": "Solar", **further}
        told = await do(pipeline, job, **lead)
        assert told["outcome"] == "unknown"
        hints.append(told["hint"])
    assert [("Do the job again" in hint) for hint in hints] == [False, True]
