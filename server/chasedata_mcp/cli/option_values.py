"""What is typed as the value of a history option, read as the tools read it."""

from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

from pydantic_core import PydanticCustomError, PydanticKnownError

from chasedata_mcp.cli.usage_errors import UsageError, nearest
from chasedata_mcp.errors import Outcome
from chasedata_mcp.fields import moments
from chasedata_mcp.fields.phone import parse_phone
from chasedata_mcp.tools.history import RECORDED

T = TypeVar("T")


def moment(option: str, text: str | None, days: int = 0) -> datetime | None:
    """A time; a date alone is the beginning of the day so many days after it.

    Raises:
        UsageError: It is none.
    """
    return _read(option, text, lambda given: moments.parse_moment(given, days))


def number(option: str, text: str | None) -> str | None:
    """The ten digits of a phone.

    Raises:
        UsageError: It is none.
    """
    return _read(option, text, parse_phone)


def tool(option: str, text: str | None) -> str | None:
    """A tool's name, with underscores or dashes.

    Raises:
        UsageError: There is none; the nearest is named.
    """
    name = None if text is None else text.replace("-", "_")
    if name is None or name in RECORDED:
        return name
    raise UsageError(f"{option}: there is no such tool{nearest(name, RECORDED)}")


def outcome(option: str, text: str | None) -> Outcome | None:
    """How a call ended.

    Raises:
        UsageError: It is none of the three.
    """
    if text is None:
        return None
    if text not in set(Outcome):
        raise UsageError(f"{option} is one of {', '.join(Outcome)}")
    return Outcome(text)


def _read(option: str, text: str | None, read: Callable[[str], T]) -> T | None:
    if text is None:
        return None
    try:
        return read(text)
    except (PydanticCustomError, PydanticKnownError) as error:
        raise UsageError(f"{option} {error.message()}") from None
