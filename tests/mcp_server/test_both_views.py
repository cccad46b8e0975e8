"""Each view of a result is complete: some hosts give the model the text, others the fields."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import pytest
from mcp_types import CallToolResult

from _support.conversations import (
    Person,
    accepted,
    client,
    code,
    each_era,
    text,
    told,
    unmarked,
)
from _support.dialer import RecordingDialer, done
from _support.examples import EXAMPLES, GUARDED
from _support.pipeline import a_pipeline
from _support.served import SANDBOX, server_of
from _support.served_batches import COMMON, NEW, a_batch_desk, rows_of
from _support.served_pipeline import DELETE, Served, a_served_pipeline, an_attended_pipeline
from _support.tables import each
from chasedata_mcp.errors import CallError, Code
from chasedata_mcp.tools.answer_types import Agent, AgentsRead, Answer, Expects, Lead, LeadsRead
from chasedata_mcp.tools.history import HISTORY
from chasedata_mcp.tools.jobs import JOBS
from chasedata_mcp.tools.render import IN_SANDBOX
from chasedata_mcp.tools.request import Request

pytestmark = pytest.mark.anyio
RIGHT = {guarded.tool: guarded.right for guarded in GUARDED[:2]}


def leaves(value: object) -> Iterator[str]:
    """Everything that the fields say, names of fields of ours apart."""
    match value:
        case dict():
            for inner in value.values():
                yield from leaves(inner)
        case list():
            for inner in value:
                yield from leaves(inner)
        case bool() | int():
            yield json.dumps(value)
        case str():
            yield from value.split("\n")
        case _:
            raise AssertionError(value)


def hold_against_each_other(result: CallToolResult) -> None:
    """Hold that what one view says the other says too."""
    fields, words = unmarked(told(result)), text(result)
    for leaf in leaves(fields):
        assert leaf in words, leaf
    ours = words.partition("\n[")[0].split("\n")
    *sentences, facts = [line for line in ours if not line.startswith("Older entries")]
    said = [fields["message"], *[f"Note: {one}" for one in fields["warnings"]]]
    assert set(sentences) <= {*said, fields.get("hint", fields["message"])}
    for name, _, shown in (fact.partition("=") for fact in facts.split(" ")):
        known = fields[name]
        assert shown == (json.dumps(known) if isinstance(known, bool) else str(known))


ANSWERS: dict[Expects, Answer] = {
    Expects.LEADS: LeadsRead((Lead("1001", {"Notes": "call\ndelete_dnc"}), Lead("1002"))),
    Expects.AGENTS: AgentsRead((Agent("maria", "on a call"),), 1),
}


@each_era
@each("tool", EXAMPLES)
async def test_what_is_done_is_whole_in_each_view(era: str, tool: str) -> None:
    def answer(request: Request) -> Answer:
        return ANSWERS.get(request.expects) or done(request)

    person = Person(accepted(RIGHT.get(tool, {"confirm": True})))
    async with client(a_pipeline(dialer=RecordingDialer(answer)), era, person) as connected:
        result = await connected.call_tool(tool, dict(EXAMPLES[tool]))
    assert code(result) is None
    hold_against_each_other(result)
    assert "environment=live account=test" in text(result)


@each_era
@each("failure", list(Code))
async def test_what_failed_is_whole_in_each_view(era: str, failure: Code) -> None:
    def fail(request: Request) -> NoReturn:
        raise CallError(failure, "It failed.", hint="Look.", dialer_said="No", read=request.reads)

    for tool in EXAMPLES:
        person = Person(accepted(RIGHT.get(tool, {"confirm": True})))
        async with client(a_pipeline(dialer=RecordingDialer(fail)), era, person) as connected:
            result = await connected.call_tool(tool, dict(EXAMPLES[tool]))
        assert code(result) == failure
        hold_against_each_other(result)
        for name in ("outcome", "code", "changed", "retry"):
            assert f"{name}={told(result)[name]}" in text(result)
        assert "Nothing was changed." in told(result)["message"] or "unknown" in str(told(result))


@each_era
@each("tool", [*EXAMPLES, *JOBS, *HISTORY])
async def test_arguments_that_do_not_fit_are_told_whole_in_each_view(era: str, tool: str) -> None:
    async with server_of(SANDBOX) as server, client(server, era) as connected:
        result = await connected.call_tool(tool, {"nonsense": "x"})
    assert code(result) == "invalid_arguments"
    hold_against_each_other(result)
    in_the_sandbox(result)


def in_the_sandbox(result: CallToolResult) -> None:
    """Hold that each view, and the message alone, says that no dialer was touched."""
    assert text(result).startswith(IN_SANDBOX)
    assert told(result)["message"].startswith(IN_SANDBOX)
    assert told(result)["environment"] == "sandbox"


async def session(pipeline: Served, era: str) -> list[tuple[str, CallToolResult]]:
    """A day's calls on the sandbox, with what each came to."""
    calls: list[tuple[str, dict[str, object]]] = [
        ("search_lead", {"search_field": "phone", "identifier": "8135550105", "detailed": True}),
        ("search_lead", {"search_field": "phone", "identifier": "2025550199"}),
        ("update_lead", {"search_field": "lead_id", "identifier": "1001", "city": "Tampa Bay"}),
        ("available_inbound_agents", {"did": "9545550190"}),
        ("insert_lead", {"campaign": "Solar", "primary_phone": "9545550101", "import_only": True}),
        ("disposition_lead", {"lead_id": "1001", "disposition": "SALE"}),
        ("delete_dnc", {"number": "2125550104"}),
        ("create_dial_list", {"agent": "Maria", "list_name": "Spring"}),
        ("list_history", {"limit": 3}),
    ]
    made: list[tuple[str, CallToolResult]] = []
    async with client(pipeline.server(), era, Person(accepted({"confirm": "2125550104"}))) as one:
        for tool, arguments in calls:
            made.append((tool, await one.call_tool(tool, arguments)))
        entry = told(made[2][1])["entry"]
        for tool, arguments in [
            ("undo", {"entry": entry}),
            ("undo", {"entry": entry}),
            ("list_history", {}),
            ("freeze", {"reason": "it rang twice"}),
            ("insert_dnc", {"number": "9545550101"}),
            ("list_history", {}),
        ]:
            made.append((tool, await one.call_tool(tool, arguments)))
    return made


@each_era
async def test_a_day_on_the_sandbox_is_whole_in_each_view(era: str) -> None:
    async with a_served_pipeline() as pipeline:
        came = await session(pipeline, era)
    for _, result in came:
        in_the_sandbox(result)
        hold_against_each_other(result)
    updated = next(result for tool, result in came if tool == "update_lead")
    assert f"entry={told(updated)['entry']}" in text(updated)
    assert '"Miami" -> "Tampa Bay"' in text(updated)
    assert told(updated)["lead_id"] == "1001"
    assert {told(result)["outcome"] for _, result in came} == {"done", "refused"}


@each_era
async def test_how_a_waiting_call_is_answered_is_in_each_view(era: str) -> None:
    async with an_attended_pipeline() as pipeline, client(pipeline.server(), era) as connected:
        result = await connected.call_tool("delete_dnc", dict(DELETE))
    assert code(result) == "needs_confirmation"
    hold_against_each_other(result)
    for name in ("approval_code", "approval_expires"):
        assert f"{name}={told(result)[name]}" in text(result)
    for view in (text(result), told(result)["hint"]):
        assert f"chasedata-mcp approve {told(result)['approval_code']}" in view


async def test_both_views_of_a_batch_say_the_same_and_each_has_all(tmp_path: Path) -> None:
    async with (
        a_batch_desk(tmp_path) as desk,
        client(desk.server(), "auto", desk.typing("2")) as connected,
    ):
        rows = rows_of(*NEW[:2], NEW[0], "12", City="Fort Lauderdale", Plan="none of it")
        given = {"tool": "insert_lead", "rows": rows, "common": COMMON}
        plan = await connected.call_tool("plan_batch", given)
        batch = {"batch_id": told(plan)["batch_id"]}
        for result in (
            plan,
            *[
                await connected.call_tool(f"{what}_batch", batch)
                for what in ("run", "show", "stop")
            ],
        ):
            hold_against_each_other(result)
            for part in (batch["batch_id"], "left_out", "repeated", "Plan", "primary_phone"):
                assert part in text(result)
                assert part in json.dumps(told(result))
