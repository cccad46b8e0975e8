"""Where a person reads: the terminal, or whatever standard output and error lead to."""

import sys
from io import TextIOWrapper

from rich.console import Console
from rich.text import Text

NAME = "chasedata-mcp"


def command(words: str, *, sandbox: bool = False) -> str:
    """What a person types to run a command; of the sandbox where that is meant."""
    return f"{NAME} {words}{' --sandbox' if sandbox else ''}"


def speak_utf8() -> None:
    """Write UTF-8 whatever the machine's code page: names, dashes and boxes come out everywhere."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")


def out() -> Console:
    """Standard output, for results; nothing in it is coloured by guessing."""
    return Console(highlight=False)


def err() -> Console:
    """Standard error, for what is asked and what went wrong."""
    return Console(stderr=True, highlight=False)


def complain(sentence: str) -> None:
    """Say what is wrong, in one line of standard error that no width breaks."""
    err().print(f"{NAME}: {sentence}", markup=False, soft_wrap=True)


def hanging(screen: Console, first: Text, told: Text, *, indent: int) -> None:
    """Print text beside a label, wrapped below its own beginning and without trailing spaces.

    A line that begins with spaces keeps them, and goes on two further in.
    """
    for line in told.split("\n", allow_blank=True):
        margin = len(line.plain) - len(line.plain.lstrip(" "))
        width = screen.width - indent - margin - (2 if margin else 0)
        for number, piece in enumerate(line[margin:].wrap(screen, max(width, 20))):
            piece.rstrip()
            space = margin + (2 if margin and number else 0)
            pad = " " * (indent - first.cell_len + space)
            screen.print(Text.assemble(first, pad, piece), soft_wrap=True)
            first = Text("")
