"""`chasedata-mcp schemas`: the published catalogue as files, and the README's table of tools."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from chasedata_mcp import publish
from chasedata_mcp.cli.exits import Exit
from chasedata_mcp.cli.screen import NAME, complain, out
from chasedata_mcp.cli.usage import UsageError

START, END = "<!-- tools -->", "<!-- /tools -->"


@dataclass(frozen=True, slots=True)
class Generated:
    """A file as it ought to be; `text` is None where it ought not to be there."""

    path: Path
    text: str | None

    @property
    def problem(self) -> str | None:
        """What is wrong with the file that is there."""
        if self.text is None:
            return f"{self.path} belongs to no tool"
        if not self.path.exists():
            return f"{self.path} is missing"
        if self.path.read_text(encoding="utf-8") != self.text:
            return f"{self.path} is not what the catalogue makes"
        return None

    def mend(self) -> None:
        """Make the file what it ought to be."""
        if self.text is None:
            self.path.unlink()
        else:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self.path.write_text(self.text, encoding="utf-8", newline="\n")


def schemas(
    directory: Annotated[
        Path, typer.Argument(metavar="DIR", file_okay=False, help="Where the files are.")
    ],
    *,
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; fail if a file isn't up to date.")
    ] = False,
    readme: Annotated[
        Path | None,
        typer.Option(
            "--readme",
            dir_okay=False,
            exists=True,
            help=f"Also the table of tools in this file, between {START} and {END}.",
        ),
    ] = None,
) -> None:
    """Write one JSON file a tool, exactly its entry in tools/list."""
    wrong = [file for file in generated(directory, readme) if file.problem]
    if not check:
        for file in wrong:
            file.mend()
        out().print(f"{len(publish.files())} tools; {len(wrong)} files changed.")
        return
    for file in wrong:
        complain(file.problem or "")
    if wrong:
        also = f" --readme {readme}" if readme else ""
        complain(f"mend it with: {NAME} schemas {directory}{also}")
        raise typer.Exit(Exit.FAILED)


def generated(directory: Path, readme: Path | None) -> Iterator[Generated]:
    """Every file that the catalogue makes, and every one in its place that it doesn't.

    Raises:
        UsageError: The README has no place for the table.
    """
    files = publish.files()
    yield from (Generated(directory / name, text) for name, text in files.items())
    others = (path for path in sorted(directory.glob("*.json")) if path.name not in files)
    yield from (Generated(path, None) for path in others if is_a_tool(path))
    if readme is not None:
        yield Generated(readme, with_table(readme.read_text(encoding="utf-8")))


def is_a_tool(path: Path) -> bool:
    """Whether a file describes a tool; nothing else in the directory is ours to remove."""
    try:
        return "inputSchema" in json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, TypeError):
        return False


def with_table(text: str) -> str:
    """The README's text with the table of tools as the catalogue makes it.

    Raises:
        UsageError: It has no place for the table, or several.
    """
    before, start, rest = text.partition(START)
    _, end, after = rest.partition(END)
    if not (start and end) or START in after or END in after:
        raise UsageError(f"the README needs one {START} and one {END} after it for the table")
    return f"{before}{START}\n{publish.table()}{END}{after}"
