"""`chasedata-mcp approve`: a person's yes or no to an open question, on the terminal."""

from pathlib import Path
from typing import Annotated

import anyio
import typer

from chasedata_mcp.approvals.program import quoted
from chasedata_mcp.approvals_page.answer_service import AnswerResult, Approver
from chasedata_mcp.cli.approval_prompt import ApprovalPrompt
from chasedata_mcp.cli.command_errors import UsageError
from chasedata_mcp.cli.exit_codes import Exit
from chasedata_mcp.cli.local_ledgers import LocalLedgers, find_ledgers
from chasedata_mcp.cli.open_questions import list_open, show_elsewhere, show_open
from chasedata_mcp.cli.options import AccountId, OnlySandbox, SettingsFile, StateDirectory
from chasedata_mcp.cli.screen import NAME, err, out
from chasedata_mcp.cli.terminal_prompt import ON_THE_TERMINAL, has_terminal, person, wait_for_line
from chasedata_mcp.ledger import Environment

EXAMPLES = (f"{NAME} approve", f"{NAME} approve k7zc2hf9")
APPROVED = frozenset(
    {AnswerResult.APPROVED, AnswerResult.APPROVED_LATE, AnswerResult.APPROVED_WITHOUT_GRANT}
)


def approve(
    code: Annotated[
        str | None,
        typer.Argument(metavar="CODE", show_default=False, help="The question's code."),
    ] = None,
    *,
    sandbox: OnlySandbox = False,
    account: AccountId = None,
    state_dir: StateDirectory = None,
    config: SettingsFile = None,
) -> None:
    """Answer a question that an assistant's call waits for; without a code, list those open.

    It needs no setting: it looks where servers keep their record. The whole question is shown, and
    a yes is typed here: the number or the name where it must be. It ends with 3 where the question
    was declined or left open.
    """
    # A program could answer through a pipe: the yes is a person's, who has read the question.
    if code is not None and not has_terminal():
        raise UsageError(
            "there is no terminal here to ask at: a person answers a question at one, and no "
            "option says yes"
        )
    found = find_ledgers(config, state_dir)
    only: Environment | None = "sandbox" if sandbox else None
    whose = account.lower() if account else None
    if code is None:
        anyio.run(_list, found, whose, only or found.environment, _spell(config, state_dir))
    elif anyio.run(_answer, found, code, whose, only) not in APPROVED:
        raise typer.Exit(Exit.REFUSED)


def _spell(config: Path | None, state_dir: Path | None) -> str:
    """Spell the options by which the ledgers were found, as the next command needs them."""
    options = (("--config", config), ("--state-dir", state_dir))
    words = [word for name, path in options if path for word in (name, str(path.absolute()))]
    return f" {quoted(words)}" if words else ""


async def _list(
    found: LocalLedgers, account: str | None, environment: Environment | None, options: str
) -> None:
    questions = [one for place in found.places for one in await list_open(found, place, account)]
    wanted = [one for one in questions if environment in {None, one.environment}]
    show_open(wanted, out(), options)
    show_elsewhere([one for one in questions if one not in wanted], out())


async def _answer(
    found: LocalLedgers, code: str, account: str | None, only: Environment | None
) -> AnswerResult | None:
    for place in found.of(only):
        async with place.opened() as ledger:
            row = await ledger.approvals.by_code(code.strip().lower())
            # A code of another account than the one that is named or set here is left alone.
            if row is None or row.account != (account or place.account or row.account):
                continue
            answers = found.answers(ledger, place, row.account)
            question = await answers.by_code(code)
            if question is not None:
                prompt = ApprovalPrompt(
                    answers, err(), wait_for_line, Approver(person(), ON_THE_TERMINAL)
                )
                return await prompt.answer(question)
    raise UsageError(
        "no open question has this code: it was answered, its time is over, it was mistyped, or "
        "the server keeps its record elsewhere (type the whole command that the assistant was "
        f"given); `{NAME} approve` lists those that are open here"
    )
