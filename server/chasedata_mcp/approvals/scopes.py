"""The scope of a grant in words, for the page and the terminal."""

from collections.abc import Callable, Sequence
from typing import Final

from chasedata_mcp.fields.escapes import name_unseen_in_line
from chasedata_mcp.fields.format import format_phone, join_words, quote_name
from chasedata_mcp.ledger import Grant

_NUMBERS: Final = 5
_NAME: Final = 200


def _as_it_is(tool: str) -> str:
    return name_unseen_in_line(tool, _NAME)


def first_numbers(numbers: Sequence[str], most: int) -> tuple[list[str], int]:
    """Write the first numbers as people do, and count the rest: `(["954-555-0123"], 2)`."""
    first = [format_phone(name_unseen_in_line(number, _NAME)) for number in numbers[:most]]
    return first, len(numbers[most:])


def describe_scope(grant: Grant, named: Callable[[str], str] = _as_it_is) -> str:
    """Describe the scope of a grant: `send_sms, to campaign “Spring”`, always on one line.

    Args:
        grant: The grant that a person gave.
        named: Names a tool for people.
    """
    what = join_words([named(tool) for tool in grant.tools])
    if grant.campaign is not None:
        what += f", to campaign {quote_name(name_unseen_in_line(grant.campaign, _NAME))}"
    if grant.numbers is not None:
        first, rest = first_numbers(grant.numbers, _NUMBERS)
        what += f", to {join_words([*first, f'{rest} more'] if rest else first)}"
    if grant.numbers is None and grant.campaign is None:
        what += ", to anybody"
    return f"{what}, where only a cap asks" if grant.caps_only else what
