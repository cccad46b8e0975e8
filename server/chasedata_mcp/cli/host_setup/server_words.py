"""The start of this installation: a command that is there tomorrow, by its whole path."""

import json
import shutil
import sys
from collections.abc import Callable, Mapping
from importlib import metadata
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from chasedata_mcp.approvals.program import NAME, beside

_CACHED_BY_UV: Final = frozenset({"archive-v0", "environments-v2", "builds-v0"})
"""Folders of uv's cache; what is in them may be cleared away at any time."""


def server_words(
    environ: Mapping[str, str],
    interpreter: Path | None = None,
    source: str | None = None,
    which: Callable[[str], str | None] = shutil.which,
) -> list[str]:
    """Give the words that start the server; hosts often know no PATH, so the first is a path.

    What `uvx` or `pipx run` started lies in a cache, so a host is told to start it that way too.

    Args:
        environ: The variables; uv names itself in `UV` to what it starts.
        interpreter: The Python that runs, by its place in the environment.
        source: The file that was installed, where it wasn't one of the index.
        which: Finds a program on the path.
    """
    interpreter = interpreter or Path(sys.executable)
    folders = set(interpreter.parts)
    if _CACHED_BY_UV & folders and (uv := environ.get("UV") or which("uv")):
        return [uv, "tool", "run", *(("--from", source) if source else ()), NAME]
    # What pipx installs is in its venvs; what it runs but once is beside them.
    if "pipx" in folders and "venvs" not in folders and (pipx := which("pipx")):
        return [pipx, "run", *(("--spec", source) if source else ()), NAME]
    script = beside(interpreter)
    return [str(script)] if script else [str(interpreter), "-m", "chasedata_mcp"]


def installed_from() -> str | None:
    """Find the file that this installation was made from, None where it came from an index.

    Installers keep that in `direct_url.json` (PEP 610).
    """
    from urllib.request import url2pathname  # noqa: PLC0415 - heavy: all of HTTP

    try:
        said = metadata.distribution(NAME).read_text("direct_url.json")
    except metadata.PackageNotFoundError:
        return None
    direct: dict[str, str] = json.loads(said) if said else {}
    url = urlsplit(direct.get("url", ""))
    path = url2pathname(url.path) if url.scheme == "file" else None
    # A folder that was installed from may be changed; only a wheel or sdist stays what it was.
    return path if path and Path(path).is_file() else None
