"""`chasedata-mcp approve`: a person's yes or no to an open question, on the terminal."""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

import typer
from anyio import get_cancelled_exc_class, to_thread
from rich.console import Console
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from chasedata_mcp import compose, dialers, settings
from chasedata_mcp.approvals.asked import Asked, AskedCall
from chasedata_mcp.approvals.desk import Answered, Desk, Given, Person
from chasedata_mcp.approvals.scopes import scope_of
from chasedata_mcp.approvals.second_factor import SecondFactor
from chasedata_mcp.approvals.shown import line
from chasedata_mcp.approvals.telling import SENTENCE
from chasedata_mcp.cli.accounts import clock, person
from chasedata_mcp.cli.exits import Exit
from chasedata_mcp.cli.ledgers import SANDBOX_HELP, with_ledger
from chasedata_mcp.cli.screen import NAME, err, hanging, out
from chasedata_mcp.cli.usage import UsageError
from chasedata_mcp.ledger import Ledger
from chasedata_mcp.ledgers import directory

EXAMPLES = (f"{NAME} approve", f"{NAME} approve k7zc2hf9")
ReadLine = Callable[[], str]
HOW = "on the terminal"
_NO_YES = "That is no yes. Enter leaves it open until {}, no declines it:"
_NAME = 200
_LEFT_OPEN = "Left open. Nothing was approved."


def approve(
    code: Annotated[
        str | None,
        typer.Argument(metavar="CODE", show_default=False, help="The question's code."),
    ] = None,
    *,
    sandbox: Annotated[bool, typer.Option("--sandbox", help=SANDBOX_HELP)] = False,
) -> None:
    """Answer a question that an assistant's call waits for; without a code, list those open.

    The whole question is shown, and a yes is typed here: the number or the name where it must be.
    It ends with 3 where the question was declined or left open.
    """
    if code is not None and not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise UsageError(
            "there is no terminal here to ask at: a person answers a question at one, and no "
            "option says yes"
        )
    found = settings.load(sandbox=True) if sandbox else settings.load()
    account = dialers.line(found).account

    async def work(ledger: Ledger) -> Answered | None:
        factor, told = SecondFactor(directory(found)), compose.telling(found)
        desk = Desk(ledger, account, second_factor=factor, told=told)
        if code is None:
            show_open(await desk.questions(), out())
            return Answered.APPROVED
        here = Terminal(desk, err(), sys.stdin.readline, Person(person(), HOW))
        return await here.answer(code)

    if with_ledger(work, sandbox=sandbox) not in APPROVED:
        raise typer.Exit(Exit.REFUSED)


APPROVED = frozenset({Answered.APPROVED, Answered.APPROVED_WITHOUT_GRANT})


def show_open(questions: list[Asked], screen: Console) -> None:
    """List the open questions, or say that there are none."""
    if not questions:
        screen.print("No question is open.")
        return
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    table.add_column("code", style="cyan", no_wrap=True)
    table.add_column("until", no_wrap=True)
    table.add_column("by")
    table.add_column("question", overflow="fold")
    for one in questions:
        code = one.code or "(asked in the client)"
        table.add_row(Text(code), clock(one.ends), Text(one.caller), Text(one.text))
    screen.print(table)


@dataclass(frozen=True, slots=True)
class Terminal:
    """Where a person reads a question and types; `read_line` waits for a line."""

    desk: Desk
    screen: Console
    read_line: ReadLine
    person: Person

    async def answer(self, code: str) -> Answered | None:
        """Put the question of a code and record its answer; None where it is left open.

        Raises:
            UsageError: No open question has this code.
        """
        question = await self.desk.by_code(code)
        if question is None:
            raise UsageError(
                "no open question has this code: it was answered, its time is over, it was "
                "mistyped, or the server keeps its ledger elsewhere (CHASEDATA_STATE_DIR); "
                f"`{NAME} approve` lists those that are open here"
            )
        self._show(question)
        await self._show_grants()
        if question.needs_second_factor and not self.desk.has_second_factor:
            self._say(SENTENCE[Answered.NOT_ENROLLED])
            return await self._no_yes(question)
        confirm = await self._typed(_what_to_type(question))
        if not _is_yes(question, confirm):
            return await self._no_yes(question)
        return await self._approved(question, confirm)

    async def _approved(self, question: Asked, confirm: str) -> Answered:
        offer, code = await self._offer(question), None
        if question.needs_second_factor:
            code = await self._typed("A code of your second factor:")
        answered = await self.desk.approve(question.id, Given(confirm, offer, code), self.person)
        self._say(SENTENCE[answered])
        return answered

    async def _offer(self, question: Asked) -> str | None:
        """The grant that is chosen by its number; anything else is for this one call."""
        if not question.offers:
            return None
        for number, offer in enumerate(question.offers, start=1):
            self.screen.print(Text(f"  {number}  {line(offer.text)}"), soft_wrap=True)
        typed = await self._typed("Enter for only this one, or a number for more:")
        numbered = {str(at): one.id for at, one in enumerate(question.offers, start=1)}
        return numbered.get(typed)

    async def _no_yes(self, question: Asked) -> Answered | None:
        """It was no yes: only a clear no declines."""
        until = clock(question.ends)
        typed = await self._typed(_NO_YES.format(until))
        if typed.lower() != "no":
            self._say(_LEFT_OPEN)
            return None
        answered = await self.desk.decline(question.id, self.person)
        self._say(SENTENCE[answered])
        return answered

    async def _typed(self, prompt: str) -> str:
        self.screen.print(Text(prompt), end=" ")
        try:
            return (await to_thread.run_sync(self.read_line, abandon_on_cancel=True)).strip()
        except get_cancelled_exc_class():  # that is what becomes of Ctrl-C here
            self._say(f"\n{_LEFT_OPEN}")
            raise

    def _say(self, sentence: str) -> None:
        self.screen.print(Text(sentence), soft_wrap=True)

    def _show(self, question: Asked) -> None:
        account = self.desk.account
        where = "SANDBOX" if account.environment == "sandbox" else f"LIVE, account {account.accid}"
        self.screen.print(Panel(Text(question.text), title=where, border_style="yellow"))
        self._row("by", Text(question.caller))
        self._row("open", Text(f"{clock(question.asked)} to {clock(question.ends)}"))
        for call in question.calls:
            self._show_call(call)
        for sentence in question.known:
            self._row("known", Text(sentence))
        self.screen.print()

    async def _show_grants(self) -> None:
        """What is allowed beforehand, which no question is asked about."""
        given = await self.desk.grants()
        if not given:
            return
        self._say("Allowed beforehand:")
        for grant in given:
            left = grant.at_most - grant.used
            told = f"{scope_of(grant)}: {left} of {grant.at_most} left, until {clock(grant.until)}"
            whose = f", for {line(grant.caller, _NAME)} (grants revoke {grant.id})"
            self._row("grant", Text(f"{told}{whose}"))
        self.screen.print()

    def _show_call(self, call: AskedCall) -> None:
        self._row("tool", Text(call.tool))
        for name, value in call.arguments:
            self._row("", Text.assemble((f"{name}: ", "cyan"), value))
        for label, several in (
            ("does", call.consequences),
            ("asks", call.reasons),
            ("note", call.warnings),
        ):
            for sentence in several:
                self._row(label, Text(sentence))

    def _row(self, label: str, told: Text) -> None:
        hanging(self.screen, Text(f"  {label}", style="dim"), told, indent=9)


def _is_yes(question: Asked, typed: str) -> bool:
    must = question.question.typed
    return typed.lower() == "yes" if must is None else must.matches(typed)


def _what_to_type(question: Asked) -> str:
    must = question.question.typed
    if must is None:
        return "Type yes to approve it:"
    return f"To approve it, type the {must.kind.value} ({question.typed}):"
