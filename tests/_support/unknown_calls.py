"""A sandbox and a ledger that are kept, with a call in it of which nobody knows."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import anyio

from _support.terminals import Ended, run_wide
from chasedata_mcp.ledger import Intent, fresh_id, open_ledger

OLD = timedelta(minutes=13)
BLOCKED = "6025550121"


def settings(directory: Path) -> dict[str, str]:
    places = {"STATE_DIR": str(directory / "state"), "SANDBOX_FILE": str(directory / "box.sqlite")}
    return {"SANDBOX": "1", **places}


def command(directory: Path, *words: str) -> Ended:
    return run_wide(*words, **settings(directory))


def killed(directory: Path, age: timedelta = OLD, account: str = "sandbox") -> str:
    """Record a call as a process leaves it that is killed before it is over."""
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
    lines = command(directory, "history", "--json").out.splitlines()
    [found] = [one for one in map(json.loads, lines) if one["id"] == entry]
    return dict(found)
