"""The page as things are now: the policy, grants beside one question, and what changed in it."""

import re
from pathlib import Path

import pytest

from _support.approval_pages import Visit, signed_in, words
from _support.ledger import ending, intent
from _support.open_approvals import ACCOUNT, RELOAD, WHOSE
from chasedata_mcp.approvals_page.oversight import PolicyView
from chasedata_mcp.errors import Outcome
from chasedata_mcp.fields.assurance_level import AssuranceLevel
from chasedata_mcp.ledger import Json, Reservation

pytestmark = pytest.mark.anyio
_MARK = re.compile('data-mark="([0-9a-f]+)"')


async def test_the_policy_is_read_anew_for_each_view_and_says_whose_it_is(somebody: Visit) -> None:
    assert WHOSE in words(await somebody.open())
    somebody.approvals.policy = PolicyView({"preset": ("unattended", "default")}, "Another's.")
    told = words(await somebody.open())
    assert "preset unattended default" in told
    assert "Another's." in told
    somebody.approvals.policy = PolicyView({}, "Whose.", "the policy file: caps.text is no key")
    told = words(await somebody.open())
    assert "understood any more: the policy file: caps.text is no key." in told


async def test_what_stands_in_backticks_is_code_and_still_text(tmp_path: Path) -> None:
    async with signed_in(tmp_path) as somebody:
        await somebody.approvals.reload(effects=("Says `<b>x</b>` & no `more.",))
        page = await somebody.open()
    assert "Says <code>&lt;b&gt;x&lt;/b&gt;</code> &amp; no `more." in page.text


async def test_what_is_stopped_from_the_page_of_one_question_leads_back_to_it(
    somebody: Visit,
) -> None:
    asked = await somebody.approvals.reload()
    at = f"/approvals/q/{asked.id}"
    one = await somebody.open(at)
    assert f'name="question" value="{asked.id}"' in one.text
    stopped = await somebody.send("/approvals/freeze", why="", question=asked.id)
    assert stopped.url.path == somebody.at_home(at)
    assert "Everything is stopped since" in words(stopped)
    out_of_band = await somebody.send("/approvals/freeze", question="//evil.example")
    assert out_of_band.url.path == somebody.home


async def test_a_question_bears_another_mark_when_what_it_shows_has_changed(
    tmp_path: Path,
) -> None:
    async with signed_in(tmp_path) as somebody:
        await somebody.approvals.deletion(needs=AssuranceLevel.SECOND_FACTOR)
        marks = [_MARK.findall((await somebody.open("/approvals/live")).text) for _ in range(2)]
        somebody.approvals.enroll()
        marks.append(_MARK.findall((await somebody.open("/approvals/live")).text))
    assert marks[0] == marks[1] != marks[2]
    assert len(marks[0]) == 1


async def test_grants_are_shown_on_the_page_of_one_question(tmp_path: Path) -> None:
    async with signed_in(tmp_path) as somebody:
        given, asked = await somebody.approvals.text(), await somebody.approvals.reload()
        await somebody.send(f"/approvals/q/{given.id}", answer="approve", offer="next")
        told = words(await somebody.open(f"/approvals/q/{asked.id}"))
        assert "Send a text message, to campaign “Spring” 0 of 10 used, until" in told
        (grant,) = await somebody.approvals.answers.grants()
        back = await somebody.send(f"/approvals/grants/{grant.id}", question=asked.id)
    assert back.url.path == somebody.at_home(f"/approvals/q/{asked.id}")


async def test_requests_not_to_be_called_that_wait_are_counted_on_every_page(
    somebody: Visit,
) -> None:
    asked = await somebody.approvals.reload()
    paths = ("/approvals", "/approvals/live", f"/approvals/q/{asked.id}")
    for path in paths:
        assert "not to be called" not in words(await somebody.open(path))
    for number in ("9545550123", "9545550124"):
        call = intent(account=ACCOUNT.accid, tool="insert_dnc")
        await somebody.approvals.ledger.intend(call, Reservation(suppresses=(number,)))
        await somebody.approvals.ledger.finish(ending(call.entry, Outcome.REFUSED))
    for path in paths:
        told = words(await somebody.open(path))
        assert "2 requests not to be called still wait to be sent" in told
        assert "chasedata-mcp dnc send" in told


async def test_old_values_stand_before_new_ones_and_a_callback_by_the_phones_clock(
    tmp_path: Path,
) -> None:
    given: dict[str, Json] = {
        "search_field": "lead_id",
        "identifier": "1001",
        "city": "Tampa",
        "clear_fields": ["state"],
        "callback": {"agent": "Maria", "at": "2026-12-03T15:20:00-08:00"},
    }
    beside = {
        "former": {"City": "“<b>Miami</b>\u202e”", "Emptied, State": "“FL”"},
        "times": {"At (callback)": "Thursday, 2026-12-03 18:20, by the clock at the phone"},
    }
    async with signed_in(tmp_path) as somebody:
        await somebody.approvals.ask(RELOAD, "update_lead", given, beside=beside)
        page = await somebody.open()
    told = words(page)
    assert "City “<b>Miami</b>[U+202E]” → Tampa" in told
    assert "Emptied, State “FL” → (nothing)" in told
    assert "At (callback) Thursday, 2026-12-03 18:20, by the clock at the phone" in told
    assert "15:20:00" not in told
    assert "<b>Miami" not in page.text
