"""`chasedata-mcp policy`: what is in force and why, a file checked, and the way out of a freeze."""

import json
import sys
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from chasedata_mcp import settings
from chasedata_mcp.cli import policy_view
from chasedata_mcp.cli.accounts import confirm, local, person, with_account
from chasedata_mcp.cli.codes import without_a_factor
from chasedata_mcp.cli.exit_codes import Exit
from chasedata_mcp.cli.freeze import told
from chasedata_mcp.cli.ledger_access import SANDBOX_HELP
from chasedata_mcp.cli.policy_view import Standing
from chasedata_mcp.cli.screen import NAME, out
from chasedata_mcp.cli.usage_errors import UsageError
from chasedata_mcp.errors import SettingsError
from chasedata_mcp.ledger import Frozen, Ledger
from chasedata_mcp.policy.loader import (
    EffectivePolicy,
    PolicyFileError,
    load_policy,
    load_policy_file,
)

EXAMPLES = (
    f"{NAME} policy show",
    f"{NAME} policy check ~/policy.toml",
    f"{NAME} policy test send_sms --help",
    f"{NAME} policy rearm",
)
Sandbox = Annotated[bool, typer.Option("--sandbox", help=SANDBOX_HELP)]


def show(
    *,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print everything as one line of JSON.")
    ] = False,
    sandbox: Sandbox = False,
) -> None:
    """Show the policy in force, and where each value comes from.

    It also shows the calling hours, whether everything is stopped, and the open grants.
    """
    found = settings.load_settings(sandbox=sandbox)
    in_force = load_policy(found)
    standing = _standing(sandbox=sandbox)
    if as_json:
        data = policy_view.as_data(in_force, found.policy, standing)
        sys.stdout.write(f"{json.dumps(data, ensure_ascii=False)}\n")
    else:
        policy_view.show(in_force, found.policy, standing, out())


def _standing(*, sandbox: bool) -> Standing:
    try:
        return replace(with_account(_looked_up, sandbox=sandbox), sandbox=sandbox)
    except UsageError as error:
        return Standing(without=str(error))


async def _looked_up(ledger: Ledger, account: str) -> Standing:
    frozen, left = await _stopped(ledger, account)
    return Standing(frozen, tuple(await ledger.grants.all(account, datetime.now(UTC))), left)


def check(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The policy file.")],
) -> None:
    """Check a policy file: list every problem by its key, or what the file changes in its preset.

    It ends with 1 where something is wrong. A server with such a file would not start.
    """
    screen = out()
    try:
        in_force = load_policy_file(file.expanduser().absolute())
    except PolicyFileError as error:
        policy_view.show_problems(error, screen)
        raise typer.Exit(Exit.FAILED) from None
    policy_view.show_changes(in_force, screen)
    policy_view.show_missing(_without_a_factor(in_force), screen)


def _without_a_factor(in_force: EffectivePolicy) -> str | None:
    """Whether the file wants codes that nobody here can give; wrong settings don't tell."""
    try:
        return without_a_factor(in_force.terms, settings.load_settings())
    except SettingsError:
        return None


def rearm(*, sandbox: Sandbox = False) -> None:
    """Let writes go on after they were stopped: by `freeze`, by an assistant, or at a cap.

    It shows who stopped them, when and why, and you type yes. It also takes the do-not-call memory
    as it is, where some of it was lost.
    """
    frozen, left = with_account(_stopped, sandbox=sandbox)
    if frozen is None and left is None:
        out().print("Nothing is stopped.")
    if frozen is not None:
        _rearm(frozen, sandbox=sandbox)
    if left is not None:
        _accept_loss(left, sandbox=sandbox)


def _rearm(frozen: Frozen, *, sandbox: bool) -> None:
    confirm(
        f"Everything but reads is stopped since {local(frozen.at)}, by {frozen.by}. Why: "
        f"“{frozen.why}”. Let calls through again?"
    )
    other = with_account(partial(_rearmed, seen=frozen), sandbox=sandbox)
    if other is not None:
        raise UsageError(f"it was stopped anew meanwhile, {told(other)} Nothing changed")
    out().print(Text("Calls go through again."))


def _accept_loss(left: int, *, sandbox: bool) -> None:
    confirm(
        "The ledger remembers fewer numbers that must not be called than it did: its store, or the "
        "file beside it, was removed, replaced or damaged. Nothing that reaches anybody goes "
        "through. If you can, bring the store back from a copy. If not, first put the numbers that "
        "must not be called, as the dialer's list has them, into a file that the policy names "
        "(do_not_call.suppression_file). How many the ledger still has: "
        f"{left}. Go on with these?"
    )
    with_account(_accepted, sandbox=sandbox)
    out().print(Text("The ledger goes on with the numbers that it has."))


async def _stopped(ledger: Ledger, account: str) -> tuple[Frozen | None, int | None]:
    """What stops the account: a freeze, and how many numbers a memory still has that was lost."""
    frozen = await ledger.freezes.frozen(account)
    if not await ledger.dnc_registry.is_lost(account):
        return frozen, None
    return frozen, len(await ledger.dnc_registry.suppressed(account))


async def _accepted(ledger: Ledger, account: str) -> None:
    await ledger.dnc_registry.accept_loss(account, person(), datetime.now(UTC))


async def _rearmed(ledger: Ledger, account: str, seen: Frozen) -> Frozen | None:
    """Rearm what the person saw; what stopped it since, where something else did."""
    frozen = await ledger.freezes.frozen(account)
    if frozen not in {None, seen}:
        return frozen
    await ledger.freezes.rearm(account, person(), datetime.now(UTC))
    return None
