"""A client that can't show a form: its call waits for a person at the terminal, and goes on."""

from dataclasses import replace
from datetime import datetime, timedelta

import anyio
import anyio.lowlevel
import pytest

from _support.conversations import Person, accepted, client, code, each_era, told
from _support.sandbox import TEXT
from _support.served_pipeline import (
    DELETE,
    NUMBER,
    PAGE,
    SENT,
    Attended,
    an_attended_pipeline,
    history_policy,
)
from chasedata_mcp.app.out_of_band import WAIT
from chasedata_mcp.approvals.lifetimes import LIFE_OUT_OF_BAND
from chasedata_mcp.fields.assurance_level import AssuranceLevel
from chasedata_mcp.ledger import EntryKind
from chasedata_mcp.policy.models import ConfirmLevel, RequiredAssurance

pytestmark = pytest.mark.anyio
OTHER = {"number": "602-555-0128"}


@each_era
async def test_a_yes_on_the_terminal_lets_the_waiting_call_go_on(
    era: str, pipeline: Attended
) -> None:
    pipeline.meanwhile[20] = pipeline.approve
    async with client(pipeline.server(), era) as connected:
        result = await connected.call_tool("delete_dnc", dict(DELETE))
    assert code(result) is None
    assert pipeline.dialer.writes == SENT
    assert pipeline.waited == 20
    consent = (await pipeline.newest()).intent.approval
    assert consent is not None
    assert (consent.how, consent.by, consent.sureness) == (
        "on the terminal",
        "maria/terminal",
        "machine",
    )


@each_era
async def test_a_no_on_the_terminal_ends_the_waiting_call(era: str, pipeline: Attended) -> None:
    pipeline.meanwhile[1] = pipeline.decline
    async with client(pipeline.server(), era) as connected:
        result = await connected.call_tool("delete_dnc", dict(DELETE))
    assert code(result) == "declined"
    assert not pipeline.dialer.writes
    assert pipeline.waited == 1


@each_era
async def test_nobody_answers_and_the_result_says_how_one_still_can(
    era: str, pipeline: Attended
) -> None:
    began = pipeline.clock.time
    async with client(pipeline.server(), era) as connected:
        result = told(await connected.call_tool("delete_dnc", dict(DELETE)))
    asked = await pipeline.open_question()
    assert pipeline.waited == WAIT < 60
    assert (result["code"], result["outcome"], result["changed"]) == (
        "needs_confirmation",
        "refused",
        "no",
    )
    assert result["approval_code"] == asked.code
    assert datetime.fromisoformat(result["approval_expires"]) == began + LIFE_OUT_OF_BAND
    assert f"chasedata-mcp approve {asked.code} --sandbox" in result["hint"]
    until = f"{(began + LIFE_OUT_OF_BAND).astimezone():%H:%M %Z}"
    assert f"by {until} on this machine" in result["hint"]
    assert "A number leaves the do-not-call list." in result["message"]
    assert "http" not in result["hint"]
    async with client(pipeline.server(), era) as connected:
        (entry,) = told(await connected.call_tool("list_history", {}))["entries"]
    assert (entry["outcome"], entry["answered"]) == ("refused", "by nobody")
    assert "Let the dialer call" in entry["question"]
    assert "answered_by" not in entry
    assert "sureness" not in entry
    assert not pipeline.dialer.writes
    await pipeline.ledger.flush()
    [entry] = (await pipeline.ledger.history()).entries
    assert entry.kind is EntryKind.REFUSAL


@each_era
async def test_where_the_page_runs_the_result_names_it(era: str, pipeline: Attended) -> None:
    pipeline.page = PAGE
    async with client(pipeline.server(), era) as connected:
        result = told(await connected.call_tool("delete_dnc", dict(DELETE)))
    assert f" or {PAGE}/approvals in a browser." in result["hint"]


@each_era
async def test_the_client_is_told_what_the_call_waits_for(era: str, pipeline: Attended) -> None:
    heard: list[tuple[float, float | None, str | None]] = []

    async def hears(progress: float, total: float | None, message: str | None) -> None:
        heard.append((progress, total, message))

    pipeline.meanwhile[12] = pipeline.approve
    async with client(pipeline.server(), era) as connected:
        result = await connected.call_tool("delete_dnc", dict(DELETE), progress_callback=hears)
    assert code(result) is None
    assert [done for done, _, _ in heard] == [0, 5, 10]
    assert {total for _, total, _ in heard} == {WAIT}
    [message] = {message for _, _, message in heard}
    assert message is not None
    until = f"{(pipeline.clock() - timedelta(seconds=12) + LIFE_OUT_OF_BAND).astimezone():%H:%M %Z}"
    assert f"by {until} on this machine: `chasedata-mcp approve " in message
    assert "A number leaves the do-not-call list." in message


@each_era
async def test_a_yes_after_the_wait_lets_the_same_call_through_once(
    era: str, pipeline: Attended
) -> None:
    async with client(pipeline.server(), era) as connected:
        first = told(await connected.call_tool("delete_dnc", dict(DELETE)))
        await pipeline.approve()
        assert code(await connected.call_tool("delete_dnc", dict(DELETE))) is None
        assert pipeline.dialer.writes == SENT
        assert pipeline.waited == WAIT
        third = told(await connected.call_tool("delete_dnc", dict(DELETE)))
    assert third["code"] == "needs_confirmation"
    assert third["approval_code"] != first["approval_code"]
    assert pipeline.dialer.writes == SENT


@each_era
async def test_a_call_that_is_made_again_unanswered_waits_by_the_same_code(
    era: str, pipeline: Attended
) -> None:
    async with client(pipeline.server(), era) as connected:
        first = told(await connected.call_tool("delete_dnc", dict(DELETE)))
        second = told(await connected.call_tool("delete_dnc", dict(DELETE)))
    assert first["approval_code"] == second["approval_code"]
    assert first["approval_expires"] == second["approval_expires"]


@each_era
async def test_a_call_that_is_cancelled_while_it_waits_sends_nothing(
    era: str, pipeline: Attended
) -> None:
    async with client(pipeline.server(), era) as connected:
        with anyio.CancelScope() as leaving:

            async def leave() -> None:
                leaving.cancel()
                await anyio.lowlevel.checkpoint()

            pipeline.meanwhile[2] = leave
            await connected.call_tool("delete_dnc", dict(DELETE))
        assert leaving.cancelled_caught
        assert not pipeline.dialer.writes
        await pipeline.approve()
        assert code(await connected.call_tool("delete_dnc", dict(DELETE))) is None
    assert pipeline.dialer.writes == SENT


@each_era
async def test_where_no_terminal_reaches_the_ledger_only_the_page_is_named(
    era: str, pipeline: Attended
) -> None:
    pipeline.page, pipeline.on_a_terminal = PAGE, False
    async with client(pipeline.server(), era) as connected:
        result = told(await connected.call_tool("delete_dnc", dict(DELETE)))
    assert f"on this machine: {PAGE}/approvals in a browser. Once" in result["hint"]


@each_era
async def test_a_yes_is_not_for_other_arguments(era: str, pipeline: Attended) -> None:
    async with client(pipeline.server(), era) as connected:
        first = told(await connected.call_tool("delete_dnc", dict(DELETE)))
        await pipeline.approve()
        other = told(await connected.call_tool("delete_dnc", dict(OTHER)))
    assert other["code"] == "needs_confirmation"
    assert other["approval_code"] != first["approval_code"]
    assert not pipeline.dialer.writes


@each_era
async def test_a_yes_holds_whatever_the_client_calls_itself_by_then(
    era: str, pipeline: Attended
) -> None:
    async with client(pipeline.server(), era) as connected:
        await connected.call_tool("delete_dnc", dict(DELETE))
        await pipeline.approve()
    async with client(pipeline.server(), era, name="another assistant") as connected:
        assert code(await connected.call_tool("delete_dnc", dict(DELETE))) is None
        assert code(await connected.call_tool("delete_dnc", dict(DELETE))) == "needs_confirmation"
    assert len(pipeline.dialer.writes) == 1


@each_era
async def test_a_yes_is_not_for_another_principal(era: str, pipeline: Attended) -> None:
    async with client(pipeline.server(), era) as connected:
        await connected.call_tool("delete_dnc", dict(DELETE))
        await pipeline.approve()
    async with client(pipeline.server(principal="another"), era) as connected:
        assert code(await connected.call_tool("delete_dnc", dict(DELETE))) == "needs_confirmation"
    assert not pipeline.dialer.writes


@each_era
async def test_after_a_no_the_call_is_asked_about_anew(era: str, pipeline: Attended) -> None:
    async with client(pipeline.server(), era) as connected:
        first = told(await connected.call_tool("delete_dnc", dict(DELETE)))
        await pipeline.decline()
        second = told(await connected.call_tool("delete_dnc", dict(DELETE)))
    assert second["code"] == "needs_confirmation"
    assert second["approval_code"] != first["approval_code"]


@each_era
async def test_a_code_that_ends_while_a_call_waits_is_not_given_out(
    era: str, pipeline: Attended
) -> None:
    async with client(pipeline.server(), era) as connected:
        await connected.call_tool("delete_dnc", dict(DELETE))
        pipeline.clock.move(LIFE_OUT_OF_BAND - timedelta(seconds=WAIT + 10))
        result = told(await connected.call_tool("delete_dnc", dict(DELETE)))
    assert pipeline.waited == WAIT + 10
    assert result["code"] == "needs_confirmation"
    assert "in time" in result["message"]
    assert not {"approval_code", "approval_expires"} & set(result)


@each_era
async def test_a_yes_that_has_ended_lets_nothing_through(era: str, pipeline: Attended) -> None:
    async with client(pipeline.server(), era) as connected:
        await connected.call_tool("delete_dnc", dict(DELETE))
        await pipeline.approve()
        pipeline.clock.move(LIFE_OUT_OF_BAND)
        assert code(await connected.call_tool("delete_dnc", dict(DELETE))) == "needs_confirmation"
    assert not pipeline.dialer.writes


@each_era
async def test_a_yes_given_in_another_process_counts_in_this_one(
    era: str, pipeline: Attended
) -> None:
    async with pipeline.of_another_process() as other:
        pipeline.meanwhile[3] = other.approve
        async with client(pipeline.server(), era) as connected:
            assert code(await connected.call_tool("delete_dnc", dict(DELETE))) is None
        async with client(other.server(), era) as out_of_band:
            again = await out_of_band.call_tool("delete_dnc", dict(DELETE))
    assert code(again) == "needs_confirmation"
    assert pipeline.dialer.writes == SENT


@each_era
async def test_of_two_processes_that_wait_for_one_yes_one_sends(
    era: str, pipeline: Attended
) -> None:
    codes: list[str | None] = []

    async def call_next_door() -> None:
        async with client(other.server(), era) as connected:
            codes.append(code(await connected.call_tool("delete_dnc", dict(DELETE))))
            other.meanwhile.clear()

    async with pipeline.of_another_process() as other:
        other.meanwhile[1] = other.approve
        pipeline.meanwhile[1] = call_next_door
        async with client(pipeline.server(), era) as connected:
            codes.append(code(await connected.call_tool("delete_dnc", dict(DELETE))))
    assert codes == [None, "needs_confirmation"]
    assert pipeline.dialer.writes == SENT


@each_era
async def test_a_form_is_not_shown_where_the_policy_wants_a_surer_yes(era: str) -> None:
    surer = RequiredAssurance(destructive=AssuranceLevel.MACHINE)
    person = Person(accepted({"confirm": NUMBER}))
    async with an_attended_pipeline(replace(history_policy(), yes=surer)) as pipeline:
        pipeline.meanwhile[2] = pipeline.approve
        async with client(pipeline.server(), era, person) as connected:
            assert code(await connected.call_tool("delete_dnc", dict(DELETE))) is None
        assert pipeline.dialer.writes == SENT
    assert not person.asked


@each_era
async def test_an_undo_waits_and_goes_on_as_any_call(era: str, pipeline: Attended) -> None:
    entry = await pipeline.do("insert_dnc", number=NUMBER)
    pipeline.dialer.forms.clear()
    pipeline.meanwhile[5] = pipeline.approve
    async with client(pipeline.server(), era) as connected:
        assert code(await connected.call_tool("undo", {"entry": entry})) is None
    assert pipeline.dialer.writes == SENT


@each_era
async def test_an_undo_that_nobody_answers_goes_through_once_later(
    era: str, pipeline: Attended
) -> None:
    entry = await pipeline.do("insert_dnc", number=NUMBER)
    pipeline.dialer.forms.clear()
    async with client(pipeline.server(), era) as connected:
        assert "approval_code" in told(await connected.call_tool("undo", {"entry": entry}))
        await pipeline.approve()
        assert code(await connected.call_tool("undo", {"entry": entry})) is None
        assert code(await connected.call_tool("undo", {"entry": entry})) == "not_allowed"
    assert pipeline.dialer.writes == SENT


@each_era
async def test_a_wider_yes_on_the_terminal_lets_the_next_ones_through(era: str) -> None:
    text = dict(TEXT)
    async with an_attended_pipeline(history_policy(ConfirmLevel.OUTWARD)) as pipeline:
        pipeline.meanwhile[1] = lambda: pipeline.approve("next")
        async with client(pipeline.server(), era) as connected:
            for words in ("Hello", "Are you there?"):
                result = await connected.call_tool("send_sms", {**text, "message": words})
                assert code(result) is None
        assert pipeline.waited == 1
        assert len(pipeline.dialer.writes) == 2
