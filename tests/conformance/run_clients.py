"""`make clients`: TypeScript clients 1.x and 2.x and the Inspector, against the sandbox over stdio.

Each calls a tool that asks nobody and one that asks a person, in the client and beside it; what has
to come of it stands here.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib.metadata import version

from run_suite import HERE, clean, node

PACKAGES = HERE / "node_modules" / "@modelcontextprotocol"
TOOLS = 36


@dataclass(frozen=True, slots=True)
class Seen:
    """One thing that a client showed."""

    step: str
    what: str


STORY = (
    Seen("search_lead", "done"),
    Seen("search_lead without its arguments", "invalid_arguments"),
    Seen("delete_dnc, nobody can be asked", "needs_confirmation"),
    Seen("delete_dnc, a person types", "done"),
    Seen("asked when a person types", "once"),
    Seen("delete_dnc, a person mistypes", "declined"),
    Seen("asked when a person mistypes", "2 times"),
    Seen("delete_dnc, a person declines", "declined"),
    Seen("asked when a person declines", "once"),
    Seen("delete_dnc, nobody answers for 50 seconds", "needs_confirmation"),
    Seen("heard while it waited", "10 times"),
    Seen("delete_dnc, approved on a terminal", "done"),
)
TYPESCRIPT: dict[tuple[str, ...], tuple[str, str]] = {
    ("client_v1.mjs",): ("sdk", "2025-11-25"),
    ("client_v2.mjs", "legacy"): ("client", "2025-11-25"),
    ("client_v2.mjs", "auto"): ("client", "2026-07-28"),
}
# The Inspector reads an argument as JSON where it can: digits alone become a number.
INSPECTED = {
    "search_lead": (("search_field=client_id", "identifier=WEB-1001"), "done"),
    "search_lead without its arguments": ((), "invalid_arguments"),
    "delete_dnc, nobody can be asked": (("number=954-555-0101",), "needs_confirmation"),
    "delete_dnc with digits alone": (("number=9545550101",), "invalid_arguments"),
}


def main() -> int:
    """Run every client, print what was seen, and give 1 where it isn't what has to be."""
    _say(f"chasedata-mcp {version('chasedata-mcp')}, Node {_run('--version').stdout.strip()}")
    with ThreadPoolExecutor() as at_once:  # each waits for most of a minute
        stories = list(at_once.map(_typescript, TYPESCRIPT))
    runs = [_told(*story) for story in stories]
    runs += [_told(*_inspector(era)) for era in ("legacy", "modern", "auto")]
    _say("every client did what it has to" if all(runs) else "a client did something else")
    return 0 if all(runs) else 1


Story = tuple[str, tuple[Seen, ...], tuple[Seen, ...], str]
"""Of a client: its name, what it showed, what it has to show, what it complained of."""


def _typescript(script: tuple[str, ...]) -> Story:
    package, protocol = TYPESCRIPT[script]
    name, *era = script
    said = _run(str(HERE / name), sys.executable, *era)
    lines = [json.loads(line) for line in said.stdout.splitlines()]
    seen = tuple(Seen(line["step"], _word(line)) for line in lines)
    expected = (Seen("connected", f"{protocol}, {TOOLS} tools"), *STORY)
    return f"{package} {_version(package)} {' '.join(era)}", seen, expected, said.stderr


def _word(line: dict[str, object]) -> str:
    match line:
        case {"protocol": protocol, "tools": tools}:
            return f"{protocol}, {tools} tools"
        case {"times": times}:
            return "once" if times == 1 else f"{times} times"
        case {"isError": False, "outcome": outcome}:
            return str(outcome)
        case {"isError": True, "code": code}:
            return str(code)
        case _:
            return str(line.get("threw", line))


def _inspector(era: str) -> Story:
    seen = tuple(_inspected(era))
    calls = (Seen(step, word) for step, (_, word) in INSPECTED.items())
    expected = (Seen("tools/list --strict", f"{TOOLS} tools, no problem"), *calls)
    return f"inspector {_version('inspector')} {era}", seen, expected, ""


def _inspected(era: str) -> Iterator[Seen]:
    listed = _inspect(era, "--method", "tools/list", "--strict")
    tools = len(json.loads(listed.stdout)["tools"])
    problem = listed.stderr.strip() or "no problem"
    yield Seen("tools/list --strict", f"{tools} tools, {problem}")
    for step, (arguments, _) in INSPECTED.items():
        pairs = [word for pair in arguments for word in ("--tool-arg", pair)]
        tool = step.partition(" ")[0].rstrip(",")
        called = _inspect(era, "--method", "tools/call", "--tool-name", tool, *pairs)
        told = json.loads(called.stdout)["structuredContent"]
        yield Seen(step, told.get("code", told["outcome"]))


def _inspect(era: str, *words: str) -> "subprocess.CompletedProcess[str]":
    cli = PACKAGES / "inspector" / "clients" / "launcher" / "build" / "index.js"
    server = (sys.executable, "-m", "chasedata_mcp", "--sandbox")
    return _run(str(cli), "--cli", *server, "--protocol-era", era, *words)


def _told(client: str, seen: tuple[Seen, ...], expected: tuple[Seen, ...], complaint: str) -> bool:
    """Print what a client showed, and whether it is what it has to."""
    _say(f"\n{client}")
    for each in seen:
        _say(f"  {each.step}: {each.what}{'' if each in expected else '   <- UNEXPECTED'}")
    for missing in (each for each in expected if each not in seen):
        _say(f"  {missing.step}: {missing.what}   <- MISSING")
    if seen != expected and complaint:
        _say(complaint)
    return seen == expected


def _run(*arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(  # noqa: S603 - the programs that npm installed
        [node(), *arguments], check=False, capture_output=True, encoding="utf-8", env=clean()
    )


def _version(package: str) -> str:
    described = (PACKAGES / package / "package.json").read_text(encoding="utf-8")
    return str(json.loads(described)["version"])


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
