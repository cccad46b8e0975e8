"""A tool's options on the command line: made of its schema, and read into its arguments."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any

from chasedata_mcp.cli.command_errors import UsageError, nearest
from chasedata_mcp.fields.strict_json import DuplicateNameError, parse_json

Json = Mapping[str, Any]
Value = str | bool | int | list[str] | dict[str, str]
_SWITCH = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
# A whole number as JSON schema has it: 3.0 is one. 18 digits fit 64 bits.
_WHOLE = re.compile(r"(-?[0-9]{1,18})(?:\.0+)?")


class OptionKind(Enum):
    """The kind of value that an option takes."""

    TEXT = auto()
    SWITCH = auto()
    WHOLE = auto()
    LIST = auto()
    PAIRS = auto()


@dataclass(frozen=True, slots=True)
class ToolOption:
    """One option; `path` names the argument that its value goes to, or the part of one."""

    path: tuple[str, ...]
    kind: OptionKind
    description: str
    required: bool
    choices: tuple[str, ...] = ()
    example: str = ""

    @property
    def name(self) -> str:
        """The option as it is typed: `--primary-phone`, `--callback-agent`."""
        return "--" + "-".join(self.path).replace("_", "-")


def list_options(schema: Json) -> tuple[ToolOption, ...]:
    """List the options of an input schema, the required ones first."""
    return tuple(sorted(_options(schema, ()), key=lambda option: not option.required))


def _options(schema: Json, above: tuple[str, ...]) -> Iterator[ToolOption]:
    required = schema.get("required", ())
    for name, part in schema["properties"].items():
        path = (*above, name)
        yield ToolOption(
            path,
            _kind(part),
            part.get("description", ""),
            # A part of an argument is required only where the argument is given at all.
            required=name in required and not above,
            choices=tuple(part.get("enum", ())),
            example=_example(part),
        )
        if "properties" in part:
            yield from _options(part, path)


def _kind(part: Json) -> OptionKind:
    match part["type"]:
        case "boolean":
            return OptionKind.SWITCH
        case "integer":
            return OptionKind.WHOLE
        case "array":
            return OptionKind.LIST
        case "object":
            return OptionKind.PAIRS
        case _:
            return OptionKind.TEXT


def _example(part: Json) -> str:
    """Write the first example of the schema as it is typed."""
    first: Any = next(iter(part.get("examples", ())), "")
    match _kind(part):
        case OptionKind.PAIRS:
            first = "".join(f"{name}={value}" for name, value in dict(first).items())
        case OptionKind.LIST:
            first = "".join(first[:1])
        case _:
            pass
    return f'"{first}"' if " " in first else str(first)


@dataclass(slots=True)
class TypedCall:
    """A call as it was typed: a tool's arguments, and the command's own flags."""

    arguments: dict[str, Any] = field(default_factory=dict[str, Any])
    flags: set[str] = field(default_factory=set[str])


def read(words: Sequence[str], options: Sequence[ToolOption], flags: Sequence[str]) -> TypedCall:
    """Read the words that follow a tool's name.

    Args:
        words: As the shell hands them over.
        options: The tool's options.
        flags: Words of the command itself that may stand among them, `--json`.

    Raises:
        UsageError: A word isn't understood; no value is repeated.
    """
    return _Reader(words, options, flags).read()


class _Reader:
    """A reader that goes through the words once."""

    def __init__(
        self, words: Sequence[str], options: Sequence[ToolOption], flags: Sequence[str]
    ) -> None:
        self._words = list(words)
        self._options = {option.name: option for option in options}
        self._flags = flags
        self._read = TypedCall()

    def read(self) -> TypedCall:
        while self._words:
            word = self._words.pop(0)
            if word in self._flags:
                self._read.flags.add(word)
                continue
            if not word.startswith("--"):
                raise UsageError(
                    "a value stands without its option; write --option value, and quote a value "
                    "that has spaces"
                )
            name, equals, inline = word.partition("=")
            self._take(name.replace("_", "-"), inline if equals else None)
        return self._read

    def _take(self, name: str, inline: str | None) -> None:
        option = self._options.get(name)
        if option is not None:
            self._put(option, self._value(option, inline))
            return
        switch = self._options.get(name.replace("--no-", "--", 1))
        if switch is None or switch.kind is not OptionKind.SWITCH:
            known = [*self._options, *self._flags]
            raise UsageError(f"there is no option {name}{nearest(name, known)}")
        if inline is not None:
            raise UsageError(f"{name} takes no value")
        self._put(switch, value=False)

    def _value(self, option: ToolOption, inline: str | None) -> Value:
        if option.kind is OptionKind.SWITCH:
            return self._switch(option, inline)
        text = self._next(option) if inline is None else inline
        match option.kind:
            case OptionKind.WHOLE:
                whole = _WHOLE.fullmatch(text)
                if whole is None:
                    raise UsageError(f"{option.name} takes a whole number")
                return int(whole[1])
            case OptionKind.LIST:
                return _json(option, text, list) if text.startswith("[") else [text]
            case OptionKind.PAIRS:
                return _json(option, text, dict) if text.startswith("{") else _pair(option, text)
            case _:
                return text

    def _switch(self, option: ToolOption, inline: str | None) -> bool:
        if inline is None:
            # `--import-only true`, as the schema has it, means the same as `--import-only`.
            if not self._words or self._words[0].lower() not in _SWITCH:
                return True
            inline = self._words.pop(0)
        if inline.lower() not in _SWITCH:
            raise UsageError(f"{option.name} takes true or false")
        return _SWITCH[inline.lower()]

    def _next(self, option: ToolOption) -> str:
        # A note or a number may begin with a dash: only a word that is an option here is no value.
        if not self._words or self._is_ours(self._words[0]):
            raise UsageError(
                f"{option.name} needs a value; one that begins with -- is written "
                f"{option.name}=VALUE"
            )
        return self._words.pop(0)

    def _is_ours(self, word: str) -> bool:
        name = word.partition("=")[0].replace("_", "-")
        known = {*self._options, *self._flags}
        return name in known or name.replace("--no-", "--", 1) in known

    def _put(self, option: ToolOption, value: Value) -> None:
        *above, last = option.path
        place = self._read.arguments
        for name in above:
            place = place.setdefault(name, {})
        # A list or pairs may be typed one after the other; a second single value is a slip.
        match value:
            case _ if last not in place:
                place[last] = value
            case list():
                place[last] = [*place[last], *value]
            case dict() if not place[last].keys() & value.keys():
                place[last] = {**place[last], **value}
            case _:
                raise UsageError(f"{option.name} is given twice")


def _json(option: ToolOption, text: str, kind: type) -> Any:  # noqa: ANN401 - any JSON
    try:
        value = parse_json(text)
    except DuplicateNameError as error:
        raise UsageError(f"{option.name} has the name {error.shown} twice") from None
    except ValueError:
        value = None
    if not isinstance(value, kind):
        raise UsageError(f"{option.name} begins like JSON and is none; mind the shell's quotes")
    return value


def _pair(option: ToolOption, text: str) -> dict[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise UsageError(f"{option.name} takes NAME=VALUE, once for each, or a JSON object")
    return {name.strip(): value}
