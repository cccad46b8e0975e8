"""`ledger verify` from where the last one ended, in text and as JSON, on both databases."""

import json
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import anyio
import pytest

from _support.commands import command, settings
from _support.postgresql import ledger_address, make_schema, run
from _support.terminals import Ended
from chasedata_mcp.app.composition import ledger_key
from chasedata_mcp.app.dialer import line
from chasedata_mcp.ledger import Resumption, open_ledger
from chasedata_mcp.settings import load_settings

EDIT = "UPDATE {}ledger_events SET at = '2020-01-01T00:00:00.000000Z' WHERE seq = 1"


class Record:
    """A record on either database, and commands over it."""

    def __init__(self, directory: Path, server: str | None) -> None:
        self.directory = directory
        self._server = server
        self._schema = None if server is None else make_schema(server)

    def run(self, *words: str) -> Ended:
        if self._server is None or self._schema is None:
            return command(self.directory, *words)
        address = ledger_address(self._server, self._schema)
        return command(self.directory, *words, LEDGER=address)

    def write(self, number: str) -> None:
        assert self.run("call", "insert_dnc", "--number", number).code == 0

    def edit(self) -> None:
        """Edit the first event, past what guards it."""
        if self._server is None:
            with closing(sqlite3.connect(self.state / "ledger-sandbox.sqlite3")) as store:
                store.execute("DROP TRIGGER ledger_events_stay")
                store.execute(EDIT.format(""))
                store.commit()
            return
        table = f"{self._schema}.ledger_events"
        run(self._server, f"DROP TRIGGER ledger_events_stay ON {table}")
        run(self._server, EDIT.format(f"{self._schema}."))

    @property
    def state(self) -> Path:
        return self.directory / "state"

    def findings(self, *words: str) -> dict[str, Any]:
        ended = self.run("ledger", "verify", "--json", *words)
        found: dict[str, Any] = json.loads(ended.out)
        assert ended.code == (0 if found["sound"] else 1)
        return found


@pytest.fixture(params=["sqlite", "postgresql"])
def record(request: pytest.FixtureRequest, tmp_path: Path) -> Record:
    on_server = request.param == "postgresql"
    return Record(tmp_path, request.getfixturevalue("postgresql") if on_server else None)


def test_it_goes_on_from_the_last_one_and_says_what_it_only_counted(record: Record) -> None:
    record.write("9545550111")
    first = record.run("ledger", "verify")
    assert "✓ The ledger is whole: 2 events." in first.words
    assert "--all" not in first.words
    record.write("9545550112")
    record.edit()
    second = record.run("ledger", "verify")
    assert second.code == 0
    assert "Verified now: 2 events behind event 2. What comes up to there was" in second.words
    assert "and only counted now: an edit since then would not have been found." in second.words
    assert "To verify all of it: chasedata-mcp ledger verify --all" in second.words
    third = record.run("ledger", "verify")
    assert "Nothing was recorded behind event 4." in third.words
    assert "All of it was last verified on" in third.words
    whole = record.run("ledger", "verify", "--all")
    assert whole.code == 1
    assert "edited at 1: Its content" in whole.words
    assert "only counted" not in whole.words


def test_the_same_is_in_its_json(record: Record) -> None:
    record.write("9545550111")
    first = record.findings()
    assert (first["verified_from"], first["earlier"], first["why_all"]) == (1, None, None)
    assert first["head"] == first["head_beside"]
    record.write("9545550112")
    second = record.findings()
    assert (second["verified_from"], second["head"]["count"]) == (3, 4)
    assert second["earlier"]["upto"] == 2
    assert second["earlier"]["verified"] == second["earlier"]["all_verified"]
    record.edit()
    whole = record.findings("--all")
    assert (whole["sound"], whole["earlier"], whole["verified_from"]) == (False, None, 1)
    assert (whole["problems"][0]["flaw"], whole["problems"][0]["event"]) == ("edited", 1)


def test_a_note_that_doesnt_fit_is_said_and_everything_is_verified(record: Record) -> None:
    record.write("9545550111")
    record.run("ledger", "verify")
    [note] = record.state.glob("*-verified.json")
    assert note.stat().st_mode & 0o077 == 0
    note.write_text(note.read_text(encoding="utf-8").replace("T", "U"), encoding="utf-8")
    assert "How far the record was verified isn't known: the note" in record.run("doctor").words
    ended = record.run("ledger", "verify")
    assert ended.code == 0
    assert "All of it was verified, since the note of the last one was changed" in ended.words
    assert "All of it was verified" not in record.run("ledger", "verify").words


def test_a_record_that_was_not_verified_whole_for_a_month_is_worth_a_look(tmp_path: Path) -> None:
    assert command(tmp_path, "call", "insert_dnc", "--number", "9545550111").code == 0
    environ = {f"CHASEDATA_{name}": text for name, text in settings(tmp_path).items()}
    key = ledger_key(line(load_settings(environ)).target)

    async def verify(days: int) -> None:
        how = Resumption(key=key, now=datetime.now(UTC) - timedelta(days=days), is_whole=True)
        async with open_ledger(tmp_path / "state", "sandbox") as ledger:
            assert (await ledger.verify(resumption=how)).sound

    for days, is_said in ((30, False), (32, True)):
        anyio.run(verify, days)
        words = command(tmp_path, "doctor").words
        assert ("- All of the record was last verified on" in words) is is_said
        assert ("verify all of the record: chasedata-mcp ledger verify --all" in words) is is_said
