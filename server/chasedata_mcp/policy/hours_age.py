"""The age of a table of calling hours, and the end of its lists of holidays, as warnings."""

from collections.abc import Iterator
from datetime import date, timedelta

from chasedata_mcp.policy.hours_table import HoursTable

_MONTHS = 6
# Enough to look the next year's holidays up, and to have a new version in use.
_BEFORE_THE_END = timedelta(days=60)


def warn_of_age(table: HoursTable, today: date) -> Iterator[str]:
    """Warn of a table that was looked up more than six months ago, and of lists that end."""
    looked_up = table.looked_up
    if _is_older(looked_up, today):
        yield (
            f"The calling hours are more than six months old: some of them were looked up on"
            f" {looked_up} and not again since. Laws change."
        )
    last = table.holidays_known_until
    if last is not None and today > last:
        yield (
            f"The lists of legal holidays ended on {last}. Calls and texts to places that know such"
            " holidays are outside the hours on every day since."
        )
    elif last is not None and today > last - _BEFORE_THE_END:
        yield (
            f"The lists of legal holidays end on {last}. After that, calls and texts to places that"
            " know such holidays are outside the hours on every day."
        )


def _is_older(looked_up: date, today: date) -> bool:
    """Tell whether more than six months of the calendar have passed."""
    months = 12 * (today.year - looked_up.year) + today.month - looked_up.month
    return (months, today.day) > (_MONTHS, looked_up.day)
