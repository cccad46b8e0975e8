"""Sessions of the page: a person signs in with a code that only the terminal shows.

A browser sends a cookie to every port of a host (RFC 6265 section 8.5), and any page can lead it to
any port: a cookie's path is all that another port can be kept from. So each cookie is for a path
that nobody guesses, and it counts on that path alone.
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
"""The time after a person's last action at which a session ends; watching is no action."""
LIFE: Final = timedelta(hours=8)
"""The time after which a session ends in any case."""
TRIES: Final = 5
"""The wrong codes after which there is a new one, which counts after `PAUSE`."""
PAUSE: Final = timedelta(seconds=30)
# Without 0, 1, i, l and o, which look alike. Eight of 31 characters are 39 bits: with five tries in
# half a minute nobody guesses them.
_ALPHABET: Final = "23456789abcdefghjkmnpqrstuvwxyz"
_LENGTH: Final = 8
# The oldest ends beyond that; every session took a code that somebody read on the terminal.
_MOST_SESSIONS: Final = 20


@dataclass(frozen=True, slots=True)
class Notice:
    """A message for the next page, shown once; `about` is the question that it is about."""

    text: str
    good: bool
    about: str | None = None


@dataclass(slots=True)
class BrowserSession:
    """A person's session in a browser."""

    began: datetime
    used: datetime
    notice: Notice | None = None

    @property
    def ends(self) -> datetime:
        """The time at which it ends if it isn't used again."""
        return min(self.used + IDLE, self.began + LIFE)

    def take_notice(self) -> Notice | None:
        """Give the notice that is to be shown now, and not again."""
        notice, self.notice = self.notice, None
        return notice


class SignInProblem(Enum):
    """A reason why a code signs nobody in."""

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
        self._path_key = secrets.token_bytes(32)
        self._sessions: dict[str, BrowserSession] = {}
        self._closed_until: datetime | None = None
        self._renew_code()

    def _renew_code(self) -> None:
        self._code = "".join(secrets.choice(_ALPHABET) for _ in range(_LENGTH))
        self._wrong = 0
        self._show(f"{self._code[:4]}-{self._code[4:]}".upper())

    def sign_in(self, given: str) -> str | SignInProblem:
        """Begin a session for the code on the terminal, which is used up; give its cookie."""
        now = self._clock()
        if self._closed_until is not None and now < self._closed_until:
            return SignInProblem.WAIT
        if not hmac.compare_digest(_letters(given).encode(), self._code.encode()):
            self._wrong += 1
            if self._wrong < TRIES:
                return SignInProblem.WRONG
            self._closed_until = now + PAUSE
            self._renew_code()
            return SignInProblem.WAIT
        self._renew_code()
        return self._begin(now)

    def _begin(self, now: datetime) -> str:
        cookie = new_cookie()
        self._sessions[cookie] = BrowserSession(now, now)
        while len(self._sessions) > _MOST_SESSIONS:
            self._sessions.pop(next(iter(self._sessions)))
        return cookie

    def session(self, cookie: str | None) -> BrowserSession | None:
        """Find the session of a cookie, None where it is over or there was none."""
        session = self._sessions.get(cookie or "")
        if cookie is None or session is None:
            return None
        if self._clock() >= session.ends:
            del self._sessions[cookie]
            return None
        return session

    def use(self, session: BrowserSession) -> None:
        """Note that a person did something with it."""
        session.used = self._clock()

    def sign_out(self, cookie: str) -> None:
        """End a session."""
        self._sessions.pop(cookie, None)

    def path_of(self, cookie: str) -> str:
        """Make the part of the path that a cookie is for; it gives nothing of the cookie away."""
        return hmac.new(self._path_key, cookie.encode(), hashlib.sha256).hexdigest()

    def is_path_of(self, cookie: str, given: str) -> bool:
        """Tell whether this is the path of a cookie."""
        return hmac.compare_digest(self.path_of(cookie).encode(), given.encode())


def new_cookie() -> str:
    """Make a cookie's value that nobody guesses."""
    return secrets.token_urlsafe(32)


def _letters(given: str) -> str:
    return "".join(character for character in given.lower() if character.isalnum())
