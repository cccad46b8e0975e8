"""Output to a person or a program: the terminal, or whatever standard output and error lead to."""

import json
import sys
from datetime import datetime
from io import TextIOWrapper
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

NAME = "chasedata-mcp"


def command(words: str, *, sandbox: bool = False) -> str:
    """Spell the command that a person types next; with `--sandbox` where this one had it."""
    return f"{NAME} {words}{' --sandbox' if sandbox else ''}"


def speak_utf8() -> None:
    """Write UTF-8 whatever the machine's code page: names, dashes and boxes come out everywhere."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")


def out() -> Console:
    """Open standard output, for results; nothing in it is coloured by guessing."""
    return Console(highlight=False)


def err() -> Console:
    """Open standard error, for what is asked and what went wrong."""
    return Console(stderr=True, highlight=False)


def complain(sentence: str) -> None:
    """Print an error on one line of standard error that no width breaks."""
    err().print(f"{NAME}: {sentence}", markup=False, soft_wrap=True)


def print_line(screen: Console, text: str, style: str = "") -> None:
    """Print text as it is, never broken by the width: a copied command must stay whole."""
    screen.print(Text(text, style), soft_wrap=True)


def print_json(data: Any) -> None:  # noqa: ANN401 - any JSON
    """Print a line of JSON on standard output, past rich, which would wrap it."""
    sys.stdout.write(f"{json.dumps(data, ensure_ascii=False)}\n")


def make_table(*headings: str | Text, unwrapped: int = 1) -> Table:
    """Make a table without lines, whose first column is coloured.

    Args:
        headings: Those of the columns; without any there are two columns and no head.
        unwrapped: The number of columns, from the left, whose cells stay on one line.
    """
    table = Table(
        box=None,
        pad_edge=False,
        show_header=bool(headings),
        header_style="bold",
        padding=(0, 2, 0, 0),
    )
    for number, heading in enumerate(headings or ("", "")):
        style = None if number else "cyan"
        if number < unwrapped:
            table.add_column(heading, style=style, no_wrap=True)
        else:
            table.add_column(heading, style=style, overflow="fold")
    return table


def print_hanging(screen: Console, label: Text, text: Text, *, indent: int) -> None:
    """Print text beside a label, wrapped below its own beginning and without trailing spaces.

    A line that begins with spaces keeps them, and goes on two further in.
    """
    for line in text.split("\n", allow_blank=True):
        margin = len(line.plain) - len(line.plain.lstrip(" "))
        width = screen.width - indent - margin - (2 if margin else 0)
        for number, piece in enumerate(line[margin:].wrap(screen, max(width, 20))):
            piece.rstrip()
            space = margin + (2 if margin and number else 0)
            pad = " " * (indent - label.cell_len + space)
            screen.print(Text.assemble(label, pad, piece), soft_wrap=True)
            label = Text("")


def local_time(at: datetime) -> str:
    """Write a time by this machine's clock, to the minute, with the clock's zone."""
    return f"{at.astimezone():%Y-%m-%d %H:%M %Z}"


def local_clock(at: datetime) -> str:
    """Write the hour and minute by this machine's clock, with its zone."""
    return f"{at.astimezone():%H:%M %Z}"
