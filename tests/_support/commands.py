"""Commands over a sandbox and a ledger in a directory, and a call of unknown outcome in it."""

import json
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import anyio

from _support.spelling import wire_settings
from _support.terminals import Ended, run_wide
from chasedata_mcp.approvals.models import Reply
from chasedata_mcp.cli.call_session import TerminalSession, open_session
from chasedata_mcp.ledger import Intent, fresh_id, open_ledger
from chasedata_mcp.ledger.questions import Question
from chasedata_mcp.sandbox.dialer import SandboxDialer
from chasedata_mcp.settings import load_settings

OLD = timedelta(minutes=13)
BLOCKED = "6025550121"


def settings(directory: Path, **other: str) -> dict[str, str]:
    """Keep the sandbox and the ledger in a directory."""
    places = {"STATE_DIR": str(directory / "state"), "SANDBOX_FILE": str(directory / "box.sqlite")}
    return {"SANDBOX": "1", **places, **wire_settings(), **other}


def command(directory: Path, *words: str, **other: str) -> Ended:
    """Run a command with these settings."""
    return run_wide(*words, **settings(directory, **other))


@contextmanager
def open_terminal(
    directory: Path, ask: Callable[[Question], Reply], **other: str
) -> Iterator[TerminalSession]:
    """Open the session of a command, with a person who is asked."""
    environ = {f"CHASEDATA_{name}": text for name, text in settings(directory, **other).items()}
    with open_session(load_settings(environ), ask) as session:
        yield session


def state(directory: Path) -> dict[str, list[dict[str, Any]]]:
    """Read every table of the sandbox."""
    with closing(SandboxDialer(directory / "box.sqlite")) as dialer:
        return dialer.state()


def killed(directory: Path, age: timedelta = OLD, account: str = "sandbox") -> str:
    """Record a call as a process leaves it that is killed before the call ends."""
    intent = Intent(
        entry=fresh_id(),
        at=datetime.now(UTC) - age,
        caller="somebody/an assistant",
        environment="sandbox",
        account=account,
        host="",
        tool="insert_dnc",
        digest="d",
        arguments={"number": BLOCKED},
        form={"Action": "InsertDnc", "Number": BLOCKED},
        resource_keys=(f"dnc:{BLOCKED}",),
    )

    async def record() -> None:
        async with open_ledger(directory / "state", "sandbox") as ledger:
            await ledger.intend(intent)

    anyio.run(record)
    return intent.entry


def listed(directory: Path, entry: str) -> dict[str, object]:
    """Get an entry as the command `history` lists it."""
    lines = command(directory, "history", "--json").out.splitlines()
    [found] = [one for one in map(json.loads, lines) if one["id"] == entry]
    return dict(found)
