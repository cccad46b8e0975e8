"""Signing in with a code that only the terminal shows, and who is signed in.

A browser sends a cookie to every port of a host, and any page can lead it to any port: a cookie's
path is all that another port can be kept from. So each cookie is for a path that nobody guesses,
and it counts on that path alone.
"""

import hashlib
import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto
from typing import Final

IDLE: Final = timedelta(hours=1)
"""A session ends so long after the last thing that was done with it; watching is none."""
LIFE: Final = timedelta(hours=8)
"""It ends then in any case."""
TRIES: Final = 5
"""So many wrong codes, and there is a new one, that counts after `PAUSE`."""
PAUSE: Final = timedelta(seconds=30)
_ALPHABET: Final = "23456789abcdefghjkmnpqrstuvwxyz"
_LENGTH: Final = 8
_AT_MOST: Final = 20


@dataclass(frozen=True, slots=True)
class Notice:
    """What is to be told on the next page, once; `about` is the question that it is about."""

    text: str
    good: bool
    about: str | None = None


@dataclass(slots=True)
class Session:
    """Somebody who is signed in."""

    began: datetime
    used: datetime
    notice: Notice | None = None

    @property
    def ends(self) -> datetime:
        """When it is over, if nothing more is done with it."""
        return min(self.used + IDLE, self.began + LIFE)


class Entry(Enum):
    """Why somebody isn't signed in."""

    WRONG = auto()
    WAIT = auto()


class Sessions:
    """Signs people in and knows who is. One thread; no step awaits, so each is atomic.

    Args:
        clock: The time now, aware.
        show: Shows a code on the terminal: at the start, and whenever it is a new one.
    """

    def __init__(self, clock: Callable[[], datetime], show: Callable[[str], None]) -> None:
        self._clock = clock
        self._show = show
        self._key = secrets.token_bytes(32)
        self._sessions: dict[str, Session] = {}
        self._closed_until: datetime | None = None
        self._renew()

    def _renew(self) -> None:
        self._code = "".join(secrets.choice(_ALPHABET) for _ in range(_LENGTH))
        self._wrong = 0
        self._show(f"{self._code[:4]}-{self._code[4:]}".upper())

    def sign_in(self, given: str) -> str | Entry:
        """The name of a new session, for the code on the terminal, which is used up by it."""
        now = self._clock()
        if self._closed_until is not None and now < self._closed_until:
            return Entry.WAIT
        if not hmac.compare_digest(_letters(given).encode(), self._code.encode()):
            self._wrong += 1
            if self._wrong < TRIES:
                return Entry.WRONG
            self._closed_until = now + PAUSE
            self._renew()
            return Entry.WAIT
        self._renew()
        return self._begin(now)

    def _begin(self, now: datetime) -> str:
        name = fresh_name()
        self._sessions[name] = Session(now, now)
        while len(self._sessions) > _AT_MOST:
            self._sessions.pop(next(iter(self._sessions)))
        return name

    def session(self, name: str | None) -> Session | None:
        """The session of a cookie, None where it is over or there was none."""
        session = self._sessions.get(name or "")
        if name is None or session is None:
            return None
        if self._clock() >= session.ends:
            del self._sessions[name]
            return None
        return session

    def use(self, session: Session) -> None:
        """Note that a person did something with it."""
        session.used = self._clock()

    def sign_out(self, name: str) -> None:
        """End a session."""
        self._sessions.pop(name, None)

    def token(self, name: str) -> str:
        """What a form has to bear, for the cookie of whoever it was made for."""
        return hmac.new(self._key, name.encode(), hashlib.sha256).hexdigest()

    def place(self, name: str) -> str:
        """The part of the path that a cookie is for; it tells nothing of the cookie."""
        return hmac.new(self._key, b"place " + name.encode(), hashlib.sha256).hexdigest()

    def is_place(self, name: str, given: str) -> bool:
        """Whether this is the path of a cookie."""
        return hmac.compare_digest(self.place(name).encode(), given.encode())

    def is_token(self, name: str, given: str) -> bool:
        """Whether a form was made for this cookie."""
        return hmac.compare_digest(self.token(name).encode(), given.encode())


def fresh_name() -> str:
    """A cookie's value that nobody guesses."""
    return secrets.token_urlsafe(32)


def _letters(given: str) -> str:
    return "".join(character for character in given.lower() if character.isalnum())
