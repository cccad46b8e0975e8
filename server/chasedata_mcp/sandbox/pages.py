"""The page under /sandbox/: what the dialer holds, what was said to it, and what may be set."""

from collections.abc import Sequence
from typing import Final

from chasedata_mcp.sandbox import tables
from chasedata_mcp.sandbox.endpoint import LoggedRequest
from chasedata_mcp.sandbox.faults import ANY_SCRIPT, Fault
from chasedata_mcp.sandbox.identity import ACCID, TOKEN
from chasedata_mcp.sandbox.markup import Html, el, join
from chasedata_mcp.sandbox.state import State
from chasedata_mcp.sandbox.tables import badge, columns, section, table
from chasedata_mcp.sandbox.transcript import TRANSCRIPT

_EFFECTS: Final = (
    ("delay", "late answer"),
    ("status", "status, nothing done"),
    ("status_after", "status, all done"),
    ("body", "body, nothing done"),
    ("body_after", "body, all done"),
    ("drop", "drop, nothing done"),
    ("drop_after", "drop, all done"),
)


def page(state: State, faults: Sequence[Fault], recent: Sequence[LoggedRequest], base: str) -> str:
    """Make the page. `base` is the address that it was asked under, without a path."""
    head = el(
        "head",
        el("meta", charset="utf-8"),
        el("meta", name="viewport", content="width=device-width, initial-scale=1"),
        el("meta", name="color-scheme", content="light dark"),
        el("title", "ChaseData sandbox"),
        el("link", rel="stylesheet", href="/sandbox/style.css"),
    )
    main = el("main", _wire(recent), _wrong(faults), *_held(state))
    body = el("body", _header(base), _counts(state), main)
    return "<!doctype html>" + el("html", head, body, lang="en")


def _header(base: str) -> Html:
    return el(
        "header",
        el("h1", "ChaseData sandbox"),
        el(
            "p",
            "A dialer of its own with made-up people. Nothing rings and no text is sent. "
            "Everything is also in ",
            el("a", "state.json", href="/sandbox/state.json"),
            " and ",
            el("a", "names.json", href="/sandbox/names.json"),
            ".",
        ),
        el(
            "dl",
            *_pair("Base address", f"{base}/HttpImport/"),
            *_pair("accid", ACCID),
            *_pair("token", TOKEN),
        ),
    )


def _pair(name: str, value: str) -> tuple[Html, Html]:
    return el("dt", name), el("dd", el("code", value))


def _counts(state: State) -> Html:
    dialed = sum(not entry["suppressed"] for entry in state["hot_queue"])
    held_back = len(state["hot_queue"]) - dialed
    counts = (
        ("leads", "Leads", len(state["leads"])),
        ("hot-queue", "Would be dialed", dialed),
        ("hot-queue", "Held back", held_back),
        ("callbacks", "Callbacks", len(state["callbacks"])),
        ("dnc", "Not to be called", len(state["dnc"])),
        ("dial-lists", "Dial lists", len(state["dial_lists"])),
        ("texts", "Texts", len(state["texts"])),
        ("conferences", "Conferences", len(state["conferences"])),
    )
    links = [
        el("a", el("b", str(count)), el("span", name), href=f"#{where}")
        for where, name, count in counts
    ]
    return el("nav", *links, aria_label="What there is")


def _wire(recent: Sequence[LoggedRequest]) -> Html:
    rows = [
        (
            spoken.at[11:19],
            spoken.method,
            spoken.script,
            join(*(el("div", el("bdi", f"{name}={text}")) for name, text in spoken.sent.items())),
            el("code", spoken.answered) if spoken.answered else Html(""),
            badge(spoken.fault, "bad") if spoken.fault else Html(""),
        )
        for spoken in recent
    ]
    return section(
        "wire",
        "On the wire",
        "The last requests, newest first, without their token and cut short. Times are UTC.",
        table(("At", "Method", "Script", "Sent", "The dialer's answer", "Fault"), rows),
    )


def _wrong(faults: Sequence[Fault]) -> Html:
    pending = table(
        ("Script", "Effect", "Times left"),
        [(fault.script, str(fault.effect), str(fault.times)) for fault in faults],
    )
    return section(
        "faults",
        "What is to go wrong",
        "For the next calls of a script, or of any. The first that fits is used up first.",
        join(pending, _fault_form(), _buttons()),
    )


def _fault_form() -> Html:
    scripts = [el("option", script) for script in TRANSCRIPT]
    effects = [el("option", told, value=word) for word, told in _EFFECTS]
    return el(
        "form",
        _labelled(
            "Script",
            el("select", el("option", "any", value=ANY_SCRIPT), *scripts, name="script"),
        ),
        _labelled("Effect", el("select", *effects, name="effect")),
        _labelled(
            "Seconds, status or body",
            el("input", name="value", value="0.5", autocomplete="off"),
        ),
        _labelled(
            "Times",
            el("input", name="times", type="number", min="1", value="1", required=True),
        ),
        el("button", "Set", type="submit"),
        method="post",
        action="/sandbox/faults",
        class_="fault",
    )


def _labelled(name: str, control: Html) -> Html:
    return el("label", el("span", name), control)


def _buttons() -> Html:
    clear = el(
        "form",
        el("input", type="hidden", name="clear", value="1"),
        el("button", "Clear the faults", type="submit"),
        method="post",
        action="/sandbox/faults",
    )
    reset = el(
        "form",
        el("button", "Reset the sandbox", type="submit", class_="danger"),
        method="post",
        action="/sandbox/reset",
    )
    return el("div", clear, reset, class_="buttons")


def _held(state: State) -> tuple[Html, ...]:
    return (
        *_under_way(state),
        section(
            "dnc",
            "Do not call",
            "Numbers on the list. Leads that it marked stay marked when a number comes off.",
            columns(state["dnc"], {"number": "Number", "added_at": "Since"}),
        ),
        section(
            "dial-lists",
            "Dial lists",
            "No call of the API reads these back.",
            tables.dial_lists(state),
        ),
        *_routing(state),
        section("leads", "Leads", "Everything in them is shown as text.", tables.leads(state)),
    )


def _under_way(state: State) -> tuple[Html, ...]:
    return (
        section(
            "hot-queue",
            "Hot queue",
            "Leads that were inserted to be dialed at once.",
            tables.hot_queue(state),
        ),
        section(
            "callbacks",
            "Callbacks",
            "Times are those of the lead's phone.",
            columns(
                state["callbacks"],
                {"lead_id": "Lead", "agent": "Agent", "at": "At", "notes": "Notes"},
            ),
        ),
        section(
            "agents",
            "Agents",
            "Who is logged in and what they are doing.",
            tables.agents(state),
        ),
        section(
            "conferences",
            "Conferences",
            "Numbers that were taken into a call.",
            columns(
                state["conferences"],
                {
                    "call_id": "Call",
                    "phone": "Phone",
                    "private": "Customer muted",
                    "began_at": "Since",
                },
            ),
        ),
    )


def _routing(state: State) -> tuple[Html, ...]:
    return (
        section(
            "texts",
            "Texts",
            "Newest first. None was sent.",
            columns(
                state["texts"],
                {
                    "from_number": "From",
                    "to_number": "To",
                    "message": "Message",
                    "agent": "Agent",
                    "lead_id": "Lead",
                    "sent_at": "At",
                },
            ),
        ),
        section(
            "ring-groups",
            "Ring groups and skills",
            "What is staged routes nothing before a reload.",
            join(
                tables.ring_groups(state),
                tables.skills(state),
            ),
        ),
        section(
            "playlists",
            "Playlists and filters",
            "What is staged decides nothing before a reload.",
            join(
                tables.playlists(state),
                tables.playlist_filters(state),
                columns(
                    state["filters"],
                    {"name": "Filter", "field": "Field", "value": "Value"},
                ),
            ),
        ),
    )
