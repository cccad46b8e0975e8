"""`make bench` measures what it says: the same calls to each server, and no call that failed."""

import asyncio
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import replace
from itertools import islice, repeat
from pathlib import Path

import httpx
import pytest
import stdio_rows
from http_server import serving
from judging import judging
from pages import filled, pages
from rows import Bound, Row, at_least, at_most, below, slowest
from scale import Scale
from stdio_server import Era, StdioServer
from stores import on_sqlite
from subjects import OURS, Call, Subject, peer, reads, sandbox_on_a_port, state, writes

import bench
from _support.terminals import unmeasured
from _support.timeouts import TIMEOUT

ERAS: tuple[Era, Era] = ("2026-07-28", "2025-11-25")
# The third naive server, fastmcp's, needs packages that the tests don't have.
LOW_LEVEL, MCP_SERVER = (
    peer(name, script, sys.executable)
    for name, script in (("low-level", "low_level.py"), ("MCPServer", "mcp_server.py"))
)
SMALL = Scale(turns=1, calls=4, judged=20, paged=20, before=replace(OURS, name="before"))


@pytest.fixture(scope="module", autouse=True)
def _servers_unmeasured() -> Iterator[None]:
    """Have the servers run as they do where they are timed: without a count of their lines."""
    with pytest.MonkeyPatch.context() as environment:
        for name in os.environ.keys() - unmeasured(os.environ).keys():
            environment.delenv(name)
        yield


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Mapping[str, str]]:
    with sandbox_on_a_port() as settings, state() as own:
        yield {**own, **settings}


def notes(sandbox: Mapping[str, str], lead: str) -> str:
    """Read the notes of a lead, past every server."""
    account = {"token": sandbox["CHASEDATA_TOKEN"], "accid": sandbox["CHASEDATA_ACCID"]}
    search = {"Action": "SearchLead", "SearchField": "ClientId", "Identifier": lead}
    form = {**account, **search, "Detailed": "1"}
    url = f"{sandbox['CHASEDATA_BASE_URL']}LeadOperations.php"
    return httpx.post(url, data=form, timeout=TIMEOUT, trust_env=False).text


@pytest.fixture(scope="module", params=[OURS, LOW_LEVEL, MCP_SERVER], ids=lambda each: each.name)
def server(sandbox: Mapping[str, str], request: pytest.FixtureRequest) -> Iterator[StdioServer]:
    with closing(StdioServer(request.param, sandbox)) as running:
        yield running


def test_each_server_does_the_calls_that_are_measured(
    server: StdioServer, sandbox: Mapping[str, str]
) -> None:
    made = list(islice(writes(), 3))
    server.make(reads(), 3, at_once=2)
    turn = server.turn(iter(made), len(made), 2)
    assert turn.a_second > 0
    for call in made:
        assert call.arguments["notes"] in notes(sandbox, call.arguments["identifier"])


def test_a_call_that_fails_is_no_figure(server: StdioServer) -> None:
    unknown = Call("search_lead", {"search_field": "colour", "identifier": "blue"})
    with pytest.raises(RuntimeError, match=server.subject.name):
        server.make(repeat(unknown), 1)


@pytest.mark.parametrize("era", ERAS)
def test_a_start_ends_with_the_list_of_tools_in_either_era(
    sandbox: Mapping[str, str], era: Era
) -> None:
    with closing(StdioServer(LOW_LEVEL, sandbox, era)) as server:
        assert min(server.start_cpu_seconds, server.start_seconds) > 0
        assert b'"search_lead"' in server.listed


def test_sessions_over_http_make_all_calls_of_a_turn(sandbox: Mapping[str, str]) -> None:
    on_a_port = replace(LOW_LEVEL, command=(*LOW_LEVEL.command, "{port}"))
    ours = replace(
        OURS, command=(*OURS.command, "serve", "--transport", "http", "--port", "{port}")
    )

    async def turn(subject: Subject) -> int:
        with serving(subject, sandbox) as server:
            await server.open(2)
            return len((await server.turn(5)).milliseconds)

    assert [asyncio.run(turn(subject)) for subject in (on_a_port, ours)] == [5, 5]


def test_ours_of_another_checkout_stands_in_for_the_peers() -> None:
    for row in stdio_rows.reading(SMALL, 2):
        assert (row.peer, row.bound) == ("before", None)
        assert len(row.ours) == len(row.theirs) > 0


def test_judging_and_pages_are_measured_on_ledgers_of_the_size_asked(tmp_path: Path) -> None:
    small = replace(SMALL, stores=tmp_path)
    (judged,) = judging(small, on_sqlite, "SQLite", bound=1000)
    assert judged.name.startswith("judging at 20 entries on SQLite (")
    assert len(list(judging(replace(small, each=True), on_sqlite, "SQLite", bound=1000))) == 5
    (paged,) = pages(small)
    assert paged.holds


def test_a_large_ledger_is_filled_once(tmp_path: Path) -> None:
    place = filled(tmp_path, 20)
    before = {file: file.stat().st_mtime_ns for file in place.iterdir()}
    assert filled(tmp_path, 20) == place
    assert {file: file.stat().st_mtime_ns for file in place.iterdir()} == before


def test_turns_too_short_for_the_clock_make_no_ratio_and_keep_no_bound() -> None:
    row = Row("a read", "ms", at_most(2), [1, 0, 3], "low-level", [0, 0, 2])
    assert row.ratio == 1.5
    unmeasured = Row("a read", "ms", at_most(2), [0, 0], "low-level", [0, 0])
    assert unmeasured.ratio is None
    assert not unmeasured.holds


def test_a_ratio_is_of_neighbouring_turns() -> None:
    # Ours took twice as long each time, while the machine grew slower and slower.
    row = Row("a read", "ms", at_most(2), [2, 20, 200], "low-level", [1, 10, 100])
    assert row.ratio == 2
    assert row.holds


@pytest.mark.parametrize(
    ("bound", "kept", "missed"),
    [(at_most(1.0), 1.0, 1.01), (at_least(1.0), 1.0, 0.99), (below(1.0), 0.99, 1.0)],
)
def test_a_bound_is_of_the_ratio_and_without_a_peer_of_the_figure(
    bound: Bound, kept: float, missed: float
) -> None:
    assert Row("a read", "ms", bound, [kept * 5], "low-level", [5.0]).holds
    assert not Row("a read", "ms", bound, [missed * 5], "low-level", [5.0]).holds
    assert Row("a read", "ms", bound, [kept]).holds
    assert not Row("a read", "ms", bound, [missed]).holds


def test_of_many_kinds_the_slowest_must_keep_the_bound() -> None:
    row = slowest("a page", "ms", at_most(50), {"the newest": [1, 2, 3], "a tool": [1, 60, 70]})
    assert row.name == "a page (a tool, the slowest of 2)"
    assert not row.holds


def test_measurements_are_named_by_how_they_begin() -> None:
    assert bench.chosen([]) == list(bench.MEASUREMENTS)
    assert bench.chosen(["writes-1", "http"]) == ["writes-1", "http-1", "http-32", "http-200"]
    with pytest.raises(SystemExit, match="nothing is measured as colour"):
        bench.chosen(["colour"])
