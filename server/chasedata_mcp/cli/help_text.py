"""The help of every command: paragraphs that fit any width, nothing eaten, no value for a flag."""

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import Any

from rich.markup import escape
from typer.core import TyperCommand, TyperGroup


class Command(TyperCommand):
    """A command whose help reads well."""

    def __init__(self, *given: Any, **named: Any) -> None:  # noqa: ANN401 - typer's own
        super().__init__(*given, **_readable(named))

    def get_params(self, ctx: Any) -> list[Any]:  # noqa: ANN401 - typer keeps its types to itself
        """The parameters, `--help` too."""
        return _without_a_value(super().get_params(ctx))

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # noqa: ANN401 - as above
        """Read the options."""
        with _naming_the_nearest():
            return super().parse_args(ctx, args)


class Group(TyperGroup):
    """A group of commands whose help reads well."""

    def __init__(self, *given: Any, **named: Any) -> None:  # noqa: ANN401 - typer's own
        super().__init__(*given, **_readable(named))

    def get_params(self, ctx: Any) -> list[Any]:  # noqa: ANN401 - as above
        """The parameters, `--help` too."""
        return _without_a_value(super().get_params(ctx))

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # noqa: ANN401 - as above
        """Read the options."""
        with _naming_the_nearest():
            return super().parse_args(ctx, args)


def unwrapped(text: str) -> str:
    """Text with a line for each paragraph: where it breaks is for the screen's width to say."""
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in text.split("\n\n"))


def _readable(named: Mapping[str, Any]) -> dict[str, Any]:
    """What a command is made of, its help such that no `[word]` is taken for a style."""
    told = named.get("help")
    for parameter in named.get("params") or ():
        parameter.help = escape(getattr(parameter, "help", None) or "")
    return {**named, "help": escape(unwrapped(told)) if told else told}


def _without_a_value(parameters: list[Any]) -> list[Any]:
    """The parameters, the flags among them shown as taking no value."""
    for parameter in parameters:
        if getattr(parameter, "is_flag", False):
            parameter.metavar = ""
    return parameters


@contextmanager
def _naming_the_nearest() -> Generator[None]:
    """Of an option that there isn't, name the nearest as of a command that there isn't."""
    try:
        yield
    except Exception as error:
        near: list[str] = getattr(error, "possibilities", None) or []
        if near:
            told: Any = error
            told.message = f"{told.message.rstrip('.')}. Did you mean {near[0]!r}?"
            told.possibilities = None
        raise
