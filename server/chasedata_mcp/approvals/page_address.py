"""The addresses of running pages: each makes itself known to servers on its store by a file."""

import json
import os
import re
import sys
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from chasedata_mcp.files.text import read_text
from chasedata_mcp.tools.account import Account

_OURS: Final = re.compile(r"http://(127\.0\.0\.1|localhost|\[::1\]):[0-9]{1,5}")


@dataclass(frozen=True, slots=True)
class Announcement:
    """The content of a file: whose questions a page shows, its address, its process, its start."""

    path: Path
    accid: str
    address: str
    pid: int
    since: str


def _utc_now() -> datetime:
    return datetime.now(UTC)


@contextmanager
def announce(
    directory: Path,
    account: Account,
    address: str,
    *,
    clock: Callable[[], datetime] = _utc_now,
) -> Generator[None]:
    """Make a page known for as long as this lasts, by `approvals-<environment>-<accid>-<pid>.json`.

    The files of pages that are gone are removed.

    Args:
        directory: The state directory.
        account: Whose questions the page shows.
        address: `http://127.0.0.1:8766`, without a path.
        clock: The time now, aware: the page that came last is the one that people are sent to.

    Raises:
        OSError: The file can't be written.
    """
    pid = os.getpid()
    path = directory / f"approvals-{account.environment}-{account.accid}-{pid}.json"
    since = clock().astimezone(UTC).isoformat(timespec="microseconds")
    said = {"accid": account.accid, "address": address, "pid": pid, "since": since}
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    _sweep(directory, account, address)
    new = path.with_suffix(".new")
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(f"{json.dumps(said)}\n")
    new.replace(path)
    try:
        yield
    finally:
        with suppress(OSError):
            path.unlink()


def announced(directory: Path, account: Account) -> str | None:
    """Find the address of the page of an account that began last and still runs, if any.

    The file of a process that is gone counts for nothing.
    """
    ours = [
        one
        for one in _announcements(directory, account)
        if one.accid == account.accid and _lives(one.pid)
    ]
    return max(ours, key=lambda one: one.since).address if ours else None


def _announcements(directory: Path, account: Account) -> Iterator[Announcement]:
    """Read the files of pages of any account of the same environment; skip what makes no sense."""
    for path in directory.glob(f"approvals-{account.environment}-*.json"):
        with suppress(OSError, ValueError):
            match json.loads(read_text(path)):
                case {
                    "accid": str(accid),
                    "address": str(address),
                    "pid": int(pid),
                    "since": str(since),
                } if _OURS.fullmatch(address):
                    yield Announcement(path, accid, address, pid, since)
                case _:
                    pass


def _sweep(directory: Path, account: Account, address: str) -> None:
    """Remove the files of pages that are gone: their process is, or another has their port."""
    for one in _announcements(directory, account):
        if one.address == address or not _lives(one.pid):
            with suppress(OSError):
                one.path.unlink()


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
    except OverflowError:
        return False
    return True
