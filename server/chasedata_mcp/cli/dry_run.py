"""A dry run: evaluate a call on the pipeline as it stands, without making or recording it."""

from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from chasedata_mcp.app.composition import pipeline_of
from chasedata_mcp.app.dialer import OpenedLate, line
from chasedata_mcp.app.names_file import open_names_file
from chasedata_mcp.app.state import ledger_of
from chasedata_mcp.errors import NOT_CONFIGURED, CallError, Code, SettingsError
from chasedata_mcp.fields.zone_files import load_zone
from chasedata_mcp.ledger import Grant
from chasedata_mcp.pipeline.evaluated import Preview
from chasedata_mcp.pipeline.pipeline import Pipeline
from chasedata_mcp.policy import calling_hours as hours
from chasedata_mcp.policy import hours_table
from chasedata_mcp.policy.calling_window import CANADA, FEDERAL
from chasedata_mcp.settings import Settings
from chasedata_mcp.tools import effect_records as effects
from chasedata_mcp.tools.answer_types import Answer
from chasedata_mcp.tools.base import Action
from chasedata_mcp.tools.effects import ContactsPerson
from chasedata_mcp.tools.names.directory import NameDirectory
from chasedata_mcp.tools.request import Request


class OfflineDialer:
    """A dialer that is never reached, so that every lead counts as unknown."""

    async def post(self, request: Request) -> Answer:
        """Refuse to reach anything.

        Raises:
            CallError: `not_reached`, always.
        """
        message = f"Nothing is sent to {request.script} offline."
        raise CallError(Code.NOT_REACHED, message, hint="Leave --offline out.")


@asynccontextmanager
async def open_for_dry_runs(
    settings: Settings, clock: Callable[[], datetime], *, offline: bool
) -> AsyncGenerator[Pipeline]:
    """Open a pipeline to preview calls on; its clock may stand anywhere.

    Raises:
        SettingsError: The settings can't be used, or name no dialer.
    """
    found = line(settings)
    if found.account.environment == "none":
        raise SettingsError(NOT_CONFIGURED)
    dialer = OpenedLate(settings, found)
    async with aclosing(dialer), ledger_of(settings, found.account.environment) as ledger:
        # By the file alone: what was learned changes nothing about a call.
        names = NameDirectory(open_names_file(settings, found.account))
        to = OfflineDialer() if offline else dialer
        yield pipeline_of(settings, found, to, ledger, clock, names=names)


@dataclass(frozen=True, slots=True)
class DryRun:
    """A call that was evaluated and not made."""

    pipeline: Pipeline
    call: Action
    preview: Preview
    moment: datetime
    offline: bool

    def as_data(self) -> Mapping[str, Any]:
        """Make the JSON of the evaluation: verdict, rules, question, grants, effects, hours."""
        decision = self.preview.decision
        question = decision.question if decision else None
        typed = question.typed if question else None
        return {
            "tool": self.call.name,
            "environment": self.pipeline.account.environment,
            "account": self.pipeline.account.accid,
            "at": self.moment.isoformat(timespec="seconds"),
            "verdict": self._verdict(),
            "rules": self._rules(),
            "question": question.text if question else None,
            "typed": None if typed is None else typed.kind.value,
            "sureness": decision.needs.value if decision and question else None,
            "granted_by": decision.grant.id if decision and decision.grant else None,
            "grants": [_grant_as_data(grant) for grant in self.preview.facts.grants],
            "offers": [text for _, text in question.offers] if question else [],
            "brings": list(effects.describe_effects(self.call)),
            "hours": [self._hours(number) for number in self._numbers()],
            "reads": self._reads(),
        }

    def _verdict(self) -> str:
        decision = self.preview.decision
        if decision is None:
            return "refused"
        if decision.question is not None:
            return "asks"
        return "goes through, by a grant" if decision.grant else "goes through"

    def _rules(self) -> list[Mapping[str, str]]:
        decision = self.preview.decision
        asks = decision.asked_by if decision else ()
        refused = [(no.rule, "refuse", no.reason) for no in self.preview.refused]
        asked = [(ask.rule, "ask", ask.reason) for ask in asks]
        return [
            {"rule": rule, "says": says, "reason": reason} for rule, says, reason in refused + asked
        ]

    def _numbers(self) -> Sequence[str]:
        found = [one.number for one in self.call.list_effects() if isinstance(one, ContactsPerson)]
        return list(dict.fromkeys(number for number in found if number))

    def _hours(self, number: str) -> Mapping[str, Any]:
        state: str | None = getattr(self.call, "state", None)
        in_force = self.pipeline.policy.hours
        table = in_force.table if in_force else hours_table.load_shipped_table()
        zones = sorted(hours.find_zones(number, state))
        clocks = [f"{self.moment.astimezone(load_zone(zone)):%a %H:%M}" for zone in zones]
        states = sorted(hours.find_states(number, state))
        has_own = table.canada is not None and hours.is_canadian(number)
        national = CANADA if has_own else FEDERAL
        return {
            "number": number,
            "clocks": dict(zip(zones, clocks, strict=True)),
            "windows": {
                place: hours_table.describe_state(table, place, self.moment.date())
                for place in [national, *states]
            },
            "kept_to": in_force is not None and in_force.applies(self.preview.facts),
        }

    def _reads(self) -> str:
        if self.offline:
            return "Nothing was read of the dialer; what hangs on it was judged as not known."
        has_target = self.preview.facts.target_lead is not None
        if has_target or self.call.name in {"delete_dnc", "update_lead"}:
            return "Leads may have been read of the dialer; nothing was changed."
        return "Nothing was read of the dialer."


def _grant_as_data(grant: Grant) -> Mapping[str, Any]:
    return {
        "id": grant.id,
        "tools": list(grant.tools),
        "numbers": None if grant.numbers is None else list(grant.numbers),
        "campaign": grant.campaign,
        "until": grant.until.isoformat(timespec="seconds"),
        "sureness": grant.sureness.value,
    }
