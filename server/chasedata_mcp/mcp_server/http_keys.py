"""The named keys of clients over HTTP: each is a principal, and stops at once when it is revoked.

Only a key's hash is kept, in a file of the state directory that only its owner can read.
"""

import hmac
import re
import secrets
import sqlite3
from collections.abc import Generator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Final

from chasedata_mcp.files.access import list_file_exposures, require_unexposed

NAME: Final = "http-keys.sqlite3"
NAMED: Final = "key:"
"""The beginning of a named key's principal. No user of a machine has a colon in their name."""
_KEY_NAME: Final = re.compile("[a-z0-9][a-z0-9_-]{0,31}")
_BUSY_SECONDS: Final = 5
_MARK: Final = "cdmcp_"
"""The beginning of every key, by which a scanner of leaked secrets can tell one."""
_TABLE: Final = (
    "CREATE TABLE IF NOT EXISTS keys (name TEXT PRIMARY KEY, hash TEXT NOT NULL, "
    "made TEXT NOT NULL, by TEXT NOT NULL, revoked TEXT)"
)
_ALL: Final = "SELECT name, hash, made, by, revoked FROM keys ORDER BY made, name"


class KeyNameError(ValueError):
    """A name that no new key can have; the message says why."""


@dataclass(frozen=True, slots=True)
class HttpKey:
    """A named key, without the key itself: who made it and when, and when it was revoked."""

    name: str
    hash: str
    made: datetime
    by: str
    revoked: datetime | None = None

    @property
    def principal(self) -> str:
        """The principal of whoever sends it."""
        return f"{NAMED}{self.name}"


class HttpKeys:
    """The named keys of a state directory, for every process that uses it.

    Each question opens the file anew, so that a server that runs sees every change. What the file
    can't do raises `OSError`.
    """

    def __init__(self, directory: Path) -> None:
        self.path = directory / NAME

    def all(self) -> list[HttpKey]:
        """List every key that was ever made, the oldest first."""
        if not self.path.exists():
            return []
        with self._opened() as file:
            return [_key(*row) for row in file.execute(_ALL)]

    def live(self) -> list[HttpKey]:
        """List the keys that let a client in."""
        return [key for key in self.all() if key.revoked is None]

    def make(self, name: str, by: str, now: datetime) -> str:
        """Make a key and give it, which happens this once.

        Raises:
            KeyNameError: The name is none, or another key has or had it.
        """
        if not _KEY_NAME.fullmatch(name):
            raise KeyNameError("has 1 to 32 of a-z, 0-9, - and _, and begins with none of the last")
        # 256 random bits: nobody finds them by trying, however fast the hash is.
        key = f"{_MARK}{secrets.token_urlsafe(32)}"
        require_unexposed(list_file_exposures(self.path, links=False))
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.path.touch(mode=0o600)
        self.path.chmod(0o600)
        row = (name, _hash(key), now.astimezone(UTC).isoformat(), by)
        with self._opened() as file:
            file.execute(_TABLE)
            # A name stays taken: what was granted to the old key's principal is not the new one's.
            taken = "INSERT OR IGNORE INTO keys (name, hash, made, by) VALUES (?, ?, ?, ?)"
            if file.execute(taken, row).rowcount != 1:
                raise KeyNameError("is taken by a key that was made before, revoked or not")
        return key

    def revoke(self, name: str, now: datetime) -> bool:
        """End a key; false, and nothing changed, where none of this name lets anybody in."""
        if not self.path.exists():
            return False
        ended = "UPDATE keys SET revoked = ? WHERE name = ? AND revoked IS NULL"
        with self._opened() as file:
            return file.execute(ended, (now.astimezone(UTC).isoformat(), name)).rowcount == 1

    def principal_of(self, given: str) -> str | None:
        """Find the principal of a key that a client sent; None for a wrong or revoked one."""
        sent, found = _hash(given), None
        for key in self.live():
            # All of them, each in constant time: the time tells nothing of how near a guess was.
            if hmac.compare_digest(key.hash, sent):
                found = key.principal
        return found

    def has(self, principal: str) -> bool:
        """Tell whether a principal's key still lets it in."""
        return any(key.principal == principal for key in self.live())

    @contextmanager
    def _opened(self) -> Generator[sqlite3.Connection]:
        require_unexposed(list_file_exposures(self.path, links=False))
        try:
            with closing(sqlite3.connect(self.path, timeout=_BUSY_SECONDS)) as file, file:
                yield file
        except sqlite3.Error as error:
            problem = type(error).__name__
            raise OSError(f"the file of the keys can't be used ({problem})") from None


def _hash(key: str) -> str:
    return sha256(key.encode()).hexdigest()


def _key(name: str, digest: str, made: str, by: str, revoked: str | None) -> HttpKey:
    ended = None if revoked is None else datetime.fromisoformat(revoked)
    return HttpKey(name, digest, datetime.fromisoformat(made), by, ended)
