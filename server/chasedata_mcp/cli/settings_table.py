"""The settings as a table for a person: each value with its source, secrets hidden."""

import os
import re
from collections.abc import Collection, Iterator

from rich import box
from rich.table import Table
from rich.text import Text

from chasedata_mcp.fields.format import format_value
from chasedata_mcp.settings import FILE_VARIABLE, PREFIX, Settings

# The password of a database's address: scheme://user:password@host.
_PASSWORD = re.compile(r"(://[^:/@]*):[^@]*@")
_DEFAULT = "default"


def make_settings_table(found: Settings, *, by_option: Collection[str], everything: bool) -> Table:
    """Make the table: of every setting, or of those that don't have their default.

    `by_option` are the names of the settings that an option of the command has set.
    """
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold")
    table.add_column("setting", no_wrap=True)
    table.add_column("value", overflow="fold")
    table.add_column("from", no_wrap=True)
    for variable, value, source in _rows(found, by_option):
        if everything or source != _DEFAULT:
            style = "dim" if source == _DEFAULT else ""
            table.add_row(Text(variable), Text(value), Text(source), style=style)
    return table


def _rows(found: Settings, by_option: Collection[str]) -> Iterator[tuple[str, str, str]]:
    for name in Settings.model_fields:
        variable = f"{PREFIX}{name.upper()}"
        source = f"--{name}" if name in by_option else _source(found, name, variable)
        yield variable, _hide_password(getattr(found, name)), source


def _source(found: Settings, name: str, variable: str) -> str:
    if name not in found.model_fields_set:
        return _DEFAULT
    return "variable" if variable in os.environ else FILE_VARIABLE


def _hide_password(value: object) -> str:
    """Format a value; in a database's address the password is left out."""
    return _PASSWORD.sub(r"\1:…@", format_value(value))
