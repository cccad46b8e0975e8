"""The one text that confirms a request to stop, and that nothing else gets through by it."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from _support.conversations import ERAS, Person, accepted
from _support.job_faults import FAULTS, Case, FaultyDialer, not_sent, refused, run
from _support.jobs import do
from _support.pipeline import CALLER, AssembledPipeline
from _support.sandbox import OWN, PHONE, SandboxPipeline, a_sandbox_pipeline, caps, minutes, terms
from _support.served_pipeline import Attended, Served
from chasedata_mcp.app.composition import policy_in_force
from chasedata_mcp.errors import CallError, Code
from chasedata_mcp.pipeline.early_suppression import EarlyRequest
from chasedata_mcp.pipeline.pipeline import CallGroup, Cleared
from chasedata_mcp.policy.models import PolicyTerms
from chasedata_mcp.policy.presets import UNATTENDED
from chasedata_mcp.tools.account import Account
from chasedata_mcp.tools.dnc import InsertDnc
from chasedata_mcp.tools.sms import SendSms

pytestmark = pytest.mark.anyio
KNOWN, OTHER, JOB = "9545550101", "3055550124", "0123456789"
WORDS = "You are unsubscribed from Example Inc. and will get no more calls or texts."
CONFIRMING = {"confirmation_text": WORDS, "confirmation_from": OWN}
GIVEN = {"from_number": OWN, "to_number": KNOWN, "message": WORDS}
WANTED: dict[str, Any] = {"phone": KNOWN, "confirm_by_text": True}


def confirming(**changes: object) -> PolicyTerms:
    """The unattended preset with a text that confirms, and other changes."""
    return terms(do_not_call=CONFIRMING, **changes)


@asynccontextmanager
async def stopping(policy: PolicyTerms | None = None) -> AsyncGenerator[Served]:
    """A served pipeline whose policy has a text that confirms."""
    async with a_sandbox_pipeline(policy or confirming()) as opened:
        yield Served(opened.parts, opened.behind)


def texts(pipeline: SandboxPipeline) -> list[tuple[str, str, str]]:
    return [
        (one["from_number"], one["to_number"], one["message"]) for one in pipeline.rows("texts")
    ]


def outcome_of_text(fields: dict[str, Any]) -> list[str]:
    return [one["outcome"] for one in fields["steps"] if one["step"] == "send_sms"]


async def test_the_phone_that_asked_gets_the_policys_words_once_and_no_other_phone_does() -> None:
    async with stopping() as pipeline:
        by_id = {"search_field": "lead_id", "identifier": "1001"}
        await pipeline.call("update_lead", **by_id, other_fields={"SecondaryPhone": OTHER})
        before = texts(pipeline)
        found = await do(pipeline, "stop_contact", **WANTED)
        assert found["outcome"] == "done", found
        assert [one["step"] for one in found["steps"]] == ["insert_dnc", "insert_dnc", "send_sms"]
        assert "One text confirms it." in found["message"]
        assert texts(pipeline) == [*before, (OWN, KNOWN, WORDS)]
        assert await pipeline.outcome("send_sms", **GIVEN) == "suppressed"
        again = await do(pipeline, "stop_contact", **WANTED)
        assert (again["outcome"], outcome_of_text(again)) == ("done", ["refused"])
        assert "No text confirms it" in again["message"]
        # Released, and stopped once more: it was told, once for ever.
        await pipeline.with_a_yes("delete_dnc", number=KNOWN)
        pipeline.clock.move(timedelta(days=3))
        third = await do(pipeline, "stop_contact", **WANTED)
        assert (third["outcome"], outcome_of_text(third)) == ("done", ["refused"])
        assert len(texts(pipeline)) == len(before) + 1


async def test_no_text_goes_unasked_for_or_where_the_policy_has_none_or_refuses_texts() -> None:
    night = timedelta(hours=12)
    for policy, given, moved, wanted in (
        (confirming(), {"phone": KNOWN}, None, []),
        (terms(), WANTED, None, ["refused"]),
        (confirming(tools={"send_sms": "refuse"}), WANTED, None, ["refused"]),
        (confirming(tools={"send_sms": "off"}), WANTED, None, ["refused"]),
        (confirming(), WANTED, night, ["refused"]),
        (confirming(**caps(texts=(0, 0))), WANTED, None, ["refused"]),
        (confirming(), {**WANTED, "phone": "9115550123"}, None, ["refused"]),
    ):
        async with stopping(policy) as pipeline:
            before = texts(pipeline)
            pipeline.clock.move(moved or timedelta(0))
            found = await do(pipeline, "stop_contact", **given)
            assert (found["outcome"], outcome_of_text(found)) == ("done", wanted), found
            assert texts(pipeline) == before
    async with stopping() as pipeline:
        refused = await do(pipeline, "stop_contact", lead_id="1001", confirm_by_text=True)
        assert refused["code"] == "invalid_arguments"


async def test_a_freeze_stops_the_text_and_not_the_request() -> None:
    async with stopping() as pipeline:
        account = pipeline.account.accid
        await pipeline.ledger.freezes.freeze(account, "test", "maria", pipeline.clock())
        found = await do(pipeline, "stop_contact", **WANTED)
        assert (found["outcome"], outcome_of_text(found)) == ("done", ["refused"])


async def test_a_text_that_fails_leaves_the_request_done_and_is_not_sent_again() -> None:
    case = Case("stop_contact", WANTED, 2)
    for fault in FAULTS:
        for at in (1, 2):
            async with stopping() as pipeline:
                dialer = FaultyDialer(pipeline.dialer, fault, at)
                result = await run(pipeline.over(dialer=dialer), case)
                text = (result.steps or [])[-1]
                where = f"{fault.__name__} at {at}: {result}"
                assert text.step == "send_sms", where
                if at == 1:
                    # It would say that no more calls come, and the dialer may not know yet.
                    assert text.outcome == "not_sent", where
                    assert "not all requests are on the dialer's own list" in result.message
                else:
                    is_known = fault in {not_sent, refused}
                    assert text.outcome == ("refused" if is_known else "unknown"), where
                    assert result.outcome == "done", where
                    said = "No text confirms it" if is_known else "it isn't sent again"
                    assert said in result.message, where
                sent = len(pipeline.rows("texts"))
                again = await run(pipeline, case)
                assert again.outcome == "done", again
                assert [step.outcome for step in again.steps or ()][-1] == "refused", again
                assert len(pipeline.rows("texts")) == sent, where


@pytest.mark.parametrize("era", ERAS)
async def test_where_texts_are_asked_about_a_yes_in_time_sends_it_and_a_no_does_not(
    era: str,
) -> None:
    for yes, wanted in ((True, "done"), (False, "refused")):
        async with stopping(confirming(confirm="outward")) as pipeline:
            before = texts(pipeline)
            person = Person(accepted({"confirm": yes}))
            found = await do(pipeline, "stop_contact", person, era, **WANTED)
            assert found["outcome"] == wanted, found
            assert WORDS in person.asked[0].message
            assert texts(pipeline)[len(before) :] == ([(OWN, KNOWN, WORDS)] if yes else [])
            held = await pipeline.ledger.dnc_registry.suppressed(pipeline.account.accid)
            assert [one.number for one in held] == [KNOWN]
            # A yes to a second request is none to a second text.
            anew = Person(accepted({"confirm": True}))
            again = await do(pipeline, "stop_contact", anew, era, **WANTED)
            assert (again["outcome"], outcome_of_text(again)) == ("done", ["refused"])
            assert len(texts(pipeline)) == len(before) + yes


async def test_a_yes_on_the_terminal_sends_it_only_within_the_time() -> None:
    for minutes_later, wanted in ((2, ["done"]), (4, ["refused"])):
        async with a_sandbox_pipeline(confirming(confirm="outward")) as opened:
            pipeline = Attended(opened.parts, opened.behind)
            waiting = await do(pipeline, "stop_contact", **WANTED)
            assert waiting["code"] == "needs_confirmation"
            await pipeline.approve()
            pipeline.clock.move(minutes(minutes_later))
            found = await do(pipeline, "stop_contact", **WANTED)
            assert (found["outcome"], outcome_of_text(found)) == ("done", wanted), found


def text_of(pipeline: AssembledPipeline, **changes: object) -> SendSms:
    read = pipeline.read("send_sms", {**GIVEN, **changes})
    assert isinstance(read, SendSms)
    return read


async def refuses(
    pipeline: AssembledPipeline, wanted: SendSms | CallGroup, caller: str = CALLER
) -> bool:
    """Try to send a text: whether the policy, or the intent's own transaction, refuses it."""
    try:
        cleared = await pipeline.admit(wanted, caller)
        assert isinstance(cleared, Cleared)
        await pipeline.send(cleared)
    except CallError as error:
        return error.code is Code.NOT_ALLOWED
    return False


async def test_only_the_text_of_the_very_job_gets_through_and_that_once() -> None:
    async with stopping() as pipeline:
        text = text_of(pipeline)
        requests = [
            read
            for number in (KNOWN, OTHER)
            if isinstance(read := pipeline.read("insert_dnc", {"number": number}), InsertDnc)
        ]
        early = EarlyRequest(requests, f"{JOB}.0", text)
        assert await pipeline.early_suppression.suppress(early, CALLER) is not None
        right = CallGroup((text,), job=JOB, confirms=0)
        elsewhere = pipeline.over(account=Account("live", "other", "dialer.example.com"))
        silent = pipeline.over(policy=policy_in_force(UNATTENDED))
        reworded = {**CONFIRMING, "confirmation_text": "Bye."}
        another = pipeline.over(policy=policy_in_force(terms(do_not_call=reworded)))
        step = CallGroup((text,), job=JOB)
        cases: list[tuple[str, AssembledPipeline, SendSms | CallGroup, str]] = [
            ("a plain text", pipeline, text, CALLER),
            ("a step that confirms nothing", pipeline, step, CALLER),
            ("another job", pipeline, replace(right, job="9" * 10), CALLER),
            ("no job", pipeline, replace(right, job=None), CALLER),
            ("another person", pipeline, right, "eve/an assistant"),
            ("another account", elsewhere, right, CALLER),
            ("a policy without a text", silent, right, CALLER),
            ("a policy with another text", another, right, CALLER),
        ]
        for by, change in (
            (pipeline, {"message": "Buy now"}),
            (pipeline, {"to_number": OTHER}),
            (pipeline, {"from_number": PHONE}),
            (pipeline, {"lead_id": "1001"}),
            (another, {"message": "Bye."}),
        ):
            changed = replace(right, actions=(text_of(by, **change),))
            cases.append((str(change), by, changed, CALLER))
        for why, by, wanted, caller in cases:
            before = texts(pipeline)
            assert await refuses(by, wanted, caller), why
            assert texts(pipeline) == before, why
        async with pipeline.another_process() as other_process:
            first = await other_process.admit(right, CALLER)
            later_step = replace(right, actions=(requests[0], text), confirms=1)
            second = await pipeline.admit(later_step, CALLER)
            assert isinstance(first, Cleared)
            assert isinstance(second, Cleared)
            assert (await other_process.send(first)).outcome == "done"
            pipeline.skip(second)
            with pytest.raises(CallError, match="No text may confirm"):
                await pipeline.send(second)
        assert await refuses(pipeline, right)
        assert texts(pipeline)[-1:] == [(OWN, KNOWN, WORDS)]


async def test_too_late_or_suppressed_before_is_no_confirmation() -> None:
    for is_late in (True, False):
        async with stopping() as pipeline:
            text = text_of(pipeline)
            request = pipeline.read("insert_dnc", {"number": KNOWN})
            other = pipeline.read("insert_dnc", {"number": OTHER})
            assert isinstance(request, InsertDnc)
            assert isinstance(other, InsertDnc)
            right = CallGroup((text,), job=JOB, confirms=0)
            before = None if is_late else await pipeline.admit(right, CALLER)
            if not is_late:
                await pipeline.suppress(KNOWN)
            early = EarlyRequest((request, other), f"{JOB}.0", text)
            assert await pipeline.early_suppression.suppress(early, CALLER) is not None
            cleared = before or await pipeline.admit(right, CALLER)
            assert isinstance(cleared, Cleared)
            pipeline.clock.move(minutes(4 if is_late else 0))
            with pytest.raises(CallError, match="No text may confirm"):
                await pipeline.send(cleared)
            assert await refuses(pipeline, right)
