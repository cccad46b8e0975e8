"""The job `summary`: what was done in a time, in a few lines."""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Final

from chasedata_mcp.errors import Outcome
from chasedata_mcp.ledger import Entry, EntryKind, Filter, Ledger, ledger_required, read_principal
from chasedata_mcp.pipeline.entries import IN_FORCE
from chasedata_mcp.pipeline.pipeline import Pipeline
from chasedata_mcp.tools.effect_records import read_effects
from chasedata_mcp.tools.effects import ContactsPerson, EffectTime
from chasedata_mcp.tools.jobs import Summary
from chasedata_mcp.tools.results import Result

_USUAL: Final = timedelta(hours=24)
_PAGE: Final = 500
_MOST: Final = 20_000
"""The most entries that are counted; a page of them is read at a time."""
_NAMED: Final = 5
"""The most unknown entries, and rules, that are named: the whole is for 150 tokens."""
_TOOLS: Final = 8


async def summarize_activity(
    pipeline: Pipeline, ledger: Ledger, wanted: Summary, caller: str, *, own: bool
) -> Result:
    """Sum up the calls of a time, as one caller may see them.

    Raises:
        CallError: The ledger can't be read.
    """
    since = wanted.since or pipeline.now() - _USUAL
    which = Filter(
        since=since,
        until=wanted.until,
        principal=read_principal(caller) if own else None,
        account=pipeline.account.accid,
    )
    with ledger_required:
        entries, is_whole = await _read(ledger, which)
    to = f" to {wanted.until.astimezone():%Y-%m-%d %H:%M}" if wanted.until else ""
    sentences = [f"Since {since.astimezone():%Y-%m-%d %H:%M}{to}, {'yours' if own else 'all'}:"]
    sentences += list(_describe(entries)) if entries else ["nothing was done."]
    if not is_whole:
        sentences.append(f"Only the newest {_MOST:,} calls are counted.")
    return Result(
        outcome=Outcome.DONE,
        environment=pipeline.account.environment,
        account=pipeline.account.accid,
        message=" ".join(sentences),
        warnings=[],
    )


async def _read(ledger: Ledger, which: Filter) -> tuple[list[Entry], bool]:
    found: list[Entry] = []
    before: str | None = None
    while len(found) < _MOST:
        page = await ledger.history(which, limit=_PAGE, before=before)
        found += page.entries
        before = page.older
        if before is None:
            return found, True
    return found, False


def _describe(entries: Iterable[Entry]) -> Iterator[str]:
    by_tool: dict[str, Counter[str]] = {}
    rules: Counter[str] = Counter()
    people: set[str] = set()
    unknown: list[str] = []
    for entry in entries:
        by_tool.setdefault(entry.intent.tool, Counter())[entry.outcome.value] += 1
        said = [one for one in entry.intent.verdict if one.rule != IN_FORCE]
        rules.update(one.rule for one in said if one.decision == "refuse")
        people |= _find_people(entry)
        if entry.kind is EntryKind.WRITE and not entry.settled:
            unknown.append(entry.id)
    named = [f"{tool} {_counts(of_it)}" for tool, of_it in _by_number(by_tool)]
    others = len(named) - _TOOLS
    yield "; ".join([*named[:_TOOLS], *([f"and {others} other tools"] if others > 0 else [])]) + "."
    yield f"People called or texted: {len(people)}."
    refused = ", ".join(f"{rule} {times}" for rule, times in rules.most_common(_NAMED))
    if refused:
        yield f"Refused by: {refused}."
    if unknown:
        rest = f" and {len(unknown) - _NAMED} more" if len(unknown) > _NAMED else ""
        yield f"Outcome unknown: {', '.join(unknown[:_NAMED])}{rest}."


def _by_number(by_tool: dict[str, Counter[str]]) -> list[tuple[str, Counter[str]]]:
    return sorted(by_tool.items(), key=lambda item: -item[1].total())


def _counts(of_it: Counter[str]) -> str:
    return ", ".join(f"{count} {outcome}" for outcome, count in of_it.most_common())


def _find_people(entry: Entry) -> set[str]:
    """Find who was, or may have been, called or texted by a call."""
    if entry.kind is not EntryKind.WRITE or entry.outcome is Outcome.REFUSED:
        return set()
    contacts = [
        one
        for one in read_effects(entry.intent.effects, entry.id)
        if isinstance(one, ContactsPerson) and one.when is EffectTime.NOW
    ]
    return {one.number or one.lead or entry.id for one in contacts}
