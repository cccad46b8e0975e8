"""What is promised of a store whose disk is sick, each with a real server in real calls.

A store that can't be written stops the writes and says why; nothing is sent without an intent on
disk; reads go on; all goes on once the fault has ended; and no fault looks like tampering.
"""

import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial

from chasedata_mcp.ledger.sqlite import BUSY_SECONDS
from faults.faulted_disk import Fault, Locks
from faults.faulted_server import FaultedServer, Result, Site

Scenario = Callable[[Site], Awaitable[None]]
_FULL, _FAILS, _READ_ONLY = "its disk is full", "its disk fails", "it may only be read"
_MOST_WRITES = 40


@dataclass(frozen=True, slots=True)
class Sickness:
    """A fault of the disk, and the reason that a refusal gives, at the start where it differs."""

    fault: Fault
    reason: str
    at_start: str | None = None
    room: int = 0


_SICK: Mapping[str, Sickness] = {
    "a full disk": Sickness(Fault.FULL_COPYING, _FULL),
    "a disk that fails to write": Sickness(
        Fault.WRITE_FAILS, _FAILS, at_start="its disk is full, or fails"
    ),
    "a disk that fails to sync": Sickness(Fault.SYNC_FAILS, _FAILS),
    # The writer's file was open for writing: SQLite's codes don't tell this from a sick disk.
    "a read-only disk": Sickness(Fault.READ_ONLY, _FAILS, at_start=_READ_ONLY),
}
_ROOMS = (1, 4_000, 9_000, 20_000, 50_000, 120_000)


def list_scenarios() -> dict[str, Scenario]:
    """List them by name."""
    found: dict[str, Scenario] = {}
    for name, sick in _SICK.items():
        found[f"{name} stops the writes and not the reads"] = partial(_stop_and_go_on, sick)
        found[f"{name} at the start"] = partial(_start, sick)
        found[f"{name} at the first start of all"] = partial(_start_on_nothing, sick)
        found[f"{name} once a call was sent"] = partial(_lose_outcome, sick)
        found[f"a kill while there is {name}"] = partial(_kill, sick)
        found[f"{name}, and two servers"] = partial(_stop_two, sick)
    for fault in (Fault.FULL, Fault.FULL_COPYING):
        for room in _ROOMS:
            found[f"{fault.name.lower()} after {room:,} bytes"] = partial(
                _fill_up, Sickness(fault, _FULL, room=room)
            )
    found["a disk that fails to read, in the midst"] = _fail_to_read
    found["a disk that fails to read, at the start"] = _fail_to_read_at_start
    found["locks that do nothing"] = partial(_have_no_locks, Locks.DO_NOTHING)
    found["no locks"] = partial(_have_no_locks, Locks.MISSING)
    found["a store that another program holds, and six writes at once"] = _hold
    found["a read-only mount, after an end"] = partial(_mount, is_killed=False)
    found["a read-only mount, after a kill"] = partial(_mount, is_killed=True)
    return found


async def _mount(site: Site, *, is_killed: bool) -> None:
    with site.server() as server:
        for _ in range(3):
            _require_done(server.write())
        if is_killed:
            server.kill()
    assert site.run_where_read_only("history", "--json").count('"done"') == 3
    assert "The ledger is whole: 6 events" in site.run_where_read_only("ledger", "verify")
    assert len(site.run_where_read_only("ledger", "export").splitlines()) == 6
    with site.server() as server:
        _require_done(server.write())


async def _fail_to_read(site: Site) -> None:
    with site.server() as server:
        _require_done(server.write())
        with site.disk.failing(Fault.READ_FAILS), site.server() as other:
            for one in (server, other, server):
                _require_unreadable(one)
        _require_done(server.write())


async def _fail_to_read_at_start(site: Site) -> None:
    with site.server() as server:
        _require_done(server.write())
    with site.disk.failing(Fault.READ_FAILS), site.server() as server:
        for _ in range(2):
            _require_unreadable(server)
    with site.server() as server:
        _require_done(server.write())


async def _have_no_locks(locks: Locks, site: Site) -> None:
    does_nothing = locks is Locks.DO_NOTHING
    reason = "the locks of its file system do nothing" if does_nothing else "no locks"
    with site.server() as server:
        _require_done(server.write())
    with site.disk.failing(locks=locks), site.server() as one, site.server() as other:
        for server in (one, other):
            _require_refused(server.write(), reason)
            _require_found(server.read())
    with site.server() as server:
        _require_done(server.write())


async def _hold(site: Site) -> None:
    with site.server() as server:
        _require_done(server.write())
        with site.hold_store():
            began = time.monotonic()
            for one in [server.begin_write() for _ in range(6)]:
                _require_refused(server.end_write(one), "another process has held it too long")
            took = time.monotonic() - began
            _require_found(server.read())
        _require_done(server.write())
    # Each waits as long as a writer waits, and none for the others.
    assert took < 2 * BUSY_SECONDS, f"six writes took {took:.1f} s"


async def _stop_and_go_on(sick: Sickness, site: Site) -> None:
    with site.server() as server:
        _require_done(server.write())
        with site.disk.failing(sick.fault):
            _require_stopped(server, sick.reason)
        _require_done(server.write())


async def _stop_two(sick: Sickness, site: Site) -> None:
    with site.server() as one, site.server() as other:
        _require_done(one.write())
        _require_done(other.write())
        with site.disk.failing(sick.fault):
            _require_stopped(one, sick.reason)
            _require_stopped(other, sick.reason)
        _require_done(one.write())
        _require_done(other.write())


async def _start(sick: Sickness, site: Site) -> None:
    with site.server() as server:
        _require_done(server.write())
    with site.disk.failing(sick.fault), site.server() as server:
        _require_stopped(server, sick.at_start or sick.reason)
    with site.server() as server:
        _require_done(server.write())


async def _start_on_nothing(sick: Sickness, site: Site) -> None:
    with site.server() as server:
        with site.disk.failing(sick.fault):
            _require_refused(server.write(), "")
            _require_found(server.read())
        _require_done(server.write())


async def _kill(sick: Sickness, site: Site) -> None:
    with site.server() as server:
        _require_done(server.write())
        with site.disk.failing(sick.fault):
            _require_refused(server.write(), sick.reason)
            server.kill()
    with site.server() as server:
        _require_done(server.write())


async def _lose_outcome(sick: Sickness, site: Site) -> None:
    with site.server() as server:
        _require_done(server.write())
        begun = server.begin_write()
        await site.wait_for(begun[0])
        with site.disk.failing(sick.fault):
            told = server.end_write(begun)
            _require_stopped(server, sick.reason)
        _require_done(server.write())
    # The dialer did it; what is said of it may not be more than what is on record.
    assert told["outcome"] in {"done", "unknown"}, told


async def _fill_up(sick: Sickness, site: Site) -> None:
    with site.server() as server:
        _require_done(server.write())
        with site.disk.failing(sick.fault, room=sick.room):
            for _ in range(_MOST_WRITES):
                if (result := server.write())["outcome"] == "refused":
                    break
            _require_refused(result, sick.reason)
            _require_found(server.read())
        _require_done(server.write())


def _require_stopped(server: FaultedServer, reason: str) -> None:
    """Require that writes stop and reads go on, more than once."""
    for _ in range(2):
        _require_refused(server.write(), reason)
        _require_found(server.read())
        history = server.call("list_history")
        assert history["outcome"] == "done", history
        assert history["entries"], history


def _require_unreadable(server: FaultedServer) -> None:
    """Require that a server which can't read its record writes nothing, and searches."""
    _require_refused(server.write(), _FAILS)
    _require_found(server.read())
    history = server.call("list_history")
    assert (history["outcome"], history["code"]) == ("refused", "not_allowed"), history
    assert _FAILS in history["message"], history


def _require_done(result: Result) -> None:
    assert result["outcome"] == "done", result


def _require_refused(result: Result, reason: str) -> None:
    assert (result["outcome"], result.get("code")) == ("refused", "not_allowed"), result
    assert reason in result["message"], result
    assert result["message"].endswith("Nothing was sent."), result


def _require_found(result: Result) -> None:
    assert result.get("found") is True, result
