"""The columns of a table as a tool's arguments: by the names of exports, or as a caller says."""

import re
import tomllib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from typing import Final

from chasedata_mcp.batches.errors import BatchError
from chasedata_mcp.fields.format import join_words, quote_name
from chasedata_mcp.tools.base import Action

PHONES: Final = frozenset({"primary_phone", "number", "phone"})
"""The arguments that are a phone number, whatever the other arguments say."""
NESTED: Final = ("custom_fields", "other_fields")
"""The arguments that hold fields by their names; a column goes to `custom_fields.NAME`."""
_NOT_OF_A_ROW: Final = frozenset({"callback", "clear_fields"})
"""The arguments that no single cell can hold."""
_ENOUGH_FOR_A_HEADER: Final = 2
_NAMED: Final = 40
"""The most columns that an error names."""


@dataclass(frozen=True, slots=True)
class ColumnMapping:
    """The arguments that a header's columns hold, in the columns' order; empty for one left out."""

    header: tuple[str, ...]
    arguments: tuple[str, ...]

    @property
    def left_over(self) -> tuple[str, ...]:
        """The names of the columns that go nowhere."""
        pairs = zip(self.header, self.arguments, strict=True)
        return tuple([column for column, argument in pairs if column and not argument])

    def as_given(self) -> dict[str, str]:
        """The mapping as a caller gives one: the argument of each column, empty where none."""
        pairs = zip(self.header, self.arguments, strict=True)
        return {column: argument for column, argument in pairs if column}


def map_columns(
    tool: type[Action],
    header: Sequence[str],
    given: Mapping[str, str],
    common: Mapping[str, object],
) -> ColumnMapping:
    """Map a header's columns: those given as they are given, the others by their names.

    What is the same for all rows needs no column, and none takes its place.

    Raises:
        BatchError: The mapping given doesn't fit, or an argument that is required has no column.
    """
    chosen = _read_given(tool, header, given, common)
    taken = {*chosen.values(), *common}
    for argument in _list_arguments(tool):
        column = None
        if argument not in taken:
            column = _find_column(tool, argument, header, common, chosen)
        if column is not None and column not in chosen:
            chosen[column] = argument
    mapping = ColumnMapping(tuple(header), tuple([chosen.get(column, "") for column in header]))
    _require_all(tool, mapping, common)
    return mapping


def is_phone(argument: str, common: Mapping[str, object]) -> bool:
    """Tell whether an argument is a phone number."""
    return argument in PHONES or (
        argument == "identifier" and common.get("search_field") == "phone"
    )


def looks_like_header(cells: Sequence[str]) -> bool:
    """Tell whether a row under the header is one as well, as where a file has two."""
    named = [cell for cell in cells if cell and simplify(cell) in _all_names()]
    return len(named) >= _ENOUGH_FOR_A_HEADER


def simplify(name: str) -> str:
    """Leave out of a column's name what exports write differently: case, blanks, punctuation."""
    return re.sub(r"[\W_]+", "", name).casefold()


def _find_column(
    tool: type[Action],
    argument: str,
    header: Sequence[str],
    common: Mapping[str, object],
    chosen: Collection[str],
) -> str | None:
    """Find the column of an argument by its own name, the wire's, or those of exports.

    Raises:
        BatchError: Two columns have that name, but for punctuation.
    """
    field = tool.model_fields[argument]
    wire = str(field.serialization_alias or argument)
    known = _names_of(_meaning(argument, common))
    by_name: dict[str, list[str]] = {}
    for column in filter(None, header):
        by_name.setdefault(simplify(column), []).append(column)
    for name in (simplify(argument), simplify(wire), *known):
        if alike := by_name.get(name):
            free = [column for column in alike if column not in chosen]
            if len(free) > 1:
                columns = join_words([quote_name(column) for column in free])
                raise BatchError(
                    f"{columns} are called alike. Say in `columns` which of them is {argument}, "
                    "and leave the others out by an empty argument."
                )
            return (free or alike)[0]
    return None


def _meaning(argument: str, common: Mapping[str, object]) -> str:
    """Say what an argument means, by the word of `column_names.toml`."""
    if is_phone(argument, common):
        return "phone"
    return str(common.get("search_field", "")) if argument == "identifier" else argument


def _list_arguments(tool: type[Action]) -> list[str]:
    """List the arguments that a cell can hold, those first that are required.

    Of an update by client id the column of that name says which lead it is, and no new id.
    """
    fields = sorted(tool.model_fields.items(), key=lambda field: not field[1].is_required())
    return [name for name, _ in fields if name not in {*NESTED, *_NOT_OF_A_ROW}]


def _read_given(
    tool: type[Action],
    header: Sequence[str],
    given: Mapping[str, str],
    common: Mapping[str, object],
) -> dict[str, str]:
    """Read the mapping that a caller gave.

    Raises:
        BatchError: It names a column or an argument that there is not, or one twice.
    """
    by_name = {column.casefold(): column for column in header if column}
    chosen: dict[str, str] = {}
    for column, argument in given.items():
        exact = by_name.get(" ".join(column.split()).casefold())
        if exact is None:
            raise BatchError(f"There is no column {quote_name(column)}.{_nearest(column, header)}")
        _require_argument(tool, argument)
        if argument in common:
            raise BatchError(
                f"{argument} is given for all rows and as the column {quote_name(exact)}; keep one."
            )
        if argument and argument in chosen.values():
            raise BatchError(f"Two columns are given for {argument}; keep one.")
        chosen[exact] = argument
    return chosen


def _require_argument(tool: type[Action], argument: str) -> None:
    """Refuse what is no argument of the tool that a cell can hold.

    Raises:
        BatchError: It is none.
    """
    nested, _, name = argument.partition(".")
    fits = nested in NESTED and nested in tool.model_fields and bool(name)
    if argument and not fits and argument not in _list_arguments(tool):
        known = _list_arguments(tool)
        raise BatchError(
            f"{tool.name} has no argument {quote_name(argument)} that a column can hold."
            f"{_nearest(argument, known)} A field of the account's own is custom_fields.NAME."
        )


def _require_all(tool: type[Action], mapping: ColumnMapping, common: Mapping[str, object]) -> None:
    """Refuse a mapping without what the tool requires.

    Raises:
        BatchError: An argument is missing.
    """
    missing = [
        name
        for name, field in tool.model_fields.items()
        if field.is_required() and name not in common and name not in mapping.arguments
    ]
    if missing:
        columns = join_words(_name_some(mapping.left_over)) or "none"
        raise BatchError(
            f"{tool.name} needs {join_words(missing)}. Give it in `common` where it is the same "
            f"for all rows, or in `columns` as {{COLUMN: {missing[0]!r}}}. Columns that are left "
            f"over: {columns}. If the names of the columns stand in a later row, remove the rows "
            "above it."
        )


def _name_some(columns: Sequence[str]) -> list[str]:
    more = len(columns) - _NAMED
    rest = [f"{more} more"] if more > 0 else []
    return [*(quote_name(column) for column in columns[:_NAMED]), *rest]


def _nearest(name: str, known: Sequence[str]) -> str:
    near = get_close_matches(name.casefold(), [one.casefold() for one in known], n=1)
    exact = next((one for one in known if near and one.casefold() == near[0]), None)
    return f" Did you mean {quote_name(exact)}?" if exact else ""


@cache
def _names() -> Mapping[str, tuple[str, ...]]:
    text = files("chasedata_mcp.batches").joinpath("column_names.toml").read_text("utf-8")
    parsed: dict[str, list[str]] = tomllib.loads(text)
    return {word: tuple(map(simplify, names)) for word, names in parsed.items()}


def _names_of(word: str) -> tuple[str, ...]:
    return _names().get(word, ())


@cache
def _all_names() -> frozenset[str]:
    return frozenset([name for names in _names().values() for name in names])
