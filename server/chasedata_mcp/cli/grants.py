"""`chasedata-mcp grants`: a yes to more than one call, given, listed and revoked by a person."""

import sys
from collections.abc import Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.text import Text

from chasedata_mcp import settings
from chasedata_mcp.app import composition as compose
from chasedata_mcp.approvals.scopes import first_numbers
from chasedata_mcp.cli.command_errors import CommandError, UsageError
from chasedata_mcp.cli.exit_codes import Exit
from chasedata_mcp.cli.grant_request import (
    AT_MOST,
    GrantRequest,
    ask_for,
    assure,
    read_grant,
)
from chasedata_mcp.cli.ledger_access import with_account
from chasedata_mcp.cli.options import Sandbox
from chasedata_mcp.cli.screen import (
    NAME,
    command,
    err,
    local_clock,
    make_table,
    out,
    print_json,
    print_line,
)
from chasedata_mcp.cli.second_factor import open_factor
from chasedata_mcp.cli.terminal_prompt import NOTHING_CHANGED, confirm, person, with_a_code
from chasedata_mcp.errors import CallError
from chasedata_mcp.fields.escapes import name_unseen_in_line
from chasedata_mcp.fields.format import quote_name
from chasedata_mcp.ledger import Grant, Ledger

HELP = (
    "List, give or revoke grants: a yes to several calls, given beforehand.\n\n"
    "A grant covers calls of some tools, to some numbers or in one campaign, up to a number of "
    "calls and until a time today. It answers the questions that those calls would ask. It never "
    "covers a destructive call, and it never overrides a refusal."
)
EXAMPLES = (
    f"{NAME} grants",
    f'{NAME} grants give insert_lead --campaign "Solar" --at-most 50 --until 17:00',
    f"{NAME} grants give insert_lead send_sms --numbers list.txt --at-most 20 --until 12:30",
    f"{NAME} grants revoke --all",
)
_SHOWN = 3
_SHOWN_AS_JSON = (
    *("id", "account", "caller", "tools", "numbers", "campaign", "at_most", "caps_only"),
    *("given", "until", "by", "how", "sureness", "used"),
)


def grants(
    context: typer.Context,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print each as a line of JSON.")] = False,
    sandbox: Sandbox = False,
) -> None:
    """List what a person has said yes to beforehand."""
    if context.invoked_subcommand is not None:
        if as_json or sandbox:
            raise UsageError(f"options stand behind `{context.invoked_subcommand}`")
        return
    found = with_account(list_grants, sandbox=sandbox)
    if as_json:
        for grant in found:
            print_json(as_data(grant))
    else:
        show(found, out())


def give(  # noqa: PLR0913 - the command's options
    tools: Annotated[list[str], typer.Argument(metavar="TOOL", help="The tools that it covers.")],
    *,
    at_most: Annotated[
        int,
        typer.Option(
            "--at-most", metavar="N", min=1, max=AT_MOST, help="The most calls that it covers."
        ),
    ],
    until: Annotated[
        str,
        typer.Option(
            "--until", metavar="HH:MM", help="Ends at this time today, by this machine's clock."
        ),
    ],
    number: Annotated[
        list[str] | None,
        typer.Option(
            "--number", metavar="PHONE", help="Only calls to this phone; repeat it for more."
        ),
    ] = None,
    numbers: Annotated[
        Path | None,
        typer.Option(
            "--numbers", metavar="FILE", help="Only calls to the phones in this file, one a line."
        ),
    ] = None,
    campaign: Annotated[
        str | None,
        typer.Option(
            "--campaign",
            metavar="NAME",
            help="Only insert_lead into it, and send_sms filed under its leads.",
        ),
    ] = None,
    caller: Annotated[
        str | None,
        typer.Option(
            "--for",
            metavar="PRINCIPAL",
            help="Whose calls, by any client: a user of this machine, the HTTP key (key) or one "
            f"that `{NAME} keys` lists (key:crm). Your own user's, unless you say otherwise.",
        ),
    ] = None,
    sandbox: Sandbox = False,
) -> None:
    """Say yes to several calls at once. The grant is shown in full, and you type yes."""
    request = GrantRequest(tools, number, numbers, campaign, at_most, until, caller)
    grant = with_account(partial(_read, request=request), sandbox=sandbox)
    confirm(ask_for(grant))
    # The code comes after the yes: it is used up by being typed.
    found = settings.load_settings(sandbox=sandbox)
    grant = _assure(grant, found)
    recorded = compose.grant_redaction(found)(grant)
    with_account(lambda ledger, _: ledger.grants.give(grant, recorded), sandbox=sandbox)
    to_end_it = command(f"grants revoke {grant.id}", sandbox=sandbox)
    print_line(out(), f"Granted: {grant.id}. To end it: {to_end_it}")


def revoke(
    grant: Annotated[
        str | None, typer.Argument(metavar="ID", show_default=False, help="The grant to revoke.")
    ] = None,
    *,
    every: Annotated[bool, typer.Option("--all", help="Revoke every open grant.")] = False,
    sandbox: Sandbox = False,
) -> None:
    """End a grant at once, without a question."""
    # Neither, or both: a slip must not end more than was meant.
    if (grant is None) is not every:
        raise UsageError("give either the id of a grant or --all")
    ended = with_account(partial(_revoke, wanted=grant), sandbox=sandbox)
    if grant is not None and not ended:
        raise UsageError(f"there is no open grant of this id; `{NAME} grants` lists them")
    print_line(out(), f"Revoked: {', '.join(ended) or 'there was none'}.")


async def list_grants(ledger: Ledger, account: str) -> list[Grant]:
    """List the grants that are in time and not revoked, the newest first."""
    return await ledger.grants.all(account, compose.now())


def _assure(grant: Grant, found: settings.Settings) -> Grant:
    """Raise a grant to what the policy in force wants of it.

    Raises:
        CommandError: It takes a code of the second factor, and none that counts was typed.
    """
    code = partial(
        with_a_code,
        open_factor(found),
        compose.now,
        err(),
        sys.stdin.readline,
        left=NOTHING_CHANGED,
    )
    try:
        return assure(grant, compose.load_policy(found), code)
    except CallError as error:
        message = f"{error.message} {error.hint or ''}".rstrip()
        raise CommandError(message, Exit.REFUSED) from None


async def _read(_: Ledger, account: str, request: GrantRequest) -> Grant:
    return read_grant(request, account, person(), compose.now())


async def _revoke(ledger: Ledger, account: str, wanted: str | None) -> list[str]:
    """End one grant, or all; return the ids of those that were ended."""
    now = compose.now()
    ids = [grant.id for grant in await ledger.grants.all(account, now)]
    chosen = ids if wanted is None else [wanted] if wanted in ids else []
    return [one for one in chosen if await ledger.grants.revoke(one, person(), now)]


def as_data(grant: Grant) -> dict[str, Any]:
    """Make the JSON of a grant; times with their offset."""
    times = {"given": grant.given.isoformat(), "until": grant.until.isoformat()}
    data = {**asdict(grant), **times}
    return {name: data[name] for name in _SHOWN_AS_JSON}


def show(found: Sequence[Grant], screen: Console) -> None:
    """Print grants for people, or that there are none."""
    if not found:
        screen.print("No grant is open.")
        return
    table = make_table("grant", "until", "used", "what", unwrapped=3)
    for grant in found:
        used = Text(f"{grant.used} of {grant.at_most}")
        table.add_row(grant.id, local_clock(grant.until), used, _describe(grant))
    screen.print(table)


def _describe(grant: Grant) -> Text:
    by = f"for {grant.caller}, by {grant.by} ({grant.sureness})"
    # A model chooses the names of campaigns and clients: each stays on its line, so that none can
    # look like a row of ours.
    return Text("\n".join(map(name_unseen_in_line, [", ".join(grant.tools), *_scope(grant), by])))


def _scope(grant: Grant) -> list[str]:
    scope = [] if grant.campaign is None else [f"campaign {quote_name(grant.campaign)}"]
    if grant.numbers is not None:
        first, rest = first_numbers(grant.numbers, _SHOWN)
        scope.append(f"to {', '.join(first)}{f' and {rest} more' if rest else ''}")
    scope = scope or ["to any number"]
    return [*scope, "where only a cap asks"] if grant.caps_only else scope
