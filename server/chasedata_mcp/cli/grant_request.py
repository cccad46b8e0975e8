"""A grant as a person requests it: read strictly, and put as a question before it is given."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time
from pathlib import Path

from chasedata_mcp.app.machine_user import machine_user
from chasedata_mcp.approvals.scopes import first_numbers
from chasedata_mcp.cli.command_errors import UsageError
from chasedata_mcp.cli.option_values import read_line, read_number, read_tool
from chasedata_mcp.cli.screen import NAME, local_clock
from chasedata_mcp.cli.terminal_prompt import ON_THE_TERMINAL
from chasedata_mcp.fields.assurance_level import AssuranceLevel
from chasedata_mcp.fields.format import join_words, quote_name
from chasedata_mcp.files.text import TextFileError, describe_read_error, read_text
from chasedata_mcp.ledger import Grant, fresh_id, read_principal
from chasedata_mcp.policy.evaluator import Policy
from chasedata_mcp.tools.impact import Impact
from chasedata_mcp.tools.leads import InsertLead
from chasedata_mcp.tools.registry import CATALOGUE
from chasedata_mcp.tools.sms import SendSms

AT_MOST = 500
"""The most calls that one grant covers (docs/approvals.md)."""
_CLOCK = re.compile("([0-9]{1,2}):([0-9]{2})")
_LONGEST_CAMPAIGN = 50
_LONGEST_CALLER = 200
_SHOWN = 20


@dataclass(frozen=True, slots=True)
class GrantRequest:
    """The arguments of `grants give` as they were typed."""

    tools: Sequence[str]
    number: Sequence[str] | None
    numbers: Path | None
    campaign: str | None
    at_most: int
    until: str
    caller: str | None


def read_grant(request: GrantRequest, account: str, by: str, now: datetime) -> Grant:
    """Read the grant that is requested; `now` is aware.

    Raises:
        UsageError: It can't be granted; no number is repeated.
    """
    tools = tuple(dict.fromkeys(_read_tool(name) for name in request.tools))
    return Grant(
        id=fresh_id(),
        account=account,
        caller=_read_caller(request.caller),
        tools=tools,
        numbers=_read_numbers(request),
        campaign=_read_campaign(request.campaign, tools),
        at_most=request.at_most,
        given=now,
        until=_read_end(request.until, now),
        by=by,
        how=ON_THE_TERMINAL,
        sureness=AssuranceLevel.MACHINE,
    )


def assure(grant: Grant, policy: Policy, with_a_code: Callable[[], AssuranceLevel]) -> Grant:
    """Raise a grant to the second factor, where the policy wants a code for what it covers."""
    needs = {policy.required_assurance_of_grant(CATALOGUE[tool]) for tool in grant.tools}
    # A terminal's yes counts as `machine` already; only a code is more than that.
    if AssuranceLevel.SECOND_FACTOR not in needs:
        return grant
    return replace(grant, sureness=with_a_code())


def _read_caller(name: str | None) -> str:
    if name is None:
        return read_principal(machine_user())
    principal = read_line("--for", name, _LONGEST_CALLER)
    if principal != read_principal(principal):
        raise UsageError(
            "--for takes a principal alone, such as key: a client names itself, so what is given "
            f"to one is given to all of its principal. `{NAME} keys make` gives a client a key, "
            "and so a principal, of its own"
        )
    return principal


def _read_tool(name: str) -> str:
    tool = read_tool("grants give", name) or ""
    match CATALOGUE[tool].declared_impact:
        case Impact.DESTRUCTIVE:
            raise UsageError(f"{tool} is destructive; each call of it needs a yes of its own")
        case Impact.READ:
            raise UsageError(f"{tool} only reads; it needs no grant")
        case _:
            return tool


_OF_CAMPAIGNS = (InsertLead.name, SendSms.name)
"""The tools whose calls say which campaign they are for, themselves or by the lead of a text."""


def _read_campaign(name: str | None, tools: Sequence[str]) -> str | None:
    if name is None:
        return None
    other = next((tool for tool in tools if tool not in _OF_CAMPAIGNS), None)
    if other is not None:
        raise UsageError(
            f"a call of {other} doesn't say whom of which campaign it reaches; narrow it by "
            f"--number or --numbers (--campaign is for {' and '.join(_OF_CAMPAIGNS)})"
        )
    return read_line("--campaign", name, _LONGEST_CAMPAIGN)


def _read_numbers(request: GrantRequest) -> tuple[str, ...] | None:
    """Read the ten digits of each phone, once; None where all numbers are meant."""
    if request.numbers is not None and request.number:
        raise UsageError("give either --number or --numbers")
    if request.numbers is not None:
        return tuple(dict.fromkeys(_read_file(request.numbers)))
    if not request.number:
        return None
    return tuple(dict.fromkeys(_read_number("--number", number) for number in request.number))


def _read_number(where: str, written: str) -> str:
    return read_number(where, written) or ""


def _read_file(file: Path) -> Iterator[str]:
    try:
        lines = read_text(file.expanduser()).splitlines()
    except (OSError, TextFileError) as error:
        reason = describe_read_error(error)
        raise UsageError(f"--numbers names a file that can't be read ({reason})") from None
    written = [
        (number, text)
        for number, line in enumerate(lines, start=1)
        if (text := line.partition("#")[0].strip())
    ]
    if not written:
        raise UsageError("--numbers names a file without a number in it")
    yield from (_read_number(f"--numbers: line {number}", text) for number, text in written)


def _read_end(written: str, now: datetime) -> datetime:
    """Read a time of today by this machine's clock that is still to come, as UTC."""
    # Today at the latest: until it ends, a grant is kept whole beside the chain (docs/ledger.md).
    local = now.astimezone()
    until = datetime.combine(local.date(), _read_clock(written)).astimezone()
    if until <= now:
        raise UsageError("--until is over already; a grant ends later today")
    return until.astimezone(UTC)


def _read_clock(written: str) -> time:
    match = _CLOCK.fullmatch(written.strip())
    try:
        if match is not None:
            return time(int(match[1]), int(match[2]))
    except ValueError:
        pass
    raise UsageError("--until takes a time of today, such as 17:00")


def ask_for(grant: Grant) -> str:
    """Put a grant as a question, with everything that a person has to weigh."""
    calls = "one call" if grant.at_most == 1 else f"up to {grant.at_most} calls"
    return (
        f"Let {grant.caller} (any client) make {calls} of {join_words(list(grant.tools))} without "
        f"asking again, until {local_clock(grant.until)} today? {_scope(grant)} What the policy "
        "refuses stays refused."
    )


def _scope(grant: Grant) -> str:
    """Say as a sentence whom the calls reach; a grant for everybody says so."""
    campaign = "" if grant.campaign is None else f" of campaign {quote_name(grant.campaign)}"
    if grant.numbers is None:
        return f"Calls{campaign or ' of any campaign'}, to any number."
    first, rest = first_numbers(grant.numbers, _SHOWN)
    return f"Calls{campaign} to {join_words([*first, f'{rest} more'] if rest else first)} only."
