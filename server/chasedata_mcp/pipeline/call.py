"""A call in the pipeline: the action, its caller, and what is found out before it is sent."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import zip_longest

from chasedata_mcp.ledger import ApprovalSummary, Reservation
from chasedata_mcp.policy.decision import Ask, Refuse
from chasedata_mcp.tools.argument_details import ArgumentDetail
from chasedata_mcp.tools.base import Action
from chasedata_mcp.tools.lead_snapshot import Lookup
from chasedata_mcp.tools.results import Result, keep_common


@dataclass(frozen=True, slots=True)
class Call:
    """An action that a caller wants done, from its arguments to its outcome."""

    action: Action
    caller: str
    before: Lookup | None = None
    """Its lead, as it read when the call was evaluated."""
    lead_numbers: tuple[str, ...] = ()
    """The phones of the lead that it names by another key, as far as they were read."""
    asked_by: tuple[Ask, ...] = ()
    """The rules that ask a person."""
    approval: ApprovalSummary | None = None
    """A person's answer: a yes, unless the call was refuse_declined."""
    undoes: str | None = None
    """The entry of the ledger that it takes back."""
    aware_of: frozenset[str] | None = None
    """The entries that have undone, or touched, the same thing and are known; None for a later
    step of an undo. Any other stops it in the transaction of its intent."""
    untouched_since: int | None = None
    """The place in the ledger since which no other call may have touched the same thing."""
    refused_by: tuple[Refuse, ...] = ()
    """The rules that refuse it."""
    granted: str | None = None
    """The grant that lets it through."""
    reserve: Reservation | None = None
    """Its claim on the limits."""
    resends: frozenset[str] | None = None
    """The entries of the attempts to send the same request, where this sends a waiting one."""
    row: str | None = None
    """The row of an approved batch that it is, as `ID/12`."""
    row_entry: str = ""
    """The entry of that row that may have been done, and is known; any other stops it."""
    step: str | None = None
    """The step of a job that it is, as `ID.3`."""
    confirms: bool = False
    """It is the text that confirms the request to stop of its job."""
    made_live: tuple[str, ...] = ()
    """What a reload makes live, for its result."""
    suppression: str = ""
    """What a request to stop suppresses, for its result."""
    details: tuple[ArgumentDetail, ...] = ()
    """Its arguments with their former values, for the person who is asked about it."""
    policy: str = ""
    """The mark of the policy that evaluated it."""

    @property
    def job(self) -> str | None:
        """The id of the job that it is a step of."""
        return None if self.step is None else self.step.partition(".")[0]

    def keep_shown(self, result: Result) -> Result:
        """Keep of its result what its caller gets to see.

        Of a step of a job that is why it failed, and nothing that the dialer shows.
        """
        if self.step is None:
            return result
        shown = keep_common(result)
        return shown if result.code else shown.model_copy(update={"dialer_said": None})


@dataclass(frozen=True, slots=True)
class CallGroup:
    """Calls that are wanted together, in this order.

    `supposes` is what has to be true for them, which only a person can say; `undoes` the entry of
    the ledger that they take back, `aware_of` the calls that are known to have done so before, or
    to have touched the same thing since. `resends` are, for each of them, the entries of the
    attempts to send the same request, where they send waiting requests.

    Those of a job have its id in `job`; with `skips_refused` one that the policy refuses is left
    out, and doesn't refuse the others. The one at the place `confirms` is the text that confirms
    the job's request to stop. Where they take back a whole job, `undoes` is its id, and
    `undoes_each` the entry that each of them takes back. Where what they write depends on what was
    read, no other call may have touched it since the place in the ledger `untouched_since`.
    """

    actions: tuple[Action, ...]
    supposes: tuple[str, ...] = ()
    undoes: str | None = None
    aware_of: frozenset[str] = frozenset()
    resends: tuple[frozenset[str], ...] = ()
    job: str | None = None
    skips_refused: bool = False
    confirms: int | None = None
    undoes_each: tuple[str, ...] = ()
    untouched_since: int | None = None

    @property
    def takes_back(self) -> str:
        """The calls that they take back, for the question; empty where they take none back."""
        if self.undoes is None:
            return ""
        return f"{'job' if self.undoes_each else 'entry'} {self.undoes}"

    def list_calls(self, caller: str, policy: str) -> Iterator[Call]:
        """List the calls of a caller, in their order, with the mark of the policy in force."""
        for place, (action, entries) in enumerate(zip_longest(self.actions, self.resends)):
            undoes = self.undoes_each[place] if self.undoes_each else self.undoes
            yield Call(
                action,
                caller,
                undoes=undoes,
                aware_of=self.aware_of if undoes is not None and not place else None,
                untouched_since=self.untouched_since,
                policy=policy,
                resends=entries,
                step=None if self.job is None else f"{self.job}.{place + 1}",
                confirms=place == self.confirms,
            )
