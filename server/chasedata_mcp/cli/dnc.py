"""`chasedata-mcp dnc`: requests not to be called that the dialer's own list doesn't have yet."""

from collections import Counter
from collections.abc import Sequence
from functools import partial
from typing import Annotated, Any

import typer
from rich.text import Text

from chasedata_mcp import settings
from chasedata_mcp.app.composition import keeps_number_out, now
from chasedata_mcp.cli import result_view
from chasedata_mcp.cli.call_session import open_session
from chasedata_mcp.cli.command_errors import CommandError, UsageError
from chasedata_mcp.cli.exit_codes import Exit, exit_of
from chasedata_mcp.cli.ledger_access import find_environment, with_account
from chasedata_mcp.cli.option_values import read_number
from chasedata_mcp.cli.options import Sandbox
from chasedata_mcp.cli.screen import (
    NAME,
    command,
    local_time,
    make_table,
    out,
    print_json,
    print_line,
)
from chasedata_mcp.cli.terminal_prompt import NOTHING_CHANGED, ask_at_terminal, confirm, person
from chasedata_mcp.cli.waiting_requests import count_waiting, send_waiting
from chasedata_mcp.errors import CallError, Outcome
from chasedata_mcp.fields.format import format_phone
from chasedata_mcp.history.waiting_requests import SentRequest, describe_waiting
from chasedata_mcp.ledger import DroppedRequest, Ledger, WaitingRequest

HELP = (
    "List, send or drop requests not to be called that the dialer's own list doesn't have yet.\n\n"
    "A number that insert_dnc couldn't put there, since the dialer wasn't reached or refused it, "
    "is suppressed here at once. The dialer may still call it by itself until the request is sent."
)
EXAMPLES = (
    f"{NAME} dnc pending",
    f"{NAME} dnc send",
    f"{NAME} dnc drop 954-555-0123",
)
_ASK = partial(ask_at_terminal, left=NOTHING_CHANGED)


def pending(
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print each as a line of JSON.")] = False,
    sandbox: Sandbox = False,
) -> None:
    """List the requests that still wait to be sent, the oldest first."""
    found = with_account(_list_waiting, sandbox=sandbox)
    if as_json:
        for request in found:
            print_json(as_data(request))
    elif not found:
        out().print("No request waits.")
    else:
        _show(found)
        print_line(out(), f"To send them: {command('dnc send', sandbox=sandbox)}")


def send(*, sandbox: Sandbox = False) -> None:
    """Send every request that waits to the dialer's own list, each once.

    It goes on until the dialer can't be reached or refuses three in a row, and ends with the exit
    code of the last call that failed. What isn't sent goes on waiting.
    """
    found = settings.load_settings(sandbox=sandbox)
    find_environment(found)  # it refuses where no ledger is kept
    with open_session(found, _ASK) as session:
        try:
            sent = send_waiting(session)
        except CallError as error:
            result = session.pipeline.build_failure(error)
            result_view.show(result, out(), sandbox=sandbox)
            raise typer.Exit(exit_of(result)) from None
        left = count_waiting(session)
    _show_sent(sent, left, sandbox=sandbox)
    failed = [one.result for one in sent if one.result is not None and one.has_failed]
    raise typer.Exit(exit_of(failed[-1]) if failed else Exit.DONE)


def drop(
    number: Annotated[
        str, typer.Argument(metavar="PHONE", help="The number, as `dnc pending` lists it.")
    ],
    *,
    sandbox: Sandbox = False,
) -> None:
    """Take a request out that the dialer's own list has already, since somebody put it there.

    The number stays suppressed here. To let it be called again use `call delete_dnc`.
    """
    phone = read_number("PHONE", number)
    if phone is None or phone not in {
        one.number for one in with_account(_list_waiting, sandbox=sandbox)
    }:
        raise UsageError(f"no request waits for this number; see {NAME} dnc pending")
    confirm(
        f"Is {format_phone(phone)} on the dialer's own do-not-call list already, since somebody "
        "put it there? The request isn't sent any more then; the number stays suppressed here."
    )
    is_kept_out = keeps_number_out(settings.load_settings(sandbox=sandbox), phone)
    dropped = DroppedRequest(phone, person(), now(), is_kept_out)
    if not with_account(partial(_drop, dropped=dropped), sandbox=sandbox):
        raise CommandError("the request was settled meanwhile; nothing changed", Exit.FAILED)
    out().print("The request isn't sent any more. The number stays suppressed here.")


def as_data(request: WaitingRequest) -> dict[str, Any]:
    """Make the JSON of a waiting request; times with their offset."""
    return {
        "number": request.number,
        "since": request.since.isoformat(),
        "last_tried": request.last_tried.isoformat(),
        "attempts": len(request.entries),
        "state": _state(request),
        "entries": sorted(request.entries),
    }


async def _list_waiting(ledger: Ledger, account: str) -> list[WaitingRequest]:
    return await ledger.dnc_registry.waiting(account, now())


async def _drop(ledger: Ledger, account: str, dropped: DroppedRequest) -> bool:
    return await ledger.dnc_registry.drop_request(account, dropped)


def _state(request: WaitingRequest) -> str:
    if request.is_under_way:
        return "under way"
    return "unknown" if request.may_be_listed else "not sent"


_MEANS = {
    "under way": "may be under way now",
    "unknown": "may be on the list; sending it again does no harm",
    "not sent": "not on the list",
}


def _show(found: Sequence[WaitingRequest]) -> None:
    table = make_table("number", "since", "last tried", "in the dialer", unwrapped=3)
    for one in found:
        times = (local_time(one.since), local_time(one.last_tried))
        table.add_row(*map(Text, (format_phone(one.number), *times, _MEANS[_state(one)])))
    out().print(table)


def _show_sent(sent: Sequence[SentRequest], left: int, *, sandbox: bool) -> None:
    if sent:
        table = make_table("number", "outcome", unwrapped=1)
        for one in sent:
            table.add_row(Text(format_phone(one.request.number)), Text(_outcome(one)))
        out().print(table)
    done = Counter(_is_done(one) for one in sent)[True]
    if not left:
        out().print("Nothing waits any more." if done else "No request waits.")
        return
    print_line(out(), describe_waiting(left))
    print_line(out(), f"See them with {command('dnc pending', sandbox=sandbox)}")


def _is_done(one: SentRequest) -> bool:
    return one.result is not None and one.result.outcome is Outcome.DONE


def _outcome(one: SentRequest) -> str:
    if one.result is None:
        return "settled by somebody else meanwhile"
    return "done" if _is_done(one) else f"{one.result.outcome} ({one.result.code})"
