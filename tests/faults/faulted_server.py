"""Real servers on a faulted disk, on a dialer that records, and what their callers were told."""

import sqlite3
import subprocess
import sys
from collections.abc import Generator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import anyio

from _support.stdio_lines import Spoken, started
from _support.terminals import environment
from chasedata_mcp.ledger import open_ledger
from chasedata_mcp.sandbox import ACCID, TOKEN
from faults.faulted_disk import FaultedDisk
from soak.checks import check_chain, compare_calls, list_entries
from soak.recording_dialer import read_seen

Result = dict[str, Any]
_MOUNT = 'mount --bind "$0" "$0" && mount -o remount,ro,bind "$0" && exec "$@"'
_MOUNTING = ("unshare", "--mount", "sh", "-c", _MOUNT)


class NotPossibleError(Exception):
    """A scenario can't be tried here."""


@dataclass
class Site:
    """One store, its dialer and its disk, and what callers were told of their calls.

    Args:
        place: A directory for it all; the store's is `state` in it.
        address: The dialer's.
        disk: The disk of the store.
    """

    place: Path
    address: str
    disk: FaultedDisk
    outcomes: dict[str, str] = field(default_factory=dict[str, str])
    refused: list[str] = field(default_factory=list[str])
    numbers: "count[int]" = field(default_factory=count)

    @contextmanager
    def server(self) -> Generator["FaultedServer"]:
        """Run a server until the end of the block, or until it is killed there."""
        with started({**self._environment(), **self.disk.variables}) as spoken:
            server = FaultedServer(self, spoken)
            spoken.initialize()
            yield server
            if spoken.process.poll() is None:
                code, complaints = spoken.end()
                assert (code, complaints) == (0, ""), f"it ended with {code}: {complaints}"

    def _environment(self) -> dict[str, str]:
        return environment(
            BASE_URL=self.address,
            TOKEN=TOKEN,
            ACCID=ACCID,
            STATE_DIR=str(self.place / "state"),
            LOG_LEVEL="error",
        )

    @contextmanager
    def hold_store(self) -> Generator[None]:
        """Hold the store for writing, as another program may."""
        path = self.place / "state" / "ledger-sandbox.sqlite3"
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            yield
            other.execute("ROLLBACK")

    def run_where_read_only(self, *words: str) -> str:
        """Run a command with the store on a read-only mount; gives what it prints.

        Raises:
            NotPossibleError: This user may mount nothing.
        """
        if subprocess.run([*_MOUNTING, str(self.place), "true"], check=False).returncode:  # noqa: S603 - our own
            raise NotPossibleError("this user may mount nothing")
        command = [*_MOUNTING, str(self.place), sys.executable, "-m", "chasedata_mcp", *words]
        ended = subprocess.run(  # noqa: S603 - as above
            command, env=self._environment(), capture_output=True, text=True, check=False
        )
        assert ended.returncode == 0, f"{words} ended with {ended.returncode}: {ended.stderr}"
        return ended.stdout

    async def wait_for(self, number: str) -> None:
        """Wait until the dialer has seen a call with a number."""
        while number not in {  # noqa: ASYNC110 - another process writes that down
            call.form.get("Number") for call in read_seen(self.place)
        }:
            await anyio.sleep(0.01)

    async def check(self) -> list[str]:
        """List what doesn't hold between the record, the dialer and what was told."""
        async with open_ledger(self.place / "state", "sandbox") as ledger:
            chain = await check_chain(ledger, ACCID)
            entries = await list_entries(ledger)
        seen = read_seen(self.place)
        sent = {call.form.get("Number") for call in seen}
        told = [f"{number} was sent, and refused" for number in self.refused if number in sent]
        return [*chain, *told, *compare_calls(entries, seen, self.outcomes).problems]


class FaultedServer:
    """A server that is spoken to over standard input and output, one call after the other."""

    def __init__(self, site: Site, spoken: Spoken) -> None:
        self._site = site
        self._spoken = spoken
        self._ids = count(1)

    def write(self) -> Result:
        """Make a write that is told from all others; gives its result."""
        number = f"95455501{next(self._site.numbers):02}"
        return self._take_down(number, self.call("insert_dnc", number=number))

    def begin_write(self) -> tuple[str, int]:
        """Make a write, and don't wait; gives its number and the request's."""
        number = f"95455501{next(self._site.numbers):02}"
        return number, self._ask("insert_dnc", {"number": number})

    def end_write(self, begun: tuple[str, int]) -> Result:
        """Wait for the result of a write that was begun."""
        number, request = begun
        return self._take_down(number, self._hear(request))

    def read(self) -> Result:
        """Make a read."""
        return self.call("search_lead", search_field="client_id", identifier="WEB-1001")

    def call(self, tool: str, **arguments: object) -> Result:
        """Call a tool; gives its structured result."""
        return self._hear(self._ask(tool, arguments))

    def kill(self) -> None:
        """End it in the midst."""
        self._spoken.process.kill()
        self._spoken.wait()

    def _ask(self, tool: str, arguments: object) -> int:
        request = next(self._ids)
        self._spoken.send("tools/call", request, name=tool, arguments=arguments)
        return request

    def _hear(self, request: int) -> Result:
        while (answer := self._spoken.answer()).get("id") != request:
            pass
        result: Result = answer["result"]["structuredContent"]
        return result

    def _take_down(self, number: str, result: Result) -> Result:
        if result["outcome"] == "refused" and result["code"] == "not_allowed":
            self._site.refused.append(number)
        elif result.get("entry"):
            is_recorded = not any("not be put on record" in one for one in result["warnings"])
            self._site.outcomes[result["entry"]] = result["outcome"] if is_recorded else "unknown"
        return result
