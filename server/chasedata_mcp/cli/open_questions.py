"""The open questions of this machine's records, and the command that answers each."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.text import Text

from chasedata_mcp.approvals.program import program
from chasedata_mcp.approvals_page.question_views import QuestionView
from chasedata_mcp.cli.accounts import clock
from chasedata_mcp.cli.local_ledgers import Office, Record
from chasedata_mcp.cli.screen import hanging
from chasedata_mcp.ledger import Environment


@dataclass(frozen=True, slots=True)
class OpenQuestion:
    """A question that waits, and whose it is."""

    environment: Environment
    account: str
    question: QuestionView


async def open_in(at: Office, record: Record, account: str | None = None) -> list[OpenQuestion]:
    """What waits in a record: for the account that is named or set, else for any."""
    async with record.opened() as ledger:
        named = account or record.account
        accounts = await ledger.accounts() if named is None else [named]
        return [
            OpenQuestion(record.environment, one, question)
            for one in accounts
            for question in await at.answers(ledger, record, one).questions()
        ]


def show_open(found: Sequence[OpenQuestion], screen: Console, place: str = "") -> None:
    """List the open questions, first those that end first, or say that there are none.

    `place` are the options by which they were found.
    """
    if not found:
        screen.print("No question is open.")
    for one in sorted(found, key=lambda one: one.question.ends):
        asked = one.question
        screen.print(Text(_where(one), style="bold"))
        hanging(screen, Text(), Text(asked.text), indent=2)
        by = f"asked by {asked.caller} at {clock(asked.asked)}, open until {clock(asked.ends)}"
        hanging(screen, Text(), Text(by, style="dim"), indent=2)
        screen.print(Text(f"  {_to_answer(one, place)}", style="cyan"), soft_wrap=True)


def show_out_of_band(
    found: Sequence[OpenQuestion], screen: Console, command: str = "approve"
) -> None:
    """Say how many wait in the other environment, and how they are seen."""
    for environment, count in Counter(one.environment for one in found).items():
        waits = "question waits" if count == 1 else "questions wait"
        in_sandbox = environment == "sandbox"
        where, option = ("in the sandbox", " --sandbox") if in_sandbox else ("live", "")
        screen.print(
            Text(f"{count} {waits} {where}: {program()} {command}{option}"), soft_wrap=True
        )


def _where(one: OpenQuestion) -> str:
    return "SANDBOX" if one.environment == "sandbox" else f"LIVE, account {one.account}"


def _to_answer(one: OpenQuestion, place: str) -> str:
    if not one.question.code:
        return "It is asked in the assistant's own window."
    sandbox = " --sandbox" if one.environment == "sandbox" else ""
    return f"{program()} approve {one.question.code}{sandbox}{place}"
