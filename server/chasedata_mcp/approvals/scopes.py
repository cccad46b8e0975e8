"""Which calls a grant is for, in words: the same on the page and on the terminal."""

from collections.abc import Callable
from typing import Final

from chasedata_mcp.fields.escapes import name_unseen_in_line
from chasedata_mcp.fields.format import format_phone, join_words, quote_name
from chasedata_mcp.ledger import Grant

_NUMBERS: Final = 5
_NAME: Final = 200


def _as_it_is(tool: str) -> str:
    return name_unseen_in_line(tool, _NAME)


def scope_of(grant: Grant, named: Callable[[str], str] = _as_it_is) -> str:
    """`send_sms, to campaign “Spring”`, on one line whatever the campaign is called.

    Args:
        grant: What a person said yes to.
        named: How a tool is called.
    """
    what = join_words([named(tool) for tool in grant.tools])
    if grant.campaign is not None:
        what += f", to campaign {quote_name(name_unseen_in_line(grant.campaign, _NAME))}"
    if grant.numbers is not None:
        few = [
            format_phone(name_unseen_in_line(number, _NAME)) for number in grant.numbers[:_NUMBERS]
        ]
        rest = len(grant.numbers) - len(few)
        what += f", to {join_words([*few, f'{rest} more'] if rest > 0 else few)}"
    return (
        what if grant.numbers is not None or grant.campaign is not None else f"{what}, to anybody"
    )
