"""Statements that run for many rows: Python 3.12.1 and 3.13.0 refuse those that give rows back."""

import re
from pathlib import Path

import pytest

import chasedata_mcp

PACKAGE = Path(chasedata_mcp.__file__).parent


@pytest.mark.parametrize("room", ["sandbox", "ledger"])
def test_no_statement_of_ours_asks_for_rows_back(room: str) -> None:
    written = re.compile(r"^[^#]*(\)\s*RETURNING\b|\.returning\(|\bRETURNING [a-z*])", re.MULTILINE)
    found = [
        file.name
        for file in (PACKAGE / room).rglob("*")
        if file.suffix in {".py", ".sql"} and written.search(file.read_text(encoding="utf-8"))
    ]
    assert found == []
