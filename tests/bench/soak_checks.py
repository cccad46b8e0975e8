"""What has to hold after `soak.py`: of each kind of call, what the ledger and the sandbox say."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from soak_sandbox import Seen

from chasedata_mcp.errors import Outcome
from chasedata_mcp.ledger import Entry, EntryKind, Ledger
from chasedata_mcp.scripts import DEFAULT_NAMES
from chasedata_mcp.tools.answer_types import Expects
from chasedata_mcp.tools.registry import CATALOGUE

READS = frozenset(
    (DEFAULT_NAMES[action.script], action.word)
    for action in CATALOGUE.values()
    if action.expects is not Expects.DONE
)


@dataclass(frozen=True, slots=True)
class Found:
    """How many there were, and what doesn't hold."""

    figures: Mapping[str, int]
    problems: tuple[str, ...]


async def everything(ledger: Ledger) -> list[Entry]:
    """All that is on record."""
    entries: list[Entry] = []
    older: str | None = None
    while True:
        page = await ledger.history(limit=500, before=older)
        entries += page.entries
        if page.older is None:
            return entries
        older = page.older


def held(entries: Iterable[Entry], seen: Iterable[Seen], told: Mapping[str, str]) -> Found:
    """Hold the ledger against what the sandbox saw and did, and against what callers were told."""
    writes = [entry for entry in entries if entry.kind is EntryKind.WRITE]
    posts = [post for post in seen if (post.script, post.form.get("Action", "")) not in READS]
    of_ledger, of_sandbox = (
        defaultdict[str, Counter[str]](Counter),
        defaultdict[str, Counter[str]](Counter),
    )
    for entry in writes:
        of_ledger[_key_of(entry)][_standing(entry)] += 1
    for post in posts:
        of_sandbox[_key(post.script, post.form)]["done" if post.done else "refused"] += 1
    problems = [
        *(
            problem
            for key in {*of_ledger, *of_sandbox}
            for problem in _of_a_kind(key, of_ledger[key], of_sandbox[key])
        ),
        *_of_consents(writes),
        *_of_the_told(writes, told),
    ]
    figures = {
        "writes on record": len(writes),
        "writes that the sandbox saw": len(posts),
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
    if theirs.total() > ours["done"] + ours["refused"] + ours["unknown"]:
        yield f"the sandbox saw a call that has no intent: {key}"
    if ours["done"] > theirs["done"]:
        yield f"done on record, and not in the sandbox: {key}"
    if ours["refused"] > theirs["refused"]:
        yield f"refused on record, and not by the sandbox: {key}"


def _of_consents(writes: Iterable[Entry]) -> Iterator[str]:
    used = Counter(entry.intent.approval.id for entry in writes if entry.intent.approval)
    yield from (f"a yes was used {times} times" for times in used.values() if times > 1)


def _of_the_told(writes: Iterable[Entry], told: Mapping[str, str]) -> Iterator[str]:
    known = {entry.id: entry.outcome.value for entry in writes}
    for entry, outcome in told.items():
        if known.get(entry) != outcome:
            yield f"a caller was told {outcome}, and the ledger says {known.get(entry)}: {entry}"


def _standing(entry: Entry) -> str:
    """Not sent where it was refused by something other than the dialer."""
    ending = entry.ending
    if ending is not None and ending.code == "not_reached":
        return "not sent"
    return entry.outcome.value


def _key_of(entry: Entry) -> str:
    form = entry.intent.form
    assert isinstance(form, Mapping)
    return _key(DEFAULT_NAMES[CATALOGUE[entry.intent.tool].script], form)


def _key(script: str, form: Mapping[str, object]) -> str:
    return f"{script} {json.dumps(form, sort_keys=True)}"
