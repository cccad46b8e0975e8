"""The second factor: codes of a device, each used once, and few tries."""

import stat
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from _support.machines import FakeMachine, World
from _support.open_approvals import SECRET, code_at
from chasedata_mcp.approvals.second_factor import (
    NAME,
    PAUSE,
    TRIES,
    Checked,
    SecondFactor,
    address_of,
    fresh_secret,
)
from chasedata_mcp.ledger import Machine

NOW = datetime(2026, 3, 2, 15, 0, 10, tzinfo=UTC)
STEP = timedelta(seconds=30)


CLOCK_ALONE = Machine(uptime=None)


def enrolled(place: Path, machine: Machine = CLOCK_ALONE) -> SecondFactor:
    factor = SecondFactor(place, machine)
    assert factor.enroll(SECRET, code_at(NOW - 10 * STEP), NOW - 10 * STEP)
    return factor


def test_a_secret_is_new_each_time_and_its_address_names_who_it_is_for() -> None:
    assert fresh_secret() != fresh_secret()
    assert len(fresh_secret()) == 32
    address = address_of(SECRET, "maria")
    assert address.startswith("otpauth://totp/chasedata-mcp:maria?")
    assert f"secret={SECRET}" in address


def test_without_one_no_code_is_right(tmp_path: Path) -> None:
    factor = SecondFactor(tmp_path)
    assert not factor.enrolled
    assert factor.check(code_at(NOW), NOW) is Checked.NOT_ENROLLED
    assert factor.remove(code_at(NOW), NOW) is Checked.NOT_ENROLLED
    assert list(tmp_path.iterdir()) == []


def test_only_its_owner_can_read_it(tmp_path: Path) -> None:
    enrolled(tmp_path / "state")
    assert stat.S_IMODE((tmp_path / "state" / NAME).stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "state").stat().st_mode) == 0o700


def test_a_wrong_code_enrolls_nothing(tmp_path: Path) -> None:
    factor = SecondFactor(tmp_path)
    assert not factor.enroll(SECRET, "000000", NOW)
    assert not factor.enrolled


def test_the_code_that_enrolled_is_used_up(tmp_path: Path) -> None:
    factor = SecondFactor(tmp_path)
    assert factor.enroll(SECRET, code_at(NOW), NOW)
    assert factor.check(code_at(NOW), NOW) is Checked.WRONG


def test_a_second_one_does_not_replace_the_first(tmp_path: Path) -> None:
    factor = enrolled(tmp_path)
    other = "MFRGGZDFMZTWQ2LKMFRGGZDFMZTWQ2LK"
    assert not factor.enroll(other, code_at(NOW), NOW)
    assert factor.check(code_at(NOW), NOW) is Checked.RIGHT


@pytest.mark.parametrize(
    ("steps", "checked"),
    [
        (-2, Checked.WRONG),
        (-1, Checked.RIGHT),
        (0, Checked.RIGHT),
        (1, Checked.RIGHT),
        (2, Checked.WRONG),
    ],
)
def test_a_clock_may_be_wrong_by_one_step(tmp_path: Path, steps: int, checked: Checked) -> None:
    assert enrolled(tmp_path).check(code_at(NOW + steps * STEP), NOW) is checked


def test_a_code_with_spaces_is_the_same_code(tmp_path: Path) -> None:
    code = code_at(NOW)
    assert enrolled(tmp_path).check(f" {code[:3]} {code[3:]}\n", NOW) is Checked.RIGHT


def test_a_code_counts_once(tmp_path: Path) -> None:
    factor = enrolled(tmp_path)
    assert factor.check(code_at(NOW), NOW) is Checked.RIGHT
    assert SecondFactor(tmp_path).check(code_at(NOW), NOW) is Checked.WRONG
    assert factor.check(code_at(NOW - STEP), NOW) is Checked.WRONG
    assert factor.check(code_at(NOW + STEP), NOW + STEP) is Checked.RIGHT


def test_of_many_at_once_one_has_the_code(tmp_path: Path) -> None:
    enrolled(tmp_path)

    def check(_: int) -> Checked:
        return SecondFactor(tmp_path).check(code_at(NOW), NOW)

    with ThreadPoolExecutor(4) as threads:
        checked = list(threads.map(check, range(4)))
    assert checked.count(Checked.RIGHT) == 1


def test_tries_are_limited_until_the_first_of_them_is_old(tmp_path: Path) -> None:
    factor = enrolled(tmp_path)
    for number in range(TRIES):
        at = NOW + number * timedelta(seconds=1)
        assert factor.check("000000", at) is Checked.WRONG
    before, after = NOW + PAUSE - timedelta(seconds=1), NOW + PAUSE
    assert factor.check(code_at(before), before) is Checked.WAIT
    assert factor.remove(code_at(before), before) is Checked.WAIT
    assert factor.check(code_at(after), after) is Checked.RIGHT


def test_wrong_codes_age_by_the_time_that_passes_and_not_by_a_clock_that_is_set(
    tmp_path: Path,
) -> None:
    machine = FakeMachine(World(NOW))

    def check(code: str) -> Checked:
        return SecondFactor(tmp_path, machine.read()).check(code, machine.clock())

    enrolled(tmp_path, machine.read())
    assert {check("000000") for _ in range(TRIES)} == {Checked.WRONG}
    machine.off = 2 * PAUSE
    assert check(code_at(machine.clock())) is Checked.WAIT
    machine.off = -9 * STEP
    machine.world.move(PAUSE)
    assert check(code_at(machine.clock())) is Checked.RIGHT


def test_after_a_start_with_a_clock_put_back_wrong_codes_count_for_one_more_pause(
    tmp_path: Path,
) -> None:
    machine = FakeMachine(World(NOW))
    enrolled(tmp_path, machine.read())
    for _ in range(TRIES):
        SecondFactor(tmp_path, machine.read()).check("000000", machine.clock())
    machine.world.move(STEP)
    machine.restart()
    machine.off = -8 * STEP
    factor = SecondFactor(tmp_path, machine.read())
    assert factor.check(code_at(machine.clock()), machine.clock()) is Checked.WAIT
    machine.world.move(PAUSE)
    assert factor.check(code_at(machine.clock()), machine.clock()) is Checked.RIGHT


def test_removing_takes_a_code(tmp_path: Path) -> None:
    factor = enrolled(tmp_path)
    assert factor.remove("000000", NOW) is Checked.WRONG
    assert factor.enrolled
    assert factor.remove(code_at(NOW), NOW) is Checked.RIGHT
    assert not SecondFactor(tmp_path).enrolled
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "odd", ["\uff11\uff12\uff13\uff14\uff15\uff16", "", "12345678901234567890", "abcdef"]
)
def test_what_is_no_code_is_wrong(tmp_path: Path, odd: str) -> None:
    assert enrolled(tmp_path).check(odd, NOW) is Checked.WRONG


def test_a_file_that_is_none_of_ours_is_a_failure_and_no_yes(tmp_path: Path) -> None:
    (tmp_path / NAME).write_text("this is no database, and it is longer than a header" * 9)
    factor = SecondFactor(tmp_path)
    with pytest.raises(OSError, match="second factor's file"):
        factor.check(code_at(NOW), NOW)
    with pytest.raises(OSError, match="second factor's file"):
        factor.remove(code_at(NOW), NOW)


def test_an_empty_file_is_no_second_factor(tmp_path: Path) -> None:
    (tmp_path / NAME).touch()
    factor = SecondFactor(tmp_path)
    assert not factor.enrolled
    assert factor.check(code_at(NOW), NOW) is Checked.NOT_ENROLLED
