"""`call` where nobody sits at a terminal: the question waits for a person, the command doesn't."""

import json
from datetime import UTC, datetime
from pathlib import Path

import anyio

from _support.terminals import Ended, run
from chasedata_mcp.cli.exit_codes import Exit
from chasedata_mcp.ledger import ApprovalAnswer, AssuranceLevel, open_ledger

DELETE = ("call", "delete_dnc", "--number", "2125550104", "--json")


def unattended(place: Path, *words: str) -> Ended:
    return run(*words, SANDBOX="1", STATE_DIR=str(place))


def code_of(ended: Ended) -> str:
    result = json.loads(ended.out)
    assert (ended.code, result["code"]) == (Exit.REFUSED, "needs_confirmation")
    assert f"chasedata-mcp approve {result['approval_code']} --sandbox" in result["hint"]
    assert "run the same command again" in result["hint"]
    return str(result["approval_code"])


async def _said_yes(place: Path, code: str) -> bool:
    async with open_ledger(place / "sandbox", "sandbox") as ledger:
        asked = await ledger.approvals.by_code(code)
        assert asked is not None
        yes = ApprovalAnswer.yes(
            "on the terminal", "maria", datetime.now(UTC), AssuranceLevel.MACHINE
        )
        return await ledger.approvals.answer(asked.id, yes)


def test_a_yes_to_its_code_lets_the_same_command_through_once(tmp_path: Path) -> None:
    code = code_of(unattended(tmp_path, *DELETE))
    assert code_of(unattended(tmp_path, *DELETE)) == code
    assert anyio.run(_said_yes, tmp_path, code)
    done = unattended(tmp_path, *DELETE)
    assert (done.code, json.loads(done.out)["outcome"]) == (Exit.DONE, "done")
    assert code_of(unattended(tmp_path, *DELETE)) != code


def test_a_yes_is_for_the_same_arguments_only(tmp_path: Path) -> None:
    code = code_of(unattended(tmp_path, *DELETE))
    assert anyio.run(_said_yes, tmp_path, code)
    other = unattended(tmp_path, "call", "delete_dnc", "--number", "2125550105", "--json")
    assert code_of(other) != code


def test_what_is_kept_nowhere_has_no_code() -> None:
    ended = run(*DELETE, SANDBOX="1", SANDBOX_FILE=":memory:")
    result = json.loads(ended.out)
    assert (ended.code, result["code"]) == (Exit.REFUSED, "needs_confirmation")
    assert "approval_code" not in result
    assert "Run it in a terminal" in result["hint"]
