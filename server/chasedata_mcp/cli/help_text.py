"""The help of every command: paragraphs that fit any width, brackets kept, no value for a flag."""

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import Any

from rich.markup import escape
from typer.core import TyperCommand, TyperGroup
from typing_extensions import override


class Command(TyperCommand):
    """A command whose help reads well."""

    def __init__(self, *given: Any, **named: Any) -> None:  # noqa: ANN401 - typer's own
        super().__init__(*given, **_make_readable(named))

    @override
    def get_params(self, ctx: Any) -> list[Any]:
        """List the parameters, `--help` too."""
        return _hide_flag_values(super().get_params(ctx))

    @override
    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read the options."""
        with _suggest_nearest():
            return super().parse_args(ctx, args)


class Group(TyperGroup):
    """A group of commands whose help reads well."""

    def __init__(self, *given: Any, **named: Any) -> None:  # noqa: ANN401 - typer's own
        super().__init__(*given, **_make_readable(named))

    @override
    def get_params(self, ctx: Any) -> list[Any]:
        """List the parameters, `--help` too."""
        return _hide_flag_values(super().get_params(ctx))

    @override
    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read the options."""
        with _suggest_nearest():
            return super().parse_args(ctx, args)


def unwrap(text: str) -> str:
    """Join the lines of each paragraph: the screen's width decides where they break."""
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in text.split("\n\n"))


def _make_readable(named: Mapping[str, Any]) -> dict[str, Any]:
    """Unwrap and escape the help among a command's arguments."""
    # Typer's help is rich markup here, which would take `[yes]` for a style and leave it out.
    text = named.get("help")
    for parameter in named.get("params") or ():
        parameter.help = escape(getattr(parameter, "help", None) or "")
    return {**named, "help": escape(unwrap(text)) if text else text}


def _hide_flag_values(parameters: list[Any]) -> list[Any]:
    """Take from the flags the name of a value, which they don't take."""
    for parameter in parameters:
        if getattr(parameter, "is_flag", False):
            parameter.metavar = ""
    return parameters


@contextmanager
def _suggest_nearest() -> Generator[None]:
    """Suggest the nearest option for one that doesn't exist, in the words used for a command."""
    try:
        yield
    except Exception as error:
        near: list[str] = getattr(error, "possibilities", None) or []
        if near:
            no_such_option: Any = error
            message = no_such_option.message.rstrip(".")
            no_such_option.message = f"{message}. Did you mean {near[0]!r}?"
            no_such_option.possibilities = None
        raise
