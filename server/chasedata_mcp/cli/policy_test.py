"""`chasedata-mcp policy test`: evaluate a call by the policy in force, without making it."""

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Annotated, Any

import anyio
import typer
from rich.console import Console
from rich.text import Text

from chasedata_mcp.cli.call import find_tool, load_settings, read_words
from chasedata_mcp.cli.command_errors import UsageError
from chasedata_mcp.cli.dry_run import DryRun, open_for_dry_runs
from chasedata_mcp.cli.options import JSON, SANDBOX, Sandbox, ToolName
from chasedata_mcp.cli.screen import NAME, out, print_hanging, print_json
from chasedata_mcp.cli.terminal_prompt import person
from chasedata_mcp.cli.tool_options import TypedCall
from chasedata_mcp.errors import CallError
from chasedata_mcp.fields.format import format_phone
from chasedata_mcp.tools.base import Action

OFFLINE = "--offline"
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


def evaluate(  # noqa: PLR0913 - options, each of them seldom given
    tool: ToolName,
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
    sandbox: Sandbox = False,
) -> None:
    """Say what would become of a call, and why."""
    action = find_tool(tool)
    typed = read_words(action, words, {JSON: as_json, SANDBOX: sandbox, OFFLINE: offline})
    if typed is None:
        return
    work = partial(_evaluate, action, typed, _read_moment(at), caller or person())
    data = anyio.run(work)
    if JSON in typed.flags:
        print_json(data)
    else:
        _show(data, out())


def _read_moment(written: str | None) -> datetime:
    """Read a time by this machine's clock, as UTC; now, where none is written."""
    if written is None:
        return datetime.now(UTC)
    try:
        return datetime.fromisoformat(written).astimezone(UTC)
    except ValueError:
        raise UsageError('--at takes a date and a time, such as "2026-12-01 07:59"') from None


async def _evaluate(
    action: type[Action], typed: TypedCall, moment: datetime, caller: str
) -> Mapping[str, Any]:
    offline = OFFLINE in typed.flags
    async with open_for_dry_runs(load_settings(typed), lambda: moment, offline=offline) as pipeline:
        try:
            call = pipeline.names.read(action, typed.arguments, pipeline.validation_context())
            preview = await pipeline.preview(call, caller)
        except CallError as error:
            raise UsageError(f"{error.message} {error.hint}".rstrip()) from None
        return DryRun(pipeline, call, preview, moment, offline=offline).as_data()


def _show(data: Mapping[str, Any], screen: Console) -> None:
    """Print an evaluation for people, from its JSON."""

    def row(label: str, text: str) -> None:
        print_hanging(screen, Text(f"  {label}", style="dim"), Text(text), indent=_LABEL)

    where = "SANDBOX" if data["environment"] == "sandbox" else f"LIVE, {data['account']}"
    style = {"refused": "bold red", "asks": "bold yellow"}.get(data["verdict"], "bold green")
    screen.print(Text.assemble((data["verdict"], style), f"  {data['tool']} ({where})"))
    for rule in data["rules"]:
        row(rule["says"], f"{rule['rule']}: {rule['reason']}")
    if data["question"]:
        row("question", data["question"])
        must = f", the {data['typed']} typed" if data["typed"] else ""
        row("yes", f"as sure as “{data['sureness']}”{must}")
    for offer in data["offers"]:
        row("offers", offer)
    for grant in data["grants"]:
        covers = "covers it" if grant["id"] == data["granted_by"] else "doesn't answer it"
        row(
            "grant",
            f"{grant['id']} ({', '.join(grant['tools'])}, until {grant['until']}, "
            f"{grant['sureness']}): {covers}",
        )
    for sentence in data["brings"]:
        row("brings", sentence)
    for one in data["hours"]:
        clocks = ", ".join(f"{clock} ({zone})" for zone, clock in one["clocks"].items())
        row("clock", f"{format_phone(one['number'])}: {clocks}")
        kept = "" if one["kept_to"] else " (not kept to here)"
        for place, window in one["windows"].items():
            row("hours", f"{place}: {window}{kept}")
    row("reads", data["reads"])
