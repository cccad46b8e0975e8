"""Signing in: a code is good once, tries are few, sessions end."""

from datetime import timedelta

import pytest

from _support.clock import Clock
from chasedata_mcp.approvals_page.csrf import FormTokens
from chasedata_mcp.approvals_page.sessions import IDLE, LIFE, PAUSE, TRIES, Sessions, SignInProblem


class Hall:
    """The sessions of a page, and what its terminal showed."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.shown: list[str] = []
        self.sessions = Sessions(self.clock, self.shown.append)

    def enter(self) -> str:
        name = self.sessions.sign_in(self.shown[-1])
        assert isinstance(name, str)
        return name


def test_the_code_has_eight_characters_in_two_groups() -> None:
    code = Hall().shown[0]
    assert [len(group) for group in code.split("-")] == [4, 4]
    assert code == code.upper()
    assert not set(code) & set("01ILO")


def test_a_code_signs_in_once_and_then_there_is_a_new_one() -> None:
    hall = Hall()
    hall.enter()
    first, second = hall.shown
    assert first != second
    assert hall.sessions.sign_in(first) is SignInProblem.WRONG
    assert isinstance(hall.sessions.sign_in(second), str)


@pytest.mark.parametrize("written", ["{0}", " {0} ", "{1}", "{2}"])
def test_the_code_is_taken_however_it_is_written(written: str) -> None:
    hall = Hall()
    code = hall.shown[0]
    given = written.format(code, code.lower().replace("-", ""), code.replace("-", " "))
    assert isinstance(hall.sessions.sign_in(given), str)


@pytest.mark.parametrize("wrong", ["", "AAAA-AAAA", "ÄÄÄÄ-ÄÄÄÄ"])
def test_a_wrong_code_signs_nobody_in(wrong: str) -> None:
    assert Hall().sessions.sign_in(wrong) is SignInProblem.WRONG


def test_after_a_few_wrong_ones_there_is_a_new_code_that_counts_later() -> None:
    hall = Hall()
    tries = [hall.sessions.sign_in("wrong") for _ in range(TRIES)]
    assert tries == [*[SignInProblem.WRONG] * (TRIES - 1), SignInProblem.WAIT]
    first, second = hall.shown
    assert hall.sessions.sign_in(second) is SignInProblem.WAIT
    hall.clock.move(PAUSE)
    assert hall.sessions.sign_in(first) is SignInProblem.WRONG
    assert isinstance(hall.sessions.sign_in(second), str)


def test_while_it_waits_wrong_codes_make_no_new_ones() -> None:
    hall = Hall()
    for _ in range(10 * TRIES):
        hall.sessions.sign_in("wrong")
    assert len(hall.shown) == 2


def test_a_session_ends_when_it_is_not_used() -> None:
    hall = Hall()
    name = hall.enter()
    hall.clock.move(IDLE - timedelta(seconds=1))
    session = hall.sessions.session(name)
    assert session is not None
    hall.sessions.use(session)
    hall.clock.move(IDLE - timedelta(seconds=1))
    assert hall.sessions.session(name) is session
    hall.clock.move(timedelta(seconds=1))
    assert hall.sessions.session(name) is None


def test_a_session_ends_however_much_it_is_used() -> None:
    hall = Hall()
    name = hall.enter()
    for _ in range(int(LIFE / IDLE) * 2 - 1):
        hall.clock.move(IDLE / 2)
        session = hall.sessions.session(name)
        assert session is not None
        hall.sessions.use(session)
    hall.clock.move(IDLE / 2)
    assert hall.sessions.session(name) is None


def test_who_signs_out_is_out() -> None:
    hall = Hall()
    name = hall.enter()
    hall.sessions.sign_out(name)
    assert hall.sessions.session(name) is None
    assert hall.sessions.session(None) is None


def test_there_are_only_so_many_sessions() -> None:
    hall = Hall()
    names = [hall.enter() for _ in range(21)]
    assert hall.sessions.session(names[0]) is None
    assert hall.sessions.session(names[-1]) is not None


def test_each_cookie_has_a_path_of_its_own_that_does_not_tell_it() -> None:
    one, other = Hall().sessions, Hall().sessions
    path = one.path_of("maria")
    assert one.is_path_of("maria", path)
    assert not one.is_path_of("maria", one.path_of("somebody"))
    assert not one.is_path_of("maria", "ä")
    assert path not in {other.path_of("maria"), FormTokens().token("maria")}
    assert "maria" not in path
