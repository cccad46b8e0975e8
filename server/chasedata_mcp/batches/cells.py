"""Cells as arguments: what spreadsheets did to numbers is repaired where it can be known."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, get_args

from chasedata_mcp.batches.columns import NESTED, ColumnMapping, is_phone
from chasedata_mcp.fields.phones_in_text import find_phones
from chasedata_mcp.fields.states import parse_state
from chasedata_mcp.tools.base import Action

_WITH_DECIMALS: Final = re.compile(r"(\d+)[.,]0+")
_WITH_EXPONENT: Final = re.compile(r"(\d)(?:[.,](\d+))?[eE]\+?(\d{1,2})")
# Facebook writes `p:+1954…`, address books `tel:`.
_WITH_PREFIX: Final = re.compile(r"(?:p|tel|phone):\s*(\+?[0-9 ().-]+)", re.IGNORECASE)
_CUT_ID: Final = re.compile(r"\d(?:[.,]\d+)?E\+\d{2}")
_IDS: Final = frozenset({"client_id", "lead_id", "identifier"})
_ZIP: Final = re.compile(r"\d{3,5}")
_ZIP_PLUS_4: Final = re.compile(r"\d{7,9}")
_ZIP_DIGITS: Final = 5
_ZIP_PLUS_4_DIGITS: Final = 9
_WORDS: Final = {"true": True, "yes": True, "false": False, "no": False}


@dataclass(slots=True)
class RowArguments:
    """The arguments of a row, what was repaired in it, and what can't be known of it."""

    arguments: dict[str, object]
    repairs: list[str] = field(default_factory=list[str])
    problems: list[str] = field(default_factory=list[str])


class CellReader:
    """A reader of the rows of one table as arguments of one tool."""

    def __init__(
        self, tool: type[Action], mapping: ColumnMapping, common: Mapping[str, object]
    ) -> None:
        self._common = common
        self._argument_of = [
            (place, argument) for place, argument in enumerate(mapping.arguments) if argument
        ]
        self._switches = {
            name
            for name, info in tool.model_fields.items()
            if info.annotation is bool or bool in get_args(info.annotation)
        }
        self._phones = {one for one in mapping.arguments if is_phone(one, common)}

    def read(self, cells: Sequence[str]) -> RowArguments:
        """Read the cells of a row; an empty one gives no argument."""
        row = RowArguments({**self._common})
        for place, argument in self._argument_of:
            if cell := cells[place]:
                self._add(row, argument, cell)
        return row

    def _add(self, row: RowArguments, argument: str, cell: str) -> None:
        nested, _, name = argument.partition(".")
        if nested in NESTED and name:
            inner = row.arguments.get(nested)
            # What is the same for all rows wins, as it does over a column of its own.
            row.arguments[nested] = {name: cell, **(inner if isinstance(inner, dict) else {})}
        elif argument in self._phones:
            row.arguments[argument] = _repair_phone(row, argument, cell)
        elif argument in _IDS:
            row.arguments[argument] = _keep_id(row, argument, cell)
        elif argument == "zip_code":
            row.arguments[argument] = _repair_zip(row, cell)
        elif argument == "state":
            row.arguments[argument] = _shorten_state(row, cell)
        elif argument == "address":
            row.arguments[argument] = _join_lines(row, cell)
        elif argument in self._switches:
            row.arguments[argument] = _WORDS.get(cell.casefold(), cell)
        else:
            row.arguments[argument] = cell


def _repair_phone(row: RowArguments, argument: str, cell: str) -> str:
    """Repair a phone that a spreadsheet took for a number, unless it lost digits of it."""
    if match := _WITH_PREFIX.fullmatch(cell):
        row.repairs.append(f"{argument} without its prefix")
        return match[1]
    if len(find_phones(cell)) > 1:
        row.problems.append(f"{argument}: it holds several numbers; keep one of them in its cell")
        return cell
    if match := _WITH_DECIMALS.fullmatch(cell):
        row.repairs.append(f"{argument} without its decimals")
        return match[1]
    if match := _WITH_EXPONENT.fullmatch(cell):
        first, rest, zeros = match[1], match[2] or "", int(match[3])
        if len(rest) < zeros:
            row.problems.append(
                f"{argument}: the spreadsheet cut its digits ({cell}); format the column as text "
                "and export it again"
            )
            return cell
        row.repairs.append(f"{argument} written out")
        return first + rest[:zeros]
    return cell


def _keep_id(row: RowArguments, argument: str, cell: str) -> str:
    """Keep an id as it is; of one that a spreadsheet took for a number nobody knows the rest."""
    if _CUT_ID.fullmatch(cell):
        row.problems.append(
            f"{argument}: the spreadsheet cut its digits ({cell}); format the column as text and "
            "export it again"
        )
    return cell


def _shorten_state(row: RowArguments, cell: str) -> str:
    """Write a state by its two letters, as the dialer takes it: HubSpot exports the whole name."""
    letters = parse_state(cell) or cell
    if letters != cell and len(cell) > len(letters):
        row.repairs.append("the state's name as its two letters")
    return letters


def _join_lines(row: RowArguments, cell: str) -> str:
    """Write an address on one line: Salesforce's have the suite on a line of its own."""
    lines = [line.strip() for line in cell.splitlines() if line.strip()]
    if len(lines) > 1:
        row.repairs.append("address on one line")
    return ", ".join(lines) or cell


def _repair_zip(row: RowArguments, cell: str) -> str:
    """Give a ZIP code of a spreadsheet its leading zeros back: New England's begin with one."""
    plain = match[1] if (match := _WITH_DECIMALS.fullmatch(cell)) else cell
    if _ZIP.fullmatch(plain):
        repaired = plain.zfill(_ZIP_DIGITS)
    elif _ZIP_PLUS_4.fullmatch(plain):
        digits = plain.zfill(_ZIP_PLUS_4_DIGITS)
        repaired = f"{digits[:_ZIP_DIGITS]}-{digits[_ZIP_DIGITS:]}"
    else:
        repaired = cell
    if repaired != cell:
        row.repairs.append("zip_code with its zeros")
    return repaired
