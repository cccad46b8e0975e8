"""The time that a person needs to read a question: a bare answer that comes sooner is nobody's."""

from datetime import timedelta
from typing import Final

_READS_A_SECOND: Final = 40
_AT_LEAST, _AT_MOST = timedelta(seconds=1), timedelta(seconds=4)


def is_too_fast(text: str, took: timedelta) -> bool:
    """Say whether an answer came sooner than a person can have read the question."""
    reading = timedelta(seconds=len(text) / _READS_A_SECOND)
    return took < min(max(reading, _AT_LEAST), _AT_MOST)
