"""The findings of a verification, for people and as JSON, and its progress."""

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from typing import Any

from rich.text import Text

from chasedata_mcp.cli.progress_bar import make_progress_bar
from chasedata_mcp.cli.screen import command, local_time, out
from chasedata_mcp.ledger import Checkpoint, Restore, Verification


@contextmanager
def show_progress() -> Generator[Any]:
    """Show how far a verification is, where there is a terminal."""
    with make_progress_bar("events", transient=True) as bar:
        task = bar.add_task("events", total=None)

        def report(done: int, events: int) -> None:
            bar.update(task, completed=done, total=events)

        yield report


def make_json(verdict: Verification) -> dict[str, Any]:
    """Make the JSON of a verification; times with their offset."""
    earlier = verdict.earlier
    return {
        "sound": verdict.sound,
        "head": _make_head(verdict.checkpoint),
        "pruned": verdict.pruned,
        "verified_from": 1 + (verdict.pruned if earlier is None else earlier.upto),
        "earlier": earlier
        and {
            "upto": earlier.upto,
            "verified": earlier.at.isoformat(),
            "all_verified": earlier.whole_at.isoformat(),
        },
        "why_all": verdict.why_whole,
        "problems": [
            {"flaw": one.flaw, "event": one.seq, "message": one.text} for one in verdict.problems
        ],
        "head_beside": verdict.checkpoint_beside and _make_head(verdict.checkpoint_beside),
        "head_beside_damaged": verdict.is_head_damaged,
        "given_head_lost": verdict.is_given_lost,
        "restores": [{"at": one.at.isoformat(), **one.body} for one in verdict.restores],
    }


def _make_head(head: Checkpoint) -> dict[str, Any]:
    return {"count": head.count, "hash": head.hash}


def _describe_extent(verdict: Verification, whole: str) -> Iterator[str]:
    """Say which events were verified, where not all of them were, or why all were."""
    earlier = verdict.earlier
    if verdict.why_whole is not None:
        yield f"All of it was verified, since {verdict.why_whole}."
    if earlier is None:
        return
    now = verdict.checkpoint.count - earlier.upto
    verified = (
        f"Verified now: {_events(now)} behind event {earlier.upto}."
        if now
        else (f"Nothing was recorded behind event {earlier.upto}.")
    )
    all_at = (
        ""
        if earlier.at == earlier.whole_at
        else (f" All of it was last verified on {local_time(earlier.whole_at)}.")
    )
    yield (
        f"{verified} What comes up to there was verified on {local_time(earlier.at)}, and only "
        f"counted now: an edit since then would not have been found.{all_at} To verify all of it: "
        f"{whole}"
    )


def _events(count: int) -> str:
    return "1 event" if count == 1 else f"{count} events"


def show(verdict: Verification, given: Checkpoint | None, *, sandbox: bool) -> None:
    """Print the findings of a verification, made against the head that was given, if any."""
    screen = out()
    whole = command("ledger verify --all", sandbox=sandbox)
    pruned = f", {verdict.pruned} of them pruned" if verdict.pruned else ""
    count = verdict.checkpoint.count
    events = f"{count} {'event' if count == 1 else 'events'}{pruned}"
    if not verdict.sound:
        screen.print(Text(f"✗ The ledger is not what was written: {events}.", "bold red"))
        for problem in verdict.problems:
            place = "" if problem.seq is None else f" at {problem.seq}"
            screen.print(f"  {problem.flaw}{place}: {problem.text}", markup=False, soft_wrap=True)
        for line in _describe_extent(verdict, whole):
            screen.print(f"  {line}", markup=False, soft_wrap=True)
        return
    screen.print(Text(f"✓ The ledger is whole: {events}.", "bold green"))
    for line in _describe_extent(verdict, whole):
        screen.print(f"  {line}", markup=False, soft_wrap=True)
    for restore in verdict.restores:
        for line in _describe_restore(restore):
            screen.print(f"  {line}", markup=False, soft_wrap=True)
    for line in _describe_head(verdict) if given is None else _describe_given(verdict):
        screen.print(f"  {line}", markup=False, soft_wrap=True)
    screen.print(f"  head {verdict.checkpoint}", markup=False, soft_wrap=True)


def _describe_restore(restore: Restore) -> Iterator[str]:
    """Say what a restore has replaced, and which calls nothing is known of since."""
    yield restore.describe(local_time)
    if restore.gap.missing != 0:
        yield "What those calls did in the dialer isn't known here."
    for earlier in restore.earlier:
        yield f"Only the replaced record had this on record: {earlier.describe(local_time)}"


def _describe_given(verdict: Verification) -> Iterator[str]:
    """Say where the head from elsewhere can't be compared."""
    if verdict.is_given_lost:
        yield (
            "The head that you gave can't be compared. If you kept it before that restore, it is "
            "of events that are missing: keep a new one, the line below. If you kept it after the "
            "restore, the record was written anew since."
        )


def _describe_head(verdict: Verification) -> Iterator[str]:
    """Say as far as the head beside the ledger shows less than its end."""
    if verdict.is_head_damaged:
        yield (
            "The head beside it can't be read: a power cut may have torn it. The next write mends "
            "it; until then a cut end could not be seen."
        )
    elif verdict.checkpoint_beside is None:
        yield (
            "No head is kept beside it, so it can't be told whether events are missing at its end."
        )
    elif verdict.behind:
        events = "event" if verdict.behind == 1 else "events"
        yield (
            f"The head beside it is {verdict.behind} {events} behind, as after a crash or while "
            "calls are made: what was cut off behind it could not be seen."
        )
