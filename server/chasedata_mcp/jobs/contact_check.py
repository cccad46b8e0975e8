"""The job `check_contact`: whether a number may be called or texted now, and why not."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from chasedata_mcp.errors import CallError, Outcome
from chasedata_mcp.fields.format import format_phone, join_words
from chasedata_mcp.fields.zone_files import load_zone
from chasedata_mcp.ledger import FactQuery, Ledger, ledger_required
from chasedata_mcp.ledger.usage import CALLED, TEXTS, Limit
from chasedata_mcp.pipeline.pipeline import Cleared, Pipeline
from chasedata_mcp.policy import calling_hours
from chasedata_mcp.policy.facts import Facts
from chasedata_mcp.policy.hours_table import HoursTable
from chasedata_mcp.tools.effects import Channel
from chasedata_mcp.tools.jobs import CheckContact
from chasedata_mcp.tools.jobs.job_results import ContactResult, Verdict
from chasedata_mcp.tools.registry import find_action
from chasedata_mcp.tools.results import LeadsResult

_DAY: Final = timedelta(hours=24)
_ANY: Final = 1_000_000
"""More than is ever counted, so that the limit only counts."""
_MAY: Final[Mapping[Verdict, str]] = {
    "yes": "may be {} now",
    "asks": "may be {} now once a person has said yes",
    "no": "must not be {} now",
}
_MOST_LEADS: Final = 20


@dataclass(frozen=True, slots=True)
class ChannelFinding:
    """The answer for one way of reaching a number; `facts` are None where it is no such number."""

    verdict: Verdict
    reasons: tuple[str, ...] = ()
    facts: Facts | None = None


@dataclass(frozen=True, slots=True)
class ContactChecker:
    """A checker of one account's contacts: it previews a call and a text, and sends neither."""

    pipeline: Pipeline
    ledger: Ledger

    async def check(self, wanted: CheckContact, caller: str) -> ContactResult:
        """Check a number.

        Raises:
            CallError: The ledger can't be read.
        """
        phone = wanted.phone
        lead = {"campaign": "-", "primary_phone": phone, "import_only": False}
        text = {"from_number": "8005550100", "to_number": phone, "message": "-"}
        call = await self._preview("insert_lead", lead, caller)
        texted = await self._preview("send_sms", text, caller)
        leads, unread = await self._find_leads(phone, caller)
        facts = call.facts or texted.facts
        may = f"{_MAY[call.verdict].format('called')} and {_MAY[texted.verdict].format('texted')}"
        sentences = [
            f"{format_phone(phone)} {may}.",
            *self._describe_hours(phone, facts),
            *(() if facts is None else _describe_suppression(phone, facts)),
            await self._describe_usage(phone),
            unread or _describe_leads(len(leads or ())),
        ]
        account = self.pipeline.account
        return ContactResult(
            outcome=Outcome.DONE,
            environment=account.environment,
            account=account.accid,
            message=" ".join(sentences),
            warnings=[],
            call=call.verdict,
            text=texted.verdict,
            reasons=list(dict.fromkeys([*call.reasons, *texted.reasons])) or None,
            hours=self._list_rows(phone) or None,
            leads=leads or None,
        )

    async def _preview(self, tool: str, given: Mapping[str, object], caller: str) -> ChannelFinding:
        try:
            action = find_action(tool).read(given, self.pipeline.validation_context())
            preview = await self.pipeline.preview(action, caller)
        except CallError as error:
            return ChannelFinding("no", (error.message,))
        if preview.refused:
            return ChannelFinding("no", tuple(no.reason for no in preview.refused), preview.facts)
        decision = preview.decision
        if decision is None or decision.question is None:
            return ChannelFinding("yes", (), preview.facts)
        asks = tuple(f"Asks a person: {ask.reason}" for ask in decision.asked_by)
        return ChannelFinding("asks", asks, preview.facts)

    async def _find_leads(self, phone: str, caller: str) -> tuple[list[str] | None, str]:
        """Find the ids of the leads with a number; None, and why, where they can't be read."""
        # Not detailed: their texts would count as read, and whatever reaches somebody would ask.
        given = {"search_field": "phone", "identifier": phone, "detailed": False}
        try:
            action = self.pipeline.read("search_lead", given, caller)
            cleared = await self.pipeline.admit(action, caller)
            if not isinstance(cleared, Cleared):
                return None, "Its leads weren't looked up: the policy asks before every search."
            found = await self.pipeline.send(cleared)
        except CallError as error:
            return None, f"Its leads could not be looked up. {error.message}"
        leads = found.leads if isinstance(found, LeadsResult) else None
        return [lead.lead_id for lead in (leads or ())[:_MOST_LEADS]], ""

    async def _describe_usage(self, phone: str) -> str:
        """Say how often a number was called and texted through here in 24 hours."""
        limits = [Limit(f"seen.{cap}", cap, _DAY, _ANY, key=phone) for cap in (CALLED, TEXTS)]
        query = FactQuery(
            account=self.pipeline.account.accid, caller="", now=self.pipeline.now(), limits=limits
        )
        with ledger_required:
            calls, texts = (await self.ledger.facts(query)).counts
        return (
            f"Through here it was called {_times(calls)} and texted {_times(texts)} in 24 hours; "
            "what the dialer did by itself isn't known."
        )

    def _describe_hours(self, phone: str, facts: Facts | None) -> Iterator[str]:
        now = self.pipeline.now().astimezone(UTC)
        zones = sorted(calling_hours.find_zones(phone, None))
        shown = [f"{now.astimezone(load_zone(zone)):%a %H:%M} ({zone})" for zone in zones[:3]]
        more = f" or in {len(zones) - 3} more zones" if len(zones) > 3 else ""  # noqa: PLR2004 - as many are shown
        yield f"There it is {' or '.join(shown)}{more}."
        rule = self.pipeline.policy.hours
        if rule is None or facts is None:
            return
        if not rule.applies(facts):
            yield "Calling hours aren't kept to here (a sandbox, or the policy)."
        yield self._describe_change(rule.table, phone, now, zones[0])

    @staticmethod
    def _describe_change(table: HoursTable, phone: str, now: datetime, zone: str) -> str:
        is_open = calling_hours.check_hours_now(table, phone, None, now, Channel.CALL) is None
        change = calling_hours.find_next_change(table, phone, now, Channel.CALL)
        if change is None:
            return "For calls no change of its hours is near."
        at = f"{change.astimezone(load_zone(zone)):%a %H:%M} there ({zone})"
        return f"Its hours for calls {'end' if is_open else 'begin'} on {at}."

    def _list_rows(self, phone: str) -> list[str]:
        rule = self.pipeline.policy.hours
        rows = () if rule is None else calling_hours.list_windows(rule.table, phone)
        today = self.pipeline.now().date()
        return [
            f"{row.place}: {row.about} {row.hours} ({row.source})"
            for row in rows
            if row.holds(today, None)
        ]


def _describe_suppression(phone: str, facts: Facts) -> Iterator[str]:
    where = [
        *(["on this server's do-not-call list"] if phone in facts.suppressed else []),
        *(["in the suppression file"] if phone in facts.in_file else []),
        *(
            ["marked as do-not-call at the dialer"]
            if any(one.is_marked for one in facts.number_leads)
            else []
        ),
    ]
    yield f"It is {join_words(where)}." if where else "Nothing known here says not to call it."
    if any(not one.shows_marks for one in facts.number_leads):
        yield "Whether the dialer marks it could not be read."


def _describe_leads(count: int) -> str:
    if not count:
        return "No lead has this number."
    return "1 lead has this number." if count == 1 else f"{count} leads have this number."


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"
