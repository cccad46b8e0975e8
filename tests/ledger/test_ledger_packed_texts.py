"""Packed texts: a column of SQLite holds less, and gives the text back."""

import json
import sqlite3
import zlib
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from _support.ledger import intent
from chasedata_mcp.ledger import open_ledger
from chasedata_mcp.ledger.packed_texts import pack, unpack

TEXTS = st.text(st.characters(max_codepoint=127), max_size=40).flatmap(
    lambda piece: st.integers(0, 90).map(lambda times: piece * times)
)


@given(text=TEXTS)
def test_a_text_is_read_as_it_was_packed(text: str) -> None:
    assert unpack(pack(text)) == text
    assert len(pack(text)) <= len(text)


@pytest.mark.parametrize("stored", [b"", b"nonsense", pack("a" * 900)[:-3], b"x" * 40, 12])
def test_what_is_not_packed_is_refused(stored: bytes) -> None:
    with pytest.raises(ValueError, match="zlib"):
        unpack(stored)


@pytest.mark.anyio
async def test_a_body_is_zlibs_in_the_file_and_anybody_can_read_it(tmp_path: Path) -> None:
    call = intent(arguments={"message": "Hello. " * 100})
    async with open_ledger(tmp_path, "sandbox") as ledger:
        await ledger.intend(call)
    with closing(sqlite3.connect(tmp_path / "ledger-sandbox.sqlite3")) as connection:
        [[body]] = connection.execute("SELECT body FROM ledger_events")
        assert len(body) < 700
        assert json.loads(zlib.decompress(body))["arguments"] == call.arguments
        [found] = connection.execute("SELECT entry, tool, account, outcome FROM ledger_entries")
        assert found == (call.entry, "send_sms", "test", "unknown")
