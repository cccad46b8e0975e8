"""The settlement of a row whose answer was lost: by reading, before anything is sent again.

What is found is recorded with the row's entry too, so that batch and history say the same.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Final

from chasedata_mcp.batches.models import Batch, BatchRow, RowOutcome, RowState
from chasedata_mcp.batches.row_lookup import is_in_the_way
from chasedata_mcp.batches.row_outcomes import build_update, outcome_of_entry
from chasedata_mcp.errors import CallError, Outcome
from chasedata_mcp.ledger import ANSWERED, Entry, Ledger
from chasedata_mcp.pipeline.other_writes import others_matter
from chasedata_mcp.pipeline.pipeline import Pipeline
from chasedata_mcp.pipeline.settlement import (
    Settlement,
    build_found_ending,
    may_arrive,
    settle,
    settling_read,
)
from chasedata_mcp.tools.answer_types import Lead
from chasedata_mcp.tools.base import Action
from chasedata_mcp.tools.effects import EffectTime
from chasedata_mcp.tools.lead_snapshot import (
    LeadCount,
    LeadSnapshot,
    has_text,
    is_same_text,
    lookup_from_json,
    select_written,
)
from chasedata_mcp.tools.leads import InsertLead
from chasedata_mcp.tools.registry import find_action

_FOUND: Final = "found"
_UNREAD: Final = "Whether it was done couldn't be read."


class RowSettler:
    """A settler of the rows of one batch.

    Args:
        pipeline: The way of the reads.
        ledger: Where the rows' calls are on record.
        batch: Theirs.
    """

    def __init__(self, pipeline: Pipeline, ledger: Ledger, batch: Batch) -> None:
        self._pipeline, self._ledger, self._batch = pipeline, ledger, batch

    async def settle(self, row: BatchRow, entry: Entry) -> RowOutcome | None:
        """Settle a row by its entry; None where it was surely not done and may be sent.

        What can't be read stays unknown, and so does what may still arrive.

        Raises:
            LedgerError: What was found can't be recorded.
        """
        known = outcome_of_entry(row, entry)
        action = self._read_sent(row, entry)
        if action is None:
            return known
        if action.only_protects:
            return None  # a request to stop may come twice, and must not be lost
        if was_found_undone(entry):
            return known if _rings_now(action) else None
        return await self._look(action, known, entry)

    def settles_later(self, row: BatchRow, entry: Entry) -> bool:
        """Tell whether a lost row can be settled once it can't arrive any more, and not before."""
        action = self._read_sent(row, entry)
        if action is None or action.only_protects or _rings_now(action):
            return False
        before = lookup_from_json(entry.intent.before)
        return entry.outcome is Outcome.UNKNOWN and settling_read(action, before) is not None

    def keep_unknown(self, row: BatchRow) -> RowOutcome | None:
        """Keep a row unknown that was sent, and has no entry in the ledger any more.

        None for a request to stop, which may come twice.
        """
        context = self._pipeline.validation_context()
        with suppress(CallError):
            if find_action(self._batch.tool).read(row.arguments, context).only_protects:
                return None
        reason = "Its answer was lost, and its entry was removed from the record: look for it."
        ids = (row.entry, row.lead_id)
        return RowOutcome(row.number, RowState.UNKNOWN, row.code, reason, *ids, is_of_row=True)

    def _read_sent(self, row: BatchRow, entry: Entry) -> Action | None:
        """Make the call that an entry is of once more; None where the row has no such call."""
        tool = find_action(entry.intent.tool)
        # A duplicate's update is on record under the row of its insert.
        is_own = tool.name == self._batch.tool
        arguments = row.arguments if is_own else build_update(row.arguments)
        # By the time of the intent: a callback that was to come may have passed.
        context = replace(self._pipeline.validation_context(), now=entry.intent.at)
        try:
            return None if arguments is None else tool.read(arguments, context)
        except CallError:
            return None

    async def _look(self, action: Action, known: RowOutcome, entry: Entry) -> RowOutcome | None:
        before = lookup_from_json(entry.intent.before)
        search = settling_read(action, before)
        if search is None:
            return known
        found = await self._pipeline.search(search)
        if found is None:
            # Many in a row say of the dialer that it can't be read now, as lost answers do.
            return replace(known, reason=f"{known.reason} {_UNREAD}", is_of_row=False)
        now = self._pipeline.now()
        late = may_arrive(entry, now, self._ledger.time.of(now))
        settled = settle(action, before, found, may_arrive=late)
        if isinstance(settled, Settlement) and not await others_matter(self._ledger, entry):
            return await self._settle_as_found(action, known, entry, settled, found.leads)
        if not isinstance(action, InsertLead):
            return known
        if found.leads:
            return await self._settle_by_likeness(action, known, entry, found.leads)
        return known if late or _rings_now(action) else None

    async def _settle_as_found(
        self,
        action: Action,
        known: RowOutcome,
        entry: Entry,
        settled: Settlement,
        leads: Sequence[Lead],
    ) -> RowOutcome | None:
        is_done = settled.outcome is Outcome.DONE
        if not is_done and _rings_now(action):
            return known
        await self._record(entry, settled)
        return _done(known, leads) if is_done else None

    async def _settle_by_likeness(
        self, action: InsertLead, known: RowOutcome, entry: Entry, leads: tuple[Lead, ...]
    ) -> RowOutcome:
        """Settle an insert that no search before it can tell about, by the leads that are there."""
        alike = [lead for lead in leads if _reads_as_sent(action, lead)]
        before = lookup_from_json(entry.intent.before)
        were_there = isinstance(before, LeadCount) and before.leads >= len(leads)
        if alike and not were_there:
            how = "A search finds a lead with these values; nobody looked for it before."
            await self._record(entry, Settlement(Outcome.DONE, how))
            return _done(known, alike)
        if any(_refuses(lead, action) for lead in leads):
            reason = "Its answer was lost; another lead is there, as before."
            return replace(known, state=RowState.DUPLICATE, code=_FOUND, reason=reason)
        return known

    async def _record(self, entry: Entry, settled: Settlement) -> None:
        ending = build_found_ending(entry, self._pipeline.now(), settled)
        await self._ledger.settle(ending)


def was_found_undone(entry: Entry) -> bool:
    """Tell whether somebody looked, once the answer was lost, and found that it was not done."""
    ending = entry.ending
    return entry.outcome is Outcome.REFUSED and ending is not None and ending.how != ANSWERED


def _done(known: RowOutcome, leads: Sequence[Lead]) -> RowOutcome:
    reason = "Its answer was lost; a lead with these values is there."
    lead_id = leads[0].lead_id if len(leads) == 1 else ""
    return replace(known, state=RowState.DONE, code=_FOUND, reason=reason, lead_id=lead_id)


def _rings_now(action: Action) -> bool:
    """Tell whether a phone may have rung, however a lead reads: then it never rings again."""
    return any(contact.when is EffectTime.NOW for contact in action.contacts)


def _reads_as_sent(action: InsertLead, lead: Lead) -> bool:
    """Tell whether a lead shows by which it was looked for, and nothing that is otherwise."""
    snapshot = LeadSnapshot(lead.lead_id, dict(lead.fields), lead.altered, dict(lead.hashes))
    shown = {
        name: has_text(snapshot, name, text or "", None)
        for name, text in select_written(action.sent_form).items()
        if snapshot.find_value(name) is not None
    }
    is_known = any(name in shown for name in ("PrimaryPhone", "ClientId"))
    # A text that was cut may be the same, and its beginning is.
    return is_known and not any(same is False for same in shown.values())


def _refuses(lead: Lead, action: InsertLead) -> bool:
    """Tell whether the dialer would surely have refused an insert for a lead that is there."""
    if action.duplicates_check == "none" or action.allow_dialing_duplicates:
        return False
    phone = lead.fields.get("PrimaryPhone")
    if phone is None or "Campaign" not in lead.fields:
        return False
    is_same = is_same_text("PrimaryPhone", phone, action.primary_phone)
    return is_same and is_in_the_way(lead, action)
