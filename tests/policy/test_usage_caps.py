"""Caps: the first step asks; the second refuses what the cap counts, in every process."""

from collections.abc import Mapping

import anyio
import pytest

from _support.pipeline import CALLER, an_action
from _support.sandbox import (
    DIALED,
    OVER,
    OWN,
    PHONE,
    TEXT,
    SandboxPipeline,
    a_sandbox_pipeline,
    caps,
    minutes,
    seconds,
    terms,
)
from _support.tables import each
from chasedata_mcp.approvals.models import Reply
from chasedata_mcp.errors import CallError, Code
from chasedata_mcp.ledger import Scope
from chasedata_mcp.ledger.questions import ALSO
from chasedata_mcp.ledger.usage import Unit
from chasedata_mcp.pipeline.pipeline import CallGroup, Cleared, PendingApproval
from chasedata_mcp.policy.caps import build_cap_limits, find_usage_limits, list_usage
from chasedata_mcp.policy.decision import RefusedError
from chasedata_mcp.policy.presets import UNATTENDED

pytestmark = pytest.mark.anyio
NUMBERS = [f"95455501{last}" for last in range(30, 60)]


def text_to(number: str, message: str = "Hello") -> Mapping[str, object]:
    return {"from_number": OWN, "to_number": number, "message": message}


async def texted(live: SandboxPipeline, numbers: list[str]) -> None:
    for number in numbers:
        assert (await live.call("send_sms", **text_to(number))).outcome == "done"


async def test_past_the_first_step_a_person_is_asked_and_their_yes_lets_it_through() -> None:
    async with a_sandbox_pipeline(terms(**caps(texts=(2, 5)))) as live:
        await texted(live, NUMBERS[:2])
        pending = await live.pending("send_sms", **text_to(NUMBERS[2]))
        assert [ask.rule for ask in pending.calls[0].asked_by] == ["caps"] * 2
        assert "3 texts within an hour" in pending.approval.question.text
        # No more than the second step leaves: six may not be reached.
        [(_, offered)] = pending.approval.question.offers
        assert offered.startswith("This one and the next 2 texts, whoever they reach, until ")
        assert (await live.with_a_yes("send_sms", **text_to(NUMBERS[2]))).outcome == "done"
        live.clock.move(minutes(60))
        # The day counts on.
        assert "within a day" in (await live.pending("send_sms", **TEXT)).approval.question.text


async def test_a_question_at_a_cap_offers_the_next_calls_whoever_they_reach() -> None:
    async with a_sandbox_pipeline(terms(**caps(texts=(2, 90)))) as live:
        await texted(live, NUMBERS[:2])
        pending = await live.pending("send_sms", **text_to(NUMBERS[2]))
        [(_, offered)] = pending.approval.question.offers
        # As many as go unasked in an hour.
        assert "the next 3 texts" in offered
        action = live.read("send_sms", text_to(NUMBERS[2]))
        wider = Reply({"confirm": True, ALSO: offered})
        await live.send(await live.redeem(action, CALLER, pending.approval.id, wider))
        await texted(live, NUMBERS[3:6])
        assert await live.rules_that_ask("send_sms", **text_to(NUMBERS[6])) == {"caps"}


async def test_a_yes_to_the_next_calls_at_a_cap_answers_no_other_rule_and_no_other_tool() -> None:
    async with a_sandbox_pipeline(terms(**caps(contacted=(1, 90)))) as live:
        await texted(live, NUMBERS[:1])
        pending = await live.pending("send_sms", **text_to(NUMBERS[1]))
        [(_, offered)] = pending.approval.question.offers
        action = live.read("send_sms", text_to(NUMBERS[1]))
        wider = Reply({"confirm": True, ALSO: offered})
        await live.send(await live.redeem(action, CALLER, pending.approval.id, wider))
        long = {**text_to(NUMBERS[2]), "message": "Are you in? " * 60}
        assert await live.rules_that_ask("send_sms", **long) == {"caps", "parts"}
        assert await live.rules_that_ask("conference_call", agent="Lena", phone=PHONE) == {"caps"}
        assert await live.rules_that_ask("insert_lead", **DIALED) == {"caps"}
        await texted(live, NUMBERS[3:4])


async def test_no_yes_to_the_next_calls_gets_past_the_second_step() -> None:
    async with a_sandbox_pipeline(terms(**caps(texts=(1, 3)))) as live:
        await texted(live, NUMBERS[:1])
        await live.grant(Scope(("send_sms",), None, None, 9, OVER, caps_only=True))
        await texted(live, NUMBERS[1:3])
        assert await live.refused_by("send_sms", **text_to(NUMBERS[3])) == {"caps"}


async def test_past_the_second_what_the_cap_counts_is_refused_and_nothing_else() -> None:
    async with (
        a_sandbox_pipeline(terms(**caps(texts=(3, 3)))) as live,
        live.another_process() as other,
    ):
        await texted(live, NUMBERS[:3])
        for pipeline in (live, other):
            assert await pipeline.refused_by("send_sms", **text_to(NUMBERS[3])) == {"caps"}
            called = await pipeline.call("conference_call", agent="Lena", phone=PHONE)
            assert called.outcome == "done"
        assert await live.ledger.freezes.frozen(live.account.accid) is None


async def test_a_refusal_at_a_cap_names_its_figure_and_when_such_calls_go_again() -> None:
    async with a_sandbox_pipeline(terms(**caps(texts=(3, 3)))) as live:
        await texted(live, NUMBERS[:2])
        live.clock.move(minutes(20))
        await texted(live, NUMBERS[2:3])
        # Of the hour and the day, the one that holds longer.
        error = await live.failure("send_sms", **text_to(NUMBERS[3]))
        assert "4 texts within a day, and the policy stops at 4" in error.message
        assert "caps.texts.day.stop" in error.message
        assert "from 2026-06-02 16:00 UTC on" in error.message
        live.clock.move(minutes(24 * 60 - 20) - seconds(1))
        assert await live.refused_by("send_sms", **text_to(NUMBERS[3])) == {"caps"}
        live.clock.move(seconds(1))
        assert (await live.call("send_sms", **text_to(NUMBERS[3]))).outcome == "done"


async def test_a_persons_word_lets_a_cap_count_anew_in_every_process_and_is_on_record() -> None:
    async with a_sandbox_pipeline(terms(**caps(texts=(3, 3)))) as live:
        await texted(live, NUMBERS[:3])
        assert await live.refused_by("send_sms", **text_to(NUMBERS[3])) == {"caps"}
        account = live.account.accid
        names = ["caps.texts.hour.stop"]
        assert await live.ledger.limits.count_anew(account, "maria", live.clock(), names)
        live.clock.move(seconds(1))
        # The first step asks on.
        async with live.another_process() as other:
            result = await other.with_a_yes("send_sms", **text_to(NUMBERS[3]))
        assert result.outcome == "done"
        [rearmed] = [one for one in await live.entries() if one.intent.tool == "rearm"]
        assert rearmed.intent.arguments == {"caps": names}
        assert (await live.ledger.verify()).sound


async def test_a_word_to_go_on_past_a_cap_ends_no_freeze() -> None:
    async with a_sandbox_pipeline(terms(**caps(texts=(3, 3)))) as live:
        account = live.account.accid
        await live.ledger.freezes.freeze(account, "Stop.", "jose", live.clock())
        assert not await live.ledger.limits.count_anew(account, "maria", live.clock(), [])
        assert await live.ledger.freezes.frozen(account) is not None


async def test_a_single_call_that_is_more_than_a_cap_allows_is_told_so() -> None:
    async with a_sandbox_pipeline(terms(**caps(made_callable=(1, 2)))) as live:
        many = {"other_fields": {f"Phone{n}": f"305-555-01{n}" for n in range(20, 25)}}
        error = await live.failure("insert_lead", **{**DIALED, "import_only": True, **many})
        assert "This call alone is more than that" in error.message


async def test_where_the_policy_says_so_everything_stops_for_every_process() -> None:
    async with (
        a_sandbox_pipeline(terms(**caps(texts=(3, 3), at_stop="freeze"))) as live,
        live.another_process() as other,
    ):
        await texted(live, NUMBERS[:3])
        assert await live.refused_by("send_sms", **text_to(NUMBERS[3])) == {"caps"}
        for pipeline in (live, other):
            assert await pipeline.refused_by("send_sms", **TEXT) == {"frozen"}
            assert await pipeline.outcome("insert_dnc", number=NUMBERS[9]) == "done"
            assert await pipeline.refused_by("delete_dnc", number=PHONE) == {"frozen"}
            found = await pipeline.call("search_lead", search_field="phone", identifier=PHONE)
            assert found.outcome == "done"
        error = await live.failure("send_sms", **TEXT)
        assert "caps.texts" in error.message
        assert "rearm" in error.hint
        account = live.account.accid
        assert await live.ledger.freezes.rearm(account, "maria", live.clock())
        # It counts from the rearming on.
        live.clock.move(seconds(1))
        assert (await live.with_a_yes("send_sms", **text_to(NUMBERS[3]))).outcome == "done"


async def test_no_more_than_the_second_step_go_however_many_come_at_once() -> None:
    async with (
        a_sandbox_pipeline(terms(**caps(texts=(5, 5)))) as live,
        live.another_process() as other,
    ):
        cleared: list[Cleared] = []
        for number in NUMBERS:
            pipeline = other if int(number) % 2 else live
            one = await pipeline.admit(pipeline.read("send_sms", text_to(number)), CALLER)
            assert isinstance(one, Cleared)
            cleared.append(one)

        async def send(one: Cleared, number: str) -> None:
            pipeline = other if int(number) % 2 else live
            try:
                await pipeline.send(one)
            except CallError as error:
                assert error.code in {Code.NOT_ALLOWED, Code.NEEDS_CONFIRMATION}  # noqa: PT017 - which are late is open

        async with anyio.create_task_group() as tasks:
            for one, number in zip(cleared, NUMBERS, strict=True):
                tasks.start_soon(send, one, number)
        assert len(live.rows("texts")) == 5
        assert await live.ledger.freezes.frozen(live.account.accid) is None


async def test_no_more_than_the_first_step_go_unasked_however_many_come_at_once() -> None:
    async with a_sandbox_pipeline(terms(**caps(texts=(4, 50)))) as live:
        ended: list[str] = []

        async def text(number: str) -> None:
            try:
                await live.call("send_sms", **text_to(number))
            except CallError as error:
                ended.append(error.code)
            except AssertionError:
                ended.append("held")
            else:
                ended.append("done")

        async with anyio.create_task_group() as tasks:
            for number in NUMBERS[:15]:
                tasks.start_soon(text, number)
        assert ended.count("done") == len(live.rows("texts")) == 4
        assert set(ended) <= {"done", "held", Code.NEEDS_CONFIRMATION}
        assert await live.ledger.freezes.frozen(live.account.accid) is None


async def test_a_call_that_is_refused_anyway_stops_nothing() -> None:
    async with a_sandbox_pipeline(terms(**caps(texts=(1, 1), at_stop="freeze"))) as live:
        await texted(live, NUMBERS[:1])
        await live.suppress(PHONE)
        assert await live.refused_by("send_sms", **TEXT) == {"suppressed"}
        assert await live.ledger.freezes.frozen(live.account.accid) is None


async def test_calls_that_are_wanted_together_are_counted_together() -> None:
    async with a_sandbox_pipeline(terms(**caps(made_callable=(3, 6)))) as live:

        def listed(many: int) -> CallGroup:
            where = {"agent": "Maria", "list_name": "Warm-Leads"}
            add = live.read
            return CallGroup(
                tuple(
                    add("add_dial_list_phone", {**where, "phone": number})
                    for number in NUMBERS[:many]
                )
            )

        assert not isinstance(await live.admit(listed(3), CALLER), PendingApproval)
        pending = await live.admit(listed(4), CALLER)
        assert isinstance(pending, PendingApproval)
        assert "4 people made callable within an hour" in pending.approval.question.text
        with pytest.raises(RefusedError):
            await live.admit(listed(7), CALLER)


async def test_people_are_counted_once_however_often_they_are_contacted() -> None:
    async with a_sandbox_pipeline(terms(**caps(contacted=(2, 9)))) as live:
        for message in ("one", "two"):
            await live.call("send_sms", **text_to(PHONE, message))
        await live.call("conference_call", agent="Lena", phone=PHONE)
        await texted(live, NUMBERS[:1])
        assert await live.rules_that_ask("send_sms", **text_to(NUMBERS[1])) == {"caps"}
        assert await live.rules_that_ask("send_sms", **text_to(PHONE)) == {"frequency"}


FILTER = {"playlist": "Solar-Main", "filter_name": "Florida-Only"}
BY_LEAD = {"search_field": "lead_id", "identifier": "1002"}
USES: list[tuple[str, Mapping[str, object], set[Unit]]] = [
    ("send_sms", TEXT, {Unit("contacted", PHONE), Unit("texts", PHONE)}),
    ("insert_lead", DIALED, {Unit("contacted", PHONE), Unit("called", PHONE)}),
    ("insert_lead", {**DIALED, "import_only": True}, {Unit("made_callable", PHONE)}),
    (
        "insert_lead",
        {**DIALED, "import_only": True, "other_fields": {"Channel": "web"}},
        {Unit("made_callable", PHONE)},
    ),
    ("insert_dnc", {"number": PHONE}, {Unit("dnc_insertions", PHONE)}),
    ("delete_dnc", {"number": PHONE}, {Unit("dnc_removals", PHONE), Unit("made_callable", PHONE)}),
    (
        "disposition_lead",
        {"lead_id": "1002", "disposition": "SALE"},
        {Unit("dispositions", "disposition_lead")},
    ),
    (
        "disposition_lead",
        {"lead_id": "1002", "disposition": "DO NOT CALL"},
        set(),
    ),
    ("update_lead", {**BY_LEAD, "city": "Miami"}, {Unit("overwrites", "update_lead")}),
    (
        "update_lead",
        {**BY_LEAD, "campaign": "Solar"},
        {Unit("overwrites", "update_lead"), Unit("made_callable", "lead id 1002")},
    ),
    ("delete_dial_list", {"agent": "A", "list_name": "B"}, {Unit("deletions", "B")}),
    (
        "delete_dial_list_phone",
        {"agent": "A", "list_name": "B", "phone": PHONE},
        set(),
    ),
    ("create_dial_list", {"agent": "A", "list_name": "B"}, set()),
    ("search_lead", {"search_field": "phone", "identifier": PHONE}, set()),
]


@each("tool, arguments, uses", USES)
def test_what_a_call_uses_up(tool: str, arguments: Mapping[str, object], uses: set[Unit]) -> None:
    action = an_action(tool, arguments)
    assert set(list_usage(action)) == uses
    bound = find_usage_limits(list_usage(action), build_cap_limits(UNATTENDED.caps))
    capped = {unit.cap for unit in uses} - {"called"}
    assert {limit.cap for limit in bound.asks} == capped
    stopping = set() if action.only_protects else capped
    assert {limit.cap for limit in bound.stops} == stopping
    assert all(limit.stops and not limit.trips for limit in bound.stops)
    assert not any(limit.stops or limit.trips for limit in bound.asks)
    assert find_usage_limits(list_usage(action), {}).asks == ()


def test_a_limit_is_named_by_its_cap_its_span_and_its_step() -> None:
    asks, stops = build_cap_limits(UNATTENDED.caps)["texts"]
    assert [limit.name for limit in asks] == ["caps.texts.hour.ask", "caps.texts.day.ask"]
    assert [limit.name for limit in stops] == ["caps.texts.hour.stop", "caps.texts.day.stop"]
    for limits in (asks, stops):
        assert [limit.within for limit in limits] == [minutes(60), minutes(24 * 60)]


def test_at_both_steps_people_are_counted_once_each_and_everything_else_every_time() -> None:
    for name, limits in build_cap_limits(UNATTENDED.caps).items():
        for limit in (*limits[0], *limits[1]):
            assert limit.distinct is (name in {"contacted", "made_callable"})


@pytest.mark.parametrize(
    ("tool", "arguments", "cap"),
    [
        ("insert_dnc", {"number": PHONE}, "dnc_insertions"),
        ("update_lead", {**BY_LEAD, "city": "Tampa"}, "overwrites"),
        ("disposition_lead", {"lead_id": "1006", "disposition": "SALE"}, "dispositions"),
        ("remove_playlist_filter", FILTER, "deletions"),
        (
            "add_dial_list_phone",
            {"agent": "Maria", "list_name": "Warm-Leads", "phone": PHONE},
            "made_callable",
        ),
    ],
)
async def test_each_cap_asks_at_its_first_step(
    tool: str, arguments: Mapping[str, object], cap: str
) -> None:
    async with a_sandbox_pipeline(terms(**caps(**{cap: (1, 9)}))) as live:
        other = {"add_dial_list_phone": {**arguments, "phone": NUMBERS[0]}}.get(tool, arguments)
        await live.call(tool, **arguments)
        assert await live.rules_that_ask(tool, **other) == {"caps"}
