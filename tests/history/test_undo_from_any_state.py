"""From any state of the sandbox: doing and undoing leaves what was there, or is refused with why.

Where a way back supposes something that nobody can read, a person is asked who knows it.
"""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any, cast

import anyio
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from _support.call_history import (
    Call,
    CallHistory,
    State,
    but,
    check_list,
    comparable,
    holds,
    is_wholly_known,
    thing,
    without_list,
)
from _support.pipeline import DESTRUCTIVE
from _support.sandbox import a_sandbox_pipeline
from chasedata_mcp.errors import CallError
from chasedata_mcp.history.undo import NotUndoable, UndoPlan, UndoSteps
from chasedata_mcp.ledger.models import Entry

LISTED = ("9545550101", "9545550133")
DNC = ("2125550104", "9545550101", "4075550150")
LEADS: tuple[dict[str, object], ...] = (
    {"search_field": "lead_id", "identifier": "1001"},
    {"search_field": "client_id", "identifier": "WEB-1001"},
    {"search_field": "phone", "identifier": "9545550101"},
    {"search_field": "lead_id", "identifier": "1005"},
    {"search_field": "lead_id", "identifier": "1009"},
    {"search_field": "client_id", "identifier": "WEB-1008"},
    {"search_field": "phone", "identifier": "3055550110"},
)


def calls(tool: str, **arguments: st.SearchStrategy[Any]) -> st.SearchStrategy[Call]:
    # Few are lost: after one of these little is known of what they touched.
    lost = st.sampled_from([*[None] * 10, "asked", "answered"])
    return st.builds(Call, st.just(tool), st.fixed_dictionaries(arguments), lost)


def one_of(*values: object) -> st.SearchStrategy[Any]:
    return st.sampled_from(values)


_LIST: dict[str, st.SearchStrategy[Any]] = {
    "agent": one_of(*["Maria"] * 7, "James"),
    "list_name": one_of(*["A/B"] * 6, "a/b", "Warm-Leads"),
}
_OF_LISTS = st.one_of(
    calls("create_dial_list", **_LIST),
    calls("delete_dial_list", **_LIST),
    *[
        calls(tool, **_LIST, phone=one_of(*LISTED))
        for tool in (
            "add_dial_list_phone",
            "add_dial_list_phone",
            "delete_dial_list_phone",
            "mark_dial_list_phone_dialed",
            "mark_dial_list_phone_undialed",
        )
    ],
)
_OF_DNC = st.one_of(
    calls("insert_dnc", number=one_of(*DNC)), calls("delete_dnc", number=one_of(*DNC))
)
_FILTER = {
    "playlist": one_of("Solar-Main", "Medicare-Main"),
    "filter_name": one_of("Florida-Only", "New-Leads"),
}
_OF_FILTERS = st.one_of(
    calls("enable_playlist_filter", **_FILTER),
    calls("disable_playlist_filter", **_FILTER),
    calls("assign_playlist_filter", **_FILTER),
    calls("remove_playlist_filter", **_FILTER),
    calls("reload_playlist", playlist=_FILTER["playlist"]),
)
_PAIR = {"skill": one_of("Sales", "Billing"), "source": one_of("9545550190", "Solar line")}
_OF_SKILLS = st.one_of(
    calls("update_skill_priority", **_PAIR, priority=st.integers(0, 2)),
    calls("update_skill_priority", **_PAIR, priority=st.integers(0, 2), active=st.booleans()),
    calls("update_skill_priority", **_PAIR, delay_seconds=st.integers(0, 2)),
    calls("reload_skills"),
)
_FIELDS = st.fixed_dictionaries(
    {},
    optional={
        "city": one_of("Tampa", "Miami", "Zoë"),
        "state": one_of("FL", "ga"),
        "notes": one_of("one\ntwo", "x"),
        "call_status": one_of("SALE", "CALL BACK"),
        "campaign": one_of("Solar", "Billing", "Medicare"),
        "subcampaign": one_of("Web", "Late"),
        "primary_phone": one_of("9545550101", "2125550104", "2125550109"),
        "client_id": one_of("WEB-1001", "CRM-7"),
        "custom_fields": one_of({"Roof Type": "Slate"}, {"roof type": "Slate"}, {"Plan": "A"}),
        "other_fields": one_of(
            {"Email": "a@example.com"}, {"email": "b@example.com"}, {"Fax": "1"}
        ),
        "clear_fields": one_of(["adv_Monthly__Bill"], ["first_name", "Company"], ["Disposition"]),
        "callback": one_of({"agent": "Maria", "at": "2026-08-23T14:20"}),
    },
).filter(bool)
_OF_LEADS = st.one_of(
    *[
        st.builds(
            lambda lead, fields, lost: Call("update_lead", {**lead, **fields}, lost),
            one_of(*LEADS),
            _FIELDS,
            one_of(*[None] * 10, "asked", "answered"),
        )
    ]
    * 5,
    calls(
        "insert_lead",
        campaign=one_of("Solar", "Billing"),
        primary_phone=one_of("9545550101", "4075550150"),
        import_only=st.booleans(),
        duplicates_check=one_of("none", "campaign"),
    ),
    calls("disposition_lead", lead_id=one_of("1006", "1007"), disposition=one_of("SALE", "SKIP")),
    calls("insert_dnc", number=one_of("9545550101", "4075550150")),
)
_ANYTHING = st.one_of(
    _OF_LISTS,
    _OF_DNC,
    _OF_FILTERS,
    _OF_SKILLS,
    _OF_LEADS,
    calls(
        "send_sms",
        from_number=one_of("9545550195"),
        to_number=one_of("9545550101"),
        message=one_of("Hello"),
    ),
    calls("conference_call", agent=one_of("Lena"), phone=one_of("9545550101")),
)


def stories(
    of: st.SearchStrategy[Call], first: tuple[Call, ...] = ()
) -> st.SearchStrategy[list[Call]]:
    """Calls with an undo among them here and there; "back" is how many entries ago."""
    undo = st.builds(Call, st.just("undo"), st.fixed_dictionaries({"back": st.integers(1, 3)}))
    told = st.lists(st.one_of(of, of, of, of, undo), min_size=1, max_size=10)
    return told.map(lambda story: [*first, *story])


_SPRING: dict[str, object] = {"agent": "Maria", "list_name": "A/B"}
_MAKE = Call("create_dial_list", _SPRING)
_FILL = tuple(Call("add_dial_list_phone", {**_SPRING, "phone": phone}) for phone in LISTED)
_OF_ONE_LIST = st.builds(
    Call,
    one_of(
        "mark_dial_list_phone_dialed",
        "mark_dial_list_phone_undialed",
        "delete_dial_list_phone",
        "add_dial_list_phone",
    ),
    st.fixed_dictionaries(
        {**{name: st.just(of) for name, of in _SPRING.items()}, "phone": one_of(*LISTED)}
    ),
)
FAMILIES = {
    "dial lists": stories(_OF_LISTS),
    "a new dial list": stories(_OF_LISTS, (_MAKE,)),
    "a filled dial list": stories(_OF_ONE_LIST, (_MAKE, *_FILL)),
    "dnc": stories(_OF_DNC),
    "filters": stories(_OF_FILTERS),
    "skills": stories(_OF_SKILLS),
    "leads": stories(_OF_LEADS),
    "anything": stories(_ANYTHING),
}


def over_a_sandbox(scene: Callable[[CallHistory], Awaitable[None]]) -> None:
    async def play() -> None:
        async with a_sandbox_pipeline(
            DESTRUCTIVE, environment="sandbox", read_back=False
        ) as opened:
            await scene(CallHistory(opened))

    anyio.run(play)


async def play_all(history: CallHistory, story: list[Call]) -> list[Entry]:
    for call in story:
        if call.tool == "undo":
            await undo_one(history, cast("int", call.arguments["back"]))
            continue
        with suppress(CallError):  # both set and cleared, or the like: nothing that was ever sent
            await history.call(call)
    return history.entries[:]


async def undo_one(history: CallHistory, back: int) -> None:
    if len(history.entries) < back:
        return
    entry = history.entries[-back]
    way = await settle_on(history, entry)
    if isinstance(way, UndoSteps):
        await history.undo(entry, way)


async def settle_on(history: CallHistory, entry: Entry) -> UndoPlan:
    """The way back, and what a person who knows how things stood says to what it supposes."""
    way = await history.plan_undo(entry)
    if (
        isinstance(way, UndoSteps)
        and way.assumptions
        and not holds(history.states[entry.seq], entry)
    ):
        return NotUndoable("A person said that it was otherwise.", "")
    return way


@pytest.mark.parametrize("family", FAMILIES)
def test_doing_and_undoing_leaves_the_state_that_was_there_or_says_why_not(family: str) -> None:
    @settings(max_examples=25)
    @given(FAMILIES[family])
    def told(story: list[Call]) -> None:
        async def scene(history: CallHistory) -> None:
            played = await play_all(history, story)
            if not played:
                return
            entry = played[-1]
            way = await settle_on(history, entry)
            if isinstance(way, NotUndoable):
                assert way.reason
                return
            done_state = history.state()
            undone = await history.undo(entry, way)
            before, after = history.states[entry.seq], history.state()
            if entry.intent.tool == "delete_dial_list" and not is_wholly_known(history, entry):
                check_list(history, entry, way)
                assert without_list(after, entry) == without_list(before, entry)
            else:
                assert comparable(after, entry) == comparable(before, entry)
            await redo(history, undone[0], entry, done_state)

        over_a_sandbox(scene)

    told()


async def redo(history: CallHistory, undone: Entry, entry: Entry, done_state: State) -> None:
    """An undo is an entry like any other, and can be undone."""
    way = await settle_on(history, undone)
    if isinstance(way, UndoSteps):
        await history.undo(undone, way)
        assert comparable(history.state(), entry) == comparable(done_state, entry)


@pytest.mark.parametrize("family", FAMILIES)
def test_whatever_came_later_only_what_the_call_touched_is_put_back(family: str) -> None:
    @settings(max_examples=25)
    @given(FAMILIES[family], st.data())
    def told(story: list[Call], data: st.DataObject) -> None:
        async def scene(history: CallHistory) -> None:
            played = await play_all(history, story)
            if not played:
                return
            entry = data.draw(st.sampled_from(played))
            way = await settle_on(history, entry)
            if isinstance(way, NotUndoable):
                assert way.reason
                return
            just_before, first = history.state(), history.states[entry.seq]
            await history.undo(entry, way)
            if entry.intent.tool == "delete_dial_list":
                check_list(history, entry, way)
                return
            assert thing(history.state(), entry) == thing(first, entry)
            assert but(history.state(), entry) == but(just_before, entry)

        over_a_sandbox(scene)

    told()
