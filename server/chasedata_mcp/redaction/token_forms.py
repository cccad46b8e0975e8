"""The API token in a text of small letters, however its parts are set apart."""

import re
from collections.abc import Iterator
from functools import lru_cache

# Fewer letters, set apart, meet by chance.
_SPELLED = 10
_BETWEEN = r"[\W_]{0,5}"


def find_secrets(text: str, secrets: tuple[str, ...]) -> Iterator[tuple[int, int]]:
    """Find the spans of the secrets, also with other signs or none between their characters."""
    for pattern in _compile(secrets):
        yield from (found.span() for found in pattern.finditer(text))


@lru_cache(maxsize=64)
def count_least(secrets: tuple[str, ...]) -> int:
    """Count the characters that a text with one of the secrets has at least."""
    return min(map(len, map(_keep_letters, secrets)), default=0)


@lru_cache(maxsize=64)
def _compile(secrets: tuple[str, ...]) -> tuple[re.Pattern[str], ...]:
    return tuple(map(_compile_one, secrets))


def _compile_one(secret: str) -> re.Pattern[str]:
    letters = _keep_letters(secret)
    if len(letters) < _SPELLED:
        return re.compile(re.escape(secret.lower()))
    return re.compile(_BETWEEN.join(map(re.escape, letters)))


def _keep_letters(secret: str) -> str:
    return "".join(one for one in secret.lower() if one.isalnum()) or secret.lower()
