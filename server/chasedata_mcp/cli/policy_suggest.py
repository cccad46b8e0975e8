"""`chasedata-mcp policy suggest`: hold the caps against the last weeks, and say what would fit."""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Annotated, Any

import typer

from chasedata_mcp import settings
from chasedata_mcp.app.composition import now
from chasedata_mcp.cli.ledger_access import with_account
from chasedata_mcp.cli.options import JSON, Sandbox
from chasedata_mcp.cli.screen import NAME, make_table, out, print_json
from chasedata_mcp.errors import Outcome
from chasedata_mcp.ledger import Entry, EntryKind, Filter, Ledger
from chasedata_mcp.policy.cap_history import CapReview, CountedCall, review_caps
from chasedata_mcp.policy.caps import list_usage_of_effects
from chasedata_mcp.policy.explain import in_toml
from chasedata_mcp.policy.loader import load_policy
from chasedata_mcp.policy.models import Cap, Caps
from chasedata_mcp.policy.rules.usage_caps import CAPS
from chasedata_mcp.tools.effect_records import read_effects

EXAMPLES = (f"{NAME} policy suggest", f"{NAME} policy suggest --weeks 8 --json")
_A_PAGE = 500


def suggest(
    *,
    weeks: Annotated[
        int, typer.Option("--weeks", metavar="N", min=1, max=52, help="Look back so many weeks.")
    ] = 4,
    as_json: Annotated[bool, typer.Option(JSON, help="Print one line of JSON.")] = False,
    sandbox: Sandbox = False,
) -> None:
    """Say what the caps in force would have asked about and refused, and which figures would fit.

    It reads the record of the last weeks: calls that were done or may have been, and those that a
    cap refused or asked about. It changes nothing.
    """
    caps = load_policy(settings.load_settings(sandbox=sandbox)).terms.caps
    since = now() - timedelta(weeks=weeks)
    calls = with_account(partial(_read_calls, since=since), sandbox=sandbox)
    reviews = review_caps(calls, caps)
    if as_json:
        print_json({"since": since.isoformat(timespec="seconds"), "caps": _as_data(reviews, caps)})
    else:
        _show(reviews, caps, weeks)


async def _read_calls(ledger: Ledger, account: str, since: datetime) -> list[CountedCall]:
    return [
        CountedCall(entry.intent.at, list_usage_of_effects(effects, entry.intent.tool))
        async for entry in _entries(ledger, account, since)
        if (effects := read_effects(entry.intent.effects, entry.id))
    ]


async def _entries(ledger: Ledger, account: str, since: datetime) -> AsyncIterator[Entry]:
    for kind in (EntryKind.WRITE, EntryKind.REFUSAL):
        which, older = Filter(since=since, account=account, kind=kind), None
        while True:
            page = await ledger.history(which, limit=_A_PAGE, before=older)
            for entry in filter(_counts, page.entries):
                yield entry
            if (older := page.older) is None:
                break


def _counts(entry: Entry) -> bool:
    """Tell whether an entry is of the work: done, perhaps done, or kept from it by a cap."""
    if entry.kind is EntryKind.REFUSAL:
        return any(ruling.rule == CAPS for ruling in entry.intent.verdict)
    return entry.outcome is not Outcome.REFUSED


def _as_data(reviews: Sequence[CapReview], caps: Caps) -> dict[str, Any]:
    return {
        review.cap: {
            "busiest_hour": review.busiest_hour,
            "busiest_day": review.busiest_day,
            "in_force": _figures(getattr(caps, review.cap)),
            "would_have_asked": review.asked,
            "would_have_stopped": review.stopped,
            "fits": _figures(review.fits),
        }
        for review in reviews
    }


def _figures(cap: Cap | str) -> Any:  # noqa: ANN401 - as a policy file has it
    if isinstance(cap, str):
        return cap
    return {span: [steps.ask, steps.stop] for span, steps in (("hour", cap.hour), ("day", cap.day))}


def _show(reviews: Sequence[CapReview], caps: Caps, weeks: int) -> None:
    screen = out()
    if not reviews:
        screen.print(f"No cap counted anything in the last {weeks} weeks.")
        return
    table = make_table("cap", "busiest hour", "day", "asks", "stops", "in force")
    for one in reviews:
        in_force: Cap | str = getattr(caps, one.cap)
        figures = in_force if isinstance(in_force, str) else in_toml(in_force.model_dump())
        numbers = (one.busiest_hour, one.busiest_day, one.asked, one.stopped)
        table.add_row(one.cap, *map(str, numbers), figures)
    screen.print(f"The last {weeks} weeks, by the caps in force; “asks” and “stops” count calls.")
    screen.print(table)
    screen.print("Figures at which none of these calls would have asked, for a policy file:")
    screen.print("[caps]", markup=False)
    for one in reviews:
        screen.print(f"{one.cap} = {in_toml(one.fits.model_dump())}", markup=False, soft_wrap=True)
