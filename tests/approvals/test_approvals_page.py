"""The page: answering by its forms, what it shows, and what it lets nobody do."""

import re
from datetime import timedelta
from pathlib import Path

import anyio
import pytest

from _support.approval_pages import BASE, OURS, Visit, signed_in, words
from _support.ledger import ending, intent
from _support.open_approvals import ACCOUNT, HOSTILE, LIST, SHOWN
from chasedata_mcp.approvals_page.answer_service import Approver
from chasedata_mcp.fields.assurance_level import AssuranceLevel
from chasedata_mcp.ledger import ApprovalState
from chasedata_mcp.ledger.approval_models import Offer
from chasedata_mcp.tools.account import Account

pytestmark = pytest.mark.anyio
LIVE = Account("live", "acme", "api.example.com")


async def answered(somebody: Visit, name: str, **form: str) -> str:
    return words(await somebody.send(f"/approvals/q/{name}", **form))


async def test_a_typed_number_approves_and_a_wrong_one_does_not(somebody: Visit) -> None:
    asked = await somebody.approvals.deletion()
    told = await answered(somebody, asked.id, answer="approve", confirm="954-555-0199")
    assert "not what has to be typed" in told
    assert 'aria-invalid="true"' in somebody.pages[-1].text
    assert await somebody.approvals.state(asked) is ApprovalState.ASKED
    told = await answered(somebody, asked.id, answer="approve", confirm=SHOWN)
    assert "Approved. The assistant can go on." in told
    assert await somebody.approvals.state(asked) is ApprovalState.GRANTED


async def test_what_was_wrong_is_told_once(somebody: Visit) -> None:
    asked = await somebody.approvals.deletion()
    await answered(somebody, asked.id, answer="approve", confirm="no")
    assert "not what has to be typed" not in words(await somebody.open())


async def test_declining_needs_nothing_typed(somebody: Visit) -> None:
    asked = await somebody.approvals.deletion()
    assert "Declined." in await answered(somebody, asked.id, answer="decline")
    assert await somebody.approvals.state(asked) is ApprovalState.DECLINED


async def test_a_form_without_an_answer_answers_nothing(somebody: Visit) -> None:
    asked = await somebody.approvals.text()
    await answered(somebody, asked.id)
    await answered(somebody, asked.id, answer="perhaps")
    assert await somebody.approvals.state(asked) is ApprovalState.ASKED


async def test_the_page_of_one_question_tells_what_became_of_it(somebody: Visit) -> None:
    asked, late = await somebody.approvals.text(), await somebody.approvals.reload()
    told = await answered(somebody, asked.id, answer="approve", alone="1")
    assert "go back to your assistant" in told
    somebody.approvals.clock.move(timedelta(minutes=16))
    assert "Its time is over" in words(await somebody.open(f"/approvals/q/{late.id}"))
    assert "no such question" in words(await somebody.open("/approvals/q/nothing"))
    live = await somebody.open(f"/approvals/live?question={asked.id}")
    assert "It was approved." in words(live)


async def test_a_form_sent_twice_counts_once(somebody: Visit) -> None:
    asked = await somebody.approvals.text()
    form = {"token": somebody.token, "answer": "approve", "offer": "next"}
    async with anyio.create_task_group() as tasks:
        for _ in range(3):
            tasks.start_soon(somebody.post, f"/approvals/q/{asked.id}", form)
    assert len(await somebody.approvals.answers.grants()) == 1
    told = await answered(somebody, asked.id, answer="decline")
    assert "was answered before, or its time is over" in told
    assert await somebody.approvals.state(asked) is ApprovalState.GRANTED


async def test_a_question_whose_time_is_over_takes_no_answer(somebody: Visit) -> None:
    asked = await somebody.approvals.text()
    somebody.approvals.clock.move(timedelta(minutes=16))
    assert "question is closed" in await answered(somebody, asked.id, answer="approve")
    assert await somebody.approvals.state(asked) is ApprovalState.ASKED


async def test_an_offer_is_given_shown_and_revoked(somebody: Visit) -> None:
    asked = await somebody.approvals.text()
    assert "This one and the next 10 texts" in words(await somebody.open())
    told = await answered(somebody, asked.id, answer="approve", offer="next")
    assert "Send a text message, to campaign “Spring”" in told
    assert "0 of 10 used" in told
    (grant,) = await somebody.approvals.answers.grants()
    page = await somebody.send(f"/approvals/grants/{grant.id}")
    assert "Revoked." in words(page)
    assert await somebody.approvals.answers.grants() == []
    again = await somebody.send(f"/approvals/grants/{grant.id}")
    assert "ended already" in words(again)


async def test_a_grant_for_numbers_names_the_first_of_them(somebody: Visit) -> None:
    numbers = tuple(f"954555010{digit}" for digit in range(7))
    until = somebody.approvals.clock() + timedelta(hours=1)
    offer = Offer(("send_sms",), numbers, None, 7, until, id="next", text="These seven")
    asked = await somebody.approvals.ask(LIST, "send_sms", {}, offers=(offer,))
    told = await answered(somebody, asked.id, answer="approve", offer="next", confirm="Warm leads")
    assert "to 954-555-0100, " in told
    assert "954-555-0104 and 2 more" in told


async def test_a_second_factor_is_asked_for_where_it_is_needed(somebody: Visit) -> None:
    asked = await somebody.approvals.deletion(needs=AssuranceLevel.SECOND_FACTOR)
    assert "second-factor enroll" in words(await somebody.open())
    assert "disabled" in somebody.pages[-1].text
    somebody.approvals.enroll()
    assert "Code of your second factor" in words(await somebody.open())
    without = await answered(somebody, asked.id, answer="approve", confirm=SHOWN)
    assert "A code of your second factor is needed" in without
    code = somebody.approvals.code()
    told = await answered(somebody, asked.id, answer="approve", confirm=SHOWN, code=code)
    assert "Approved." in told
    assert (await somebody.approvals.row(asked)).sureness == AssuranceLevel.SECOND_FACTOR


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": BASE, "sec-fetch-site": "cross-site"},
        {"origin": "http://127.0.0.1:9999", "sec-fetch-site": "same-site"},
    ],
)
async def test_no_other_origin_answers(headers: dict[str, str], somebody: Visit) -> None:
    asked = await somebody.approvals.text()
    form = {"token": somebody.token, "answer": "approve"}
    answer = await somebody.post(f"/approvals/q/{asked.id}", form, headers)
    assert answer.status_code == 403
    assert await somebody.approvals.state(asked) is ApprovalState.ASKED


@pytest.mark.parametrize("token", [None, "", "0" * 64, "ä"])
async def test_no_form_without_its_token_answers(token: str | None, somebody: Visit) -> None:
    asked = await somebody.approvals.text()
    form = {"answer": "approve"} | ({} if token is None else {"token": token})
    for path in (f"/approvals/q/{asked.id}", "/approvals/freeze", "/approvals/sign-out"):
        assert (await somebody.post(path, form)).status_code == 403
    assert await somebody.approvals.state(asked) is ApprovalState.ASKED
    assert await somebody.approvals.oversight.frozen() is None


async def test_only_a_form_of_a_usual_size_is_read(somebody: Visit) -> None:
    asked = await somebody.approvals.text()
    path, token = f"{somebody.home}/q/{asked.id}", somebody.token
    long = {"token": token, "answer": "approve", "confirm": "9" * 20_000}
    assert (await somebody.post(path, long)).status_code == 403
    many = {"token": token, "answer": "approve", **{f"f{n}": "" for n in range(30)}}
    assert (await somebody.post(path, many)).status_code == 403
    bodies = {
        "application/json": b'{"answer": "approve"}',
        "application/x-www-form-urlencoded": b"token=\xff\xfe",
    }
    for kind, body in bodies.items():
        headers = {**OURS, "content-type": kind}
        answer = await somebody.browser.post(path, content=body, headers=headers)
        assert answer.status_code == 403
    assert await somebody.approvals.state(asked) is ApprovalState.ASKED


async def test_lead_text_stays_text(somebody: Visit) -> None:
    await somebody.approvals.text(HOSTILE, caller=HOSTILE, known=(HOSTILE,), effects=(HOSTILE,))
    call = intent(account=ACCOUNT.accid, caller=HOSTILE)
    await somebody.approvals.ledger.intend(call)
    await somebody.approvals.ledger.finish(ending(call.entry, message=HOSTILE))
    await somebody.approvals.oversight.freeze(HOSTILE, Approver(HOSTILE, "somehow"))
    for path in ("/approvals", "/approvals/live"):
        page = await somebody.open(path)
        assert "<script>document" not in page.text
        assert "<img" not in page.text
        assert "evil.example/&#34;&gt;Approve all" in page.text
        assert "\u202e" not in page.text
        assert 'onerror="' not in page.text


async def test_nothing_is_loaded_from_elsewhere(somebody: Visit) -> None:
    page = await somebody.open()
    loaded = re.findall(r'(?:src|href|action)="([^"]*)"', page.text)
    assert loaded
    assert all(address.startswith(("/approvals", "#")) for address in loaded)
    scripts = {"approvals.js": "text/javascript", "sign_in.js": "text/javascript"}
    for name, kind in {"approvals.css": "text/css", **scripts}.items():
        file = await somebody.browser.get(f"/approvals/static/{name}")
        assert file.status_code == 200
        assert file.headers["content-type"].startswith(kind)
        assert "http" not in file.text.replace("http-equiv", "")
    assert (await somebody.browser.get("/approvals/static/page.py")).status_code == 404


async def test_live_and_sandbox_never_look_alike(tmp_path: Path) -> None:
    async with signed_in(tmp_path / "one") as somebody:
        assert '<body class="sandbox">' in (await somebody.open()).text
        assert "Sandbox no dialer is touched" in words(somebody.pages[-1])
    async with signed_in(tmp_path / "two", LIVE) as somebody:
        assert '<body class="live">' in (await somebody.open()).text
        assert "Live account acme" in words(somebody.pages[-1])


async def test_the_page_shows_history_policy_and_who_answers(tmp_path: Path) -> None:
    async with signed_in(tmp_path) as somebody:
        call = intent(account=ACCOUNT.accid, tool="delete_dnc")
        await somebody.approvals.ledger.intend(call)
        await somebody.approvals.ledger.finish(
            ending(call.entry, message="It can be called again.")
        )
        told = words(await somebody.open())
    assert "Remove from do-not-call list done It can be called again." in told
    assert "calling_hours.outside refuse default" in told
    assert "given by maria/page" in told
    assert "Nothing is waiting." in told


async def test_everything_is_stopped_by_a_button(somebody: Visit) -> None:
    told = words(await somebody.send("/approvals/freeze", why=" It texts too many. "))
    assert "Everything is stopped since" in told
    assert "by maria/page: It texts too many." in told
    assert "policy rearm" in told
    assert "Freeze now" not in told
    assert "stopped already" in words(await somebody.send("/approvals/freeze", why=""))


async def test_what_is_live_comes_again_only_when_it_changed(somebody: Visit) -> None:
    first = await somebody.open("/approvals/live")
    mark = {"if-none-match": first.headers["etag"]}
    assert (await somebody.open("/approvals/live", **mark)).status_code == 304
    await somebody.approvals.deletion()
    changed = await somebody.open("/approvals/live", **mark)
    assert changed.status_code == 200
    assert SHOWN in changed.text


async def test_a_record_that_cannot_be_read_is_said_and_nothing_is_done(somebody: Visit) -> None:
    asked = await somebody.approvals.text()
    somebody.approvals.factor._path.write_text("this is no database, and it is longer" * 9)
    for path in ("/approvals", "/approvals/live"):
        page = await somebody.browser.get(somebody.at_home(path))
        assert page.status_code == 503
        assert "Nothing was done" in page.text
    form = {"token": somebody.token, "answer": "approve", "code": "123456"}
    answer = await somebody.post(f"/approvals/q/{asked.id}", form)
    assert answer.status_code == 503
    assert await somebody.approvals.state(asked) is ApprovalState.ASKED
