"""Signing in: a code is good once, tries are few, sessions end."""

from datetime import timedelta

import pytest

from _support.pipelines import Clock
from chasedata_mcp.approvals_page.sessions import IDLE, LIFE, PAUSE, TRIES, Entry, Sessions


class Hall:
    """A reception, and what its terminal showed."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.shown: list[str] = []
        self.reception = Sessions(self.clock, self.shown.append)

    def enter(self) -> str:
        name = self.reception.sign_in(self.shown[-1])
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
    assert hall.reception.sign_in(first) is Entry.WRONG
    assert isinstance(hall.reception.sign_in(second), str)


@pytest.mark.parametrize("written", ["{0}", " {0} ", "{1}", "{2}"])
def test_the_code_is_taken_however_it_is_written(written: str) -> None:
    hall = Hall()
    code = hall.shown[0]
    given = written.format(code, code.lower().replace("-", ""), code.replace("-", " "))
    assert isinstance(hall.reception.sign_in(given), str)


@pytest.mark.parametrize("wrong", ["", "AAAA-AAAA", "ÄÄÄÄ-ÄÄÄÄ"])
def test_a_wrong_code_signs_nobody_in(wrong: str) -> None:
    assert Hall().reception.sign_in(wrong) is Entry.WRONG


def test_after_a_few_wrong_ones_there_is_a_new_code_that_counts_later() -> None:
    hall = Hall()
    tries = [hall.reception.sign_in("wrong") for _ in range(TRIES)]
    assert tries == [*[Entry.WRONG] * (TRIES - 1), Entry.WAIT]
    first, second = hall.shown
    assert hall.reception.sign_in(second) is Entry.WAIT
    hall.clock.move(PAUSE)
    assert hall.reception.sign_in(first) is Entry.WRONG
    assert isinstance(hall.reception.sign_in(second), str)


def test_while_it_waits_wrong_codes_make_no_new_ones() -> None:
    hall = Hall()
    for _ in range(10 * TRIES):
        hall.reception.sign_in("wrong")
    assert len(hall.shown) == 2


def test_a_session_ends_when_it_is_not_used() -> None:
    hall = Hall()
    name = hall.enter()
    hall.clock.move(IDLE - timedelta(seconds=1))
    session = hall.reception.session(name)
    assert session is not None
    hall.reception.use(session)
    hall.clock.move(IDLE - timedelta(seconds=1))
    assert hall.reception.session(name) is session
    hall.clock.move(timedelta(seconds=1))
    assert hall.reception.session(name) is None


def test_a_session_ends_however_much_it_is_used() -> None:
    hall = Hall()
    name = hall.enter()
    for _ in range(int(LIFE / IDLE) * 2 - 1):
        hall.clock.move(IDLE / 2)
        session = hall.reception.session(name)
        assert session is not None
        hall.reception.use(session)
    hall.clock.move(IDLE / 2)
    assert hall.reception.session(name) is None


def test_who_signs_out_is_out() -> None:
    hall = Hall()
    name = hall.enter()
    hall.reception.sign_out(name)
    assert hall.reception.session(name) is None
    assert hall.reception.session(None) is None


def test_there_are_only_so_many_sessions() -> None:
    hall = Hall()
    names = [hall.enter() for _ in range(21)]
    assert hall.reception.session(names[0]) is None
    assert hall.reception.session(names[-1]) is not None


def test_a_form_is_for_one_cookie() -> None:
    one, other = Hall().reception, Hall().reception
    token = one.token("maria")
    assert one.is_token("maria", token)
    assert not one.is_token("somebody", token)
    assert not one.is_token("maria", "")
    assert not one.is_token("maria", "ä")
    assert not other.is_token("maria", token)


def test_each_cookie_has_a_path_of_its_own_that_does_not_tell_it() -> None:
    one, other = Hall().reception, Hall().reception
    place = one.place("maria")
    assert one.is_place("maria", place)
    assert not one.is_place("maria", one.place("somebody"))
    assert not one.is_place("maria", "ä")
    assert place not in {other.place("maria"), one.token("maria")}
    assert "maria" not in place
