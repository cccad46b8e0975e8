"""The time of a test, which moves only when the test moves it."""

from datetime import UTC, datetime, timedelta

START = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
"""A Monday, ten in the morning in Miami and New York: calling hours for most of the country."""
READING = timedelta(seconds=4)
"""The longest that reading a question is taken to last."""


class Clock:
    """The time now, as everything of one test reads it."""

    def __init__(self, start: datetime = START) -> None:
        self.time = start

    def __call__(self) -> datetime:
        return self.time

    def move(self, by: timedelta) -> None:
        """Let so much time pass."""
        self.time += by
