"""The changes of setup in a host's file: worked out whole before anything is written."""

import codecs
import copy
import difflib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, cast

from chasedata_mcp.cli.host_setup.hosts import Entry, Host
from chasedata_mcp.cli.host_setup.json_text import (
    HostTextError,
    read_json,
    remove_member,
    set_member,
)
from chasedata_mcp.cli.host_setup.toml_text import read_toml, remove_table, set_table
from chasedata_mcp.files.replacement import read_if_there
from chasedata_mcp.files.text import TextFileError, describe_read_error

_VARIABLES: Final = ("env", "environment")
_OF_COMMAND: Final = frozenset({"type", "command", "args", *_VARIABLES})
_WHICH_DIALER: Final = frozenset(
    f"CHASEDATA_{name}"
    for name in ("TOKEN", "TOKEN_FILE", "ACCID", "SANDBOX", "SANDBOX_FILE", "SANDBOX_FAULTS")
)
"""The variables that say which dialer is meant; all others are a person's own wish."""


@dataclass(frozen=True, slots=True)
class Change:
    """A change that can be written."""

    host: Host
    file: Path
    before: bytes | None
    after: bytes
    entry: Entry | None

    def diff(self) -> Iterator[str]:
        """Yield the lines that go and come, and no others: what stands beside may be a secret."""
        if self.before and b"\n" not in self.before.strip():
            sign = "+" if self.entry else "-"
            yield f"{sign}{'.'.join(self.host.path)}: {json.dumps(self.entry or {})}"
            return
        old, new = ((one or b"").decode().splitlines() for one in (self.before, self.after))
        lines = difflib.unified_diff(old, new, n=0, lineterm="")
        yield from list(lines)[2:]


@dataclass(frozen=True, slots=True)
class Unchanged:
    """A file that stays as it is, and why."""

    host: Host
    file: Path
    why: str


@dataclass(frozen=True, slots=True)
class Refused:
    """A file that isn't touched because it can't be understood or read; `why` ends a sentence."""

    host: Host
    file: Path
    why: str


Outcome = Change | Unchanged | Refused


def plan(host: Host, file: Path, entry: Entry | None, *, replace: bool = False) -> Outcome:
    """Work out the change that sets an entry in a host's file, or removes ours with None.

    Args:
        host: The host.
        file: Its file.
        entry: What shall stand there.
        replace: Take the place of any other entry of our name, not only of one for the sandbox.
    """
    try:
        before = read_if_there(file)
        return _plan(host, file, before, entry, replace=replace)
    except (OSError, TextFileError, HostTextError) as error:
        why = str(error) if isinstance(error, ValueError) else describe_read_error(error)
        return Refused(host, file, why)


def _plan(
    host: Host, file: Path, before: bytes | None, entry: Entry | None, *, replace: bool
) -> Outcome:
    text, mark = _decode(before or b"")
    form = _TOML if host.is_toml else _JSON
    said = form.read(text)
    present = _look_up(said, host.path)
    if entry is not None:
        entry = _keep(_mapping(present), entry)
    if present == entry:
        return Unchanged(host, file, "is as it should be" if entry else "has no such entry")
    if entry is not None and present is not None and not (replace or serves_sandbox(present)):
        why = "has an entry of that name that isn't for the sandbox; --replace takes its place"
        return Unchanged(host, file, why)
    after = form.set(text, host.path, entry) if entry else form.remove(text, host.path)
    # Whatever the text looks like: what it says may differ in our entry alone.
    will_say = form.read(after)
    if _without_ours(will_say, host.path) != _without_ours(said, host.path):
        raise HostTextError("its entries are written in a way that can't be changed here")
    if _look_up(will_say, host.path) != entry:
        raise HostTextError("its entry is written in a way that can't be changed here")
    return Change(host, file, before, mark + after.encode(), entry)


def _mapping(value: object) -> Mapping[str, object]:
    return cast("Mapping[str, object]", value) if isinstance(value, Mapping) else {}


def _keep(present: Entry, entry: Entry) -> Entry:
    """Keep in an entry what a person has set there beside the command: a limit, a policy."""
    kept = {name: value for name, value in present.items() if name not in _OF_COMMAND}
    merged = {**entry, **kept}
    for name in _VARIABLES:
        others, ours = _mapping(present.get(name)), _mapping(entry.get(name))
        variables = {key: text for key, text in others.items() if key not in _WHICH_DIALER}
        if variables or ours:
            merged[name] = {**variables, **ours}
    return merged


def serves_sandbox(entry: object) -> bool:
    """Tell whether an entry starts the server on its sandbox."""
    found = _mapping(entry)
    words = [found.get("args"), found.get("command")]
    return any(isinstance(one, list) and "--sandbox" in one for one in words)


@dataclass(frozen=True, slots=True)
class _Form:
    read: Callable[[str], object]
    set: Callable[[str, Sequence[str], Entry], str]
    remove: Callable[[str, Sequence[str]], str]


_JSON: Final = _Form(lambda text: read_json(text).data, set_member, remove_member)
_TOML: Final = _Form(read_toml, set_table, remove_table)


def _decode(content: bytes) -> tuple[str, bytes]:
    """Decode a file, with the byte order mark that it may begin with."""
    mark = codecs.BOM_UTF8 if content.startswith(codecs.BOM_UTF8) else b""
    try:
        return content.removeprefix(mark).decode(), mark
    except UnicodeDecodeError:
        raise HostTextError("it isn't UTF-8") from None


def _look_up(data: object, path: Sequence[str]) -> object:
    for name in path:
        if not isinstance(data, dict):
            raise HostTextError("where the servers belong stands something else than an object")
        data = cast("dict[str, object]", data).get(name)
        if data is None:
            return None
    return data


def _without_ours(data: object, path: Sequence[str]) -> object:
    """Take our entry away, and what is empty without it."""
    rest: Any = copy.deepcopy(data)
    *way, last = path
    levels: list[Any] = [rest]
    for name in way:
        levels.append(levels[-1].get(name) or {})
    levels[-1].pop(last, None)
    for name, level in reversed(list(zip(way, levels, strict=False))):
        if not level.get(name):
            level.pop(name, None)
    return rest
