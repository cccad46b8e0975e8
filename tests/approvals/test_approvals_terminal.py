"""`approve` and `second-factor`, as a person at the terminal."""

import re
from collections.abc import Iterator
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from pyotp.totp import TOTP
from rich.console import Console
from typing_extensions import override

from _support.clock import Clock
from _support.open_approvals import (
    HOSTILE,
    PHONE,
    SECRET,
    SHOWN,
    Approvals,
    code_at,
    open_approvals,
)
from _support.terminals import plain
from chasedata_mcp.approvals.second_factor import TRIES, SecondFactor
from chasedata_mcp.approvals_page.answer_service import AnswerResult, Approver
from chasedata_mcp.cli import second_factor
from chasedata_mcp.cli.approval_prompt import ApprovalPrompt
from chasedata_mcp.cli.open_questions import OpenQuestion, show_open
from chasedata_mcp.cli.terminal_prompt import ON_THE_TERMINAL
from chasedata_mcp.fields.assurance_level import AssuranceLevel
from chasedata_mcp.ledger import Approval, ApprovalState, Machine

pytestmark = pytest.mark.anyio


class Screen:
    """A terminal: lines to be typed, and what was shown."""

    def __init__(self, *typed: str) -> None:
        self._lines: Iterator[str] = iter(typed)
        self._shown = StringIO()
        self.console = Console(file=self._shown, width=100, highlight=False)

    def read_line(self) -> str:
        return f"{next(self._lines, '')}\n"

    async def wait_for_line(self) -> str:
        return self.read_line()

    @property
    def words(self) -> str:
        return " ".join(plain(self._shown.getvalue()).split())


async def answered(approvals: Approvals, asked: Approval, screen: Screen) -> AnswerResult | None:
    maria = Approver("maria/terminal", ON_THE_TERMINAL)
    question = await approvals.answers.by_code(asked.code)
    assert question is not None
    prompt = ApprovalPrompt(approvals.answers, screen.console, screen.wait_for_line, maria)
    return await prompt.answer(question)


async def test_the_whole_question_is_shown(tmp_path: Path) -> None:
    screen = Screen("")
    async with open_approvals(tmp_path) as at:
        asked = await at.deletion(known=("2 leads bear it.",), effects=("It can be called.",))
        await answered(at, asked, screen)
    assert f"Let the dialer call {SHOWN} again?" in screen.words
    assert "by maria, by a client that calls itself “an assistant”" in screen.words
    assert (
        f"tool delete_dnc Phone number: {SHOWN} does It can be called. asks The level"
        in screen.words
    )
    assert "note delete_dnc can't be undone. known 2 leads bear it." in screen.words
    assert "SANDBOX" in screen.words
    assert f"type the phone number ({SHOWN}):" in screen.words


@pytest.mark.parametrize("typed", [SHOWN, PHONE, " (954) 555-0123 "])
async def test_the_typed_number_approves(tmp_path: Path, typed: str) -> None:
    screen = Screen(typed)
    async with open_approvals(tmp_path) as at:
        asked = await at.deletion()
        assert await answered(at, asked, screen) is AnswerResult.APPROVED
        row = await at.row(asked)
    assert (row.state, row.how, row.by) == (
        ApprovalState.GRANTED,
        ON_THE_TERMINAL,
        "maria/terminal",
    )
    assert row.sureness == AssuranceLevel.MACHINE
    assert "Approved." in screen.words


@pytest.mark.parametrize("typed", ["", "yes", "954-555-0199", "no"])
async def test_anything_else_asks_whether_to_decline_and_enter_leaves_it(
    tmp_path: Path, typed: str
) -> None:
    screen = Screen(typed, "")
    async with open_approvals(tmp_path) as at:
        asked = await at.deletion()
        assert await answered(at, asked, screen) is None
        assert await at.state(asked) is ApprovalState.ASKED
    assert "Left open" in screen.words


@pytest.mark.parametrize("typed", ["no", "NO", " No "])
async def test_a_clear_no_declines(typed: str, approvals: Approvals) -> None:
    asked = await approvals.reload()
    assert await answered(approvals, asked, Screen("", typed)) is AnswerResult.DECLINED
    assert await approvals.state(asked) is ApprovalState.DECLINED


@pytest.mark.parametrize("typed", ["y", "ok", "true", "yes please"])
async def test_only_yes_is_yes(typed: str, approvals: Approvals) -> None:
    asked = await approvals.reload()
    assert await answered(approvals, asked, Screen(typed, "yes")) is None
    assert await answered(approvals, asked, Screen("YES")) is AnswerResult.APPROVED


@pytest.mark.parametrize(("typed", "grants"), [("", 0), ("1", 1), ("2", 0), ("all", 0)])
async def test_an_offer_is_chosen_by_its_number(tmp_path: Path, typed: str, grants: int) -> None:
    screen = Screen("yes", typed)
    async with open_approvals(tmp_path) as at:
        asked = await at.text()
        assert await answered(at, asked, screen) is AnswerResult.APPROVED
        assert len(await at.answers.grants()) == grants
    assert "1 This one and the next 10 texts" in screen.words


async def test_a_code_is_asked_for_where_it_is_needed(approvals: Approvals) -> None:
    asked = await approvals.reload(needs=AssuranceLevel.SECOND_FACTOR)
    screen = Screen("", "")
    assert await answered(approvals, asked, screen) is None
    assert "second-factor enroll" in screen.words
    approvals.enroll()
    assert await answered(approvals, asked, Screen("yes", "000000")) is AnswerResult.WRONG_CODE
    assert await approvals.state(asked) is ApprovalState.ASKED
    assert (
        await answered(approvals, asked, Screen("yes", approvals.code())) is AnswerResult.APPROVED
    )
    assert (await approvals.row(asked)).sureness == AssuranceLevel.SECOND_FACTOR


async def test_lead_text_is_no_markup_and_moves_no_cursor(tmp_path: Path) -> None:
    screen = Screen("")
    async with open_approvals(tmp_path) as at:
        asked = await at.text(f"[bold red]all is well[/]\x1b[2J{HOSTILE}")
        await answered(at, asked, screen)
    assert "[bold red]all is well[/][U+001B][2J<script>" in screen.words


async def test_a_code_whose_time_is_over_finds_no_question(approvals: Approvals) -> None:
    asked = await approvals.reload()
    approvals.clock.move(timedelta(minutes=16))
    assert await approvals.answers.by_code(asked.code) is None


async def test_the_open_ones_are_listed(tmp_path: Path) -> None:
    screen = Screen()
    async with open_approvals(tmp_path) as at:
        show_open([], screen.console)
        assert screen.words == "No question is open."
        asked = await at.deletion(caller="[bold]maria")
        found = [OpenQuestion("live", "acme", one) for one in await at.answers.questions()]
        show_open(found, screen.console)
    assert "LIVE, account acme" in screen.words
    assert f"approve {asked.code}" in screen.words
    assert "asked by [bold]maria at" in screen.words
    assert f"Let the dialer call {SHOWN} again?" in screen.words


class Device(Screen):
    """A terminal whose person has the secret that it shows, and a device to read codes from."""

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self._clock = clock

    @override
    def read_line(self) -> str:
        found = re.search(r"secret=([A-Z2-7]+)", self.words)
        assert found is not None
        return TOTP(found[1]).at(self._clock())


def test_a_device_is_enrolled_by_its_code(tmp_path: Path) -> None:
    clock = Clock()
    factor, device = SecondFactor(tmp_path), Device(clock)
    assert second_factor.enroll_device(factor, device.console, device.read_line, clock)
    assert "otpauth://totp/chasedata-mcp" in device.words
    assert factor.enrolled


def test_a_wrong_code_enrolls_nothing_and_a_second_device_neither(tmp_path: Path) -> None:
    clock, factor, screen = Clock(), SecondFactor(tmp_path), Screen("000000")
    assert not second_factor.enroll_device(factor, screen.console, screen.read_line, clock)
    assert not factor.enrolled
    device = Device(clock)
    assert second_factor.enroll_device(factor, device.console, device.read_line, clock)
    again = Device(clock)
    assert not second_factor.enroll_device(factor, again.console, again.read_line, clock)
    assert again.words == ""


def test_three_codes_are_read_before_the_secret_is_thrown_away(tmp_path: Path) -> None:
    clock = Clock()
    factor, device = SecondFactor(tmp_path), Device(clock)
    typed = iter(["000000", "111111"])

    def read_line() -> str:
        return next(typed, "") or device.read_line()

    assert second_factor.enroll_device(factor, device.console, read_line, clock)
    assert device.words.count("That is not its code") == 2

    other, screen = SecondFactor(tmp_path / "other"), Screen("000000", "1", "2", "3")
    assert not second_factor.enroll_device(other, screen.console, screen.read_line, clock)
    assert screen.words.count("That is not its code") == 2
    assert screen.read_line().strip() == "3"


def test_a_code_that_is_not_typed_ends_the_enrolling_at_once(tmp_path: Path) -> None:
    clock, factor, screen = Clock(), SecondFactor(tmp_path), Screen("", "000000")

    assert not second_factor.enroll_device(factor, screen.console, screen.read_line, clock)
    assert "That is not its code" not in screen.words


def test_ctrl_c_while_enrolling_says_that_nothing_changed(tmp_path: Path) -> None:
    def interrupted() -> str:
        raise KeyboardInterrupt

    factor, screen = SecondFactor(tmp_path), Screen()
    with pytest.raises(KeyboardInterrupt):
        second_factor.enroll_device(factor, screen.console, interrupted, Clock())

    assert screen.words.endswith("Nothing changed.")
    assert not factor.enrolled


def test_removing_asks_for_a_code(tmp_path: Path) -> None:
    clock = Clock()
    factor = SecondFactor(tmp_path, Machine(clock, uptime=None))
    nobody = Screen()
    assert not second_factor.remove_device(factor, nobody.console, nobody.read_line, clock)
    before = clock() - timedelta(minutes=10)
    factor.enroll(SECRET, code_at(before), before)
    for _ in range(TRIES):
        wrong = Screen("000000")
        assert not second_factor.remove_device(factor, wrong.console, wrong.read_line, clock)
    right = Screen(code_at(clock()))
    assert not second_factor.remove_device(factor, right.console, right.read_line, clock)
    clock.move(timedelta(minutes=5))
    right = Screen(code_at(clock()))
    assert second_factor.remove_device(factor, right.console, right.read_line, clock)
    assert not factor.enrolled
