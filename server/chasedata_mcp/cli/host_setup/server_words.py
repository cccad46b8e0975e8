"""How hosts start this installation: a command that is there tomorrow, by its whole path."""

import json
import sys
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit
from urllib.request import url2pathname

from chasedata_mcp.approvals.program import NAME, beside

_PASSING: Final = frozenset({"archive-v0", "environments-v2", "builds-v0"})
"""Folders of uv's cache; what is in them may be cleared away at any time."""


def server_words(
    environ: Mapping[str, str],
    interpreter: Path | None = None,
    source: str | None = None,
) -> list[str]:
    """Give the words that start the server; hosts often know no PATH, so the first is a path.

    What `uvx` started lies in uv's cache, so a host is told to start it by uv as well.

    Args:
        environ: The variables; uv names itself in `UV` to what it starts.
        interpreter: The Python that runs, by its place in the environment.
        source: The file that was installed, where it wasn't one of the index.
    """
    interpreter = interpreter or Path(sys.executable)
    uv = environ.get("UV")
    if uv and _PASSING & set(interpreter.parts):
        return [uv, "tool", "run", *(("--from", source) if source else ()), NAME]
    script = beside(interpreter)
    return [str(script)] if script else [str(interpreter), "-m", "chasedata_mcp"]


def installed_from() -> str | None:
    """Find the file that this installation was made from, None where it came from an index.

    Installers keep that in `direct_url.json` (PEP 610).
    """
    try:
        said = metadata.distribution(NAME).read_text("direct_url.json")
    except metadata.PackageNotFoundError:
        return None
    direct: dict[str, str] = json.loads(said) if said else {}
    url = urlsplit(direct.get("url", ""))
    return url2pathname(url.path) if url.scheme == "file" else None
