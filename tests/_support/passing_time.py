"""Seconds that pass at once, for what waits by a clock and a sleep that it is given."""


class PassingTime:
    """A clock in seconds that whoever sleeps moves on."""

    def __init__(self) -> None:
        self._now = 0.0

    def read(self) -> float:
        """Read the time."""
        return self._now

    async def sleep(self, seconds: float) -> None:
        """Let so many seconds pass."""
        self._now += seconds
