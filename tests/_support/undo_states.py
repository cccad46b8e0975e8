"""What a call is about, and what is left of a state when that is set aside."""

from copy import deepcopy
from typing import Any

from _support.undo_desk import Desk, State
from chasedata_mcp.errors import Outcome
from chasedata_mcp.history.undo import UndoSteps
from chasedata_mcp.ledger.models import Entry


def holds(state: State, entry: Entry) -> bool:
    """Whether it was so before the call as its way back has to suppose."""
    was = thing(state, entry)
    match entry.intent.tool:
        case "insert_dnc":
            return was is False
        case "delete_dnc":
            return was is True
        case "enable_playlist_filter":
            return was == [False]
        case "assign_playlist_filter":
            return was == []
        case _:
            return was == [True]


def thing(state: State, entry: Entry) -> object:
    """What a call is about, as it stands, and nothing else."""
    form = entry.intent.form
    assert isinstance(form, dict)
    match entry.intent.tool:
        case "insert_dnc" | "delete_dnc":
            return form["Number"] in {row["number"] for row in state["dnc"]}
        case "update_skill_priority":
            return [row for row in staged(state["skill_sources"]) if row["skill"] == form["Skill"]]
        case "update_lead":
            assert isinstance(entry.intent.before, dict)
            lead_id = entry.intent.before["lead_id"]
            (lead,) = [row for row in state["leads"] if str(row["LeadId"]) == lead_id]
            shown = {**lead, **{name: text for name, text in lead["custom_fields"].items() if text}}
            return [shown.get(name, "") for name in (*form, "Subcampaign")]
        case tool if tool.endswith("_playlist_filter"):
            return [
                row["enabled"]
                for row in staged(state["playlist_filters"])
                if (row["playlist"], row["filter"]) == (form["Playlist"], form["Filter"])
            ]
        case _:
            where = (form["Agent"], form["List"])
            lists = [row for row in state["dial_lists"] if (row["agent"], row["list"]) == where]
            return lists, phones_on(state, *where, form.get("Phone"))


def staged(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [row for row in rows if row["stage"] == "staged"]


def phones_on(state: State, agent: object, name: object, phone: object = None) -> dict[str, bool]:
    return {
        row["phone"]: row["dialed"]
        for row in state["dial_list_phones"]
        if (row["agent"], row["list"]) == (agent, name) and phone in (None, row["phone"])
    }


def comparable(state: State, entry: Entry) -> State:
    """The state without what no way back brings back, and without the order on a dial list."""
    form, tool = entry.intent.form, entry.intent.tool
    assert isinstance(form, dict)
    kept = deepcopy(state)
    kept["dial_list_phones"].sort(key=lambda row: (row["agent"], row["list"], row["phone"]))
    for lead in kept["leads"]:
        # An empty field of the account's own reads like one that was never written.
        lead["custom_fields"] = {name: text for name, text in lead["custom_fields"].items() if text}
        if tool.endswith("_dnc") or "PrimaryPhone" in form:
            del lead["dnc"]
    if tool.endswith("_dnc") or "PrimaryPhone" in form:
        for playlist in kept["playlists"]:
            del playlist["leads_to_dial"]
    if "CallbackAgent" in form:
        del kept["callbacks"]
    return kept


def is_wholly_known(desk: Desk, entry: Entry) -> bool:
    """Whether the ledger has seen all of a list's life, and surely."""
    form = entry.intent.form
    assert isinstance(form, dict)
    tale = [
        other
        for other in desk.entries[: entry.seq - 1]
        if isinstance(other.intent.form, dict)
        and other.intent.form.get("Agent") == form["Agent"]
        and str(other.intent.form.get("List")).lower() == str(form["List"]).lower()
        and other.outcome is not Outcome.REFUSED
    ]
    created = [
        other.seq
        for other in tale
        if other.intent.tool == "create_dial_list"
        and other.intent.form == {**form, "Action": "CreateList"}
        and other.outcome is Outcome.DONE
    ]
    since = [other for other in tale if created and other.seq >= created[-1]]
    return bool(created) and all(
        other.outcome is Outcome.DONE and other.intent.form["List"] == form["List"]  # type: ignore[index,call-overload]  # a form, as above
        for other in since
    )


def check_list(desk: Desk, entry: Entry, way: UndoSteps) -> None:
    """A list whose life isn't wholly known comes back with nothing that was not on it."""
    form = entry.intent.form
    assert isinstance(form, dict)
    was = phones_on(desk.states[entry.seq], form["Agent"], form["List"])
    now = phones_on(desk.state(), form["Agent"], form["List"])
    assert set(now) <= set(was)
    marks_unknown = any("unknown" in sentence for sentence in way.notes)
    assert marks_unknown or now.items() <= was.items()
    assert any("can't be known" in sentence for sentence in way.notes)


def without_list(state: State, entry: Entry) -> State:
    form = entry.intent.form
    assert isinstance(form, dict)
    where = (form["Agent"], form["List"])
    kept = comparable(state, entry)
    kept["dial_list_phones"] = [
        row for row in kept["dial_list_phones"] if (row["agent"], row["list"]) != where
    ]
    return kept


def but(state: State, entry: Entry) -> State:
    """The state without the rows that a call is about."""
    kept = comparable(state, entry)
    form, tool = entry.intent.form, entry.intent.tool
    assert isinstance(form, dict)
    if tool == "update_lead":
        assert isinstance(entry.intent.before, dict)
        lead_id = entry.intent.before["lead_id"]
        kept["leads"] = [row for row in kept["leads"] if str(row["LeadId"]) != lead_id]
        del kept["playlists"]
    if tool.endswith("_dnc"):
        kept["dnc"] = [row for row in kept["dnc"] if row["number"] != form["Number"]]
    if tool == "update_skill_priority":
        kept["skill_sources"] = [
            row
            for row in kept["skill_sources"]
            if row["stage"] == "live" or row["skill"] != form["Skill"]
        ]
    if tool.endswith("_playlist_filter"):
        kept["playlist_filters"] = [
            row
            for row in kept["playlist_filters"]
            if row["stage"] == "live"
            or (row["playlist"], row["filter"]) != (form["Playlist"], form["Filter"])
        ]
    if "List" in form:
        where = (form["Agent"], form["List"])
        for table in ("dial_lists", "dial_list_phones"):
            kept[table] = [
                row
                for row in kept[table]
                if (row["agent"], row["list"]) != where
                or ("Phone" in form and row.get("phone") not in (None, form["Phone"]))
            ]
    return kept
