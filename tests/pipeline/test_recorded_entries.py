"""What is on record of each kind of call, and what is in an entry."""

from pathlib import Path

import pytest

from _support.clock import START
from _support.faults import Watching
from _support.pipeline import CALLER, failure_of
from _support.sandbox import PHONE, SECOND, TEXT, a_recorded_pipeline, seconds
from chasedata_mcp.approvals.models import Reply
from chasedata_mcp.errors import CallError, Code, Outcome
from chasedata_mcp.ledger import ApprovalSummary, EntryKind, Ruling
from chasedata_mcp.pipeline.pipeline import PendingApproval
from chasedata_mcp.policy.evaluator import Policy
from chasedata_mcp.sandbox import ACCID, TOKEN

pytestmark = pytest.mark.anyio
DNC = "2125550104"


async def test_a_read_is_one_entry_with_what_it_found(tmp_path: Path) -> None:
    async with a_recorded_pipeline(tmp_path) as pipeline:
        result = await pipeline.call(
            "search_lead", search_field="client_id", identifier="WEB-1001", detailed=True
        )
        entry = await pipeline.entry()
    assert (entry.kind, entry.outcome) == (EntryKind.READ, Outcome.DONE)
    assert result.entry is None
    assert entry.intent.arguments == {
        "search_field": "client_id",
        "identifier": "WEB-1001",
        "detailed": True,
    }
    assert entry.ending is not None
    read = {"found": True, "leads": ["1001"], "prose": ["lead 1001"]}
    assert entry.ending.answer == read


async def test_a_read_that_fails_is_an_entry_too(tmp_path: Path) -> None:
    async with a_recorded_pipeline(tmp_path) as pipeline:
        pipeline.set_faults("LeadOperations.php=body:<html>*9")
        error = await pipeline.failure("search_lead", search_field="phone", identifier=PHONE)
        entry = await pipeline.entry()
    assert error.code is Code.NOT_UNDERSTOOD
    assert (entry.kind, entry.outcome) == (EntryKind.READ, Outcome.UNKNOWN)
    assert entry.ending is not None
    assert entry.ending.code == Code.NOT_UNDERSTOOD


async def test_an_entry_of_a_write_says_who_when_what_and_what_came_of_it(tmp_path: Path) -> None:
    async with a_recorded_pipeline(tmp_path) as pipeline:

        async def take_a_while() -> None:
            pipeline.clock.move(seconds(0.25))

        watched = pipeline.over(dialer=Watching(pipeline.dialer, take_a_while))
        result = await watched.call("send_sms", **TEXT)
        entry = await pipeline.entry()
        verdict = await pipeline.ledger.verify()
    intent, ending = entry.intent, entry.ending
    assert (entry.kind, entry.outcome, entry.id) == (EntryKind.WRITE, Outcome.DONE, result.entry)
    assert (intent.caller, intent.at, intent.tool) == (CALLER, START, "send_sms")
    assert (intent.environment, intent.account, intent.host) == ("sandbox", ACCID, "")
    assert intent.arguments == TEXT
    assert intent.form == {
        "Action": "SendSms",
        "From": "9545550195",
        "To": PHONE,
        "Message": "Hello there",
    }
    assert intent.effects == [
        {
            "kind": "reached",
            "number": PHONE,
            "channel": "text",
            "when": "now",
            "lead": None,
            "at": None,
            "passing": [],
        }
    ]
    assert (intent.numbers, intent.resource_keys) == ((PHONE, "9545550195"), (f"phone:{PHONE}",))
    let_through = Ruling("policy", "allow", pipeline.policy.mark)
    assert (intent.verdict, intent.approval, intent.undoes) == ((let_through,), None, None)
    assert ending is not None
    assert (ending.message, ending.milliseconds) == (result.message, 250)
    assert (ending.at, ending.how, ending.code) == (START + seconds(0.25), "answered", None)
    assert verdict.problems == ()


async def test_a_write_that_the_dialer_refuses_says_why(tmp_path: Path) -> None:
    async with a_recorded_pipeline(tmp_path) as pipeline:
        error = await pipeline.failure("send_sms", **{**TEXT, "from_number": "9545550111"})
        entry = await pipeline.entry()
    assert error.code is Code.REFUSED_BY_DIALER
    assert (entry.kind, entry.outcome) == (EntryKind.WRITE, Outcome.REFUSED)
    assert entry.ending is not None
    assert entry.ending.code == Code.REFUSED_BY_DIALER
    assert isinstance(entry.ending.answer, dict)
    assert "From should be a number of the account." in str(entry.ending.answer["dialer_said"])


async def test_a_call_that_a_person_said_yes_to_says_what_was_asked_and_how(tmp_path: Path) -> None:
    async with a_recorded_pipeline(tmp_path) as pipeline:
        question = await pipeline.question("delete_dnc", number=DNC)
        await pipeline.with_a_yes("delete_dnc", number=DNC)
        entry = await pipeline.entry()
    assert entry.intent.approval is not None
    assert entry.intent.approval == ApprovalSummary(
        entry.intent.approval.id, question, "through the client", CALLER
    )
    assert [(ruling.rule, ruling.decision) for ruling in entry.intent.verdict] == [
        ("confirm", "ask"),
        ("do_not_call", "ask"),
        ("policy", "ask"),
    ]
    assert entry.intent.verdict[1].reason == "A number leaves the do-not-call list."


async def test_a_no_is_an_entry_with_its_question_and_nothing_is_sent(tmp_path: Path) -> None:
    async with a_recorded_pipeline(tmp_path) as pipeline:
        action = pipeline.read("delete_dnc", {"number": DNC})
        pending = await pipeline.admit(action, CALLER)
        assert isinstance(pending, PendingApproval)
        no = Reply({"confirm": "no"}, "on the terminal")
        error = await failure_of(pipeline.redeem(action, CALLER, pending.approval.id, no))
        entry = await pipeline.entry()
        assert pipeline.rows("dnc", number=DNC)
    assert (entry.kind, entry.outcome) == (EntryKind.REFUSAL, Outcome.REFUSED)
    assert entry.intent.approval == ApprovalSummary(
        pending.approval.id, pending.approval.question.text, "on the terminal", CALLER
    )
    assert entry.ending is not None
    assert (entry.ending.code, entry.ending.message) == (Code.DECLINED, error.message)


async def test_a_yes_that_is_used_again_is_an_entry(tmp_path: Path) -> None:
    async with a_recorded_pipeline(tmp_path) as pipeline:
        action = pipeline.read("delete_dnc", {"number": DNC})
        pending = await pipeline.admit(action, CALLER)
        assert isinstance(pending, PendingApproval)
        yes = Reply({"confirm": DNC})
        await pipeline.redeem(action, CALLER, pending.approval.id, yes)
        await failure_of(pipeline.redeem(action, CALLER, pending.approval.id, yes))
        await failure_of(pipeline.redeem(action, CALLER, "no such consent", yes))
        again, unknown = await pipeline.entries()
    for entry in (again, unknown):
        assert entry.kind is EntryKind.REFUSAL
        assert entry.ending is not None
        assert entry.ending.code == Code.NEEDS_CONFIRMATION


@pytest.mark.parametrize(
    ("policy", "rule"),
    [
        (Policy(read_only=True), "read_only"),
        (Policy(toolsets=frozenset({"leads"})), "toolsets"),
    ],
)
async def test_what_the_policy_refuses_is_an_entry_with_the_rule_and_its_reason(
    tmp_path: Path, policy: Policy, rule: str
) -> None:
    async with a_recorded_pipeline(tmp_path) as pipeline:
        action = pipeline.read("insert_dnc", {"number": PHONE})
        strict = pipeline.over()
        strict.policy = policy
        error = await failure_of(strict.admit(action, CALLER))
        entry = await pipeline.entry()
        assert not pipeline.rows("dnc", number=PHONE)
    assert (entry.kind, entry.outcome) == (EntryKind.REFUSAL, Outcome.REFUSED)
    assert entry.intent.verdict == (
        Ruling(rule, "refuse", error.message),
        Ruling("policy", "refuse", policy.mark),
    )
    assert entry.ending is not None
    assert (entry.ending.code, entry.ending.message) == (Code.NOT_ALLOWED, error.message)


async def test_the_token_is_in_no_file_of_the_ledger(tmp_path: Path) -> None:
    async with a_recorded_pipeline(tmp_path) as pipeline:
        await pipeline.call("send_sms", **TEXT)
        await pipeline.call("search_lead", search_field="phone", identifier=PHONE)
        await pipeline.with_a_yes("delete_dnc", number=DNC)
        pipeline.set_faults(f"TextOperations.php=body:<br><br>Result: ERROR {TOKEN}*1")
        await pipeline.failure("send_sms", **{**TEXT, "to_number": SECOND})
        assert len(await pipeline.entries()) == 4
        kept_there = pipeline.on_disk()
    assert b"Hello there" in kept_there
    assert TOKEN.encode() not in kept_there


async def test_a_call_of_a_hidden_tool_is_on_record_with_the_rule_that_hides_it(
    tmp_path: Path,
) -> None:
    async with a_recorded_pipeline(tmp_path, policy=Policy(read_only=True)) as pipeline:
        for arguments in ({"number": DNC}, {"number": "none"}):
            with pytest.raises(CallError) as caught:
                pipeline.read("insert_dnc", arguments, CALLER)
            assert caught.value.code is Code.NOT_ALLOWED
        page = await pipeline.ledger.history()
    (entry,) = page.entries
    assert (entry.kind, entry.intent.caller, entry.intent.tool) == (
        EntryKind.REFUSAL,
        CALLER,
        "insert_dnc",
    )
    assert entry.intent.verdict == (
        Ruling("read_only", "refuse", caught.value.message),
        Ruling("policy", "refuse", pipeline.policy.mark),
    )
