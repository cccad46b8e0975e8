"""`chasedata-mcp doctor`: check the settings, the dialer that they mean, and its answer."""

import secrets
from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import date, timedelta
from time import perf_counter
from typing import Annotated

import typer
from rich.text import Text

from chasedata_mcp import settings
from chasedata_mcp.app import dialer as dialers
from chasedata_mcp.app.composition import ledger_key
from chasedata_mcp.app.names_file import open_names_file
from chasedata_mcp.cli.call_session import TerminalSession, open_session
from chasedata_mcp.cli.examination import Examination, Finding, State, check_files
from chasedata_mcp.cli.exit_codes import Exit, exit_of
from chasedata_mcp.cli.freeze import describe_freeze
from chasedata_mcp.cli.policy_view import MEMORY_LOST, read_hours
from chasedata_mcp.cli.screen import NAME, command, local_time, out, print_hanging
from chasedata_mcp.cli.second_factor import TO_ENROLL, describe_missing_factor
from chasedata_mcp.cli.settings_table import make_settings_table
from chasedata_mcp.cli.stopped_caps import (
    describe_closing,
    describe_stopped_cap,
    find_closing,
    find_stopped_caps,
)
from chasedata_mcp.cli.terminal_prompt import ask_at_terminal
from chasedata_mcp.cli.time_zone_files import describe_zone_files
from chasedata_mcp.cli.unread_marks import (
    HOW_TO_LOOK,
    count_unread_marks,
    describe_unread_marks,
)
from chasedata_mcp.cli.waiting_requests import count_waiting
from chasedata_mcp.dialer.errors import ASK_DOCTOR
from chasedata_mcp.errors import CallError, Code, SettingsError
from chasedata_mcp.fields.zone_files import ZoneDatabase, find_database
from chasedata_mcp.history.waiting_requests import describe_waiting
from chasedata_mcp.ledger import LedgerError
from chasedata_mcp.policy.hours_age import warn_of_age
from chasedata_mcp.policy.loader import load_policy
from chasedata_mcp.settings import PREFIX, Settings
from chasedata_mcp.tools.account import Account
from chasedata_mcp.tools.render import DIALER_SAID_PREFIX
from chasedata_mcp.tools.results import Result

_TOKEN_PAGE = "Settings, Integration, API Tokens in the dialer's administration"  # noqa: S105 - a place
_MAKE_A_TOKEN = (
    f"Make a token under {_TOKEN_PAGE}, and set it as CHASEDATA_TOKEN; CHASEDATA_ACCID is the "
    "first label of your own host name, test for test.chasedatacorp.com. To look around without an "
    f"account: {NAME} demo."
)
_UNTIL_THEN = "Correct that and run doctor again; nothing starts until then."
_LOOK_UP = (
    "Update this program, or look the rows up and name a table of your own in calling_hours.windows"
    " of the policy; docs/calling-hours.md says how."
)
_LATELY = timedelta(days=2)
"""The time for which the record's counts matter, and whether the clock was set meanwhile."""
_VERIFIED_WITHIN = timedelta(days=31)
"""The time after which a verification that only counts what was verified before isn't enough."""
_UNRECORDED = (
    "Only reads go through until that is mended: not even a request not to be called is sent."
)
_MEANS = {
    Code.NOT_ALLOWED: "The settings keep searches off, so nothing was tried. Unset them for this "
    "check if you want to know whether the dialer answers.",
    Code.REFUSED_BY_DIALER: "Something answered and said no. Most often the token or the accid is "
    f"wrong: compare both with {_TOKEN_PAGE}.",
    Code.NOT_REACHED: "Nothing was reached: the base address is wrong, or a firewall or proxy "
    "stands between. Behind a proxy set CHASEDATA_TRUST_ENV=1 to use HTTPS_PROXY.",
    Code.NO_ANSWER: "The address was reached and stayed silent. Try again; if the dialer is slow, "
    "raise CHASEDATA_SEARCH_SECONDS.",
    Code.NOT_UNDERSTOOD: "What answered doesn't speak as the dialer does: it may be a proxy's or a "
    "sign-in page. Compare CHASEDATA_BASE_URL with the address in the vendor's description. "
    f"If it is your dialer, {NAME} probe finds out in what its answers differ.",
    Code.FAILED: "That is a fault of this program; please report it with the log's lines.",
}


def doctor(
    *,
    everything: Annotated[
        bool, typer.Option("--all", help="Show the settings that have their default, too.")
    ] = False,
    sandbox: Annotated[bool, typer.Option("--sandbox", help="Check the embedded sandbox.")] = False,
) -> None:
    """Check the settings, the credentials and the line to the dialer.

    It changes nothing in the dialer: it makes one search for a client id that nobody has, which is
    on record as any call. The verdict stands first, then what was found, then what is set. It ends
    with 1 where something is wrong beside the dialer's answer, and with 70 where doctor itself
    failed.
    """
    try:
        found = settings.load_settings(sandbox=sandbox)
        line = dialers.line(found)
        open_names_file(found, line.account)
    except SettingsError as error:
        unusable = Finding(State.BAD, f"The settings can't be used: {error}", _UNTIL_THEN)
        _print_all(Examination([unusable], Exit.USAGE))
        raise typer.Exit(Exit.USAGE) from None
    examination = _examine(found, line.account, sandbox=sandbox)
    _print_all(examination)
    _print_settings(found, by_option=("sandbox",) if sandbox else (), everything=everything)
    raise typer.Exit(examination.exit)


def _examine(found: Settings, account: Account, *, sandbox: bool) -> Examination:
    if account.environment == "none":
        return Examination([name_dialer(account)], Exit.USAGE)
    exposed = list(check_files(found))
    if any(one.state is State.BAD for one in exposed):
        return Examination([name_dialer(account), *exposed], Exit.USAGE)
    with open_session(found, ask_at_terminal) as person:
        finding, code = check_dialer(person.call)
        others = [
            *check_stops(person, sandbox=sandbox),
            *check_clock(person),
            *check_verification(person, found, sandbox=sandbox),
            *check_second_factor(found),
            *check_calling_hours(found, person.pipeline.now().date()),
        ]
    others += exposed
    others.append(check_time_zones(find_database()))
    return Examination([name_dialer(account), finding, *others], code)


def name_dialer(account: Account) -> Finding:
    """Name the dialer that the settings mean."""
    match account.environment:
        case "sandbox":
            where = f"on {account.host}" if account.host else "embedded"
            return Finding(State.GOOD, f"The sandbox, {where}; no dialer is touched.")
        case "live":
            message = f"A live dialer is set: account {account.accid} at {account.host}."
            return Finding(State.GOOD, message)
        case "none":
            message = "No dialer is configured: there are no credentials."
            return Finding(State.BAD, message, _MAKE_A_TOKEN)


def check_dialer(call: Callable[[str, Mapping[str, object]], Result]) -> tuple[Finding, Exit]:
    """Check that the dialer answers, and how fast, by a search for somebody who isn't there."""
    # A lookup by client id is a read, and the random id matches no lead: nothing can change, and no
    # customer's data comes back.
    nobody = {
        "search_field": "client_id",
        "identifier": f"doctor-{secrets.token_hex(8)}",
        "detailed": True,
    }
    begun = perf_counter()
    result = call("search_lead", nobody)
    took = perf_counter() - begun
    if result.code is None:
        message = f"It answers: a search for a client id that nobody has took {took * 1000:.0f} ms."
        return Finding(State.GOOD, message), Exit.DONE
    # The policy refused the search itself: nothing is wrong, and nothing is known of the dialer.
    if result.code is Code.NOT_ALLOWED:
        return Finding(State.OPEN, result.message, _MEANS[Code.NOT_ALLOWED]), Exit.DONE
    code = Exit.FAULT if result.code is Code.FAILED else exit_of(result)
    return Finding(State.BAD, _describe_failure(result), _advice(result, result.code)), code


def _advice(result: Result, code: Code) -> str:
    """Give the result's own hint where it names a setting, else the usual cause of its code."""
    hint = result.hint or ""
    named = code in {Code.REFUSED_BY_DIALER, Code.NOT_UNDERSTOOD} and PREFIX in hint
    return hint.removesuffix(ASK_DOCTOR) if named else _MEANS.get(code, "")


def check_stops(person: TerminalSession, *, sandbox: bool) -> Iterator[Finding]:
    """Check that nothing is stopped, and that no request not to be called waits to be sent."""
    if person.ledger is None:
        return
    account = person.pipeline.account.accid
    try:
        frozen = person.portal.call(person.ledger.freezes.frozen, account)
        lost = person.portal.call(person.ledger.dnc_registry.is_lost, account)
        waiting = count_waiting(person)
        unread = person.portal.call(
            count_unread_marks, person.ledger, account, person.pipeline.now()
        )
        policy, at = person.pipeline.policy, person.pipeline.now()
        caps = person.portal.call(find_stopped_caps, person.ledger, account, policy.caps, at)
        closing = person.portal.call(find_closing, person.ledger, account, at)
        problem = person.portal.call(person.pipeline.facts.find_suppression_problem)
        # The search is on record by then, unless that can't be written.
        person.portal.call(person.ledger.flush)
        if person.ledger.failing:
            yield Finding(State.BAD, person.ledger.failing, _UNRECORDED)
    except (LedgerError, CallError) as error:
        yield Finding(
            State.BAD,
            str(error),
            _UNRECORDED,
        )
        return
    to_go_on = f"To go on: {command('policy rearm', sandbox=sandbox)}"
    if frozen is not None:
        stopped = "All but reads and requests not to be called is stopped since"
        message = f"{stopped} {describe_freeze(frozen)}"
        yield Finding(State.OPEN, message, to_go_on)
    refusing = [f"Calls are refused at {describe_stopped_cap(cap)}" for cap in caps]
    for message in (*([] if closing is None else [describe_closing(closing)]), *refusing):
        yield Finding(State.OPEN, message, to_go_on)
    if lost:
        yield Finding(State.OPEN, f"The do-not-call memory is {MEMORY_LOST}", to_go_on)
    if problem:
        yield Finding(State.OPEN, problem, "Nothing that reaches anybody goes through until then.")
    if unread:
        yield Finding(State.OPEN, describe_unread_marks(unread), HOW_TO_LOOK)
    if waiting:
        to_send = f"To send what waits: {command('dnc send', sandbox=sandbox)}"
        yield Finding(State.OPEN, describe_waiting(waiting), to_send)


def check_clock(person: TerminalSession) -> Iterator[Finding]:
    """Check that this machine's clock wasn't set lately, and agrees with a database server's."""
    problem = None if person.ledger is None else person.ledger.time.describe_problem(_LATELY)
    if problem is not None:
        yield Finding(State.OPEN, problem)


def check_verification(
    person: TerminalSession, found: Settings, *, sandbox: bool
) -> Iterator[Finding]:
    """Check that all of the record was verified not too long ago, where it ever was."""
    if person.ledger is None:
        return
    key = ledger_key(dialers.line(found).target)
    try:
        last = person.portal.call(person.ledger.last_verification, key)
    except LedgerError:
        return  # It is said already.
    advice = f"To verify all of the record: {command('ledger verify --all', sandbox=sandbox)}"
    if isinstance(last, str):
        message = f"How far the record was verified isn't known: {last}."
        yield Finding(State.OPEN, message, advice)
    elif last is not None and person.pipeline.now() - last.whole_at > _VERIFIED_WITHIN:
        message = f"All of the record was last verified on {local_time(last.whole_at)}."
        yield Finding(State.OPEN, message, advice)


def check_second_factor(found: Settings) -> Iterator[Finding]:
    """Check that a second factor is enrolled, where the policy wants one's codes."""
    warning = describe_missing_factor(load_policy(found).terms, found)
    if warning is not None:
        yield Finding(State.OPEN, warning, TO_ENROLL)


def check_time_zones(found: ZoneDatabase) -> Finding:
    """Check which files of time zones are in use, and that they aren't old."""
    report = describe_zone_files(found)
    state = State.OPEN if report.advice else State.GOOD
    return Finding(state if report.can_be_used else State.BAD, report.message, report.advice)


def check_calling_hours(found: Settings, today: date) -> Iterator[Finding]:
    """Check that the table of calling hours isn't old, and that its lists of holidays go on."""
    terms = load_policy(found).terms
    if terms.calling_hours.outside == "off":
        return
    own = terms.calling_hours.windows
    advice = _LOOK_UP if own is None else f"{_LOOK_UP} The table is your own: {own}"
    for warning in warn_of_age(read_hours(terms), today):
        yield Finding(State.OPEN, warning, advice)


def _describe_failure(result: Result) -> str:
    quoted = f" {DIALER_SAID_PREFIX}{result.dialer_said}" if result.dialer_said else ""
    return f"A search came back {result.code}: {result.message}{quoted}"


def _print_all(examination: Examination) -> None:
    _print(examination.verdict)
    out().print()
    for one in examination.findings:
        _print(one)


def _print_settings(found: Settings, *, by_option: Collection[str], everything: bool) -> None:
    screen = out()
    table = make_settings_table(found, by_option=by_option, everything=everything)
    screen.print(table if table.row_count else "")
    if not everything:
        screen.print(f"Every other setting has its default; {NAME} doctor --all shows them.")


def _print(finding: Finding) -> None:
    mark, colour = finding.state.value
    screen = out()
    text = "\n".join(filter(None, (finding.message, finding.advice)))
    print_hanging(screen, Text(mark, style=f"bold {colour}"), Text(text), indent=2)
