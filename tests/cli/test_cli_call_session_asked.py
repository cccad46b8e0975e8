"""A call from the terminal that has to be asked about: how sure the yes is, and asked anew."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from anyio.from_thread import BlockingPortal, start_blocking_portal

from _support.pipeline import yes_to
from _support.undo_house import load_policy
from _support.waiting import DELETE, NUMBER, SENT, Room, open_room
from chasedata_mcp.approvals.errors import refuse_unsure
from chasedata_mcp.approvals.models import DECLINED, Reply
from chasedata_mcp.cli.call_session import TerminalSession
from chasedata_mcp.errors import Code, Outcome
from chasedata_mcp.ledger.approval_models import AssuranceLevel
from chasedata_mcp.ledger.questions import Question
from chasedata_mcp.policy.models import RequiredAssurance


class Seat:
    """Somebody at a terminal who says yes, while so many times another lead gets the number."""

    def __init__(self, portal: BlockingPortal, room: Room, changes: int = 0) -> None:
        self.asked: list[Question] = []
        self._portal, self._room, self._changes = portal, room, changes

    def ask(self, question: Question) -> Reply:
        self.asked.append(question)
        if self._changes:
            self._changes -= 1
            self._portal.call(self._room.another_lead)
        return Reply(yes_to(question), "on the terminal", AssuranceLevel.MACHINE)


@contextmanager
def at_a_terminal(
    place: Path, needs: AssuranceLevel, changes: int = 0
) -> Iterator[tuple[Any, ...]]:
    policy = replace(load_policy(), yes=RequiredAssurance(destructive=needs))
    with (
        start_blocking_portal() as portal,
        portal.wrap_async_context_manager(open_room(place, policy)) as room,
    ):
        seat = Seat(portal, room, changes)
        yield (
            room,
            seat,
            TerminalSession(portal, room.pipeline, seat.ask, "me/terminal", room.ledger),
        )


@pytest.mark.parametrize("needs", [AssuranceLevel.CLIENT, AssuranceLevel.MACHINE])
def test_a_yes_at_the_terminal_is_sure_enough_for_this_machine(
    needs: AssuranceLevel, tmp_path: Path
) -> None:
    with at_a_terminal(tmp_path, needs) as (room, seat, person):
        assert person.call("delete_dnc", DELETE).outcome is Outcome.DONE
        assert len(seat.asked) == 1
        assert room.house.writes() == SENT


def test_where_the_policy_wants_a_second_factor_its_code_is_asked_for(tmp_path: Path) -> None:
    with at_a_terminal(tmp_path, AssuranceLevel.SECOND_FACTOR) as (room, _, person):
        assert person.call("delete_dnc", DELETE).code is Code.NEEDS_CONFIRMATION
        assert not room.house.writes()
        surer = replace(person, sure=lambda: AssuranceLevel.SECOND_FACTOR)
        assert surer.call("delete_dnc", DELETE).outcome is Outcome.DONE
        assert room.house.writes() == SENT


def test_a_code_that_is_wrong_is_no_yes(tmp_path: Path) -> None:
    def wrong() -> AssuranceLevel:
        raise refuse_unsure(AssuranceLevel.SECOND_FACTOR)

    with at_a_terminal(tmp_path, AssuranceLevel.SECOND_FACTOR) as (room, _, person):
        result = replace(person, sure=wrong).call("delete_dnc", DELETE)
        assert result.code is Code.NEEDS_CONFIRMATION
        assert not room.house.writes()


def test_no_code_is_asked_for_after_a_no(tmp_path: Path) -> None:
    def asked() -> AssuranceLevel:
        raise AssertionError("it was asked for")

    with at_a_terminal(tmp_path, AssuranceLevel.SECOND_FACTOR) as (_, _, person):
        declining = replace(person, sure=asked, ask=lambda _: DECLINED)
        assert declining.call("delete_dnc", DELETE).code is Code.DECLINED


@pytest.mark.parametrize("changes", [1, 2])
def test_what_changes_while_it_is_asked_is_asked_anew(changes: int, tmp_path: Path) -> None:
    with at_a_terminal(tmp_path, AssuranceLevel.CLIENT, changes) as (room, seat, person):
        assert person.call("delete_dnc", DELETE).outcome is Outcome.DONE
        assert len({question.text for question in seat.asked}) == changes + 1
        assert room.house.writes() == SENT


def test_it_is_asked_three_times_at_most(tmp_path: Path) -> None:
    with at_a_terminal(tmp_path, AssuranceLevel.CLIENT, 3) as (room, seat, person):
        assert person.call("delete_dnc", DELETE).code is Code.NEEDS_CONFIRMATION
        assert len(seat.asked) == 3
        assert not room.house.writes()


def test_an_undo_that_wants_a_surer_yes_is_asked_here(tmp_path: Path) -> None:
    with at_a_terminal(tmp_path, AssuranceLevel.MACHINE) as (room, seat, person):
        entry = blocked(room, person)
        assert person.undo(entry).outcome is Outcome.DONE
        assert len(seat.asked) == 1
        assert room.house.writes() == SENT


def blocked(room: Room, person: TerminalSession) -> str:
    """An entry that can be taken back, and nothing of it among what was sent."""
    entry = person.call("insert_dnc", {"number": NUMBER}).entry
    assert entry is not None
    room.house.wire.forms.clear()
    return entry
