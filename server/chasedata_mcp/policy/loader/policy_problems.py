"""The problems of a policy file, each by its key path and never by its value."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, cast

from typing_extensions import override

from chasedata_mcp.errors import SettingsError
from chasedata_mcp.policy.models import EVERY_TOOL
from chasedata_mcp.policy.presets import UNATTENDED

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

TomlTable = Mapping[str, object]
_LONGEST_KEY = 80
_OF_A_CAP = ("caps", "*")
_OF_A_STEP = ("caps", "*", "*")
_OF_TEXTS = ["frequency", "texts_in_24_hours"]
_SPLIT = {
    "caps.reached": "is two keys now: caps.contacted for people called or texted, and "
    "caps.made_callable for people whom the dialer may call later",
}
"""Keys of earlier versions, with what became of them."""
# The words in braces are pydantic's, of the rule; none is the value.
_SENTENCES = {
    "literal_error": "must be {expected}",
    "enum": "must be {expected}",
    "greater_than_equal": "must be at least {ge}",
    "less_than_equal": "must be at most {le}",
    "less_than": "must be less than {lt:g}",
    "finite_number": "must be a finite number",
    "string_too_long": "must have at most {max_length} characters",
    "bool_type": "must be true or false",
    "int_type": "must be a whole number",
    "float_type": "must be a number",
    "string_type": "must be text, in quotes",
    "string_too_short": "must not be empty",
    "tuple_type": "must be a list",
    "too_short": "must name one at least",
    "dict_type": "must be a table",
    "model_type": "must be a table",
}


@dataclass(frozen=True, slots=True)
class PolicyProblem:
    """One problem; `key` is a path such as `caps.texts.hour.stop`."""

    key: str
    """The key path; empty for the file as a whole."""
    text: str

    @override
    def __str__(self) -> str:
        """The problem on one line."""
        return f"{self.key}: {self.text}" if self.key else self.text


class PolicyFileError(SettingsError):
    """A policy file that can't be used; the server does not start."""

    def __init__(self, file: str, problems: Sequence[PolicyProblem]) -> None:
        self.file = printable(file)
        self.problems = tuple(problems)
        super().__init__(f"{self.file}: {'; '.join(map(str, self.problems))}")


def list_key_paths(table: TomlTable, above: str = "") -> Iterator[tuple[str, object]]:
    """List each key path that ends in a value, with the value; an empty table counts as one."""
    for name, value in table.items():
        path = f"{above}.{name}" if above else name
        if isinstance(value, Mapping) and value:
            yield from list_key_paths(cast("TomlTable", value), path)
        else:
            yield path, value


_EVERY_KEY = tuple(path for path, _ in list_key_paths(UNATTENDED.model_dump()))


def describe_problem(detail: "ErrorDetails") -> PolicyProblem:
    """Describe an error of pydantic in the words of whoever writes the file."""
    words = _words(detail["loc"])
    key = ".".join(map(printable_key, words))
    match detail["type"], words:
        case "extra_forbidden", _ if key in _SPLIT:
            return PolicyProblem(key, _SPLIT[key])
        case "extra_forbidden", _:
            return PolicyProblem(key, f"is no key of a policy{_nearest_key(words)}")
        case "value_error", ["tools", name]:
            return PolicyProblem(key, f"is no tool{_did_you_mean('tools.', name, EVERY_TOOL)}")
        case _:
            return PolicyProblem(key, _text(detail, words))


def _words(place: Iterable[int | str]) -> list[str]:
    """Find the key path, without indexes of a list and pydantic's tags of a union."""
    words = [word for word in place if isinstance(word, str) and word != "[key]"]
    if words[:1] in (["caps"], ["frequency"]) and words[2:3] in (["cap"], ["off"]):
        del words[2]
    return words


def _text(detail: "ErrorDetails", words: Sequence[str]) -> str:
    kind = detail["type"]
    if _fits(words, _OF_A_CAP) and words[1:] != ["at_stop"]:
        return 'must be "off" or a table with hour and day'
    if (_fits(words, _OF_A_STEP) or words == _OF_TEXTS) and kind == "model_type":
        return "must be a list of two numbers, [ask, stop]"
    if kind == "value_error":
        return detail["msg"].removeprefix("Value error, ")
    return _SENTENCES.get(kind, "is not understood").format(**detail.get("ctx", {}))


def _fits(words: Sequence[str], pattern: Sequence[str]) -> bool:
    return len(words) == len(pattern) and words[0] == pattern[0]


def _nearest_key(words: Sequence[str]) -> str:
    """Suggest the nearest key of the same table, or one of that name in another."""
    *above, name = words
    prefix = "".join(f"{word}." for word in above)
    beside = {
        path[len(prefix) :].partition(".")[0] for path in _EVERY_KEY if path.startswith(prefix)
    }
    if found := _did_you_mean(prefix, name, sorted(beside)):
        return found
    out_of_band = next((path for path in _EVERY_KEY if path.rpartition(".")[2] == name), None)
    return f"; did you mean {out_of_band}?" if out_of_band else ""


def _did_you_mean(prefix: str, name: str, known: Sequence[str]) -> str:
    near = get_close_matches(name.lower().replace("-", "_"), known, n=1)
    return f"; did you mean {prefix}{near[0]}?" if near else ""


def printable_key(name: str) -> str:
    """Make a key printable and short enough for a line."""
    return printable(name)[:_LONGEST_KEY]


def printable(text: str) -> str:
    """Replace the characters that a terminal would obey or that break a line."""
    return "".join(character if character.isprintable() else "?" for character in text)
