"""The values of options and arguments, read as the tools read theirs."""

from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

from pydantic_core import PydanticCustomError, PydanticKnownError

from chasedata_mcp.cli.command_errors import UsageError, nearest
from chasedata_mcp.errors import Outcome
from chasedata_mcp.fields import moments
from chasedata_mcp.fields.phone import parse_phone
from chasedata_mcp.tools.history import RECORDED

T = TypeVar("T")


def read_moment(option: str, text: str | None, days: int = 0) -> datetime | None:
    """Read a time; a date alone is the beginning of the day so many days after it.

    Raises:
        UsageError: It is none.
    """
    return _read(option, text, lambda given: moments.parse_moment(given, days))


def read_number(option: str, text: str | None) -> str | None:
    """Read the ten digits of a phone.

    Raises:
        UsageError: It is none.
    """
    return _read(option, text, parse_phone)


def read_tool(option: str, text: str | None) -> str | None:
    """Read a tool's name, with underscores or dashes.

    Raises:
        UsageError: There is no such tool; the nearest is named.
    """
    name = None if text is None else text.replace("-", "_")
    if name is None or name in RECORDED:
        return name
    raise UsageError(f"{option}: there is no such tool{nearest(name, RECORDED)}")


def read_outcome(option: str, text: str | None) -> Outcome | None:
    """Read an outcome.

    Raises:
        UsageError: It is none of the three.
    """
    if text is None:
        return None
    if text not in set(Outcome):
        raise UsageError(f"{option} is one of {', '.join(Outcome)}")
    return Outcome(text)


def read_line(option: str, text: str, longest: int) -> str:
    """Read printable text on one line, without the spaces around it.

    Raises:
        UsageError: It is empty, too long, or more than a line.
    """
    line = text.strip()
    if not line or len(line) > longest or not line.isprintable():
        raise UsageError(f"{option} takes a line of at most {longest} characters")
    return line


def _read(option: str, text: str | None, read: Callable[[str], T]) -> T | None:
    if text is None:
        return None
    try:
        return read(text)
    except (PydanticCustomError, PydanticKnownError) as error:
        raise UsageError(f"{option} {error.message()}") from None
