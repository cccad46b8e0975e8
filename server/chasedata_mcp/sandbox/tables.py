"""The tables of the page, one for each thing that the dialer holds."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from chasedata_mcp.sandbox.markup import Html, el, join
from chasedata_mcp.sandbox.state import State

_MOST_ROWS: Final = 200

Cell = Html | str


def section(name: str, title: str, about: str, content: Html) -> Html:
    """Make a titled part of the page that links can point to."""
    return el(
        "section",
        el("h2", title),
        el("p", about, class_="about"),
        content,
        id=name,
        class_="card",
    )


def table(heads: Sequence[str], rows: Sequence[Sequence[Cell]]) -> Html:
    """Make a table; on a narrow screen each row becomes a block with its heads beside its cells."""
    if not rows:
        return el("p", "None.", class_="none")
    head = el("tr", *(el("th", text, scope="col") for text in heads))
    body = [
        el("tr", *(_cell(head, cell) for head, cell in zip(heads, row, strict=True)))
        for row in rows[:_MOST_ROWS]
    ]
    made = el(
        "div", el("table", el("thead", head), el("tbody", *body)), class_="scroll", tabindex="0"
    )
    left = len(rows) - _MOST_ROWS
    return join(made, el("p", f"And {left} more, in state.json.")) if left > 0 else made


def badge(text: str, kind: str) -> Html:
    """Make a short mark."""
    return el("span", text, class_=f"badge {kind}")


def leads(state: State) -> Html:
    """Show the leads, their notes and custom fields as text."""
    rows = [
        (
            str(lead["LeadId"]),
            lead["ClientId"],
            f"{lead['FirstName']} {lead['LastName']}".strip(),
            join(el("bdi", lead["PrimaryPhone"]), Html(" "), _dnc(lead)),
            _of(lead["Campaign"], lead["Subcampaign"]),
            lead["CallStatus"],
            lead["disposition"],
            _custom(lead["custom_fields"]),
            lead["Notes"],
        )
        for lead in state["leads"]
    ]
    return table(
        (
            *("Lead", "Client id", "Name", "Phone", "Campaign"),
            *("Status", "Disposition", "Custom fields", "Notes"),
        ),
        rows,
    )


def hot_queue(state: State) -> Html:
    """Show what would be dialed, and what would not and why."""
    phones = {lead["LeadId"]: lead["PrimaryPhone"] for lead in state["leads"]}
    return table(
        ("Priority", "Lead", "Phone", "State", "Since"),
        [
            (
                str(entry["priority"]),
                str(entry["lead_id"]),
                phones[entry["lead_id"]],
                badge(f"held back: {entry['suppressed']}", "warn")
                if entry["suppressed"]
                else badge("would be dialed", "good"),
                entry["queued_at"],
            )
            for entry in state["hot_queue"]
        ],
    )


def agents(state: State) -> Html:
    """Show the agents, what they are doing and the lead that they have open."""
    calls = {call["agent"]: call["phone"] for call in state["calls"]}
    return table(
        ("Agent", "State", "Skills", "Open lead", "Call with"),
        [
            (
                agent["name"],
                badge(agent["state"], _STATES[agent["state"]]),
                ", ".join(agent["skills"]),
                str(agent["open_lead"] or ""),
                calls.get(agent["name"], ""),
            )
            for agent in state["agents"]
        ],
    )


def dial_lists(state: State) -> Html:
    """Show the dial lists with their phones."""
    phones: dict[tuple[str, str], list[Html]] = {}
    for phone in state["dial_list_phones"]:
        mark = badge("dialed", "good") if phone["dialed"] else badge("undialed", "plain")
        line = el("div", phone["phone"], Html(" "), mark)
        phones.setdefault((phone["agent"], phone["list"]), []).append(line)
    return table(
        ("Agent", "List", "Phones"),
        [
            (made["agent"], made["list"], join(*phones.get((made["agent"], made["list"]), [])))
            for made in state["dial_lists"]
        ],
    )


def skills(state: State) -> Html:
    """Show each skill of each number as it is staged beside as it is live."""
    told = {
        (row["stage"], row["did"], row["skill"]): (
            f"priority {row['priority']}, after {row['delay']} s, "
            + ("active" if row["active"] else "off")
        )
        for row in state["skill_sources"]
    }
    return table(("Number", "Skill", "Staged", "Live", ""), _staged(told))


def playlist_filters(state: State) -> Html:
    """Show each filter of each playlist as it is staged beside as it is live."""
    told = {
        (row["stage"], row["playlist"], row["filter"]): "on" if row["enabled"] else "off"
        for row in state["playlist_filters"]
    }
    return table(("Playlist", "Filter", "Staged", "Live", ""), _staged(told))


def ring_groups(state: State) -> Html:
    """Show the ring groups and the skills that serve them."""
    return table(
        ("Number", "Name", "Campaign", "Skills"),
        [
            (group["did"], group["name"], group["campaign"], ", ".join(group["skills"]))
            for group in state["ring_groups"]
        ],
    )


def playlists(state: State) -> Html:
    """Show the playlists with what their live filters leave to be dialed."""
    return columns(
        state["playlists"],
        {"name": "Playlist", "campaign": "Campaign", "leads_to_dial": "Leads to dial"},
    )


def columns(rows: Iterable[Mapping[str, Any]], heads: Mapping[str, str]) -> Html:
    """Show some columns of some rows just as they are."""
    return table(
        tuple(heads.values()),
        [tuple(_text(row[name]) for name in heads) for row in rows],
    )


_STATES: Final = {"waiting": "good", "talking": "busy", "paused": "warn", "wrap up": "warn"}


def _staged(told: Mapping[tuple[str, str, str], str]) -> list[tuple[Cell, ...]]:
    pairs = sorted({(one, other) for _, one, other in told})
    rows: list[tuple[Cell, ...]] = []
    for one, other in pairs:
        staged = told.get(("staged", one, other), "not there")
        live = told.get(("live", one, other), "not there")
        waits = Html("") if staged == live else badge("waits for reload", "warn")
        rows.append((one, other, staged, live, waits))
    return rows


def _cell(head: str, cell: Cell) -> Html:
    content = cell if isinstance(cell, Html) else el("bdi", cell)
    return el("td", el("div", content), data_head=head, class_=not cell and "empty")


def _dnc(lead: Mapping[str, Any]) -> Html:
    return badge("DNC", "bad") if lead["dnc"] else Html("")


def _of(campaign: str, subcampaign: str) -> str:
    return f"{campaign} / {subcampaign}" if subcampaign else campaign


def _custom(fields: Mapping[str, str]) -> Html:
    return join(*(el("div", el("bdi", f"{name}: {text}")) for name, text in fields.items()))


def _text(value: object) -> str:
    match value:
        case bool():
            return "yes" if value else "no"
        case None:
            return ""
        case _:
            return str(value)
