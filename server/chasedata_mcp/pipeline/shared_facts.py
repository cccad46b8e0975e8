"""Facts that hold for many calls at once, by which rows are checked before any of them is made."""

from dataclasses import dataclass
from datetime import datetime

from chasedata_mcp.policy.contact_numbers import find_contact_numbers
from chasedata_mcp.policy.facts import Facts
from chasedata_mcp.policy.number_set import NumberSet
from chasedata_mcp.tools.base import Action


@dataclass(frozen=True, slots=True)
class SharedFacts:
    """Facts that hold for many calls at once, and what each call's own are made of them.

    Attributes:
        now: The time, aware.
        suppressed: All numbers that the ledger saw put on the do-not-call list.
        in_file: Those of the user's own suppression file.
        registry_problem: As in `Facts`.
        is_sandbox: As in `Facts`.
    """

    now: datetime
    suppressed: frozenset[str]
    in_file: NumberSet
    registry_problem: str
    is_sandbox: bool

    def of(self, action: Action) -> Facts:
        """Make the facts of a call, as far as they need no look at the dialer or the ledger."""
        held = find_contact_numbers(action)
        return Facts(
            now=self.now,
            is_sandbox=self.is_sandbox,
            numbers=held.numbers,
            possible=held.possible,
            written=held.written,
            suppressed=self.suppressed & held.possible,
            in_file=self.in_file.find_in(held.possible),
            has_suppressed=bool(self.suppressed or self.in_file),
            registry_problem=self.registry_problem,
        )
