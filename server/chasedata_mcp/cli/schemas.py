"""`chasedata-mcp schemas`: the published catalogue as files, and the tables of the documents."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from chasedata_mcp.cli.command_errors import UsageError
from chasedata_mcp.cli.exit_codes import Exit
from chasedata_mcp.cli.screen import NAME, complain, out
from chasedata_mcp.files.text import read_text
from chasedata_mcp.policy.explain import (
    render_caps_table,
    render_hours_table,
    render_rules_table,
)
from chasedata_mcp.settings.wire.facts import TABLES as WIRE_TABLES
from chasedata_mcp.settings.wire.facts import render_table as render_wire_table
from chasedata_mcp.tools import schema as publish
from chasedata_mcp.tools.published import FILE as PACKAGED

Tables = Mapping[str, Callable[[], str]]
"""Makers of the text between the marks `<!-- name -->` and `<!-- /name -->`, by the name."""
OF_README: Tables = {"tools": publish.render_table}
OF_POLICY: Tables = {
    "rules": render_rules_table,
    "caps": render_caps_table,
    "hours": render_hours_table,
    **{f"wire-{name}": partial(render_wire_table, name) for name in WIRE_TABLES},
}


@dataclass(frozen=True, slots=True)
class Generated:
    """A generated file with its right text; None where there ought to be no such file."""

    path: Path
    text: str | None

    @property
    def problem(self) -> str | None:
        """The difference between the file on disk and this one, in words; None without any."""
        if self.text is None:
            return f"{self.path} belongs to no tool"
        if not self.path.exists():
            return f"{self.path} is missing"
        if read_text(self.path) != self.text:
            return f"{self.path} is not what the catalogue makes"
        return None

    def mend(self) -> None:
        """Write the right text, or remove the file that ought not to be there."""
        if self.text is None:
            self.path.unlink()
        else:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            # The same bytes on Windows, where these files are compared, too.
            self.path.write_text(self.text, encoding="utf-8", newline="\n")


def schemas(
    directory: Annotated[
        Path, typer.Argument(metavar="DIR", file_okay=False, help="The directory of the files.")
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
            help="Update the table of tools in this document, too.",
        ),
    ] = None,
    policy: Annotated[
        list[Path] | None,
        typer.Option(
            "--policy",
            dir_okay=False,
            exists=True,
            help="Update the tables of keys, caps, calling hours and the wire in this document, "
            "too. Can be given several times.",
        ),
    ] = None,
) -> None:
    """Write a JSON file for each tool, exactly its entry in tools/list."""
    wrong = [file for file in generate(directory, readme, policy or []) if file.problem]
    if not check:
        for file in wrong:
            file.mend()
        out().print(f"{len(publish.render_files())} tools; {len(wrong)} files changed.")
        return
    for file in wrong:
        complain(file.problem or "")
    if wrong:
        also = f" --readme {readme}" if readme else ""
        also += "".join(f" --policy {document}" for document in policy or [])
        complain(f"mend it with: {NAME} schemas {directory}{also}")
        raise typer.Exit(Exit.FAILED)


def generate(
    directory: Path, readme: Path | None, policy: Sequence[Path] = ()
) -> Iterator[Generated]:
    """Yield every file that the catalogue makes, the package's own, and those of no tool.

    Raises:
        UsageError: A document has no place for a table.
    """
    # In a package that was installed it is right already, and nothing is written there.
    yield Generated(PACKAGED, publish.render_packaged())
    files = publish.render_files()
    yield from (Generated(directory / name, text) for name, text in files.items())
    others = (path for path in sorted(directory.glob("*.json")) if path.name not in files)
    yield from (Generated(path, None) for path in others if is_a_tool(path))
    if readme is not None:
        yield Generated(readme, insert_tables(read_text(readme), OF_README))
    for document in policy:
        text = read_text(document)
        yield Generated(document, insert_tables(text, pick_tables(text, OF_POLICY)))


def is_a_tool(path: Path) -> bool:
    """Check whether a file describes a tool; nothing else in the directory is ours to remove."""
    try:
        return "inputSchema" in json.loads(read_text(path))
    except (OSError, ValueError, TypeError):
        return False


def pick_tables(text: str, tables: Tables) -> Tables:
    """Pick the tables for which a document has a mark.

    Raises:
        UsageError: It has none.
    """
    picked = {
        name: made
        for name, made in tables.items()
        if f"<!-- {name} -->" in text or f"<!-- /{name} -->" in text
    }
    if not picked:
        names = ", ".join(f"<!-- {name} -->" for name in tables)
        raise UsageError(f"the document needs the place of a table, one of {names}")
    return picked


def insert_tables(text: str, tables: Tables) -> str:
    """Insert the tables that are made of the code into a document's text, between their marks.

    Raises:
        UsageError: It has no place for one of them, or several.
    """
    for name, made in tables.items():
        start, end = f"<!-- {name} -->", f"<!-- /{name} -->"
        before, opened, rest = text.partition(start)
        _, closed, after = rest.partition(end)
        if not (opened and closed) or start in after or end in after:
            raise UsageError(f"the document needs one {start} and one {end} after it for the table")
        text = f"{before}{start}\n{made()}{end}{after}"
    return text
