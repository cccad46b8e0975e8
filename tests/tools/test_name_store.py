"""The store of names, in a file and in a team's database."""

from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from _support.clock import START
from _support.postgresql import ledger_address, make_schema
from chasedata_mcp.ledger.connection import Database
from chasedata_mcp.ledger.postgresql import PostgresqlDatabase
from chasedata_mcp.ledger.sqlite import SqliteDatabase
from chasedata_mcp.tools.names.errors import NameStoreError
from chasedata_mcp.tools.names.kinds import NameKind
from chasedata_mcp.tools.names.store import MOST_KEPT, NameSource, NameStore

AGENTS, CAMPAIGNS = NameKind.AGENTS, NameKind.CAMPAIGNS
LEARNED, IMPORTED = NameSource.LEARNED, NameSource.IMPORTED


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], Database]:
    """Give what opens a database that is empty at first."""
    if request.param == "sqlite":
        return lambda: SqliteDatabase(tmp_path / "names.sqlite3")
    server: str = request.getfixturevalue("postgresql")
    address = ledger_address(server, make_schema(server))
    return lambda: PostgresqlDatabase(address)


def test_names_are_kept_for_their_account_alone_bounded_and_forgotten(
    database: Callable[[], Database],
) -> None:
    def store(environment: str = "live", account: str = "test") -> NameStore:
        return NameStore(database, lambda: True, environment, account)

    most = MOST_KEPT[LEARNED]
    many = [f"agent{number}" for number in range(most)]
    with closing(store()) as one, closing(store()) as other:
        assert one.read() == []
        one.add(LEARNED, {AGENTS: ["the first", "D\u00e9j\u00e0 \\ vu"]}, START)
        assert one.add(LEARNED, {AGENTS: many}, START + timedelta(days=1)) == most
        assert {name.name for name in other.read()} == set(many)
        assert other.add(IMPORTED, {AGENTS: ["agent1", "new"], CAMPAIGNS: ["new"]}, START) == 3
        assert other.add(IMPORTED, {AGENTS: ["agent1"]}, START) == 0
        assert one.forget(AGENTS, "agent1") == 2
        assert one.forget(source=IMPORTED) == 2
        assert one.forget(CAMPAIGNS) == 0
    for environment, account in (("sandbox", "test"), ("live", "other")):
        with closing(store(environment, account)) as foreign:
            assert (foreign.read(), foreign.forget()) == ([], 0)
    with closing(store()) as again:
        assert len(again.read()) == most - 1
        assert again.forget() == most - 1
        assert again.read() == []


def test_a_store_that_a_newer_version_made_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "names.sqlite3"
    with closing(NameStore(lambda: SqliteDatabase(path), path.exists, "live", "test")) as store:
        store.add(LEARNED, {AGENTS: ["jsmith"]}, START)
    with closing(SqliteDatabase(path)) as database, database.write() as connection:
        connection.run("INSERT INTO names_store VALUES (99)")
    with closing(NameStore(lambda: SqliteDatabase(path), path.exists, "live", "test")) as store:
        for _ in range(2):
            with pytest.raises(NameStoreError, match="newer version"):
                store.add(LEARNED, {AGENTS: ["lena"]}, START)
