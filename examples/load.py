"""Load a file, one call a row, with a result for each row: leads, or numbers to stop calling.

    python examples/load.py leads examples/leads.csv
    python examples/load.py do-not-call examples/do-not-call.csv

It runs on the embedded sandbox, which forgets all of it at the end; set CHASEDATA_SANDBOX_FILE to
keep it. Leads are only stored, nobody is called. The results are CSV on standard output, and the
exit code is 1 if a row wasn't done.
"""

import csv
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import anyio
from mcp import Client, StdioServerParameters

SERVER = StdioServerParameters(
    command=sys.executable,
    args=["-m", "chasedata_mcp", "--sandbox"],
    env={name: text for name, text in os.environ.items() if name != "CHASEDATA_SANDBOX"},
)
TOOLS = {"leads": "insert_lead", "do-not-call": "insert_dnc"}


@dataclass(frozen=True)
class Row:
    """A row of the file, and what became of it."""

    number: int
    outcome: str
    code: str
    message: str


async def load(what: str, path: Path) -> list[Row]:
    """Load every row of a file, one after another."""
    async with Client(SERVER) as client:
        return [
            await loaded(client, TOOLS[what], number, arguments)
            for number, arguments in rows(what, path)
        ]


def rows(what: str, path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """The rows as arguments; an empty cell is left out, since what is given is sent."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        for number, cells in enumerate(csv.DictReader(file), 2):
            arguments: dict[str, Any] = {name: text for name, text in cells.items() if text}
            if what == "leads":
                arguments["import_only"] = True
            yield number, arguments


async def loaded(client: Client, tool: str, number: int, arguments: dict[str, Any]) -> Row:
    """Make one call; where nobody knows what became of it, look before anything is sent again."""
    told = await called(client, tool, arguments)
    if told["outcome"] == "unknown" and tool == "insert_lead":
        by_own_id = {"search_field": "client_id", "identifier": arguments["client_id"]}
        found = (await called(client, "search_lead", by_own_id)).get("found")
        if found:
            told = {**told, "outcome": "done", "message": "No answer, but the lead is there."}
    return Row(number, told["outcome"], told.get("code", ""), told["message"])


async def called(client: Client, tool: str, arguments: dict[str, Any]) -> dict[str, Any]:
    """The structured result of a call, done or not."""
    result = await client.call_tool(tool, arguments)
    return dict(result.structured_content or {})


def main(what: str, path: str) -> int:
    """Load the file, print what became of each row, and say whether all was done."""
    results = anyio.run(load, what, Path(path))
    table = csv.writer(sys.stdout, lineterminator="\n")
    table.writerow(["row", "outcome", "code", "message"])
    table.writerows([row.number, row.outcome, row.code, row.message] for row in results)
    return 0 if all(row.outcome == "done" for row in results) else 1


if __name__ == "__main__":
    if len(sys.argv) != 3 or sys.argv[1] not in TOOLS:  # noqa: PLR2004 - two words
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]))
