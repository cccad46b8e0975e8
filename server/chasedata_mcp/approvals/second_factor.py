"""A second factor: codes of an app on a person's own device (TOTP), each good for one yes.

The secret is in a file of the state directory that only its owner can read. Whoever can run
programs as that user can read it too: the factor holds against somebody, or something, that can
answer questions on this machine, not against one that goes and reads files.
"""

import hmac
import sqlite3
from collections.abc import Generator
from contextlib import closing, contextmanager
from datetime import datetime, timedelta
from enum import Enum, auto
from pathlib import Path
from typing import Final

from pyotp import random_base32
from pyotp.totp import TOTP

from chasedata_mcp.files.access import list_file_exposures, require_unexposed
from chasedata_mcp.ledger import Machine, this_machine

NAME: Final = "second-factor.sqlite3"
TRIES: Final = 5
"""The wrong codes within `PAUSE` after which none counts until the first of them is that old."""
PAUSE: Final = timedelta(minutes=5)
ISSUER: Final = "chasedata-mcp"
_STEP: Final = 30
_BUSY_SECONDS: Final = 5
# A clock may be wrong by a step either way (RFC 6238, section 5.2).
_NEAR: Final = (0, -1, 1)
_TABLES: Final = (
    """CREATE TABLE IF NOT EXISTS factor (
        one INTEGER PRIMARY KEY CHECK (one = 1), secret TEXT NOT NULL, last INTEGER NOT NULL
    )""",
    """CREATE TABLE IF NOT EXISTS wrong_codes (
        at REAL NOT NULL, uptime REAL NOT NULL, boot TEXT NOT NULL
    )""",
)
# By the seconds that passed, as far as this start of the machine goes back; before it, only the
# clock tells.
_FORGET: Final = """
DELETE FROM wrong_codes WHERE CASE
    WHEN boot <> '' AND boot = :boot AND uptime <= :uptime THEN :uptime - uptime
    ELSE :at - at END >= :pause"""
# By a clock that was set back, one would be in the future: it counts as if it was typed just now.
_DATE_ANEW: Final = """
UPDATE wrong_codes SET at = :at, uptime = :uptime, boot = :boot
WHERE at > :at AND NOT (boot <> '' AND boot = :boot AND uptime <= :uptime)"""
_COUNT_WRONG: Final = "SELECT count(*) FROM wrong_codes"
_ADD_WRONG: Final = "INSERT INTO wrong_codes (at, uptime, boot) VALUES (:at, :uptime, :boot)"


_Moment = dict[str, float | str]
"""The time by the clock and the seconds since the machine's start, with the name of that start."""


class Checked(Enum):
    """The verdict on a code."""

    RIGHT = auto()
    WRONG = auto()
    """No code of the secret, or one that was used before."""
    WAIT = auto()
    """Too many were wrong."""
    NOT_ENROLLED = auto()


def fresh_secret() -> str:
    """Make a new secret, 160 bits in base 32 as RFC 4226, section 4, recommends."""
    return random_base32()


def address_of(secret: str, person: str) -> str:
    """Write the `otpauth://` address by which an app takes a secret."""
    return TOTP(secret).provisioning_uri(name=person, issuer_name=ISSUER)


class SecondFactor:
    """The second factor of a state directory, for every process that uses it.

    Each step is one transaction on the file, so a code counts once, whoever it is shown to. What
    the file can't do raises `OSError`.

    Args:
        directory: The state directory.
        machine: Tells the seconds that pass, by which wrong codes age; this one without it.
    """

    def __init__(self, directory: Path, machine: Machine | None = None) -> None:
        self._path = directory / NAME
        self._machine = machine or this_machine()

    @property
    def enrolled(self) -> bool:
        """Tell whether there is one."""
        if not self._path.exists():
            return False
        with self._changed() as file:
            return _kept(file) is not None

    def enroll(self, secret: str, code: str, now: datetime) -> bool:
        """Keep a secret whose code proves that a device has it; that code is used up by this.

        Returns:
            Whether it did: false for a wrong code, and where there is a second factor already.
        """
        step = _step_of(secret, code, now, after=0)
        if step is None or self.enrolled:
            return False
        require_unexposed(list_file_exposures(self._path, links=False))
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._path.touch(mode=0o600)
        self._path.chmod(0o600)
        with self._changed() as file:
            file.execute("INSERT OR IGNORE INTO factor VALUES (1, ?, ?)", (secret, step))
            return _kept(file) == (secret, step)

    def check(self, code: str, now: datetime) -> Checked:
        """Use a code up; wrong ones are counted. `now` is by the clock, as a device has it."""
        if not self._path.exists():
            return Checked.NOT_ENROLLED
        with self._changed() as file:
            kept = _kept(file)
            if kept is None:
                return Checked.NOT_ENROLLED
            moment = self._moment(now)
            if _wrong_lately(file, moment) >= TRIES:
                return Checked.WAIT
            secret, last = kept
            step = _step_of(secret, code, now, after=last)
            if step is None:
                file.execute(_ADD_WRONG, moment)
                return Checked.WRONG
            file.execute("UPDATE factor SET last = ?", (step,))
            return Checked.RIGHT

    def remove(self, code: str, now: datetime) -> Checked:
        """Forget the secret, for one of its codes."""
        checked = self.check(code, now)
        if checked is Checked.RIGHT:
            self._path.unlink()
        return checked

    def _moment(self, now: datetime) -> _Moment:
        uptime = 0.0 if self._machine.uptime is None else self._machine.uptime()
        return {"at": now.timestamp(), "uptime": uptime, "boot": self._machine.boot}

    @contextmanager
    def _changed(self) -> Generator[sqlite3.Connection]:
        require_unexposed(list_file_exposures(self._path, links=False))
        try:
            with closing(sqlite3.connect(self._path, timeout=_BUSY_SECONDS)) as file:
                file.isolation_level = None
                file.execute("BEGIN IMMEDIATE")
                for table in _TABLES:
                    file.execute(table)
                yield file
                file.execute("COMMIT")
        except sqlite3.Error as error:
            problem = type(error).__name__
            raise OSError(f"the second factor's file can't be used ({problem})") from None


def _kept(file: sqlite3.Connection) -> tuple[str, int] | None:
    row: tuple[str, int] | None = file.execute("SELECT secret, last FROM factor").fetchone()
    return row


def _wrong_lately(file: sqlite3.Connection, moment: _Moment) -> int:
    file.execute(_DATE_ANEW, moment)
    file.execute(_FORGET, {**moment, "pause": PAUSE.total_seconds()})
    (count,) = file.execute(_COUNT_WRONG).fetchone()
    return int(count)


def _step_of(secret: str, code: str, now: datetime, *, after: int) -> int | None:
    """Find the step of time that a code is of, if it is near and later than the last one used."""
    digits = "".join(code.split()).encode()
    totp, step = TOTP(secret), int(now.timestamp()) // _STEP
    for near in _NEAR:
        at = step + near
        if at > after and hmac.compare_digest(totp.generate_otp(at).encode(), digits):
            return at
    return None
