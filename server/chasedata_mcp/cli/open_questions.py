"""The open questions in this machine's ledgers, and the command that answers each."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.text import Text

from chasedata_mcp.approvals.program import program
from chasedata_mcp.approvals_page.question_views import QuestionView
from chasedata_mcp.cli.local_ledgers import LedgerPlace, LocalLedgers
from chasedata_mcp.cli.screen import local_clock, print_hanging, print_line
from chasedata_mcp.ledger import Environment


@dataclass(frozen=True, slots=True)
class OpenQuestion:
    """A question that waits for an answer, and its account."""

    environment: Environment
    account: str
    question: QuestionView


async def list_open(
    found: LocalLedgers, place: LedgerPlace, account: str | None = None
) -> list[OpenQuestion]:
    """List the open questions of a ledger: of the account that is named or set, else of any."""
    async with place.opened() as ledger:
        named = account or place.account
        accounts = await ledger.accounts() if named is None else [named]
        return [
            OpenQuestion(place.environment, one, question)
            for one in accounts
            for question in await found.answers(ledger, place, one).questions()
        ]


def show_open(found: Sequence[OpenQuestion], screen: Console, options: str = "") -> None:
    """Print the open questions, first those that end first, or that there are none.

    `options` are those by which the ledger was found, for the command that answers.
    """
    if not found:
        screen.print("No question is open.")
    for one in sorted(found, key=lambda one: one.question.ends):
        asked = one.question
        screen.print(Text(name_account(one.environment, one.account), style="bold"))
        print_hanging(screen, Text(), Text(asked.text), indent=2)
        since, until = local_clock(asked.asked), local_clock(asked.ends)
        by = f"asked by {asked.caller} at {since}, open until {until}"
        print_hanging(screen, Text(), Text(by, style="dim"), indent=2)
        print_line(screen, f"  {_to_answer(one, options)}", "cyan")


def show_elsewhere(
    found: Sequence[OpenQuestion], screen: Console, command: str = "approve"
) -> None:
    """Print how many questions wait in the other environment, and the command that shows them."""
    for environment, count in Counter(one.environment for one in found).items():
        waits = "question waits" if count == 1 else "questions wait"
        in_sandbox = environment == "sandbox"
        where, option = ("in the sandbox", " --sandbox") if in_sandbox else ("live", "")
        print_line(screen, f"{count} {waits} {where}: {program()} {command}{option}")


def name_account(environment: str, account: str) -> str:
    """Name an account such that live can't be taken for the sandbox: `LIVE, account acme`."""
    return "SANDBOX" if environment == "sandbox" else f"LIVE, account {account}"


def _to_answer(one: OpenQuestion, options: str) -> str:
    if not one.question.code:
        return "It is asked in the assistant's own window."
    sandbox = " --sandbox" if one.environment == "sandbox" else ""
    return f"{program()} approve {one.question.code}{sandbox}{options}"
