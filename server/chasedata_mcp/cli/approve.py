"""`chasedata-mcp approve`: a person's yes or no to an open question, on the terminal."""

import sys
from pathlib import Path
from typing import Annotated

import anyio
import typer

from chasedata_mcp.approvals.program import quoted
from chasedata_mcp.approvals_page.answers import AnswerResult, Approver
from chasedata_mcp.cli.accounts import person
from chasedata_mcp.cli.approval_prompt import HOW, Terminal
from chasedata_mcp.cli.exit_codes import Exit
from chasedata_mcp.cli.local_ledgers import Office, office
from chasedata_mcp.cli.open_questions import open_in, show_open, show_out_of_band
from chasedata_mcp.cli.screen import NAME, err, out
from chasedata_mcp.cli.usage_errors import UsageError
from chasedata_mcp.ledger import Environment

EXAMPLES = (f"{NAME} approve", f"{NAME} approve k7zc2hf9")
APPROVED = frozenset(
    {AnswerResult.APPROVED, AnswerResult.APPROVED_LATE, AnswerResult.APPROVED_WITHOUT_GRANT}
)
SANDBOX = Annotated[
    bool, typer.Option("--sandbox", help="Of the sandbox alone; without it, live comes first.")
]
ACCOUNT = Annotated[
    str | None,
    typer.Option("--account", metavar="ACCID", help="Of this account alone.", show_default=False),
]
STATE_DIR = Annotated[
    Path | None,
    typer.Option(
        "--state-dir",
        metavar="DIR",
        help="Where the server keeps its record, if it was told where.",
        show_default=False,
    ),
]
CONFIG = Annotated[
    Path | None,
    typer.Option("--config", metavar="FILE", help="The server's settings.", show_default=False),
]


def approve(
    code: Annotated[
        str | None,
        typer.Argument(metavar="CODE", show_default=False, help="The question's code."),
    ] = None,
    *,
    sandbox: SANDBOX = False,
    account: ACCOUNT = None,
    state_dir: STATE_DIR = None,
    config: CONFIG = None,
) -> None:
    """Answer a question that an assistant's call waits for; without a code, list those open.

    It needs no setting: it looks where servers keep their record. The whole question is shown, and
    a yes is typed here: the number or the name where it must be. It ends with 3 where the question
    was declined or left open.
    """
    if code is not None and not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise UsageError(
            "there is no terminal here to ask at: a person answers a question at one, and no "
            "option says yes"
        )
    at = office(config, state_dir)
    only: Environment | None = "sandbox" if sandbox else None
    whose = account.lower() if account else None
    if code is None:
        anyio.run(_list, at, whose, only or at.meant, _place(config, state_dir))
    elif anyio.run(_answered, at, code, whose, only) not in APPROVED:
        raise typer.Exit(Exit.REFUSED)


def _place(config: Path | None, state_dir: Path | None) -> str:
    """The options by which the record was found, as they are typed."""
    options = (("--config", config), ("--state-dir", state_dir))
    words = [word for name, path in options if path for word in (name, str(path.absolute()))]
    return f" {quoted(words)}" if words else ""


async def _list(at: Office, account: str | None, meant: Environment | None, place: str) -> None:
    found = [one for record in at.records for one in await open_in(at, record, account)]
    show_open([one for one in found if meant in {None, one.environment}], out(), place)
    show_out_of_band([one for one in found if meant not in {None, one.environment}], out())


async def _answered(
    at: Office, code: str, account: str | None, only: Environment | None
) -> AnswerResult | None:
    for record in at.of(only):
        async with record.opened() as ledger:
            row = await ledger.approvals.by_code(code.strip().lower())
            if row is None or row.account != (account or record.account or row.account):
                continue
            answers = at.answers(ledger, record, row.account)
            question = await answers.by_code(code)
            if question is not None:
                here = Terminal(answers, err(), sys.stdin.readline, Approver(person(), HOW))
                return await here.answer(question)
    raise no_such_question()


def no_such_question() -> UsageError:
    """There is none of this code that is open."""
    return UsageError(
        "no open question has this code: it was answered, its time is over, it was mistyped, or "
        "the server keeps its record elsewhere (type the whole command that the assistant was "
        f"given); `{NAME} approve` lists those that are open here"
    )
