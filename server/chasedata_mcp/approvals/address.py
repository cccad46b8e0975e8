"""Where the running page is: it makes itself known to servers on the same store by a file."""

import json
import os
import re
import sys
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from chasedata_mcp.ledger import Environment

_OURS: Final = re.compile(r"http://(127\.0\.0\.1|localhost|\[::1\]):[0-9]{1,5}")


@contextmanager
def announce(directory: Path, environment: Environment, address: str) -> Generator[None]:
    """Make a page known for as long as this lasts, by `approvals-<environment>.json`.

    Args:
        directory: The state directory.
        environment: Whose questions the page shows.
        address: `http://127.0.0.1:8766`, without a path.

    Raises:
        OSError: The file can't be written.
    """
    path = _path(directory, environment)
    kept = json.dumps({"address": address, "pid": os.getpid()})
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    new = path.with_name(f"{path.name}.{os.getpid()}.new")
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(f"{kept}\n")
    new.replace(path)
    try:
        yield
    finally:
        # Another page may have taken its place.
        with suppress(OSError, ValueError):
            if json.loads(path.read_text("utf-8")) == json.loads(kept):
                path.unlink()


def announced(directory: Path, environment: Environment) -> str | None:
    """The address of the page that runs for an environment; None where none does.

    What a process left that is gone counts for nothing.
    """
    try:
        kept = json.loads(_path(directory, environment).read_text("utf-8"))
    except (OSError, ValueError):
        return None
    match kept:
        case {"address": str(address), "pid": int(pid)} if _OURS.fullmatch(address):
            return address if _lives(pid) else None
        case _:
            return None


def _path(directory: Path, environment: Environment) -> Path:
    return directory / f"approvals-{environment}.json"


def _lives(pid: int) -> bool:
    if sys.platform == "win32":  # where asking would end the process
        return True
    if pid <= 0:
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True  # it lives, as another user
    return True
