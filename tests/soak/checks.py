"""What has to hold after the soak: what the ledger, the dialer and the callers say of each call."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from chasedata_mcp.errors import Outcome
from chasedata_mcp.ledger import ANSWERED, Entry, EntryKind, Ledger
from chasedata_mcp.settings.wire.loader import load_shipped_profile
from chasedata_mcp.tools.answer_types import Expects
from chasedata_mcp.tools.registry import CATALOGUE
from soak.recording_dialer import Did, Seen
from soak.replay import Suppression, find_broken

READS = frozenset(
    (load_shipped_profile().scripts[action.script], action.word)
    for action in CATALOGUE.values()
    if action.expects is not Expects.DONE
)


@dataclass(frozen=True, slots=True)
class Found:
    """How many there were, and what doesn't hold."""

    figures: Mapping[str, int]
    problems: tuple[str, ...]


async def list_entries(ledger: Ledger) -> list[Entry]:
    """List all that is on record."""
    entries: list[Entry] = []
    older: str | None = None
    while True:
        page = await ledger.history(limit=500, before=older)
        entries += page.entries
        if page.older is None:
            return entries
        older = page.older


async def check_chain(ledger: Ledger, account: str) -> list[str]:
    """Check the chain by itself, by its head, and by an export that is read anew."""
    verdict = await ledger.verify()
    events = [json.loads(line) async for line in ledger.export()]
    suppression = Suppression()
    suppression.read(events)
    registry = {one.number for one in await ledger.dnc_registry.suppressed(account)}
    return [
        *map(str, verdict.problems),
        *find_broken(events),
        *suppression.problems,
        *suppression.compare(registry),
    ]


def compare_calls(entries: Iterable[Entry], seen: Iterable[Seen], told: Mapping[str, str]) -> Found:
    """Hold the ledger against what the dialer saw and did, and against what callers were told."""
    # A yes to several calls is on record as a write too, and nothing is sent by it.
    writes = [
        entry
        for entry in entries
        if entry.kind is EntryKind.WRITE and entry.intent.tool in CATALOGUE
    ]
    posts = [post for post in seen if (post.script, post.form.get("Action", "")) not in READS]
    of_ledger = defaultdict[str, Counter[str]](Counter)
    of_dialer = defaultdict[str, Counter[str]](Counter)
    for entry in writes:
        of_ledger[_key_of(entry)][_standing(entry)] += 1
    for post in posts:
        of_dialer[_key(post.script, post.form)][post.did] += 1
    problems = [
        *(
            problem
            for key in {*of_ledger, *of_dialer}
            for problem in _of_a_kind(key, of_ledger[key], of_dialer[key])
        ),
        *_of_consents(writes),
        *_of_the_told(writes, told),
    ]
    figures = {
        "writes on record": len(writes),
        "writes that the dialer saw": len(posts),
        "different writes": len(of_ledger),
        "writes done": sum(entry.outcome is Outcome.DONE for entry in writes),
        "writes refused": sum(entry.outcome is Outcome.REFUSED for entry in writes),
        "writes unknown": sum(not entry.settled for entry in writes),
        "of these without any outcome": sum(not entry.endings for entry in writes),
        "lost answers settled by a read": sum(
            bool(entry.endings) and not entry.endings[0].settles and entry.settled
            for entry in writes
        ),
    }
    return Found(figures, tuple(problems))


def _of_a_kind(key: str, ours: Counter[str], theirs: Counter[str]) -> Iterator[str]:
    """Calls alike: where there is but one of a kind, this says that both tell the same of it."""
    if theirs.total() > ours.total() - ours[_NOT_SENT]:
        yield f"the dialer saw a call that has no intent, or saw it twice: {key}"
    if ours["done"] > theirs[Did.DONE]:
        yield f"done on record, and not in the dialer: {key}"
    if theirs[Did.DONE] > ours["done"] + ours["unknown"]:
        yield f"done in the dialer, and otherwise on record: {key}"
    if ours["refused"] > theirs[Did.REFUSED]:
        yield f"refused on record, and not by the dialer: {key}"


def _of_consents(writes: Iterable[Entry]) -> Iterator[str]:
    used = Counter(entry.intent.approval.id for entry in writes if entry.intent.approval)
    yield from (f"a yes was used {times} times" for times in used.values() if times > 1)


def _of_the_told(writes: Iterable[Entry], told: Mapping[str, str]) -> Iterator[str]:
    known = {entry.id: entry.outcome.value for entry in writes}
    for entry, outcome in told.items():
        # What was unknown at the time may have been found out since.
        if outcome not in {known.get(entry), Outcome.UNKNOWN}:
            yield f"a caller was told {outcome}, and the ledger says {known.get(entry)}: {entry}"
        if entry not in known:
            yield f"a caller was told of an entry that isn't there: {entry}"


_NOT_SENT = "not sent"


def _standing(entry: Entry) -> str:
    """Tell the outcome; apart from it what never reached the dialer, or was found out later."""
    ending = entry.ending
    if ending is not None and ending.code == "not_reached":
        return _NOT_SENT
    if ending is not None and ending.outcome is Outcome.REFUSED and ending.how != ANSWERED:
        return "not done"
    return entry.outcome.value


def _key_of(entry: Entry) -> str:
    form = entry.intent.form
    assert isinstance(form, Mapping)
    return _key(load_shipped_profile().scripts[CATALOGUE[entry.intent.tool].script], form)


def _key(script: str, form: Mapping[str, object]) -> str:
    return f"{script} {json.dumps(form, sort_keys=True)}"
