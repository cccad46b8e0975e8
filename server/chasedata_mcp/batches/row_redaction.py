"""Rows of a batch as a model or a question may show them: without what the policy hides."""

from collections.abc import Iterator, Mapping
from typing import Final, cast

from chasedata_mcp.batches.models import Batch, BatchRow
from chasedata_mcp.fields.sanitize import cut, visible
from chasedata_mcp.redaction import HIDDEN, Redactor
from chasedata_mcp.tools.registry import find_action

_LONGEST: Final = 80
"""The most characters of a cell: whoever needs it whole has the file."""
_LONGEST_WHOLE: Final = 500
_LONGEST_SENTENCE: Final = 300


class RowRedaction:
    """The redaction of one batch's rows, by the names of their columns and arguments.

    Args:
        batch: Theirs.
        redactor: What may not be seen; None hides nothing.
    """

    def __init__(self, batch: Batch, redactor: Redactor | None) -> None:
        self._redactor = redactor
        fields = find_action(batch.tool).model_fields
        self._columns = [
            (place, column, argument, self._hides(column, argument, fields))
            for place, (column, argument) in enumerate(
                zip(batch.header, batch.arguments, strict=True)
            )
        ]

    def show_cells(self, row: BatchRow) -> dict[str, str]:
        """Show the beginnings of the cells that are arguments, by the argument."""
        return dict(self._list_cells(row, _LONGEST, every=False))

    def show_all_cells(self, row: BatchRow) -> dict[str, str]:
        """Show every cell that isn't empty, as whole as whoever mends it needs it."""
        return dict(self._list_cells(row, _LONGEST_WHOLE, every=True))

    def redact_name(self, name: str) -> str:
        """Redact the name of a column or of a file."""
        seen = cut(visible(name), _LONGEST)
        return seen if self._redactor is None else self._redactor.redact(seen).text

    def redact_text(self, text: str) -> str:
        """Redact a sentence about a row or a file."""
        redacted = text if self._redactor is None else self._redactor.redact(text).text
        return cut(visible(redacted), _LONGEST_SENTENCE)

    def redact_object(self, given: Mapping[str, object]) -> dict[str, object]:
        """Redact arguments, by their names."""
        return {
            self.redact_name(name): HIDDEN if self._hides(name, name, {}) else self._redact(value)
            for name, value in given.items()
        }

    def _list_cells(self, row: BatchRow, longest: int, *, every: bool) -> Iterator[tuple[str, str]]:
        for place, column, argument, is_hidden in self._columns:
            cell = row.cells[place] if place < len(row.cells) else ""
            if cell and (every or argument):
                shown = HIDDEN if is_hidden else self._cell(cell, longest)
                name = (column or f"column {place + 1}") if every else argument
                yield self.redact_name(name), shown

    def _cell(self, cell: str, longest: int = _LONGEST) -> str:
        # First whole, so that no number is halved before it is found.
        redacted = cell if self._redactor is None else self._redactor.redact(cell).text
        return cut(visible(redacted), longest)

    def _redact(self, value: object) -> object:
        match value:
            case str():
                return self._cell(value)
            case dict():
                return self.redact_object(value)  # pyright: ignore[reportUnknownArgumentType] - JSON
            case list():
                return [self._redact(one) for one in cast("list[object]", value)]
            case bool() | int() | float():
                return value
            case _:
                return self._cell(str(value))

    def _hides(self, column: str, argument: str, fields: Mapping[str, object]) -> bool:
        """Tell whether a column's values are hidden: by its name, its argument's, or the wire's."""
        if self._redactor is None:
            return False
        wire = getattr(fields.get(argument), "serialization_alias", None)
        names = (column, argument.rpartition(".")[2], wire or "")
        return any(name and self._redactor.hides_name(name) for name in names)
