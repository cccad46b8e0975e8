"""The facts that rules read beside a call: from the ledger, the suppression file and a lead."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import starmap

from chasedata_mcp.approvals.grants import Filed
from chasedata_mcp.ledger import (
    ConfirmationQuery,
    DuplicateQuery,
    Entry,
    FactQuery,
    LedgerFacts,
    Reading,
    is_at_terminal,
    ledger_required,
)
from chasedata_mcp.ledger.usage import Limit, Unit
from chasedata_mcp.pipeline.caller_readings import CallerReadings
from chasedata_mcp.pipeline.errors import stopped_since
from chasedata_mcp.pipeline.recorder import Recorder
from chasedata_mcp.pipeline.shared_facts import SharedFacts
from chasedata_mcp.pipeline.staged_changes import describe_change, is_done, list_places
from chasedata_mcp.policy.contact_numbers import find_contact_numbers
from chasedata_mcp.policy.facts import Facts, TargetLead
from chasedata_mcp.policy.number_set import NumberSet
from chasedata_mcp.policy.suppression_file import SuppressionFile
from chasedata_mcp.tools import dial_lists, leads, playlists, skills, sms
from chasedata_mcp.tools.base import Action
from chasedata_mcp.tools.resource_keys import build_lead_key, list_resource_keys

_MANY = 2000
"""More numbers than these are not looked up one by one: no statement takes any number of them."""
_LOST = (
    "The ledger remembers fewer numbers that must not be called than it did: its store, or the "
    "file beside it, was removed, replaced or damaged. Who must not be called can't be told. A "
    "person can look into it and go on with `chasedata-mcp policy rearm`."
)


@dataclass(frozen=True, slots=True)
class Sought:
    """A query of the ledger for one call: its usage, the limits on it, and its likes."""

    units: tuple[Unit, ...] = ()
    limits: tuple[Limit, ...] = ()
    like: DuplicateQuery | None = None


class FactGatherer:
    """The gatherer of what the rules of one account read."""

    def __init__(
        self,
        recorder: Recorder,
        suppression: SuppressionFile,
        *,
        reading_counts_for: timedelta = timedelta(0),
    ) -> None:
        self._account = recorder.account
        self._ledger = recorder.ledger
        self._clock = recorder.clock
        self._key = recorder.redact_key
        self._digest = recorder.digest
        self._suppression = suppression
        self._read = CallerReadings(recorder.ledger, recorder.clock, reading_counts_for)

    def of_a_read(self) -> Facts:
        """Give the facts for a call that only reads."""
        return Facts(now=self._clock(), is_sandbox=self._account.environment == "sandbox")

    async def facts(self, action: Action, caller: str, sought: Sought) -> Facts:
        """Gather the facts for a write, but for the lead that it names.

        Raises:
            CallError: `not_allowed`; the ledger can't be read.
        """
        now, held = self._clock(), find_contact_numbers(action)
        possible = held.possible
        since = self._read.find_since(action, caller, now)
        known = await self._known(caller, possible, sought, now, since)
        own = await self._numbers_in_file()
        return Facts(
            now=now,
            is_sandbox=self._account.environment == "sandbox",
            numbers=held.numbers,
            possible=possible,
            written=held.written,
            suppressed=known.suppressed,
            in_file=own.find_in(possible),
            has_suppressed=bool(known.suppressed_count or own),
            registry_problem=self._unsure(known),
            frozen="" if known.frozen is None else stopped_since(known.frozen),
            counts={
                limit.name: count for limit, count in zip(sought.limits, known.counts, strict=True)
            },
            opens=await self._openings(sought, known.counts, now),
            closed=known.closed,
            may_have_duplicate=known.may_have_duplicate,
            readings=self._readings(caller, now, known),
            grants=known.grants,
            local_time=now.astimezone(),
        )

    async def without_own_request(self, facts: Facts, text: sms.SendSms, caller: str) -> Facts:
        """Leave out a number that is suppressed by the request to stop which a text may confirm.

        The intent's own transaction says whether it is the text's own request.

        Raises:
            CallError: As for `facts`.
        """
        number, account = text.to_number, self._account.accid
        if number not in facts.suppressed:
            return facts
        query = ConfirmationQuery(account, caller, number, self._digest(text), facts.now)
        with ledger_required:
            is_open = await self._ledger.dnc_registry.may_confirm(query)
        return replace(facts, suppressed=facts.suppressed - {number}) if is_open else facts

    async def shared(self) -> SharedFacts:
        """Gather what many calls can be checked by before any of them is made.

        Raises:
            CallError: As for `facts`.
        """
        now = self._clock()
        known = await self._known("", frozenset(), Sought(), now)
        with ledger_required:
            held = await self._ledger.dnc_registry.suppressed(self._account.accid)
        return SharedFacts(
            now,
            frozenset([one.number for one in held]),
            await self._numbers_in_file(),
            self._unsure(known),
            is_sandbox=self._account.environment == "sandbox",
        )

    async def _openings(
        self, sought: Sought, counts: Sequence[int], now: datetime
    ) -> Mapping[str, datetime]:
        """Find when the limits open again that the call breaks and that may refuse it."""
        broken = [
            limit
            for limit, count in zip(sought.limits, counts, strict=True)
            if count > limit.at_most and (limit.stops or limit.key is not None)
        ]
        if not broken:
            return {}
        with ledger_required:
            return await self._ledger.limits.openings(
                self._account.accid, broken, sought.units, now
            )

    def _readings(self, caller: str, now: datetime, known: LedgerFacts) -> tuple[Reading, ...]:
        """List what the caller's principal has read lately; at a terminal it is a person."""
        here = self._read.find(caller, now)
        return () if is_at_terminal(caller) else (*here, *known.readings)

    async def also(self, facts: Facts, target_lead: TargetLead) -> Facts:
        """Add to the facts those of the lead that a call names.

        Raises:
            CallError: As for `facts`.
        """
        further = target_lead.numbers - facts.possible
        if not (further and facts.has_suppressed):
            return replace(facts, target_lead=target_lead)
        known = await self._known("", further, Sought(), facts.now)
        own = await self._numbers_in_file()
        return replace(
            facts,
            target_lead=target_lead,
            suppressed=facts.suppressed | known.suppressed,
            in_file=facts.in_file | own.find_in(further),
        )

    async def filed(self, action: sms.SendSms, facts: Facts) -> Filed | None:
        """Find the lead that a text is filed under, where it has the number and a campaign."""
        target_lead, lead_id = facts.target_lead, action.lead_id
        if (
            lead_id is None
            or target_lead is None
            or action.to_number not in target_lead.sole_phones
        ):
            return None
        if target_lead.campaign is None:
            return None
        if all(grant.campaign is None for grant in facts.grants):
            return Filed(target_lead.campaign)
        # By each way in which a call on record may have named it; an insert knows no lead id.
        names = [
            ("lead_id", lead_id),
            *(("phone", number) for number in sorted(target_lead.phones)),
        ]
        names += [("client_id", target_lead.client_id)] if target_lead.client_id else []
        return Filed(target_lead.campaign, await self._last_written(starmap(build_lead_key, names)))

    async def _last_written(self, keys: Iterable[str]) -> int | None:
        """Find the last recorded call that wrote a lead of these keys, or may have."""
        tools = (leads.InsertLead.name, leads.UpdateLead.name)
        with ledger_required:
            found = [
                await self._ledger.last_for(self._key(key), tool=tool)
                for key in keys
                for tool in tools
            ]
        return max((entry.seq for entry in found if entry is not None), default=None)

    async def staged(
        self, action: playlists.ReloadPlaylist | skills.ReloadSkills
    ) -> tuple[str, ...]:
        """List what a reload would make live, as far as the ledger knows."""
        key = self._key(list_resource_keys(action)[0])
        last = await self._last_reload(key, action)
        changes = await self._touching(key, after=last.seq if last else 0)
        done = [at for at, one in enumerate(changes) if is_done(one, action)]
        since = changes[done[-1] + 1 :] if done else changes
        return tuple(describe_change(entry) for entry in since if entry.intent.tool != action.name)

    async def _last_reload(self, key: str, action: Action) -> Entry | None:
        """Find the last reload that is ours and surely done: what was staged before it is live."""
        with ledger_required:
            last = await self._ledger.last_for(key, tool=action.name)
        ours = last is not None and last.intent.account == self._account.accid
        return last if ours and last is not None and is_done(last, action) else None

    async def count_on_list(self, action: dial_lists.DeleteDialList) -> int:
        """Count the phones that the ledger knows on a dial list."""
        return len(list_places(await self._touching(self._key(list_resource_keys(action)[0]))))

    async def _touching(self, key: str, after: int = 0) -> list[Entry]:
        with ledger_required:
            found = await self._ledger.touching(key, after=after)
        return [entry for entry in found if entry.intent.account == self._account.accid]

    async def trip(self, limit: Limit) -> None:
        """Freeze the account: a limit was passed."""
        why = f"the limit {limit.name} of {limit.at_most} was passed"
        with ledger_required:
            await self._ledger.freezes.freeze(self._account.accid, why, "the policy", self._clock())

    def has_read(self, caller: str, sources: tuple[str, ...]) -> None:
        """Note that a caller's principal has been shown free text, and whose."""
        self._read.note(caller, sources)

    async def _known(
        self,
        caller: str,
        candidates: frozenset[str],
        sought: Sought,
        now: datetime,
        since: datetime | None = None,
    ) -> LedgerFacts:
        with ledger_required:
            known = await self._ledger.facts(
                FactQuery(
                    account=self._account.accid,
                    caller=caller,
                    now=now,
                    numbers=candidates if len(candidates) <= _MANY else (),
                    usage=sought.units,
                    limits=sought.limits,
                    read_since=since,
                    duplicate=sought.like,
                )
            )
            if len(candidates) <= _MANY or not known.suppressed_count:
                return known
            held = await self._ledger.dnc_registry.suppressed(self._account.accid)
            return replace(known, suppressed=candidates.intersection(one.number for one in held))

    async def find_suppression_problem(self) -> str:
        """Find why the suppression file can't be used; empty where it can.

        Raises:
            CallError: As for `facts`.
        """
        await self._numbers_in_file()
        return self._suppression.problem

    async def _numbers_in_file(self) -> NumberSet:
        with ledger_required:
            return await self._suppression.numbers()

    def _unsure(self, known: LedgerFacts) -> str:
        if self._suppression.problem:
            return self._suppression.problem
        return _LOST if known.registry_lost else ""
