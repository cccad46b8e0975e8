"""The dialer's whole state and its names, read for the page and for state.json and names.json."""

import json
import sqlite3
from typing import Any, Final, TypedDict

from chasedata_mcp.sandbox.lead_fields import COLUMNS, wire_name

Row = dict[str, Any]
"""A row of a table as plain values that fit JSON, by column."""

State = dict[str, list[Row]]
"""The rows of every table, by its name."""


class Names(TypedDict):
    """The names that the sandbox's account knows, in a fixed order."""

    campaigns: list[str]
    subcampaigns: dict[str, list[str]]
    custom_fields: dict[str, list[str]]
    agents: list[str]
    dispositions: list[str]
    ring_groups: dict[str, str]
    playlists: list[str]
    filters: list[str]
    skills: list[str]
    own_numbers: list[str]


_TABLES: Final = {
    "hot_queue": "SELECT * FROM hot_queue ORDER BY priority, id",
    "dnc": "SELECT * FROM dnc ORDER BY number",
    "callbacks": "SELECT * FROM callbacks ORDER BY lead_id",
    "agents": "SELECT * FROM agents ORDER BY name",
    "ring_groups": "SELECT * FROM ring_groups ORDER BY did",
    "skill_sources": "SELECT * FROM skill_sources ORDER BY stage DESC, did, priority, skill",
    "playlist_filters": "SELECT * FROM playlist_filters ORDER BY stage DESC, playlist, filter",
    "filters": "SELECT * FROM filters ORDER BY name",
    "dial_lists": "SELECT agent, name AS list FROM dial_lists ORDER BY agent, name",
    "dial_list_phones": "SELECT * FROM dial_list_phones ORDER BY agent, list, rowid",
    "texts": "SELECT * FROM texts ORDER BY id DESC",
    "calls": "SELECT * FROM calls ORDER BY id",
    "conferences": "SELECT * FROM conferences ORDER BY id DESC",
}
_FLAGS: Final = frozenset({"dnc", "dialed", "private", "active", "enabled"})
_LISTS: Final = frozenset({"skills"})


def read_state(db: sqlite3.Connection) -> State:
    """Give every table as a list of rows, flags as booleans and custom fields by wire name."""
    # Names of tables and columns here are part of state.json, which programs read.
    leads = [_lead(row) for row in db.execute("SELECT * FROM leads ORDER BY id")]
    tables = {table: [_plain(row) for row in db.execute(sql)] for table, sql in _TABLES.items()}
    return {"leads": leads, **tables, "playlists": _playlists(db, leads)}


def read_names(db: sqlite3.Connection) -> Names:
    """Give every name that the account knows."""
    subcampaigns: dict[str, list[str]] = {}
    custom: dict[str, list[str]] = {}
    for row in db.execute("SELECT * FROM campaigns ORDER BY name"):
        subcampaigns[row["name"]] = json.loads(row["subcampaigns"])
        custom[row["name"]] = [wire_name(field) for field in json.loads(row["custom_fields"])]
    groups = db.execute("SELECT did, name FROM ring_groups ORDER BY did")
    return Names(
        campaigns=list(subcampaigns),
        subcampaigns=subcampaigns,
        custom_fields=custom,
        agents=_column(db, "SELECT name FROM agents ORDER BY name"),
        dispositions=_column(db, "SELECT name FROM dispositions ORDER BY name"),
        ring_groups={row["did"]: row["name"] for row in groups},
        playlists=_column(db, "SELECT name FROM playlists ORDER BY name"),
        filters=_column(db, "SELECT name FROM filters ORDER BY name"),
        skills=_column(db, "SELECT name FROM skills ORDER BY name"),
        own_numbers=_column(db, "SELECT number FROM own_numbers ORDER BY number"),
    )


def _column(db: sqlite3.Connection, sql: str) -> list[str]:
    return [row[0] for row in db.execute(sql)]


def _plain(row: sqlite3.Row) -> Row:
    return {name: _value(name, row[name]) for name in row.keys()}  # noqa: SIM118 - a Row iterates over its values


def _value(name: str, value: object) -> object:
    if name in _FLAGS:
        return bool(value)
    return json.loads(str(value)) if name in _LISTS else value


def _lead(row: sqlite3.Row) -> Row:
    custom = {wire_name(name): text for name, text in json.loads(row["custom"]).items()}
    return {
        "LeadId": row["id"],
        **{name: row[name] for name in COLUMNS},
        "custom_fields": custom,
        "dnc": bool(row["dnc"]),
        "disposition": row["disposition"],
        "inserted_at": row["inserted_at"],
    }


def _playlists(db: sqlite3.Connection, leads: list[Row]) -> list[Row]:
    """Give the playlists with the number of leads that each would dial, by its live filters."""
    live = """
        SELECT field, value FROM playlist_filters JOIN filters ON filters.name = filter
        WHERE stage = 'live' AND enabled AND playlist = ?"""
    found: list[Row] = []
    for playlist in db.execute("SELECT * FROM playlists ORDER BY name"):
        wanted = [("Campaign", playlist["campaign"])]
        wanted += [(row["field"], row["value"]) for row in db.execute(live, (playlist["name"],))]
        dialed = sum(
            not lead["dnc"] and all(lead[name] == value for name, value in wanted) for lead in leads
        )
        found.append({**_plain(playlist), "leads_to_dial": dialed})
    return found
