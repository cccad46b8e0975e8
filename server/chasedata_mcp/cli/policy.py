"""`chasedata-mcp policy`: show the policy in force, check a file, rearm after a freeze."""

from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from chasedata_mcp import settings
from chasedata_mcp.app.composition import now
from chasedata_mcp.cli import policy_view
from chasedata_mcp.cli.command_errors import UsageError
from chasedata_mcp.cli.exit_codes import Exit
from chasedata_mcp.cli.freeze import describe_freeze
from chasedata_mcp.cli.grants import list_grants
from chasedata_mcp.cli.ledger_access import with_account
from chasedata_mcp.cli.options import Sandbox
from chasedata_mcp.cli.policy_view import AccountState
from chasedata_mcp.cli.screen import NAME, local_time, out, print_json
from chasedata_mcp.cli.second_factor import describe_missing_factor
from chasedata_mcp.cli.shrunken_file import accept_shrunken_file, find_shrunken_file
from chasedata_mcp.cli.stopped_caps import (
    StoppedCap,
    describe_closing,
    describe_stopped_cap,
    find_closing,
    find_stopped_caps,
)
from chasedata_mcp.cli.terminal_prompt import confirm, person
from chasedata_mcp.cli.unread_marks import count_unread_marks
from chasedata_mcp.errors import SettingsError
from chasedata_mcp.fields.format import quote_name
from chasedata_mcp.ledger import Frozen, Ledger, Restore
from chasedata_mcp.policy.loader import (
    EffectivePolicy,
    PolicyFileError,
    load_policy,
    load_policy_file,
)
from chasedata_mcp.policy.models import PolicyTerms
from chasedata_mcp.policy.suppression_file import ShrunkenFile

EXAMPLES = (
    f"{NAME} policy show",
    f"{NAME} policy check ~/policy.toml",
    f"{NAME} policy test send_sms --help",
    f"{NAME} policy rearm",
)


@dataclass(frozen=True, slots=True)
class _Stops:
    """The reasons for stops: a freeze, a restore, caps, a lost registry, a shrunken file."""

    frozen: Frozen | None = None
    closing: Restore | None = None
    caps: tuple[StoppedCap, ...] = ()
    numbers_left: int | None = None
    file: ShrunkenFile | None = None


_NO_STOPS = _Stops()


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
    state = _read_state(in_force.terms, sandbox=sandbox)
    if as_json:
        print_json(policy_view.as_data(in_force, found.policy, state))
    else:
        policy_view.show(in_force, found.policy, state, out())


def _read_state(terms: PolicyTerms, *, sandbox: bool) -> AccountState:
    read = partial(_read_account, terms=terms)
    try:
        return replace(with_account(read, sandbox=sandbox), sandbox=sandbox)
    except UsageError as error:
        # The policy can be shown without a dialer that is set, so without a ledger.
        return AccountState(no_ledger=str(error))


async def _read_account(ledger: Ledger, account: str, terms: PolicyTerms) -> AccountState:
    stops = await _find_stops(ledger, account, terms)
    grants = tuple(await list_grants(ledger, account))
    waiting = await ledger.dnc_registry.count_waiting(account)
    unread = await count_unread_marks(ledger, account, now())
    return AccountState(
        stops.frozen,
        grants,
        stops.numbers_left,
        waiting,
        stops.caps,
        stops.file,
        unread,
        closing=stops.closing,
    )


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
    policy_view.show_missing_factor(_describe_missing_factor(in_force), screen)


def _describe_missing_factor(in_force: EffectivePolicy) -> str | None:
    try:
        return describe_missing_factor(in_force.terms, settings.load_settings())
    except SettingsError:
        # The file is what is checked here, not the settings, which may be those of another machine.
        return None


def rearm(*, sandbox: Sandbox = False) -> None:
    """Let writes go on after they were stopped: by `freeze`, by an assistant, or at a cap.

    It shows who stopped them, when and why, or which caps refuse calls now, and you type yes: from
    then on the second step of every cap counts anew. It also opens the caps that a restore of a
    backup has closed, and takes the do-not-call memory and the suppression file as they are, where
    some of their numbers were lost.
    """
    terms = load_policy(settings.load_settings(sandbox=sandbox)).terms
    stops = with_account(partial(_find_stops, terms=terms), sandbox=sandbox)
    if stops == _NO_STOPS:
        out().print("Nothing is stopped.")
    # A question for each thing that stops calls: each yes is for what its question says.
    if stops.frozen is not None:
        _rearm(stops.frozen, sandbox=sandbox)
    elif stops.caps:
        _reopen(stops.caps, sandbox=sandbox)
    if stops.closing is not None:
        _open(stops.closing, sandbox=sandbox)
    if stops.numbers_left is not None:
        _accept_loss(stops.numbers_left, sandbox=sandbox)
    if stops.file is not None:
        accept_shrunken_file(stops.file, terms, sandbox=sandbox)


def _rearm(frozen: Frozen, *, sandbox: bool) -> None:
    confirm(
        f"All but reads and requests not to be called is stopped since {local_time(frozen.at)}, by "
        f"{frozen.by}. Why: {quote_name(frozen.why)}. Let calls through again? "
        "Every cap's second step counts from now on."
    )
    other = with_account(partial(_rearm_account, seen=frozen), sandbox=sandbox)
    if other is not None:
        message = f"it was stopped anew meanwhile, on {describe_freeze(other)} Nothing changed"
        raise UsageError(message)
    out().print("Calls go through again.")


def _reopen(caps: tuple[StoppedCap, ...], *, sandbox: bool) -> None:
    shown = " ".join(map(describe_stopped_cap, caps))
    confirm(
        f"Calls are refused at a cap. {shown} Let such calls go again now? Every cap's second step "
        "counts from now on; the first one asks as before."
    )
    names = tuple(cap.limit.name for cap in caps)
    if not with_account(partial(_reopen_account, names=names), sandbox=sandbox):
        raise UsageError("everything was stopped meanwhile. Nothing changed")
    out().print("Calls go through again.")


def _open(closing: Restore, *, sandbox: bool) -> None:
    confirm(
        f"{describe_closing(closing)} Look in the dialer at what was done meanwhile. Let every cap "
        "count from what is on record here?"
    )
    with_account(_open_account, sandbox=sandbox)
    out().print("The caps count what is on record.")


def _accept_loss(left: int, *, sandbox: bool) -> None:
    confirm(
        "The ledger remembers fewer numbers that must not be called than it did, or may do so: its "
        "store, or the file beside it, was removed, replaced, restored or damaged. Nothing that "
        "reaches anybody goes through. If you can, bring the store back from a copy. If not, first "
        "put the numbers that must not be called, as the dialer's list has them, into a file that "
        "the policy names (do_not_call.suppression_file). How many the ledger still has: "
        f"{left}. Go on with these?"
    )
    with_account(_accept_account, sandbox=sandbox)
    out().print("The ledger goes on with the numbers that it has.")


async def _find_stops(ledger: Ledger, account: str, terms: PolicyTerms) -> _Stops:
    is_lost = await ledger.dnc_registry.is_lost(account)
    return _Stops(
        await ledger.freezes.frozen(account),
        await find_closing(ledger, account, now()),
        await find_stopped_caps(ledger, account, terms.caps, now()),
        len(await ledger.dnc_registry.suppressed(account)) if is_lost else None,
        await find_shrunken_file(ledger, account, terms),
    )


async def _reopen_account(ledger: Ledger, account: str, names: tuple[str, ...]) -> bool:
    return await ledger.limits.count_anew(account, person(), now(), names)


async def _open_account(ledger: Ledger, account: str) -> None:
    await ledger.limits.open(account, person(), now())


async def _accept_account(ledger: Ledger, account: str) -> None:
    await ledger.dnc_registry.accept_loss(account, person(), now())


async def _rearm_account(ledger: Ledger, account: str, seen: Frozen) -> Frozen | None:
    """Rearm the freeze that the person saw; return another that came since, which stays."""
    # Their yes is for what they read: a cap may have stopped the account anew meanwhile.
    frozen = await ledger.freezes.frozen(account)
    if frozen not in {None, seen}:
        return frozen
    await ledger.freezes.rearm(account, person(), now())
    return None
