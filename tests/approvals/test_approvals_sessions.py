"""Signing in: a code is good once, tries are few, sessions end."""

from datetime import timedelta

import pytest

from _support.clock import Clock
from chasedata_mcp.approvals_page.csrf import FormTokens
from chasedata_mcp.approvals_page.sessions import (
    IDLE,
    LIFE,
    PAUSE,
    TRIES,
    Sessions,
    SignInProblem,
)


class Hall:
    """The sessions of a page, and what its terminal showed."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.shown: list[str] = []
        self.sessions = Sessions(self.clock, self.shown.append)

    def enter(self) -> str:
        name = self.try_code(self.shown[-1])
        assert isinstance(name, str)
        return name

    def try_code(self, code: str, visitor: str = "maria") -> str | SignInProblem:
        return self.sessions.sign_in(code, visitor)


def test_the_code_has_ten_characters_in_two_groups() -> None:
    code = Hall().shown[0]
    assert [len(group) for group in code.split("-")] == [5, 5]
    assert code == code.upper()
    assert not set(code) & set("01ILO")


def test_a_code_signs_in_once_and_then_there_is_a_new_one() -> None:
    hall = Hall()
    hall.enter()
    first, second = hall.shown
    assert first != second
    assert hall.try_code(first) is SignInProblem.WRONG
    assert isinstance(hall.try_code(second), str)


@pytest.mark.parametrize("written", ["{0}", " {0} ", "{1}", "{2}"])
def test_the_code_is_taken_however_it_is_written(written: str) -> None:
    hall = Hall()
    code = hall.shown[0]
    given = written.format(code, code.lower().replace("-", ""), code.replace("-", " "))
    assert isinstance(hall.try_code(given), str)


@pytest.mark.parametrize("wrong", ["", "AAAA-AAAA", "ÄÄÄÄ-ÄÄÄÄ"])
def test_a_wrong_code_signs_nobody_in(wrong: str) -> None:
    assert Hall().try_code(wrong) is SignInProblem.WRONG


def test_after_a_few_wrong_ones_none_of_that_visitor_counts_for_a_while() -> None:
    hall = Hall()
    tries = [hall.try_code("wrong") for _ in range(TRIES)]
    assert tries == [*[SignInProblem.WRONG] * (TRIES - 1), SignInProblem.WAIT]
    [code] = hall.shown
    hall.clock.move(PAUSE - timedelta(microseconds=1))
    assert hall.try_code(code) is SignInProblem.WAIT
    hall.clock.move(timedelta(microseconds=1))
    assert isinstance(hall.try_code(code), str)


def test_the_wrong_codes_of_others_however_many_lock_nobody_out() -> None:
    hall = Hall()
    for number in range(3000):
        for _ in range(1 + number % (2 * TRIES)):
            hall.try_code("wrong", f"stranger {number}")
    assert hall.try_code("mistyped") is SignInProblem.WRONG
    [code] = hall.shown
    assert isinstance(hall.try_code(code), str)


def test_those_of_a_visitor_are_counted_while_others_come_and_go() -> None:
    hall = Hall()
    for number in range(TRIES - 1):
        assert hall.try_code("wrong") is SignInProblem.WRONG
        hall.try_code("wrong", f"stranger {number}")
    assert hall.try_code("wrong") is SignInProblem.WAIT


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
