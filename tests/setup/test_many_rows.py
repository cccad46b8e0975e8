"""Statements that run for many rows: Python 3.12.1 and 3.13.0 refuse those that give rows back."""

import re
from pathlib import Path

import pytest
from sqlalchemy import Engine, event

import chasedata_mcp
from _support.ledger import NOON, intent
from chasedata_mcp.ledger import Ledger, Reservation, open_ledger

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


@pytest.mark.anyio
async def test_what_sqlalchemy_runs_for_many_rows_gives_none_back(tmp_path: Path) -> None:
    many: list[str] = []

    def seen(*told: object) -> None:
        _, _, statement, _, _, executemany = told
        if executemany:
            many.append(str(statement))

    event.listen(Engine, "before_cursor_execute", seen)
    try:
        async with open_ledger(tmp_path, "sandbox", clock=lambda: NOON) as ledger:
            await _suppress(ledger, "9545550123", "9545550124", "9545550125")
    finally:
        event.remove(Engine, "before_cursor_execute", seen)
    assert many
    assert not [statement for statement in many if "RETURNING" in statement]


async def _suppress(ledger: Ledger, *numbers: str) -> None:
    call = intent(tool="insert_dnc")
    assert await ledger.intend(call, Reservation(suppresses=numbers)) is None
