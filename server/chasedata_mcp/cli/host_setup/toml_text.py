"""TOML as Codex keeps it: one table is set or removed, and all else stays as it is."""

import json
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from typing import cast

from chasedata_mcp.cli.host_setup.json_text import HostTextError

Table = Mapping[str, object]
_LINE = re.compile(r"\(at (line \d+)")


def read_toml(text: str) -> dict[str, object]:
    """Read a whole text.

    Raises:
        HostTextError: It isn't TOML.
    """
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = _LINE.search(str(error))
        where = f"{found[1]}: " if found else ""
        raise HostTextError(f"{where}it isn't TOML") from None


def set_table(text: str, path: Sequence[str], table: Table) -> str:
    """Set a table and those in it, at the end of the text, in place of what it was."""
    kept = remove_table(text, path).rstrip()
    newline = "\r\n" if "\r\n" in text else "\n"
    lines = newline.join(_lines(path, table))
    return f"{kept}{newline * 2 if kept else ''}{lines}{newline}"


def remove_table(text: str, path: Sequence[str]) -> str:
    """Remove a table and those in it, where each has a heading of its own.

    A table that is written in any other way stays; who calls compares what the texts say.
    """
    names = r"\s*\.\s*".join(rf'(?:{name}|"{name}"|\'{name}\')' for name in map(re.escape, path))
    heading = re.compile(rf"\s*\[\s*{names}\s*[\].]")
    kept: list[str] = []
    cut: list[str] = []
    is_ours = False
    for line in text.splitlines(keepends=True):
        if line.lstrip().startswith("["):
            kept += _of_what_follows(cut)
            cut, is_ours = [], heading.match(line) is not None
        (cut if is_ours else kept).append(line)
    return "".join(kept + _of_what_follows(cut))


def _of_what_follows(cut: list[str]) -> list[str]:
    """Keep the comments at a table's end, which belong to what stands behind it."""
    at = len(cut)
    while at and _is_remark(cut[at - 1]):
        at -= 1
    while at < len(cut) and not cut[at].strip():
        at += 1
    return cut[at:]


def _is_remark(line: str) -> bool:
    return not line.strip() or line.lstrip().startswith("#")


def _lines(path: Sequence[str], table: Table) -> Iterator[str]:
    yield f"[{'.'.join(map(_key, path))}]"
    tables = [name for name, value in table.items() if isinstance(value, Mapping)]
    yield from (
        f"{_key(name)} = {_write(value)}" for name, value in table.items() if name not in tables
    )
    for name in tables:
        yield ""
        yield from _lines([*path, name], cast("Table", table[name]))


def _key(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else json.dumps(name, ensure_ascii=False)


def _write(value: object) -> str:
    """Write a value: TOML's strings, numbers, booleans and lists of them are JSON's.

    What isn't alike, such as a table in a list, doesn't read as it was: who calls compares.
    """
    return json.dumps(value, ensure_ascii=False, default=str)
