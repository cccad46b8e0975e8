"""Load a file, one call a row, with a result for each row: leads, or numbers to stop calling.

    python examples/load.py leads examples/leads.csv
    python examples/load.py do-not-call examples/do-not-call.csv > results.csv

It runs on a sandbox in memory, which forgets all of it at the end; set CHASEDATA_SANDBOX_FILE to
keep it. Leads are only stored, nobody is called. The file is CSV with commas; its first line names
the columns. All of it is checked before anything is sent, and each result is written as it comes:
CSV on standard output, with the line of the file where the row begins.

Exit codes: 0 all rows are done; 1 some are not; 2 the file can't be used, and nothing was sent;
130 interrupted with Ctrl-C.
"""

import csv
import io
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import anyio
from mcp import Client, MCPError, StdioServerParameters
from mcp_types import Tool

from chasedata_mcp.files.text import TextFileError, read_text

SERVER = StdioServerParameters(
    command=sys.executable,
    args=["-m", "chasedata_mcp", "--sandbox"],
    env={"CHASEDATA_SANDBOX_FILE": ":memory:"}
    | {name: text for name, text in os.environ.items() if name != "CHASEDATA_SANDBOX"},
)
TOOLS = {"leads": "insert_lead", "do-not-call": "insert_dnc"}
SET_HERE = {"insert_lead": {"import_only": True}, "insert_dnc": {}}
LARGEST = 50_000_000
SHOWN = 10
LOOK = "Look for it in the dialer before you send it again."


class UnfitError(Exception):
    """The file can't be used; nothing was sent."""


class StoppedError(Exception):
    """Not all rows were sent."""


@dataclass(frozen=True)
class Row:
    """A row of the file: where it begins, and its cells by column, without the empty ones."""

    line: int
    cells: dict[str, str]


def main(what: str, name: str) -> int:
    """Load the file, write what became of each row, and say whether all was done."""
    sys.stdout.reconfigure(encoding="utf-8")  # type: ignore[union-attr]  # wherever it goes
    try:
        return 0 if load_file(TOOLS[what], Path(name)) else 1
    except UnfitError as error:
        say(f"{name}: {error}. Nothing was sent.")
        return 2
    except StoppedError as error:
        say(str(error))
        return 1
    except KeyboardInterrupt:
        return 130


def load_file(tool: str, path: Path) -> bool:
    """Load a file, and tell whether all of it was done."""
    columns, rows = read(path)
    try:
        return anyio.run(load, tool, columns, rows)
    except* MCPError:
        stopped = StoppedError("The server did not start. Nothing was sent.")
    raise stopped


def read(path: Path) -> tuple[list[str], list[Row]]:
    """The columns and the rows of a file."""
    table = csv.reader(io.StringIO(text_of(path), newline=""), strict=True)
    lines: list[tuple[int, list[str]]] = []
    begins = 1
    try:
        for cells in table:
            if any(cell.strip() for cell in cells):
                lines.append((begins, cells))
            begins = table.line_num + 1
    except csv.Error as error:
        raise UnfitError(f"the row that begins in line {begins} is not CSV ({error})") from None
    if not lines:
        raise UnfitError("it is empty")
    (_, first), *rest = lines
    columns = [cell.strip() for cell in first]
    ragged = [line for line, cells in rest if len(cells) != len(columns)]
    if ragged:
        more = f" and {len(ragged) - SHOWN} more" if len(ragged) > SHOWN else ""
        named = ", ".join(map(str, ragged[:SHOWN]))
        raise UnfitError(
            f"it has {len(columns)} columns, and another number of cells in line {named}{more}"
        )
    if not rest:
        raise UnfitError("it has a first line, which names the columns, and no rows")
    return columns, [Row(line, filled(columns, cells)) for line, cells in rest]


def filled(columns: list[str], cells: list[str]) -> dict[str, str]:
    """The cells with something in them, by column: what is given to a tool is sent."""
    return {name: cell for name, cell in zip(columns, cells, strict=True) if cell.strip()}


def text_of(path: Path) -> str:
    """The text of a file: UTF-8, what Windows writes with a mark, or Windows-1252."""
    try:
        return read_text(path, LARGEST)
    except OSError as error:
        raise UnfitError(f"it can't be read ({error.strerror})") from None
    except TextFileError as error:
        if not path.is_file():
            raise UnfitError(f"it can't be read ({error})") from None
        content = path.read_bytes()
        if len(content) > LARGEST or b"\0" in content:
            raise UnfitError(f"it can't be read: {error}") from None
    try:
        text = content.decode("cp1252")
    except UnicodeDecodeError:
        raise UnfitError("it is neither UTF-8 nor Windows-1252") from None
    say(f"{path}: it is not UTF-8, and is read as Windows-1252. Look at the names.")
    return text


def check(columns: list[str], tool: Tool | None, set_here: dict[str, Any]) -> None:
    """See that the first line names arguments of the tool, and all that have to be there."""
    if tool is None:
        raise StoppedError("The server's settings leave the tool out. Nothing was sent.")
    schema = tool.input_schema
    texts = {name for name, rule in schema["properties"].items() if rule.get("type") == "string"}
    for number, name in enumerate(columns, 1):
        if name not in texts:
            shown = f'"{name}"' if name.isidentifier() else f"number {number}"
            raise UnfitError(
                f"line 1 has to name the columns, and column {shown} is none of: "
                f"{', '.join(sorted(texts))}"
            )
    twice = [name for name in columns if columns.count(name) > 1]
    if twice:
        raise UnfitError(f'column "{twice[0]}" is there twice')
    missing = [name for name in schema["required"] if name not in {*columns, *set_here}]
    if missing:
        raise UnfitError(f'column "{missing[0]}" is missing')


async def load(tool: str, columns: list[str], rows: list[Row]) -> bool:
    """Load row after row, and tell whether all were done."""
    left = list(rows)
    stopped: Exception | None = None
    async with Client(SERVER) as client:
        try:
            tools = {one.name: one for one in (await client.list_tools()).tools}
            check(columns, tools.get(tool), SET_HERE[tool])
            write("line", "outcome", "code", "message")
            done = [await loaded(client, tool, left.pop(0)) for _ in rows]
        except (UnfitError, StoppedError) as error:
            stopped = error  # The client would bury it in groups.
        finally:
            if 0 < len(left) < len(rows):
                say(f"{len(left)} of {len(rows)} rows were not tried.")
    if stopped is not None:
        raise stopped
    return all(done)


async def loaded(client: Client, tool: str, row: Row) -> bool:
    """Load one row, and write its result whatever happens."""
    told = {"outcome": "unknown", "code": "interrupted", "message": f"It was under way. {LOOK}"}
    try:
        told = await sent(client, tool, {**row.cells, **SET_HERE[tool]})
    except MCPError:
        told = told | {"code": "no_server", "message": f"The server has ended. {LOOK}"}
        raise StoppedError(f"The server ended at line {row.line}.") from None
    finally:
        write(row.line, told["outcome"], told.get("code", ""), told["message"])
    return bool(told["outcome"] == "done")


async def sent(client: Client, tool: str, arguments: dict[str, Any]) -> dict[str, Any]:
    """Make one call; where nobody knows what became of it, look before anything is sent again."""
    told = await called(client, tool, arguments)
    if told["outcome"] == "unknown" and "client_id" in arguments:
        by_own_id = {"search_field": "client_id", "identifier": arguments["client_id"]}
        if (await called(client, "search_lead", by_own_id)).get("found"):
            return {"outcome": "done", "message": "No answer, but the lead is there."}
    return told


async def called(client: Client, tool: str, arguments: dict[str, Any]) -> dict[str, Any]:
    """The structured result of a call, done or not."""
    result = await client.call_tool(tool, arguments)
    return dict(result.structured_content or {})


def write(*cells: object) -> None:
    """Write a line of results, so that it stays whatever comes."""
    try:
        csv.writer(sys.stdout, lineterminator="\n").writerow(cells)
        sys.stdout.flush()
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # for what is left of it
        say("Not written:", *cells)
        raise StoppedError(f"The results can't be written ({error.strerror}).") from None


def say(*sentences: object) -> None:
    """Tell the person at the terminal."""
    print(*sentences, file=sys.stderr, flush=True)


if __name__ == "__main__":
    if len(sys.argv) != 3 or sys.argv[1] not in TOOLS:  # noqa: PLR2004 - two words
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]))
