"""A call from the terminal that has to be asked about: how sure the yes is, and asked anew."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from anyio.from_thread import BlockingPortal, start_blocking_portal

from _support.pipeline import yes_to
from _support.served_pipeline import (
    DELETE,
    NUMBER,
    SENT,
    Attended,
    an_attended_pipeline,
    history_policy,
)
from chasedata_mcp.approvals.errors import refuse_unsure
from chasedata_mcp.approvals.models import DECLINED, Reply
from chasedata_mcp.cli.call_session import TerminalSession
from chasedata_mcp.errors import Code, Outcome
from chasedata_mcp.fields.assurance_level import AssuranceLevel
from chasedata_mcp.ledger.questions import Question
from chasedata_mcp.policy.models import RequiredAssurance


class Seat:
    """Somebody at a terminal who says yes, while so many times another lead gets the number."""

    def __init__(self, portal: BlockingPortal, pipeline: Attended, changes: int = 0) -> None:
        self.asked: list[Question] = []
        self._portal, self._pipeline, self._changes = portal, pipeline, changes

    def ask(self, question: Question) -> Reply:
        self.asked.append(question)
        if self._changes:
            self._changes -= 1
            self._portal.call(self._pipeline.another_lead)
        return Reply(yes_to(question), "on the terminal", AssuranceLevel.MACHINE)


@contextmanager
def at_a_terminal(needs: AssuranceLevel, changes: int = 0) -> Iterator[tuple[Any, ...]]:
    policy = replace(history_policy(), yes=RequiredAssurance(destructive=needs))
    with (
        start_blocking_portal() as portal,
        portal.wrap_async_context_manager(an_attended_pipeline(policy)) as pipeline,
    ):
        seat = Seat(portal, pipeline, changes)
        yield (
            pipeline,
            seat,
            TerminalSession(portal, pipeline, seat.ask, "me/terminal", pipeline.ledger),
        )


@pytest.mark.parametrize("needs", [AssuranceLevel.CLIENT, AssuranceLevel.MACHINE])
def test_a_yes_at_the_terminal_is_sure_enough_for_this_machine(needs: AssuranceLevel) -> None:
    with at_a_terminal(needs) as (pipeline, seat, person):
        assert person.call("delete_dnc", DELETE).outcome is Outcome.DONE
        assert len(seat.asked) == 1
        assert pipeline.dialer.writes == SENT


def test_where_the_policy_wants_a_second_factor_its_code_is_asked_for() -> None:
    with at_a_terminal(AssuranceLevel.SECOND_FACTOR) as (pipeline, _, person):
        assert person.call("delete_dnc", DELETE).code is Code.NEEDS_CONFIRMATION
        assert not pipeline.dialer.writes
        surer = replace(person, sure=lambda: AssuranceLevel.SECOND_FACTOR)
        assert surer.call("delete_dnc", DELETE).outcome is Outcome.DONE
        assert pipeline.dialer.writes == SENT


def test_a_code_that_is_wrong_is_no_yes() -> None:
    def wrong() -> AssuranceLevel:
        raise refuse_unsure(AssuranceLevel.SECOND_FACTOR)

    with at_a_terminal(AssuranceLevel.SECOND_FACTOR) as (pipeline, _, person):
        result = replace(person, sure=wrong).call("delete_dnc", DELETE)
        assert result.code is Code.NEEDS_CONFIRMATION
        assert not pipeline.dialer.writes


def test_no_code_is_asked_for_after_a_no() -> None:
    def asked() -> AssuranceLevel:
        raise AssertionError("it was asked for")

    with at_a_terminal(AssuranceLevel.SECOND_FACTOR) as (_, _, person):
        declining = replace(person, sure=asked, ask=lambda _: DECLINED)
        assert declining.call("delete_dnc", DELETE).code is Code.DECLINED


@pytest.mark.parametrize("changes", [1, 2])
def test_what_changes_while_it_is_asked_is_asked_anew(changes: int) -> None:
    with at_a_terminal(AssuranceLevel.CLIENT, changes) as (pipeline, seat, person):
        assert person.call("delete_dnc", DELETE).outcome is Outcome.DONE
        assert len({question.text for question in seat.asked}) == changes + 1
        assert pipeline.dialer.writes == SENT


def test_it_is_asked_three_times_at_most() -> None:
    with at_a_terminal(AssuranceLevel.CLIENT, 3) as (pipeline, seat, person):
        assert person.call("delete_dnc", DELETE).code is Code.NEEDS_CONFIRMATION
        assert len(seat.asked) == 3
        assert not pipeline.dialer.writes


def test_an_undo_that_wants_a_surer_yes_is_asked_here() -> None:
    with at_a_terminal(AssuranceLevel.MACHINE) as (pipeline, seat, person):
        entry = blocked(pipeline, person)
        assert person.undo(entry).outcome is Outcome.DONE
        assert len(seat.asked) == 1
        assert pipeline.dialer.writes == SENT


def blocked(pipeline: Attended, person: TerminalSession) -> str:
    """An entry that can be taken back, and nothing of it among what was sent."""
    entry = person.call("insert_dnc", {"number": NUMBER}).entry
    assert entry is not None
    pipeline.dialer.forms.clear()
    return entry
