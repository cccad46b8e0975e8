"""`chasedata-mcp policy test`: what would become of a call and why, without making it."""

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import anyio
import typer
from rich.console import Console
from rich.text import Text

from chasedata_mcp import settings
from chasedata_mcp.approvals.grants import Grant
from chasedata_mcp.cli import tool_help
from chasedata_mcp.cli.call import HELPS, JSON, SANDBOX, tool_named
from chasedata_mcp.cli.calling import user
from chasedata_mcp.cli.dry_run import rehearsed
from chasedata_mcp.cli.screen import NAME, hanging, out
from chasedata_mcp.cli.tool_options import Read, options_of, read
from chasedata_mcp.cli.usage_errors import UsageError
from chasedata_mcp.errors import CallError
from chasedata_mcp.fields.format import format_phone
from chasedata_mcp.pipeline.evaluation import Preview
from chasedata_mcp.pipeline.pipeline import Pipeline
from chasedata_mcp.policy import calling_hours as hours
from chasedata_mcp.policy import hours_table
from chasedata_mcp.policy.facts import Facts
from chasedata_mcp.tools import effect_records as effects
from chasedata_mcp.tools.base import Action
from chasedata_mcp.tools.effects import ContactsPerson
from chasedata_mcp.tools.schema import build_entry

OFFLINE = "--offline"
FLAGS = (JSON, SANDBOX, OFFLINE, *sorted(HELPS))
EXAMPLES = (
    f"{NAME} policy test send_sms --from-number 9545550195 --to-number 9545550123 --message Hi",
    f'{NAME} policy test --at "2026-12-01 07:59" conference_call --agent Maria --phone 9545550123',
    f"{NAME} policy test delete_dnc --number 9545550123 --offline --json",
)
HELP = (
    "Say whether a call would go through, ask or be refused, and why. Nothing that changes "
    "anything is sent, and nothing is recorded or counted.\n\n"
    "A lead that the call names is read from the dialer, as it would be for the call itself. With "
    "`--offline` it isn't, and counts as unknown."
)
_LABEL = 11


def rehearse(  # noqa: PLR0913 - options, each of them seldom given
    tool: Annotated[str, typer.Argument(metavar="TOOL", help="The tool's name.")],
    words: Annotated[
        list[str] | None,
        typer.Argument(metavar="ARGUMENTS", help="The tool's arguments, as `call` takes them."),
    ] = None,
    *,
    at: Annotated[
        str | None,
        typer.Option(
            "--at", metavar="TIME", help="Judge as if it were this time, by this machine's clock."
        ),
    ] = None,
    caller: Annotated[
        str | None,
        typer.Option("--caller", help="Judge as for this caller, as the history names it."),
    ] = None,
    offline: Annotated[bool, typer.Option(OFFLINE, help="Read nothing from the dialer.")] = False,
    as_json: Annotated[bool, typer.Option(JSON, help="Print one line of JSON.")] = False,
    sandbox: Annotated[bool, typer.Option(SANDBOX, help="Use the embedded sandbox.")] = False,
) -> None:
    """Say what would become of a call, and why."""
    action = tool_named(tool)
    typed = read(words or [], options_of(build_entry(action)["inputSchema"]), FLAGS)
    given = [(JSON, as_json), (SANDBOX, sandbox), (OFFLINE, offline)]
    typed.flags.update(flag for flag, is_on in given if is_on)
    if typed.flags & HELPS:
        tool_help.show(action, out())
        return
    moment = _moment(at)
    told = anyio.run(_rehearsed, action, typed, moment, caller or f"{user()}/terminal")
    if JSON in typed.flags:
        sys.stdout.write(f"{json.dumps(told, ensure_ascii=False)}\n")
    else:
        _show(told, out())


def _moment(written: str | None) -> datetime:
    """The time that is meant, aware."""
    if written is None:
        return datetime.now(UTC)
    try:
        return datetime.fromisoformat(written).astimezone(UTC)
    except ValueError:
        raise UsageError('--at takes a date and a time, such as "2026-12-01 07:59"') from None


async def _rehearsed(
    action: type[Action], typed: Read, moment: datetime, caller: str
) -> Mapping[str, Any]:
    offline = OFFLINE in typed.flags
    found = settings.load_settings(sandbox=SANDBOX in typed.flags)
    async with rehearsed(found, lambda: moment, offline=offline) as pipeline:
        try:
            call = action.read(typed.arguments, pipeline.validation_context())
            preview = await pipeline.preview(call, caller)
        except CallError as error:
            raise UsageError(f"{error.message} {error.hint}".rstrip()) from None
        return Rehearsal(pipeline, call, preview, moment, offline=offline).told()


@dataclass(frozen=True, kw_only=False)
class Rehearsal:
    """A call that was judged and not made."""

    pipeline: Pipeline
    call: Action
    preview: Preview
    moment: datetime
    offline: bool

    def told(self) -> Mapping[str, Any]:
        """Everything about it, as JSON."""
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
            "grants": [_of_grant(grant) for grant in self.preview.facts.grants],
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
        clocks = [f"{self.moment.astimezone(ZoneInfo(zone)):%a %H:%M}" for zone in zones]
        states = sorted(hours.find_states(number, state))
        return {
            "number": number,
            "clocks": dict(zip(zones, clocks, strict=True)),
            "windows": {
                place: hours_table.describe_state(table, place)
                for place in [hours_table.FEDERAL, *states]
            },
            "kept_to": in_force is not None and in_force.applies(self.preview.facts),
        }

    def _reads(self) -> str:
        if self.offline:
            return "Nothing was read of the dialer; what hangs on it was judged as not known."
        if _names_a_lead(self.preview.facts) or self.call.name in {"delete_dnc", "update_lead"}:
            return "Leads may have been read of the dialer; nothing was changed."
        return "Nothing was read of the dialer."


def _names_a_lead(facts: Facts) -> bool:
    return facts.target_lead is not None


def _of_grant(grant: Grant) -> Mapping[str, Any]:
    scope = grant.scope
    return {
        "id": grant.id,
        "tools": list(scope.tools),
        "numbers": None if scope.numbers is None else list(scope.numbers),
        "campaign": scope.campaign,
        "until": scope.until.isoformat(timespec="seconds"),
        "sureness": grant.sureness.value,
    }


def _show(told: Mapping[str, Any], screen: Console) -> None:
    """The same for a person."""

    def row(label: str, text: str) -> None:
        hanging(screen, Text(f"  {label}", style="dim"), Text(text), indent=_LABEL)

    where = "SANDBOX" if told["environment"] == "sandbox" else f"LIVE, {told['account']}"
    style = {"refused": "bold red", "asks": "bold yellow"}.get(told["verdict"], "bold green")
    screen.print(Text.assemble((told["verdict"], style), f"  {told['tool']} ({where})"))
    for rule in told["rules"]:
        row(rule["says"], f"{rule['rule']}: {rule['reason']}")
    if told["question"]:
        row("question", told["question"])
        must = f", the {told['typed']} typed" if told["typed"] else ""
        row("yes", f"as sure as “{told['sureness']}”{must}")
    for offer in told["offers"]:
        row("offers", offer)
    for grant in told["grants"]:
        covers = "covers it" if grant["id"] == told["granted_by"] else "doesn't answer it"
        row(
            "grant",
            f"{grant['id']} ({', '.join(grant['tools'])}, until {grant['until']}, "
            f"{grant['sureness']}): {covers}",
        )
    for sentence in told["brings"]:
        row("brings", sentence)
    for one in told["hours"]:
        clocks = ", ".join(f"{clock} ({zone})" for zone, clock in one["clocks"].items())
        row("clock", f"{format_phone(one['number'])}: {clocks}")
        kept = "" if one["kept_to"] else " (not kept to here)"
        for place, window in one["windows"].items():
            row("hours", f"{place}: {window}{kept}")
    row("reads", told["reads"])
