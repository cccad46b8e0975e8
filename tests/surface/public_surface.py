"""Every public name, sorted: what clients, scripts, policies and stored ledgers rely on.

The names are committed in `public_surface.txt`, and `test_public_surface.py` compares. Where a
name is meant to come, go or change, write the file anew and commit it with the change:

    cd tests && ../.venv/bin/python -m surface.public_surface --write

Names are taken where a user meets them: from the command line, the MCP server on a pipe, tables as
SQLite has them, routes as they are served, and the JSON of a story that is played on the embedded
sandbox (`story.toml`). So the modules behind them may move and be renamed: all that is imported is
the program's entry point. The models of settings and policy are found by the fields that they have.
"""

import base64
import hmac
import io
import json
import os
import re
import sys
import tempfile
import time
import tomllib
from collections.abc import Iterable, Iterator
from contextlib import redirect_stderr, redirect_stdout
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from unittest.mock import patch

import typer
import uvicorn
from starlette.applications import Starlette
from typer.main import get_command
from typing_extensions import override

from chasedata_mcp.cli import main
from surface.name_lines import (
    named,
    of_commands,
    of_json,
    of_lines,
    of_model,
    of_tables,
)
from surface.pipe_client import Client

SNAPSHOT: Final = Path(__file__).with_suffix(".txt")
_STORY: Final = tomllib.loads(Path(__file__).with_name("story.toml").read_text("utf-8"))
_PREFIX: Final = "CHASEDATA_"
_NEVER_CALLED: Final = frozenset(
    {
        *("list_history", "undo", "freeze"),
        *(
            "check_contact",
            "find_names",
            "status",
            "summary",
            "stop_contact",
            "add_note",
            "upsert_lead",
        ),
        *("call_lead_now", "fill_dial_list", "change_playlist", "change_routing"),
    }
)
"""Tools that have a command of their own in place of `call`, and jobs, which assistants do."""
_PASSING: Final = ("-wal", "-shm", "-journal")
"""What SQLite keeps beside a file for as long as it is open."""


class _Terminal(io.StringIO):
    @override
    def isatty(self) -> bool:
        return True


class _Person(_Terminal):
    """Somebody who types the same to whatever is asked; the code of their device, where none."""

    def __init__(self, typed: str | None, shown: io.StringIO) -> None:
        super().__init__()
        self._typed, self._shown = typed, shown

    @override
    def readline(self, size: int | None = -1, /) -> str:  # type: ignore[override] # as StringIO's
        del size
        return f"{self._code() if self._typed is None else self._typed}\n"

    def _code(self) -> str:
        secret = re.search(r"secret: ([A-Z2-7 ]+)", self._shown.getvalue())
        assert secret is not None
        step = (int(time.time()) // 30).to_bytes(8)
        made = hmac.digest(base64.b32decode(secret[1].replace(" ", "")), step, "sha1")
        at = made[-1] & 15
        return f"{(int.from_bytes(made[at : at + 4]) & 0x7FFFFFFF) % 1_000_000:06}"


def run(command: str, typed: str | None = "yes", **settings: str) -> str:
    """What a command prints; it may end as any command does that was understood."""
    out, err = io.StringIO(), _Terminal()
    environ = {f"{_PREFIX}{name}": text for name, text in settings.items()}
    with (
        patch.dict(os.environ, environ),
        patch.object(sys, "stdin", _Person(typed, err)),
        redirect_stdout(out),
        redirect_stderr(err),
    ):
        try:
            main(command.split())
        except SystemExit as end:
            if end.code not in {0, 1, 3, 4, 6}:
                raise AssertionError(f"{command}: {end.code}: {err.getvalue()}") from None
    return out.getvalue()


def of_files(state: Path) -> Iterator[str]:
    """The files in a state directory."""
    for file in state.rglob("*"):
        if file.is_file() and not file.name.endswith(_PASSING):
            yield re.sub(r"\d+\.json", "PID.json", file.relative_to(state).as_posix())


def of_pages(state: Path) -> Iterator[str]:
    """The paths of everything that is served by HTTP, and what is in the state directory then."""
    made, files = list[str](), list[str]()
    init = Starlette.__init__

    def noted(app: Starlette, *given: Any, **named_: Any) -> None:  # noqa: ANN401 - Starlette's own
        init(app, *given, **named_)
        for route in app.routes:
            methods = getattr(route, "methods", None) or {"any"}
            made.extend(f"{method} {getattr(route, 'path', route)}" for method in methods)

    async def served(*_: object, **__: object) -> None:
        files.extend(of_files(state))

    with (
        patch.object(Starlette, "__init__", noted),
        patch.object(uvicorn.Server, "serve", served),
    ):
        for command in ("sandbox", "approvals --sandbox", "serve --transport http"):
            made.clear()
            run(f"{command} --port 0")
            yield from named(f"http of `{command}`", iter(made))
    yield from named("state directory", iter(files))


def of_story(state: Path) -> Iterator[str]:
    """The names in what a story leaves: results, history, events, grants, judgements."""
    for call, typed in _STORY["calls"]:
        yield from named("call --json", of_lines(run(f"call --json {call}", typed)))
    for faults, call in _STORY["faulty"]:
        result = json.loads(run(f"call --json {call}", SANDBOX_FAULTS=faults))
        yield from named("call --json", of_json(result))
        if result["outcome"] == "unknown" and "entry" in result:
            run(f"reconcile {result['entry']} --not-done")
    yield from named("dnc pending --json", of_lines(run("dnc pending --json")))
    run("dnc drop 6025550123", "yes")
    for terms, call in _STORY["judged"]:
        policy = state / "policy.toml"
        policy.write_text(terms, "utf-8")
        words = call.replace("{long}", "long" * 150)
        judged = run(f"policy test --json {words}", POLICY=str(policy))
        yield from named("policy test --json", of_lines(judged))
        policy.unlink()
    done = [json.loads(line) for line in run("history --json --reads").splitlines()]
    (added,) = [one["id"] for one in done if "6025550121" in str(one["arguments"])]
    yield from named("undo --json", of_lines(run(f"undo {added} --json", "6025550121")))
    run("grants give insert_lead --campaign Solar --number 3055550123 --at-most 9 --until 23:59")
    yield from named("grants --json", of_lines(run("grants --json")))
    yield from named("policy show --json", of_lines(run("policy show --json")))
    run("grants revoke --all")
    run("freeze")
    yield from named("call --json", of_lines(run("call --json reload_skills")))
    run("policy rearm")
    (kept,) = state.rglob("memory-*.json")
    kept.write_text(re.sub(r"\d+", "99", kept.read_text("utf-8")), "utf-8")
    run("policy rearm")
    yield from named("ledger head", of_lines(run("ledger head")))
    yield from named("history --csv", iter(run("history --csv").splitlines()[0].split(",")))
    yield from named("history --json", of_lines(run("history --json --reads --limit 1000")))
    yield from of_events()
    run(f"ledger prune --before {datetime.now(UTC).isoformat()}")
    yield from of_events()
    run("second-factor enroll", None)
    run("keys make crm")
    run("history", SANDBOX="0", TOKEN="none-that-counts", ACCID="acme")


def of_events() -> Iterator[str]:
    """The keys of the events that the ledger has, by their kind."""
    for line in run("ledger export").splitlines():
        event = json.loads(line)
        if event["kind"] == "carried":
            event["body"]["body"] = "an event's own"
        yield from named(f"event {event['kind']}", of_json(event))


def of_settings(file: Path) -> Iterator[str]:
    """The settings by variable and by key, and the keys of a policy, with the words for each."""
    file.write_text("twin_minutes = 7", "utf-8")
    shown = run("doctor --all", CONFIG=str(file))
    assert re.search(r"MINUTES +7 +", shown)
    yield from (f"{_PREFIX}CONFIG", *re.findall(rf"{_PREFIX}[A-Z_]+", shown))
    yield from named("setting", of_model("token", "accid", "state_dir"))
    yield from named("policy", of_model("preset", "confirm", "calling_hours"))


def of_command_line(tools: Iterable[str]) -> Iterator[str]:
    """The commands and their options, those of the tools too."""
    with patch.object(typer.Typer, "__call__", autospec=True) as called:
        run("--help")
    yield from of_commands(get_command(called.call_args.args[0]), "chasedata-mcp")
    for tool in tools:
        for option in re.findall(r"^  --(\S+)", run(f"call {tool} --help"), re.MULTILINE):
            yield f"chasedata-mcp call {tool} --{option}"


def public_surface() -> list[str]:
    """Every public name, sorted; it needs some seconds and a process of its own."""
    for name in [name for name in os.environ if name.startswith(_PREFIX)]:
        del os.environ[name]
    with tempfile.TemporaryDirectory() as made:
        state = Path(made, "state")
        settings = {f"{_PREFIX}STATE_DIR": str(state), f"{_PREFIX}SANDBOX": "1"}
        os.environ |= {**settings, "COLUMNS": "200"}
        client = Client(Path(made, "client"))
        lines = {
            *of_story(state),
            *client.names(),
            *of_settings(Path(made, "settings.toml")),
            *of_pages(state),
        }
        lines.update(of_command_line(client.tools - _NEVER_CALLED))
        for file in state.rglob("*.sqlite3"):
            lines.update(named(file.name, of_tables(file)))
    return sorted(lines)


def _stand_at_noon() -> None:
    """Make it noon: a grant ends today, and there may be no more of today."""
    if sys.platform != "win32":
        os.environ["TZ"] = f"NOON{datetime.now(UTC).hour - 12:+}"
        time.tzset()


if __name__ == "__main__":
    _stand_at_noon()
    text = "".join(f"{line}\n" for line in public_surface())
    if sys.argv[1:] == ["--write"]:
        SNAPSHOT.write_text(text, "utf-8", newline="\n")
    else:
        sys.stdout.write(text)
