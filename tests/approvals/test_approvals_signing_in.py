"""Signing in to the page: with the code on the terminal, and not for ever."""

from pathlib import Path

import pytest

from approval_pages import OURS, signed_in, visit, words
from chasedata_mcp.approvals.sessions import IDLE, PAUSE, TRIES
from chasedata_mcp.ledger import ConsentState
from desks import SHOWN

pytestmark = pytest.mark.anyio


async def test_who_is_not_signed_in_sees_no_question(tmp_path: Path) -> None:
    async with visit(tmp_path) as somebody:
        asked = await somebody.at.deletion()
        for path in ("/", "/approvals", "/approvals/", f"/approvals/q/{asked.id}"):
            page = await somebody.open(path)
            assert page.status_code == 200
            assert "shows a code of eight characters" in words(page)
            assert SHOWN not in page.text
        assert (await somebody.open("/approvals/live")).status_code == 401


async def test_who_is_not_signed_in_does_nothing(tmp_path: Path) -> None:
    async with visit(tmp_path) as somebody:
        asked = await somebody.at.text()
        await somebody.open()
        for path in (f"/approvals/q/{asked.id}", "/approvals/freeze", "/approvals/grants/x"):
            page = await somebody.send(path, answer="approve")
            assert "Sign in" in words(page)
        assert await somebody.at.state(asked) is ConsentState.ASKED
        assert await somebody.at.desk.frozen() is None


async def test_the_code_on_the_terminal_signs_in(tmp_path: Path) -> None:
    async with visit(tmp_path) as somebody:
        await somebody.at.deletion()
        page = await somebody.sign_in()
        assert page.url.path == "/approvals"
        assert SHOWN in page.text
        assert len(somebody.codes) == 2


async def test_the_cookie_is_kept_from_scripts_and_other_sites(tmp_path: Path) -> None:
    async with visit(tmp_path) as somebody:
        await somebody.open()
        before = somebody.browser.cookies["approvals-8766"]
        form = {"token": somebody.token, "code": somebody.codes[-1]}
        answer = await somebody.browser.post("/approvals/sign-in", data=form, headers=OURS)
        cookie = answer.headers["set-cookie"]
        assert "HttpOnly" in cookie
        assert "SameSite=strict" in cookie
        assert "Path=/approvals" in cookie
        assert somebody.browser.cookies["approvals-8766"] != before


async def test_a_wrong_code_signs_nobody_in_and_too_many_make_a_new_one(tmp_path: Path) -> None:
    async with visit(tmp_path) as somebody:
        await somebody.open()
        for _ in range(TRIES - 1):
            page = await somebody.send("/approvals/sign-in", code="AAAA-AAAA")
            assert page.status_code == 403
            assert "not the code" in words(page)
        page = await somebody.send("/approvals/sign-in", code="AAAA-AAAA")
        assert "Wait half a minute" in words(page)
        first, second = somebody.codes
        assert first != second
        assert (await somebody.send("/approvals/sign-in", code=second)).status_code == 403
        somebody.at.clock.move(PAUSE)
        assert (await somebody.send("/approvals/sign-in", code=second)).status_code == 200


async def test_signing_in_takes_a_form_of_this_page(tmp_path: Path) -> None:
    async with visit(tmp_path) as somebody:
        code = {"code": somebody.codes[-1]}
        assert (await somebody.post("/approvals/sign-in", code)).status_code == 403
        await somebody.open()
        assert (await somebody.post("/approvals/sign-in", code)).status_code == 403
        other = {**code, "token": "0" * 64}
        assert (await somebody.post("/approvals/sign-in", other)).status_code == 403
        assert len(somebody.codes) == 1


async def test_signing_in_leads_to_the_question_that_was_opened(tmp_path: Path) -> None:
    async with visit(tmp_path) as somebody:
        asked = await somebody.at.deletion()
        await somebody.at.text()
        page = await somebody.sign_in(f"/approvals/q/{asked.id}")
        assert page.url.path == f"/approvals/q/{asked.id}"
        assert page.text.count("<article") == 1
        assert SHOWN in page.text


async def test_signing_in_leads_nowhere_else(tmp_path: Path) -> None:
    async with visit(tmp_path) as somebody:
        await somebody.open()
        odd = "../../evil.example"
        form = {"code": somebody.codes[-1], "question": odd}
        assert (await somebody.send("/approvals/sign-in", **form)).url.path == "/approvals"


async def test_who_comes_by_a_link_keeps_their_session(tmp_path: Path) -> None:
    from_elsewhere = {
        "sec-fetch-site": "cross-site",
        "sec-fetch-mode": "navigate",
        "sec-fetch-dest": "document",
    }
    async with visit(tmp_path) as somebody:
        asked = await somebody.at.deletion()
        page = await somebody.open(f"/approvals/q/{asked.id}", **from_elsewhere)
        assert f'content="0; url=/approvals/q/{asked.id}"' in page.text
        assert "set-cookie" not in page.headers


async def test_watching_does_not_keep_a_session_alive(tmp_path: Path) -> None:
    async with signed_in(tmp_path) as somebody:
        somebody.at.clock.move(IDLE / 2)
        assert (await somebody.open("/approvals/live")).status_code == 200
        somebody.at.clock.move(IDLE / 2)
        assert (await somebody.open("/approvals/live")).status_code == 401
        assert "Sign in" in words(await somebody.open())


async def test_who_signs_out_has_to_sign_in_again(tmp_path: Path) -> None:
    async with signed_in(tmp_path) as somebody:
        assert "Sign in" in words(await somebody.send("/approvals/sign-out"))
        assert (await somebody.open("/approvals/live")).status_code == 401
