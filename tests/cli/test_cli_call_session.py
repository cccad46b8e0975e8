from concurrent.futures import Future

import pytest
from anyio.from_thread import start_blocking_portal

from _support.clock import Clock
from _support.ledger import LedgerInMemory
from _support.pipeline import AssembledPipeline, Parts
from _support.timeouts import TIMEOUT
from chasedata_mcp.cli.call_session import TerminalSession
from chasedata_mcp.cli.terminal_prompt import ask_at_terminal
from chasedata_mcp.errors import Code, Outcome
from chasedata_mcp.tools.account import Account
from chasedata_mcp.tools.answer_types import Acknowledged, Answer
from chasedata_mcp.tools.request import Request
from chasedata_mcp.tools.results import Result

DATA = "a customer's data"


class Works:
    """A dialer that does what it is asked."""

    async def post(self, request: Request) -> Answer:
        del request
        return Acknowledged()


class Breaks:
    """A dialer that fails as only our own faults do."""

    async def post(self, request: Request) -> Answer:
        del request
        raise RuntimeError(DATA)


class Impatient:
    """Somebody who presses Ctrl-C while they wait, as often as is said."""

    def __init__(self, presses: int) -> None:
        self._presses = presses

    def wait(self, sending: Future[Result]) -> Result:
        self._presses -= 1
        if self._presses >= 0:
            raise KeyboardInterrupt
        return sending.result(timeout=TIMEOUT)


def called(dialer: Works | Breaks, presses: int, tool: str, **arguments: object) -> Result:
    clock = Clock()
    ledger = LedgerInMemory(clock)
    account = Account("sandbox", "sandbox")
    pipeline = AssembledPipeline(Parts(account=account, dialer=dialer, clock=clock, ledger=ledger))
    with start_blocking_portal() as portal:
        wait = Impatient(presses).wait
        person = TerminalSession(portal, pipeline, ask_at_terminal, "me/terminal", wait=wait)
        return person.call(tool, arguments)


def test_a_write_that_is_under_way_is_waited_for(capsys: pytest.CaptureFixture[str]) -> None:
    result = called(Works(), 1, "reload_skills")

    assert result.outcome is Outcome.DONE
    assert "under way and can't be taken back" in capsys.readouterr().err


def test_pressed_again_it_is_left_and_says_what_to_look_at(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(KeyboardInterrupt):
        called(Works(), 2, "reload_skills")

    assert "whether it was done is unknown. Send it again" in capsys.readouterr().err


def test_a_search_is_left_at_once(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(KeyboardInterrupt):
        called(Works(), 1, "search_lead", search_field="lead_id", identifier="1001")

    assert capsys.readouterr().err == ""


def test_a_fault_of_our_own_is_a_result_without_its_text(
    caplog: pytest.LogCaptureFixture,
) -> None:
    result = called(Breaks(), 0, "reload_skills")

    assert result.code is Code.FAILED
    assert DATA not in f"{result}{caplog.text}"
