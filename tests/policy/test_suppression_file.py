"""The suppression file: read again on change; while it can't be read, calls are refused."""

import os
import threading
import time
from collections.abc import Callable
from pathlib import Path

import anyio
import pytest

from _support.examples import EXAMPLES
from _support.pipeline import an_action
from _support.sandbox import PHONE, SECOND, TEXT, a_sandbox_pipeline
from _support.tables import each
from chasedata_mcp.policy.decision import RefusedError
from chasedata_mcp.policy.evaluator import Policy
from chasedata_mcp.policy.facts import Facts
from chasedata_mcp.policy.suppression_file import SuppressionFile
from chasedata_mcp.tools.effects import ContactsPerson

pytestmark = pytest.mark.anyio
LONG_AGO_NS = 1_000_000_000_000_000_000


def a_file(place: Path, text: str | bytes, at_ns: int = LONG_AGO_NS) -> Path:
    path = place / "suppressed.txt"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    os.utime(path, ns=(at_ns, at_ns))
    return path


@pytest.mark.parametrize(
    "text",
    [
        "9545550123\n3055550110\n",
        "(954) 555-0123\n+1 305 555 0110",
        "\ufeff9545550123\r\n\r\n# somebody's own list\r\n  305-555-0110  \r\n",
        "# 2125550104\n954.555.0123\n\n3055550110",
    ],
)
async def test_a_number_a_line_however_it_is_written(tmp_path: Path, text: str) -> None:
    file = SuppressionFile(a_file(tmp_path, text))
    assert set(await file.numbers()) == {PHONE, SECOND}
    assert not file.problem


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("9545550123\n12345\n", "line 2 is not a phone number"),
        ("9545550123 # Joe", "line 1 is not a phone number"),
        ("number\n9545550123", "line 1 is not a phone number"),
        (b"\xff", "it is neither UTF-8 nor UTF-16"),
    ],
)
async def test_a_file_that_is_not_understood_is_a_problem(
    tmp_path: Path, text: str | bytes, said: str
) -> None:
    file = SuppressionFile(a_file(tmp_path, text))
    assert set(await file.numbers()) == set()
    assert said in file.problem
    assert "9545550123" not in file.problem


def a_minute_on() -> int:
    """A clock by which no file has changed a moment ago."""
    return time.time_ns() + 60_000_000_000


async def test_it_is_read_again_when_it_changes_and_not_before(tmp_path: Path) -> None:
    path = a_file(tmp_path, "9545550123\n")
    file = SuppressionFile(path, a_minute_on)
    first = await file.numbers()
    assert await file.numbers() is first
    a_file(tmp_path, "3055550110\n", LONG_AGO_NS + 1)
    assert set(await file.numbers()) == {SECOND}


async def test_what_changed_a_moment_ago_is_read_each_time(tmp_path: Path) -> None:
    # Two changes within a tick of the file's clock, of the same length.
    file = SuppressionFile(a_file(tmp_path, "9545550123\n"), lambda: LONG_AGO_NS + 1_000_000)
    assert set(await file.numbers()) == {PHONE}
    a_file(tmp_path, "3055550110\n")
    assert set(await file.numbers()) == {SECOND}


@pytest.mark.parametrize("clock", [time.time_ns, a_minute_on])
async def test_a_file_that_was_rewritten_in_place_with_its_old_time_is_read_again(
    tmp_path: Path, clock: Callable[[], int]
) -> None:
    path = a_file(tmp_path, "3055550110\n")
    file, before = SuppressionFile(path, clock), path.stat()
    assert set(await file.numbers()) == {SECOND}
    while path.stat().st_ctime_ns == before.st_ctime_ns:
        with path.open("r+b") as opened:
            opened.write(b"9545550123\n")
        os.utime(path, ns=(LONG_AGO_NS, LONG_AGO_NS))
    after = path.stat()
    same = (before.st_mtime_ns, before.st_size, before.st_ino)
    assert (after.st_mtime_ns, after.st_size, after.st_ino) == same
    assert set(await file.numbers()) == {PHONE}


async def test_a_file_that_can_not_be_read_any_more_keeps_its_numbers_and_is_a_problem(
    tmp_path: Path,
) -> None:
    path = a_file(tmp_path, "9545550123\n")
    file = SuppressionFile(path)
    await file.numbers()
    path.unlink()
    assert set(await file.numbers()) == {PHONE}
    assert "FileNotFoundError" in file.problem
    a_file(tmp_path, "3055550110\n")
    assert set(await file.numbers()) == {SECOND}
    assert not file.problem


class WatchedPath(type(Path())):  # type: ignore[misc]
    """A path that keeps by which threads its file was looked at or opened."""

    threads: list[threading.Thread]

    def __fspath__(self) -> str:
        self.threads.append(threading.current_thread())
        return str(super().__fspath__())


def a_watched(path: Path) -> WatchedPath:
    watched = WatchedPath(path)
    watched.threads = []
    return watched


async def test_it_is_read_in_a_thread_beside_the_loop(tmp_path: Path) -> None:
    path = a_watched(a_file(tmp_path, "9545550123\n"))
    file = SuppressionFile(path, a_minute_on)
    await file.numbers()
    others = [one for one in path.threads if one is not threading.current_thread()]
    # Looked at before it is opened, and opened.
    assert len(others) == 2
    path.threads.clear()
    await file.numbers()
    assert path.threads == [threading.current_thread()]


async def test_whoever_asks_while_it_is_read_anew_gets_the_new_numbers_by_few_readings(
    tmp_path: Path,
) -> None:
    path = a_watched(a_file(tmp_path, "9545550123\n"))
    # A file that changed a moment ago is read each time.
    file = SuppressionFile(path, lambda: LONG_AGO_NS + 1_000_000)
    await file.numbers()
    a_file(tmp_path, "3055550110\n")
    path.threads.clear()
    found: list[set[str]] = []

    async def ask() -> None:
        found.append(set(await file.numbers()))

    async with anyio.create_task_group() as group:
        for _ in range(10):
            group.start_soon(ask)
    assert found == [{SECOND}] * 10
    others = [one for one in path.threads if one is not threading.current_thread()]
    # One reading for the first, and one for all that came when it had begun.
    assert len(others) == 4


async def test_a_reading_that_is_given_up_leaves_the_next_to_read(tmp_path: Path) -> None:
    file = SuppressionFile(a_file(tmp_path, "9545550123\n"), a_minute_on)
    with anyio.CancelScope() as scope:
        scope.cancel()
        await file.numbers()
    assert set(await file.numbers()) == {PHONE}
    assert not file.problem


async def test_its_numbers_are_reached_by_no_tool(tmp_path: Path) -> None:
    path = a_file(tmp_path, "# none yet\n")
    async with a_sandbox_pipeline(suppression=path) as pipeline:
        assert (await pipeline.call("send_sms", **TEXT)).outcome == "done"
        a_file(tmp_path, f"{PHONE}\n", LONG_AGO_NS + 1)
        assert await pipeline.refused_by("send_sms", **TEXT) == {"suppressed"}
        move = {"search_field": "lead_id", "identifier": "1002", "campaign": "Medicare"}
        await pipeline.call("update_lead", **move)
        a_file(tmp_path, f"{SECOND}\n", LONG_AGO_NS + 2)
        assert await pipeline.refused_by("update_lead", **move) == {"suppressed"}
        # What the list of the dialer says of it is another matter.
        await pipeline.with_a_yes("delete_dnc", number=SECOND)
        assert await pipeline.refused_by("update_lead", **move) == {"suppressed"}


async def test_a_problem_with_it_stops_what_reaches_anybody_and_nothing_else(
    tmp_path: Path,
) -> None:
    async with a_sandbox_pipeline(suppression=tmp_path / "missing.txt") as pipeline:
        assert await pipeline.refused_by("send_sms", **TEXT) == {"suppressed"}
        error = await pipeline.failure(
            "add_dial_list_phone", agent="Maria", list_name="Warm-Leads", phone=PHONE
        )
        assert "suppression file can't be used" in error.message
        await pipeline.suppress(PHONE)
        await pipeline.call("search_lead", search_field="phone", identifier=PHONE)


@each("tool", EXAMPLES)
def test_where_it_can_not_be_told_nobody_is_reached(tool: str) -> None:
    action = an_action(tool, EXAMPLES[tool])
    contacts = any(isinstance(one, ContactsPerson) for one in action.effects)
    facts = Facts(registry_problem="Who must not be called can't be told.")
    if not contacts:
        Policy().evaluate(action, facts)
        return
    with pytest.raises(RefusedError) as caught:
        Policy().evaluate(action, facts)
    assert [refusal.rule for refusal in caught.value.rules] == ["suppressed"]
