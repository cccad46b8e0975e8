"""The conditions on which a commit stays in PostgreSQL, and what to do where it isn't."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from chasedata_mcp.ledger.schema import TABLES

_NAMES: Final = ", ".join(f"'{name}'" for name in re.findall(r"CREATE TABLE (\w+)", TABLES))

SETTINGS: Final = (
    "SELECT current_setting('fsync'), current_setting('full_page_writes'), "
    "current_setting('synchronous_commit'), pg_backend_pid()"
)
"""The columns of `_Settings`; each transaction looks, as they change while a server runs."""

# It takes the server 0.1 ms (2026-11, two cores).
STATE: Final = f"""
    {SETTINGS}, current_setting('server_encoding'), current_schema(),
        ours.careless, ours.schemas
    FROM (
        SELECT min(relname) FILTER (WHERE relpersistence <> 'p' OR relkind NOT IN ('r', 'p'))
            AS careless, count(DISTINCT relnamespace) AS schemas
        FROM pg_class WHERE relname IN ({_NAMES}) AND pg_table_is_visible(oid)
    ) AS ours
"""  # noqa: S608 - names of our own tables
"""The statement that finds the settings and, behind them, the columns of `_Tables`."""


class _Settings(NamedTuple):
    fsync: str
    full_page_writes: str
    commit_mode: str
    backend: int


class _Tables(NamedTuple):
    """The schema of the tables.

    `schema` is the one in which a table would be made, `careless` a table that a crash may empty,
    and `schemas` the number of those in which the tables are.
    """

    encoding: str
    schema: str | None
    careless: str | None
    schemas: int


@dataclass(slots=True)
class Durability:
    """The conditions that a connection has to meet.

    Attributes:
        backend: The process of the server that serves it; None once another did.
        whole_pages: Its storage never writes half a page.
    """

    backend: int | None
    whole_pages: bool

    def find_problem(self, row: Sequence[Any], commit_mode: str | None) -> str | None:
        """Find why a commit wouldn't stay; `row` is of `STATE`, the rest as for settings."""
        width = len(_Settings._fields)
        problem = self.find_settings_problem(row[:width], commit_mode)
        return problem or _find_table_problem(_Tables(*row[width:]))

    def find_settings_problem(self, row: Sequence[Any], commit_mode: str | None) -> str | None:
        """Find why a commit wouldn't stay with these settings.

        Args:
            row: A row of `SETTINGS`.
            commit_mode: What `synchronous_commit` was set to, None where that doesn't matter.
        """
        settings = _Settings(*row)
        if settings.backend != self.backend:
            # For good: by chance the next transaction may have the first process again.
            self.backend = None
            return _POOLER
        if settings.fsync != "on":
            return _FSYNC
        if settings.full_page_writes != "on" and not self.whole_pages:
            return _PAGES
        if commit_mode not in {None, settings.commit_mode}:
            return _FORCED.format(is_set=settings.commit_mode, wanted=commit_mode)
        return None


def describe_read_only(*, is_standby: bool) -> str:
    """Describe why a database takes no writes, and what to do."""
    return _STANDBY if is_standby else _READ_ONLY


def _find_table_problem(tables: _Tables) -> str | None:
    if tables.encoding != "UTF8":
        return _ENCODING.format(encoding=tables.encoding)
    if tables.careless is not None:
        return _CARELESS.format(table=tables.careless)
    if tables.schemas > 1:
        return f"its tables are in more than one schema, and one may hide another. {_NAME_ONE}"
    if tables.schemas == 0 and tables.schema is None:
        return f"there is no schema for its tables. {_NAME_ONE}"
    if tables.schemas == 0 and str(tables.schema).startswith("pg_temp"):
        return f"its tables would be temporary, as search_path begins with pg_temp. {_NAME_ONE}"
    return None


_FSYNC: Final = (
    "its PostgreSQL runs with fsync=off, so that a power cut loses or damages what is recorded. "
    "Turn it on (ALTER SYSTEM SET fsync = on; SELECT pg_reload_conf();), then run `sync` on its "
    "machine, which puts on disk what was written meanwhile"
)
_PAGES: Final = (
    "its PostgreSQL runs with full_page_writes=off, so that a power cut can damage what is "
    "recorded. Turn it on (ALTER SYSTEM SET full_page_writes = on; SELECT pg_reload_conf();). Only "
    "where its storage never writes half a page (ZFS, Neon), give the address in CHASEDATA_LEDGER "
    "the parameter whole_pages=1 instead"
)
_FORCED: Final = (
    "its database keeps synchronous_commit at {is_set}, though it was set to {wanted}, so that a "
    "crash could take back what is recorded. Find what forces it, a pooler or an extension, and "
    "have CHASEDATA_LEDGER name the server without that"
)
_POOLER: Final = (
    "a pooler before its PostgreSQL gives each transaction another connection, so that nobody can "
    "tell whether what was committed is on disk. Have CHASEDATA_LEDGER name the server itself, or "
    "the pooler keep a connection as long as its client does (pool_mode = session)"
)
_CARELESS: Final = (
    "its table {table} may be emptied by a crash: it is unlogged, temporary or of another server. "
    "Make it an ordinary one (ALTER TABLE {table} SET LOGGED)"
)
_NAME_ONE: Final = (
    "Give the address in CHASEDATA_LEDGER the schema that they belong in: "
    "options=-csearch_path%3Dname"
)
_ENCODING: Final = (
    "its database has the encoding {encoding}, which can't hold every text. Make one with UTF8 "
    "(CREATE DATABASE name ENCODING 'UTF8' TEMPLATE template0), move the tables there (pg_dump), "
    "and name it in CHASEDATA_LEDGER"
)
_STANDBY: Final = (
    "it may only be read: its PostgreSQL is a standby, which follows another server. Have "
    "CHASEDATA_LEDGER name the primary; once this one is promoted, writes go on here"
)
_READ_ONLY: Final = (
    "it may only be read: default_transaction_read_only is on for its server, database or user. "
    "Unset it there once the record may be written"
)
