"""The bar of a command that takes long: how far it is, how fast, and the time that is left."""

from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text
from typing_extensions import override

from chasedata_mcp.cli.screen import err


class _RateColumn(ProgressColumn):
    """The rate in a second, once it can be told."""

    @override
    def render(self, task: Task) -> Text:
        return Text("" if task.speed is None else f"{task.speed:,.0f}/s")


def make_progress_bar(counted: str, *, transient: bool = False) -> Progress:
    """Make a bar on standard error, which shows nothing where that is no terminal.

    Args:
        counted: What it counts, such as `rows`.
        transient: True where the bar goes once it has ended.
    """
    columns = (
        *(TextColumn(counted), BarColumn(), MofNCompleteColumn()),
        *(_RateColumn(), TimeRemainingColumn()),
    )
    screen = err()
    return Progress(*columns, console=screen, disable=not screen.is_terminal, transient=transient)
