"""A grant as it is typed: read strictly, put into words, and as sure as the policy wants it."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time
from pathlib import Path

from chasedata_mcp.approvals.assurance import AssuranceLevel
from chasedata_mcp.cli import option_values
from chasedata_mcp.cli.accounts import clock
from chasedata_mcp.cli.calling import user
from chasedata_mcp.cli.usage_errors import UsageError
from chasedata_mcp.fields.format import format_phone, join_words, quote_name
from chasedata_mcp.ledger import Grant, fresh_id
from chasedata_mcp.policy.evaluator import Policy
from chasedata_mcp.text_files import TextFileError, describe_read_error, read_text
from chasedata_mcp.tools.base import Impact
from chasedata_mcp.tools.leads import InsertLead
from chasedata_mcp.tools.registry import CATALOGUE
from chasedata_mcp.tools.sms import SendSms

AT_MOST = 500
"""So many calls at most can be granted at once."""
HOW = "on the terminal"
_CLOCK = re.compile("([0-9]{1,2}):([0-9]{2})")
_LONGEST_CAMPAIGN = 50
_LONGEST_CALLER = 200
_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Wish:
    """What was typed after `grants give`."""

    tools: Sequence[str]
    number: Sequence[str] | None
    numbers: Path | None
    campaign: str | None
    at_most: int
    until: str
    caller: str | None


def grant_of(wish: Wish, account: str, by: str, now: datetime) -> Grant:
    """The grant that was meant; `now` is aware.

    Raises:
        UsageError: It can't be granted; no number is repeated.
    """
    tools = tuple(dict.fromkeys(_grantable(name) for name in wish.tools))
    return Grant(
        id=fresh_id(),
        account=account,
        caller=user() if wish.caller is None else _line("--for", wish.caller, _LONGEST_CALLER),
        tools=tools,
        numbers=_numbers(wish),
        campaign=None if wish.campaign is None else _campaign(wish.campaign, tools),
        at_most=wish.at_most,
        given=now,
        until=_today(wish.until, now),
        by=by,
        how=HOW,
        sureness=AssuranceLevel.MACHINE.value,
    )


def surely(grant: Grant, policy: Policy, with_a_code: Callable[[], AssuranceLevel]) -> Grant:
    """A grant with a code of the second factor, where the policy wants one for what it covers."""
    needs = {policy.required_assurance_of_grant(CATALOGUE[tool]) for tool in grant.tools}
    if AssuranceLevel.SECOND_FACTOR not in needs:
        return grant
    return replace(grant, sureness=with_a_code().value)


def _grantable(name: str) -> str:
    tool = option_values.tool("grants give", name) or ""
    match CATALOGUE[tool].declared_impact:
        case Impact.DESTRUCTIVE:
            raise UsageError(f"{tool} is destructive; each call of it needs a yes of its own")
        case Impact.READ:
            raise UsageError(f"{tool} only reads; it needs no grant")
        case _:
            return tool


_OF_CAMPAIGNS = (InsertLead.name, SendSms.name)


def _campaign(name: str, tools: Sequence[str]) -> str:
    """The campaign, where each call says that it is for it, itself or by the lead of a text."""
    other = next((tool for tool in tools if tool not in _OF_CAMPAIGNS), None)
    if other is not None:
        raise UsageError(
            f"a call of {other} doesn't say whom of which campaign it reaches; narrow it by "
            f"--number or --numbers (--campaign is for {' and '.join(_OF_CAMPAIGNS)})"
        )
    return _line("--campaign", name, _LONGEST_CAMPAIGN)


def _line(option: str, text: str, longest: int) -> str:
    """Text on one line, without spaces around it."""
    line = text.strip()
    if not line or len(line) > longest or not line.isprintable():
        raise UsageError(f"{option} takes a line of at most {longest} characters")
    return line


def _numbers(wish: Wish) -> tuple[str, ...] | None:
    """The ten digits of each phone, once; None where all numbers are meant."""
    if wish.numbers is not None and wish.number:
        raise UsageError("give either --number or --numbers")
    if wish.numbers is not None:
        return tuple(dict.fromkeys(_in_file(wish.numbers)))
    if not wish.number:
        return None
    return tuple(dict.fromkeys(_phone("--number", number) for number in wish.number))


def _phone(where: str, written: str) -> str:
    return option_values.number(where, written) or ""


def _in_file(file: Path) -> Iterator[str]:
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
    yield from (_phone(f"--numbers: line {number}", text) for number, text in written)


def _today(written: str, now: datetime) -> datetime:
    """A time of today by this machine's clock that is still to come."""
    local = now.astimezone()
    clock = _clock(written)
    until = datetime.combine(local.date(), clock).astimezone()
    if until <= now:
        raise UsageError("--until is over already; a grant ends later today")
    return until.astimezone(UTC)


def _clock(written: str) -> time:
    match = _CLOCK.fullmatch(written.strip())
    try:
        if match is not None:
            return time(int(match[1]), int(match[2]))
    except ValueError:
        pass
    raise UsageError("--until takes a time of today, such as 17:00")


def in_words(grant: Grant) -> str:
    """A grant as a question shows it, nothing of it left out that matters."""
    calls = "one call" if grant.at_most == 1 else f"up to {grant.at_most} calls"
    whose = f"{grant.caller} (any client)" if "/" not in grant.caller else grant.caller
    return (
        f"Let {whose} make {calls} of {join_words(list(grant.tools))} without asking again, "
        f"until {clock(grant.until)} today? {_scope(grant)} What the policy refuses "
        "stays refused."
    )


def _scope(grant: Grant) -> str:
    """Whom the calls reach, as a sentence; a grant for everybody says so."""
    campaign = "" if grant.campaign is None else f" of campaign {quote_name(grant.campaign)}"
    if grant.numbers is None:
        return f"Calls{campaign or ' of any campaign'}, to any number."
    told = [format_phone(number) for number in grant.numbers[:_SHOWN]]
    more = len(grant.numbers) - len(told)
    return f"Calls{campaign} to {join_words([*told, *([f'{more} more'] if more else [])])} only."
