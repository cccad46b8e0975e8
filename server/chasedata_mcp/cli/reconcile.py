"""`chasedata-mcp reconcile`: settle unknown outcomes, by a search or by a person's word."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from chasedata_mcp import settings
from chasedata_mcp.cli import result_view
from chasedata_mcp.cli.call_session import TerminalSession, open_session
from chasedata_mcp.cli.command_errors import UsageError
from chasedata_mcp.cli.exit_codes import Exit, exit_of
from chasedata_mcp.cli.ledger_access import find_environment
from chasedata_mcp.cli.options import Sandbox
from chasedata_mcp.cli.screen import NAME, command, err, out
from chasedata_mcp.cli.terminal_prompt import NOTHING_CHANGED, ask_at_terminal
from chasedata_mcp.errors import Outcome
from chasedata_mcp.history.reconcile import PersonFinding, ReconciledEntry
from chasedata_mcp.pipeline.settlement import Settlement, Unresolved

EXAMPLES = (
    f"{NAME} history --outcome unknown",
    f"{NAME} reconcile",
    f"{NAME} reconcile 4k7zchzf2m --not-done",
)
_OFTEN = 100
"""After so many entries the terminal says how far it is."""
_ASK = partial(ask_at_terminal, left=NOTHING_CHANGED)


def reconcile(
    entry: Annotated[
        str | None,
        typer.Argument(
            metavar="ENTRY", show_default=False, help="The entry whose outcome you know."
        ),
    ] = None,
    *,
    done: Annotated[
        bool, typer.Option("--done", help="You looked in the dialer: it was done.")
    ] = False,
    not_done: Annotated[
        bool, typer.Option("--not-done", help="You looked in the dialer: it was not done.")
    ] = False,
    sandbox: Sandbox = False,
) -> None:
    """Look up what became of calls whose outcome is unknown.

    It only reads from the dialer, and records what it finds. It ends with 6 where something stays
    unknown. Where no search can tell, you can: look in the dialer, and give the ENTRY with --done
    or --not-done. You confirm that on the terminal, and it is recorded as your word.
    """
    word = _read_word(entry, done=done, not_done=not_done)
    found = settings.load_settings(sandbox=sandbox)
    find_environment(found)  # it refuses where no ledger is kept
    with open_session(found, _ASK) as person:
        if word is None:
            code = _look_up(person, sandbox=sandbox)
        else:
            code = _record_word(person, *word, sandbox=sandbox)
    raise typer.Exit(code)


def _read_word(
    entry: str | None, *, done: bool, not_done: bool
) -> tuple[str, PersonFinding] | None:
    """Read a person's word on an entry; None where every unknown outcome is to be looked up."""
    if entry is not None and done is not not_done:
        return entry, "done" if done else "not done"
    if entry is None and not done and not not_done:
        return None
    raise UsageError("to say what became of an entry, give its id and either --done or --not-done")


def _record_word(
    person: TerminalSession, entry: str, word: PersonFinding, *, sandbox: bool
) -> Exit:
    result = person.tell(entry, word)
    result_view.show(result, out(), sandbox=sandbox)
    return exit_of(result)


def _look_up(person: TerminalSession, *, sandbox: bool) -> Exit:
    seen = _LookedUp()
    try:
        person.reconcile(seen.add)
    except BaseException:
        # What was found is on record, whatever ended the rest.
        if seen.entries:
            seen.show()
            out().print(f"{seen.total - len(seen.entries)} were not looked up: run it again.")
        raise
    seen.show()
    if not seen.unknown:
        return Exit.DONE
    to_tell = command("reconcile ENTRY --done", sandbox=sandbox)
    out().print(f"Of what stays unknown you can tell: {to_tell} (or --not-done)")
    return Exit.UNKNOWN


@dataclass
class _LookedUp:
    """The entries that were looked up until now, of so many."""

    entries: list[ReconciledEntry] = field(default_factory=list[ReconciledEntry])
    total: int = 0

    @property
    def unknown(self) -> list[str]:
        """The reason of each that stays unknown."""
        return [one.found.reason for one in self.entries if isinstance(one.found, Unresolved)]

    def add(self, one: ReconciledEntry, total: int) -> None:
        """Add one, and tell from time to time how far this is."""
        self.entries.append(one)
        self.total = max(total, len(self.entries))
        if len(self.entries) % _OFTEN == 0:
            err().print(f"{len(self.entries)} of {self.total} looked up")

    def show(self) -> None:
        """Show each, then how many there were of each kind, and why the rest stays unknown."""
        if not self.entries:
            out().print("Nothing is unknown.")
            return
        table = Table("entry", "when", "tool", "found")
        for one in self.entries:
            at = one.entry.intent.at.astimezone().strftime("%Y-%m-%d %H:%M:%S %Z")
            table.add_row(*map(Text, (one.entry.id, at, one.entry.intent.tool, _describe(one))))
        out().print(table)
        for line in self._sums():
            out().print(line, markup=False, soft_wrap=True)

    def _sums(self) -> Iterator[str]:
        outcomes = Counter(
            one.found.outcome for one in self.entries if isinstance(one.found, Settlement)
        )
        done, not_done = outcomes[Outcome.DONE], outcomes[Outcome.REFUSED]
        yield (
            f"{len(self.entries)} looked up: {done} done, {not_done} not done, "
            f"{len(self.unknown)} still unknown."
        )
        for reason, number in Counter(self.unknown).most_common():
            yield f"  {number} unknown: {reason}"


def _describe(one: ReconciledEntry) -> str:
    if isinstance(one.found, Settlement):
        return f"{one.found.outcome}: {one.found.how}"
    return f"unknown: {one.found.reason}"
