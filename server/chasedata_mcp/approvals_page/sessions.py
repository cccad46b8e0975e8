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
"""The wrong codes of one visitor after which none of theirs counts for a `PAUSE`."""
PAUSE: Final = timedelta(seconds=30)
# Without 0, 1, i, l and o, which look alike. Ten of 31 characters are 49 bits. Whoever takes a new
# cookie for each try is a new visitor, and nobody else may be locked out for it, so the code has to
# hold by itself: at 2,000 tries a second for a month the chance is 1 in 150,000.
_ALPHABET: Final = "23456789abcdefghjkmnpqrstuvwxyz"
_LENGTH: Final = 10
_MOST_VISITORS: Final = 1000
"""The visitors whose wrong codes are counted; those whose last one is the oldest are forgotten."""
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


@dataclass(frozen=True, slots=True)
class _WrongCodes:
    """The wrong codes of a visitor since they were last let try, and until when none counts."""

    count: int = 0
    closed_until: datetime | None = None


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
        self._wrong: dict[str, _WrongCodes] = {}
        self._renew_code()

    def _renew_code(self) -> None:
        self._code = "".join(secrets.choice(_ALPHABET) for _ in range(_LENGTH))
        half = _LENGTH // 2
        self._show(f"{self._code[:half]}-{self._code[half:]}".upper())

    def sign_in(self, given: str, visitor: str) -> str | SignInProblem:
        """Begin a session for the code on the terminal, which is used up; give its cookie.

        `visitor` is the cookie of the form that was sent. Wrong codes hold up that visitor alone,
        and never make a new code: somebody else may be about to type this one.
        """
        now = self._clock()
        before = self._wrong.get(visitor, _WrongCodes())
        if before.closed_until is not None and now < before.closed_until:
            return SignInProblem.WAIT
        if not hmac.compare_digest(_letters(given).encode(), self._code.encode()):
            return self._note_wrong(visitor, before.count + 1, now)
        self._wrong.pop(visitor, None)
        self._renew_code()
        return self._begin(now)

    def _note_wrong(self, visitor: str, count: int, now: datetime) -> SignInProblem:
        is_last = count >= TRIES
        self._wrong.pop(visitor, None)
        self._wrong[visitor] = _WrongCodes(0, now + PAUSE) if is_last else _WrongCodes(count)
        if len(self._wrong) > _MOST_VISITORS:
            self._wrong.pop(next(iter(self._wrong)))
        return SignInProblem.WAIT if is_last else SignInProblem.WRONG

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
