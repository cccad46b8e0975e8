"""Signing in to the page: with the code on the terminal, and not for ever."""

from http.cookies import SimpleCookie
from pathlib import Path

import httpx
import pytest

from _support.approval_pages import BASE, OURS, PORT, Visit, visit, words
from _support.open_approvals import SHOWN
from chasedata_mcp.approvals_page.sessions import IDLE, PAUSE, TRIES
from chasedata_mcp.ledger import ApprovalState

pytestmark = pytest.mark.anyio


async def test_who_is_not_signed_in_sees_no_question(tmp_path: Path) -> None:
    async with visit(tmp_path) as somebody:
        asked = await somebody.approvals.deletion()
        for path in ("/", "/approvals", "/approvals/", f"/approvals/q/{asked.id}"):
            page = await somebody.open(path)
            assert page.status_code == 200
            assert "shows a code of ten characters" in words(page)
            assert SHOWN not in page.text
        nowhere = f"/approvals/s/{'0' * 64}"
        assert (await somebody.open(f"{nowhere}/live")).status_code == 401
        assert "Sign in" in words(await somebody.open(nowhere))


async def test_who_is_not_signed_in_does_nothing(tmp_path: Path) -> None:
    async with visit(tmp_path) as somebody:
        asked = await somebody.approvals.text()
        await somebody.open()
        for path in (f"/q/{asked.id}", "/freeze", "/grants/x"):
            page = await somebody.send(f"/approvals/s/{'0' * 64}{path}", answer="approve")
            assert "Sign in" in words(page)
            page = await somebody.send(f"/approvals{path}", answer="approve")
            assert page.status_code in {404, 405}
        assert await somebody.approvals.state(asked) is ApprovalState.ASKED
        assert await somebody.approvals.oversight.frozen() is None


async def test_the_code_on_the_terminal_signs_in(tmp_path: Path) -> None:
    async with visit(tmp_path) as somebody:
        await somebody.approvals.deletion()
        page = await somebody.sign_in()
        assert page.url.path == somebody.home != "/approvals"
        assert SHOWN in page.text
        assert len(somebody.codes) == 2


def cookies(answer: httpx.Response) -> dict[str, SimpleCookie]:
    """The cookies that an answer sets, by their path."""
    found = [SimpleCookie(one) for one in answer.headers.get_list("set-cookie")]
    return {one["approvals-8766"]["path"]: one for one in found}


async def test_each_cookie_is_for_a_path_that_nobody_guesses_and_that_no_other_port_has(
    tmp_path: Path,
) -> None:
    async with visit(tmp_path) as somebody:
        seen: set[str] = set()
        for path in ("/approvals", "/approvals", "/approvals/q/x"):
            page = await somebody.open(path)
            (for_the_form,) = cookies(page)
            assert for_the_form == somebody.door
            assert for_the_form not in seen
            seen.add(for_the_form)
        form = {"token": somebody.token, "code": somebody.codes[-1]}
        entered = await somebody.browser.post(somebody.door, data=form, headers=OURS)
        home = entered.headers["location"]
        assert set(cookies(entered)) == {home, somebody.door}
        cookie = cookies(entered)[home]["approvals-8766"]
        assert cookie["httponly"]
        assert cookie["samesite"] == "strict"
        assert not cookie["max-age"]
        assert cookies(entered)[somebody.door]["approvals-8766"]["max-age"] == "0"
        assert home.rpartition("/")[2] not in cookie.value
        for path in ("/approvals", "/approvals/q/x", "/approvals/s", "/approvals/static/x"):
            request = somebody.browser.build_request("GET", path)
            assert "cookie" not in request.headers


async def test_a_session_counts_on_its_own_path_alone(somebody: Visit) -> None:
    asked = await somebody.approvals.text()
    (ours,) = [one for one in somebody.browser.cookies.jar if one.path == somebody.home]
    cookie = {"cookie": f"approvals-8766={ours.value}"}
    for path in ("/approvals", "/approvals/q/x", f"/approvals/s/{'0' * 64}"):
        answer = await somebody.browser.get(path, headers=cookie)
        assert "Sign in" in words(answer)
    elsewhere = f"/approvals/s/{'0' * 64}/q/{asked.id}"
    form = {"token": somebody.token, "answer": "approve"}
    await somebody.browser.post(elsewhere, data=form, headers=OURS | cookie)
    assert await somebody.approvals.state(asked) is ApprovalState.ASKED


async def test_nobody_signs_in_at_a_name_that_another_program_may_answer_to(
    tmp_path: Path,
) -> None:
    by_name = {"host": f"localhost:{PORT}"}
    async with visit(tmp_path) as somebody:
        for path in ("/approvals", "/approvals/q/x", f"/approvals/s/{'0' * 64}"):
            answer = await somebody.browser.get(path, headers=by_name)
            assert answer.headers["location"] == f"{BASE}{path}"
            assert "set-cookie" not in answer.headers


async def test_the_path_alone_lets_nobody_in(somebody: Visit) -> None:
    asked = await somebody.approvals.text()
    form = {"token": somebody.token, "answer": "approve"}
    somebody.browser.cookies.clear()
    assert "Sign in" in words(await somebody.open())
    assert (await somebody.open("/approvals/live")).status_code == 401
    await somebody.post(f"/approvals/q/{asked.id}", form)
    assert await somebody.approvals.state(asked) is ApprovalState.ASKED


async def test_a_cookie_that_another_port_set_for_a_shorter_path_does_not_count(
    somebody: Visit,
) -> None:
    (ours,) = [one for one in somebody.browser.cookies.jar if one.path == somebody.home]
    somebody.browser.cookies.clear()
    sent = f"approvals-8766={ours.value}; approvals-8766=somebody-else-s"
    answer = await somebody.browser.get(somebody.home, headers={"cookie": sent})
    assert "Nothing is waiting" in words(answer)


async def test_a_wrong_code_signs_nobody_in_and_too_many_hold_up_that_browser_alone(
    tmp_path: Path,
) -> None:
    async with visit(tmp_path) as somebody:
        await somebody.open()
        for _ in range(TRIES - 1):
            page = await somebody.send(somebody.door, code="AAAAA-AAAAA")
            assert page.status_code == 403
            assert "not the code" in words(page)
        page = await somebody.send(somebody.door, code="AAAAA-AAAAA")
        assert "Wait half a minute" in words(page)
        [code] = somebody.codes
        # A page that was open before, and one that is opened now, with a cookie of its own.
        assert (await somebody.send(somebody.door, code=code)).status_code == 403
        await somebody.open()
        assert (await somebody.send(somebody.door, code=code)).status_code == 200


async def test_who_waited_signs_in_with_the_same_code(tmp_path: Path) -> None:
    async with visit(tmp_path) as somebody:
        await somebody.open()
        for _ in range(TRIES):
            await somebody.send(somebody.door, code="AAAAA-AAAAA")
        somebody.approvals.clock.move(PAUSE)
        assert (await somebody.send(somebody.door, code=somebody.codes[-1])).status_code == 200


async def test_signing_in_takes_a_form_of_this_page(tmp_path: Path) -> None:
    async with visit(tmp_path) as somebody:
        code = {"code": somebody.codes[-1]}
        unknown = f"/approvals/sign-in/{'0' * 64}"
        assert (await somebody.post(unknown, code)).status_code == 403
        await somebody.open()
        assert (await somebody.post(somebody.door, code)).status_code == 403
        assert (await somebody.send(unknown, **code)).status_code == 403
        other = {**code, "token": "0" * 64}
        assert (await somebody.post(somebody.door, other)).status_code == 403
        assert len(somebody.codes) == 1


async def test_who_loads_the_place_of_the_form_anew_is_led_to_one(tmp_path: Path) -> None:
    async with visit(tmp_path) as somebody:
        await somebody.open()
        assert "Sign in" in words(await somebody.open(somebody.door))


async def test_signing_in_leads_to_the_question_that_was_opened(tmp_path: Path) -> None:
    async with visit(tmp_path) as somebody:
        asked = await somebody.approvals.deletion()
        await somebody.approvals.text()
        page = await somebody.sign_in(f"/approvals/q/{asked.id}")
        assert page.url.path == f"{somebody.home}/q/{asked.id}"
        assert page.text.count("<article") == 1
        assert SHOWN in page.text


async def test_signing_in_leads_nowhere_else(tmp_path: Path) -> None:
    async with visit(tmp_path) as somebody:
        await somebody.open()
        odd = "../../evil.example"
        form = {"code": somebody.codes[-1], "question": odd}
        assert (await somebody.send(somebody.door, **form)).url.path == somebody.home


async def test_a_link_lets_nobody_in_and_leads_on_by_what_the_browser_keeps_for_this_port(
    tmp_path: Path,
) -> None:
    from_elsewhere = {
        "sec-fetch-site": "cross-site",
        "sec-fetch-mode": "navigate",
        "sec-fetch-dest": "document",
    }
    async with visit(tmp_path) as somebody:
        asked = await somebody.approvals.deletion()
        page = await somebody.open(f"/approvals/q/{asked.id}", **from_elsewhere)
        assert SHOWN not in page.text
        assert f'src="/approvals/static/sign_in.js" data-question="{asked.id}"' in page.text
        await somebody.sign_in()
        assert f'data-home="{somebody.home}"' in somebody.pages[-1].text


async def test_watching_does_not_keep_a_session_alive(somebody: Visit) -> None:
    somebody.approvals.clock.move(IDLE / 2)
    assert (await somebody.open("/approvals/live")).status_code == 200
    somebody.approvals.clock.move(IDLE / 2)
    assert (await somebody.open("/approvals/live")).status_code == 401
    assert "Sign in" in words(await somebody.open())


async def test_who_signs_out_has_to_sign_in_again(somebody: Visit) -> None:
    assert "Sign in" in words(await somebody.send("/approvals/sign-out"))
    assert (await somebody.open("/approvals/live")).status_code == 401
