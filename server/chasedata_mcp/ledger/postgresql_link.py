"""A link to PostgreSQL: a connection that doesn't wait for an answer without end."""

import time
from typing import Any, Final, Self, TypeVar

import psycopg
from psycopg.abc import PQGen
from psycopg.rows import TupleRow
from typing_extensions import override

from chasedata_mcp.ledger.postgresql_durability import Durability

T = TypeVar("T")

SILENT_SECONDS: Final = 7
"""The time within which a statement has its answer; a lock's is `_SESSION`'s."""
_PAUSE: Final = 3
"""The seconds for which a server that didn't answer isn't asked again."""


class _SilentError(psycopg.OperationalError):
    """A server that doesn't answer; another attempt would only take as long."""


class Silence:
    """The last time that a server didn't answer, for all connections to it.

    For a few seconds it isn't asked again: what several wait for, each after the other, would take
    as long for each, and so would the end of a process.
    """

    def __init__(self) -> None:
        self._over_at = 0.0

    def note(self) -> None:
        """Note that the server doesn't answer."""
        self._over_at = time.monotonic() + _PAUSE

    def require_over(self) -> None:
        """Go on only where it wasn't silent just now.

        Raises:
            psycopg.OperationalError: It was.
        """
        if time.monotonic() < self._over_at:
            raise _SilentError("no answer just now")


class UnfitServerError(psycopg.OperationalError):
    """A server that must not be written, since what is committed there may be lost.

    Attributes:
        problem: Why, and what to do.
    """

    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.problem = problem


class Link(psycopg.Connection[TupleRow]):
    """A connection that doesn't wait for an answer without end.

    Attributes:
        commit_mode: The setting of `synchronous_commit` for what has to be on disk.
        durability: What has to be so for it.
        silence: The silence of its server.
        answers_within: The seconds within which a statement has to be answered.
    """

    commit_mode = "on"
    durability: Durability
    silence: Silence
    answers_within: float = SILENT_SECONDS
    _has_warned = False

    @classmethod
    def open(cls, conninfo: str, silence: Silence) -> Self:
        """Make a connection.

        Raises:
            psycopg.Error: It can't be made, or its server was silent just now.
        """
        silence.require_over()
        try:
            link = cls.connect(conninfo, autocommit=True)
        except psycopg.errors.ConnectionTimeout:
            silence.note()
            raise
        link.silence = silence
        link.add_notice_handler(link.hear)
        return link

    def run(self, *statements: str) -> TupleRow:
        """Run statements in one message, and return the row that the last query found, or ()."""
        cursor = self.execute("; ".join(statements).encode(), prepare=False)
        row: TupleRow | None = None
        while True:
            if cursor.description is not None:
                row = cursor.fetchone()
            if not cursor.nextset():
                return row or ()

    def commit_by(self, *statements: str) -> TupleRow:
        """Run statements that commit, as `run` does.

        Raises:
            psycopg.Error: They failed, or a standby that has to have them didn't answer in time: of
                that the server only warns, since it has committed (section 26.2.8).
        """
        self._has_warned = False
        row = self.run(*statements)
        if self._has_warned:
            raise psycopg.OperationalError("committed with a warning")
        return row

    def hear(self, notice: psycopg.errors.Diagnostic) -> None:
        """Take a notice of the server's."""
        self._has_warned |= notice.severity_nonlocalized == "WARNING"

    @override
    def wait(self, gen: PQGen[T], *args: Any, **options: Any) -> T:
        """Wait for an answer.

        The server's own time limits don't help where it is stopped, or its network is silent, and a
        system that acknowledges for it outlives `tcp_user_timeout`.
        """
        try:
            return super().wait(_bounded(gen, self.answers_within), *args, **options)
        except _SilentError:
            self.silence.note()
            # Its answer may come later, and isn't that of the next statement.
            self.pgconn.finish()
            raise


def _bounded(gen: PQGen[T], seconds: float) -> PQGen[T]:
    """Go through the steps of a statement, which come at least ten times a second."""
    end = time.monotonic() + seconds
    try:
        wanted = next(gen)
        while True:
            ready = yield wanted
            if not ready and time.monotonic() > end:
                raise _SilentError("no answer")
            wanted = gen.send(ready)
    except StopIteration as done:
        answer: T = done.value
        return answer
