"""The prompt for an open question at the terminal: the question whole, and the typed answer."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from anyio import get_cancelled_exc_class
from rich.console import Console
from rich.panel import Panel
from rich.text import Text

from chasedata_mcp.approvals.scopes import describe_scope
from chasedata_mcp.approvals_page.answer_service import (
    AnswerResult,
    AnswerService,
    Approver,
    Confirmation,
)
from chasedata_mcp.approvals_page.messages import SENTENCE
from chasedata_mcp.approvals_page.question_views import CallView, QuestionView
from chasedata_mcp.cli.open_questions import name_account
from chasedata_mcp.cli.screen import local_clock, print_hanging, print_line
from chasedata_mcp.fields.escapes import name_unseen_in_line

ReadLine = Callable[[], Awaitable[str]]
_NO_YES = "That is no yes. Enter leaves it open until {}, no declines it:"
_ONCE_MORE = "That is not it. Type it once more, or Enter leaves it open until {}, no declines it:"
_NAME = 200
_LEFT_OPEN = "Left open. Nothing was approved."


@dataclass(frozen=True, slots=True)
class ApprovalPrompt:
    """A question put to a person who reads and types; `read_line` waits for a line."""

    answers: AnswerService
    screen: Console
    read_line: ReadLine
    person: Approver

    async def answer(self, question: QuestionView) -> AnswerResult | None:
        """Put an open question and record its answer; None where it is left open."""
        self._show(question)
        await self._show_grants()
        if question.needs_second_factor and not self.answers.second_factor.enrolled:
            self._say(SENTENCE[AnswerResult.NOT_ENROLLED])
            return await self._offer_no(question)
        confirm = await self._read(_name_what_to_type(question))
        if _is_yes(question, confirm):
            return await self._approve(question, confirm)
        is_mistyped = bool(confirm) and question.question.typed is not None
        return await self._offer_no(question, _ONCE_MORE if is_mistyped else _NO_YES)

    async def _approve(self, question: QuestionView, confirm: str) -> AnswerResult:
        offer, code = await self._choose_grant(question), None
        if question.needs_second_factor:
            code = await self._read("A code of your second factor:")
        answered = await self.answers.approve(
            question.id, Confirmation(confirm, offer, code), self.person
        )
        self._say(SENTENCE[answered])
        return answered

    async def _choose_grant(self, question: QuestionView) -> str | None:
        """Read the number of a grant, and return its id; anything else is for this one call."""
        if not question.offers:
            return None
        for number, offer in enumerate(question.offers, start=1):
            print_line(self.screen, f"  {number}  {name_unseen_in_line(offer.text)}")
        typed = await self._read("Enter for only this one, or a number for more:")
        numbered = {str(at): one.id for at, one in enumerate(question.offers, start=1)}
        return numbered.get(typed)

    async def _offer_no(self, question: QuestionView, prompt: str = _NO_YES) -> AnswerResult | None:
        """Ask again after what was no yes: only a clear no declines, all else leaves it open."""
        # A slip of the finger must not decline: that tells the assistant never to try again.
        typed = await self._read(prompt.format(local_clock(question.ends)))
        if prompt is _ONCE_MORE and _is_yes(question, typed):
            return await self._approve(question, typed)
        if typed.lower() != "no":
            self._say(_LEFT_OPEN)
            return None
        answered = await self.answers.decline(question.id, self.person)
        self._say(SENTENCE[answered])
        return answered

    async def _read(self, prompt: str) -> str:
        self.screen.print(Text(prompt), end=" ")
        try:
            return (await self.read_line()).strip()
        except get_cancelled_exc_class():  # asyncio makes a cancellation of Ctrl-C
            self._say(f"\n{_LEFT_OPEN}")
            raise

    def _say(self, sentence: str) -> None:
        print_line(self.screen, sentence)

    def _show(self, question: QuestionView) -> None:
        account = self.answers.account
        where = name_account(account.environment, account.accid)
        self.screen.print(Panel(Text(question.headline), title=where, border_style="yellow"))
        self._row("by", Text(question.caller))
        self._row("open", Text(f"{local_clock(question.asked)} to {local_clock(question.ends)}"))
        for call in question.calls:
            self._show_call(call)
        for sentence in question.known:
            self._row("known", Text(sentence))
        self.screen.print()

    async def _show_grants(self) -> None:
        """Show what is allowed beforehand, and so asks no question."""
        given = await self.answers.grants()
        if not given:
            return
        self._say("Allowed beforehand:")
        for grant in given:
            left = grant.at_most - grant.used
            uses = f"{left} of {grant.at_most} left, until {local_clock(grant.until)}"
            whose = f"for {name_unseen_in_line(grant.caller, _NAME)} (grants revoke {grant.id})"
            self._row("grant", Text(f"{describe_scope(grant)}: {uses}, {whose}"))
        self.screen.print()

    def _show_call(self, call: CallView) -> None:
        self._row("tool", Text(call.tool))
        for name, value in call.arguments:
            self._row("", Text.assemble((f"{name}: ", "cyan"), value))
        for label, several in (
            ("does", call.effects),
            ("asks", call.reasons),
            ("note", call.warnings),
        ):
            for sentence in several:
                self._row(label, Text(sentence))

    def _row(self, label: str, text: Text) -> None:
        print_hanging(self.screen, Text(f"  {label}", style="dim"), text, indent=9)


def _is_yes(question: QuestionView, typed: str) -> bool:
    must = question.question.typed
    return typed.lower() == "yes" if must is None else must.matches(typed)


def _name_what_to_type(question: QuestionView) -> str:
    must = question.question.typed
    if must is None:
        return "Type yes to approve it:"
    return f"To approve it, type the {must.named}:"
