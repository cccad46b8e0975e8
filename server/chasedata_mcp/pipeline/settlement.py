"""The settlement of a write whose outcome is unknown: which read can tell, and what it tells.

A call is settled only by what could not be so otherwise. A lead that was there before proves
nothing, so an insert is found done only where somebody looked before it; and one that is missing a
moment after proves nothing either: the call may yet arrive.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from chasedata_mcp.errors import Outcome
from chasedata_mcp.fields.field_names import CUSTOM_PREFIX, LEAD_FIELDS
from chasedata_mcp.ledger.models import Ending, Entry, EntryKind, Intent
from chasedata_mcp.tools.answer_types import Lead, LeadsRead
from chasedata_mcp.tools.base import Action
from chasedata_mcp.tools.lead_snapshot import (
    LeadCount,
    LeadSnapshot,
    Lookup,
    Seal,
    build_lookup,
    has_text,
    is_unchanged,
    select_written,
)
from chasedata_mcp.tools.leads import InsertLead, SearchLead, UpdateLead

GRACE = timedelta(minutes=2)
"""The time for which a call whose answer was lost may still arrive (the project's own figure)."""
LONGEST = timedelta(minutes=12)
"""The time for which an unrecorded call may be under way: the longest time limit, and more."""
_FieldAnswers = tuple[bool | None, bool | None]
"""A field's two answers: did it keep its value, did it take the new one; None where unknown."""
_LONGEST_ID = 50
_LOOKED_UP_BY = frozenset({"Campaign", "ClientId", "PrimaryPhone"})
_PLAIN_FIELDS = frozenset(name.lower() for name in LEAD_FIELDS.values())


@dataclass(frozen=True, slots=True)
class Settlement:
    """An outcome, `done`, or `refused` where nothing was changed, and `how` it was found."""

    outcome: Outcome
    how: str


@dataclass(frozen=True, slots=True)
class Unresolved:
    """An outcome that stays unknown, and why."""

    reason: str


def build_found_ending(entry: Entry, now: datetime, found: Settlement) -> Ending:
    """Build the record of an outcome that was found after its answer was lost."""
    # The call's own time isn't known any more.
    return Ending(
        entry=entry.id,
        at=now,
        outcome=found.outcome,
        message=found.how,
        milliseconds=0,
        how=found.how,
    )


def settling_read(action: Action, before: Lookup | None = None) -> SearchLead | None:
    """Make the read that may settle a call, None where the API has none.

    The same read made before an insert, without `before`, is what makes the one after it tell more.
    """
    match action, before:
        case InsertLead(client_id=str(client_id)), _:
            return SearchLead(search_field="client_id", identifier=client_id, detailed=True)
        case InsertLead(), _:
            # In every campaign: somebody may have moved it meanwhile.
            return SearchLead(search_field="phone", identifier=action.primary_phone, detailed=True)
        case UpdateLead(), LeadSnapshot(lead_id) if select_written(action.build_form()):
            return by_lead_id(lead_id)
        case _:
            return None


def by_lead_id(lead_id: str) -> SearchLead | None:
    """Make the read of one lead, None where its id is none that the search takes."""
    if not (lead_id.isascii() and lead_id.isdecimal() and len(lead_id) <= _LONGEST_ID):
        return None
    return SearchLead(search_field="lead_id", identifier=lead_id, detailed=True)


def has_others(entry: Entry, others: Iterable[Entry]) -> bool:
    """Tell whether other writes may have changed what is read of an entry's lead now.

    Args:
        entry: The insert or update that is to be settled.
        others: The entries that share a subject with it and, for an insert, every later update of
            the account: one by lead id may have moved the new lead, and doesn't share a subject.
    """
    return any(
        _may_matter(other, entry)
        for other in others
        if other.id != entry.id
        and other.kind is EntryKind.WRITE
        and other.outcome is not Outcome.REFUSED
    )


def hides_a_lead(update: Entry) -> bool:
    """Tell whether an update may have written a field by which an insert is looked up."""
    if update.intent.tool != UpdateLead.name or update.outcome is Outcome.REFUSED:
        return False
    return isinstance(update.intent.form, Mapping) and not _LOOKED_UP_BY.isdisjoint(
        update.intent.form
    )


def _may_matter(other: Entry, entry: Entry) -> bool:
    keys = {key for key in entry.intent.resource_keys if key.startswith("lead:")}
    shares = not keys.isdisjoint(other.intent.resource_keys)
    if entry.intent.tool == InsertLead.name:
        return shares or (other.seq > entry.seq and hides_a_lead(other))
    return shares and not _was_over(other, entry)


def _was_over(other: Entry, entry: Entry) -> bool:
    if other.seq > entry.seq or not other.settled:
        return False
    return other.endings[0].happened <= entry.intent.happened


def settle(  # noqa: PLR0913 - what there is to tell by
    action: Action,
    before: Lookup | None,
    answer: LeadsRead | None,
    *,
    may_arrive: bool,
    others: bool = False,
    seal: Seal | None = None,
) -> Settlement | Unresolved:
    """Settle a call by the answer to its `settling_read`.

    Args:
        action: The call.
        before: What the same read found before the call was sent; None where nobody looked.
        answer: What it found now; None where it could not be read.
        may_arrive: Whether the call may still be on its way: see `may_arrive`.
        others: Whether other writes may have to do with what is read: see `has_others`.
        seal: What the hashes of both readings were sealed with, None where nobody has it.
    """
    if answer is None:
        return Unresolved("The search that could tell can't be read.")
    if others:
        return Unresolved(
            "Other calls to the same lead, or updates that may have moved it, were or may have "
            "been done."
        )
    match action:
        case InsertLead():
            return _insert(action, before, answer.leads, seal, may_arrive=may_arrive)
        case UpdateLead():
            now = build_lookup(answer.leads)
            return _update(action, before, now, seal, may_arrive=may_arrive)
        case _:
            return Unresolved("Nothing in this API can tell.")


def _insert(
    action: InsertLead,
    before: Lookup | None,
    leads: tuple[Lead, ...],
    seal: Seal | None,
    *,
    may_arrive: bool,
) -> Settlement | Unresolved:
    by = "client id" if action.client_id else "phone"
    if not leads:
        return _not_there(f"A search by {by} finds no lead.", may_arrive=may_arrive)
    count = _how_many(before)
    if (
        count is not None
        and len(leads) > count
        and any(_is_as_sent(action, one, seal) for one in leads)
    ):
        return _done(action, f"A search by {by} finds the lead, and did not find it before.")
    return Unresolved("There is such a lead, but it may have been there before.")


def _how_many(before: Lookup | None) -> int | None:
    match before:
        case LeadSnapshot():
            return 1
        case LeadCount(count):
            return count
        case None:
            return None


def _done(action: InsertLead, how: str) -> Settlement:
    rings = "" if action.import_only else " Whether it has been dialed can't be read."
    return Settlement(Outcome.DONE, how + rings)


def _is_as_sent(action: InsertLead, lead: Lead, seal: Seal | None) -> bool:
    """Tell whether a lead shows the form's phone or client id, and no field of both differs."""
    seen = LeadSnapshot(lead.lead_id, dict(lead.fields), hashes=lead.hashes)
    known = {
        name: has_text(seen, name, text or "", seal)
        for name, text in select_written(action.build_form()).items()
        if seen.find_value(name) is not None
    }
    return all(known.values()) and any(name in known for name in ("PrimaryPhone", "ClientId"))


def _update(
    action: UpdateLead,
    before: Lookup | None,
    now: Lookup,
    seal: Seal | None,
    *,
    may_arrive: bool,
) -> Settlement | Unresolved:
    if not isinstance(before, LeadSnapshot):
        return Unresolved("The lead was not read before the update, so nothing can be compared.")
    if not isinstance(now, LeadSnapshot) or now.lead_id != before.lead_id:
        return Unresolved("The lead that was read before is not found alone now.")
    telling = _compare_fields(action, before, now, seal)
    if not telling:
        return Unresolved("No field of the update would read otherwise once it was done.")
    return _by_fields(telling, before, may_arrive=may_arrive)


def _by_fields(
    telling: Mapping[str, _FieldAnswers], before: LeadSnapshot, *, may_arrive: bool
) -> Settlement | Unresolved:
    if any(took for _, took in telling.values()):
        whole = all(took for _, took in telling.values())
        which = "The lead reads as sent" if whole else "Some fields of the lead read as sent"
        return Settlement(Outcome.DONE, f"{which}, and read otherwise before.")
    if any(None in one for one in telling.values()):
        return Unresolved("A field of the update is too long to be compared.")
    if any(_is_written(name, before) for name in telling) and all(
        kept for kept, _ in telling.values()
    ):
        return _not_there("The lead reads as it did before the update.", may_arrive=may_arrive)
    return Unresolved("The lead reads neither as before the update nor as it would leave it.")


def _is_written(name: str, before: LeadSnapshot) -> bool:
    """Tell whether an update surely writes a field: others may be shown and yet be dropped."""
    custom = name.startswith(CUSTOM_PREFIX) and before.find_name(name) == name
    return custom or name.lower() in _PLAIN_FIELDS


def _compare_fields(
    action: UpdateLead, before: LeadSnapshot, now: LeadSnapshot, seal: Seal | None
) -> dict[str, _FieldAnswers]:
    """Find of each field that a done update would change whether it kept or took its value."""
    answers: dict[str, _FieldAnswers] = {}
    for name, sent in select_written(action.build_form()).items():
        if sent is None or before.find_value(name) is None or now.find_value(name) is None:
            continue
        as_sent_before = has_text(before, name, sent, seal)
        if as_sent_before is None:
            answers[name] = (None, None)
        elif not as_sent_before:
            answers[name] = (is_unchanged(now, before, name), has_text(now, name, sent, seal))
    return answers


def _not_there(how: str, *, may_arrive: bool) -> Settlement | Unresolved:
    if may_arrive:
        return Unresolved(f"{how} But the call may still arrive; look again in a few minutes.")
    return Settlement(Outcome.REFUSED, how)


def may_arrive(entry: Entry, now: datetime, store_now: datetime) -> bool:
    """Tell whether a call may still arrive: for a while after its answer was given up.

    One of which nothing is on record may be under way in another process, with a longer patience.
    """
    if entry.endings:
        return is_younger(entry.endings[-1], GRACE, now, store_now)
    return is_younger(entry.intent, LONGEST, now, store_now)


def is_younger(one: Intent | Ending, than: timedelta, now: datetime, store_now: datetime) -> bool:
    """Tell whether one is younger than that by the clock or by the store's own time."""
    return now - one.at < than or store_now - one.happened < than
