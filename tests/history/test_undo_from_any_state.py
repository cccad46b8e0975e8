"""From any state of the sandbox: doing and undoing leaves what was there, or is refused with why.

Where an undo supposes something that nobody can read, a person is asked who knows it.
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
from chasedata_mcp.policy.decision import RefusedError

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


def sequences(
    of: st.SearchStrategy[Call], first: tuple[Call, ...] = ()
) -> st.SearchStrategy[list[Call]]:
    """Draw calls with an undo among them here and there; "back" is how many entries ago."""
    undo = st.builds(Call, st.just("undo"), st.fixed_dictionaries({"back": st.integers(1, 3)}))
    made = st.lists(st.one_of(of, of, of, of, undo), min_size=1, max_size=10)
    return made.map(lambda sequence: [*first, *sequence])


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
    "dial lists": sequences(_OF_LISTS),
    "a new dial list": sequences(_OF_LISTS, (_MAKE,)),
    "a filled dial list": sequences(_OF_ONE_LIST, (_MAKE, *_FILL)),
    "dnc": sequences(_OF_DNC),
    "filters": sequences(_OF_FILTERS),
    "skills": sequences(_OF_SKILLS),
    "leads": sequences(_OF_LEADS),
    "anything": sequences(_ANYTHING),
}


def over_a_sandbox(check: Callable[[CallHistory], Awaitable[None]]) -> None:
    async def run() -> None:
        async with a_sandbox_pipeline(
            DESTRUCTIVE, environment="sandbox", read_back=False
        ) as opened:
            await check(CallHistory(opened))

    anyio.run(run)


async def make_all(history: CallHistory, sequence: list[Call]) -> list[Entry]:
    for call in sequence:
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
    plan = await plan_as_known(history, entry)
    if isinstance(plan, UndoSteps):
        with suppress(RefusedError):
            await history.undo(entry, plan)


async def plan_as_known(history: CallHistory, entry: Entry) -> UndoPlan:
    """Plan the undo; a person who knows how things stood answers what it supposes."""
    plan = await history.plan_undo(entry)
    if (
        isinstance(plan, UndoSteps)
        and plan.assumptions
        and not holds(history.states[entry.seq], entry)
    ):
        return NotUndoable("A person said that it was otherwise.", "")
    return plan


@pytest.mark.no_cover  # as all random examples, which are inside of these
@pytest.mark.parametrize("family", FAMILIES)
def test_doing_and_undoing_leaves_the_state_that_was_there_or_says_why_not(family: str) -> None:
    @settings(max_examples=25)
    @given(FAMILIES[family])
    def property_(sequence: list[Call]) -> None:
        async def check(history: CallHistory) -> None:
            made = await make_all(history, sequence)
            if not made:
                return
            entry = made[-1]
            plan = await plan_as_known(history, entry)
            if isinstance(plan, NotUndoable):
                assert plan.reason
                return
            done_state = history.state()
            try:
                undone = await history.undo(entry, plan)
            except RefusedError:
                assert history.state() == done_state
                return
            before, after = history.states[entry.seq], history.state()
            if entry.intent.tool == "delete_dial_list" and not is_wholly_known(history, entry):
                check_list(history, entry, plan)
                assert without_list(after, entry) == without_list(before, entry)
            else:
                assert comparable(after, entry) == comparable(before, entry)
            await redo(history, undone[0], entry, done_state)

        over_a_sandbox(check)

    property_()


async def redo(history: CallHistory, undone: Entry, entry: Entry, done_state: State) -> None:
    """Undo the undo, which is an entry like any other."""
    plan = await plan_as_known(history, undone)
    if isinstance(plan, UndoSteps):
        before = history.state()
        try:
            await history.undo(undone, plan)
        except RefusedError:
            assert history.state() == before
            return
        assert comparable(history.state(), entry) == comparable(done_state, entry)


@pytest.mark.no_cover  # as all random examples, which are inside of these
@pytest.mark.parametrize("family", FAMILIES)
def test_whatever_came_later_only_what_the_call_touched_is_put_back(family: str) -> None:
    @settings(max_examples=25)
    @given(FAMILIES[family], st.data())
    def property_(sequence: list[Call], data: st.DataObject) -> None:
        async def check(history: CallHistory) -> None:
            made = await make_all(history, sequence)
            if not made:
                return
            entry = data.draw(st.sampled_from(made))
            plan = await plan_as_known(history, entry)
            if isinstance(plan, NotUndoable):
                assert plan.reason
                return
            just_before, first = history.state(), history.states[entry.seq]
            try:
                await history.undo(entry, plan)
            except RefusedError:
                assert history.state() == just_before
                return
            if entry.intent.tool == "delete_dial_list":
                check_list(history, entry, plan)
                return
            assert thing(history.state(), entry) == thing(first, entry)
            assert but(history.state(), entry) == but(just_before, entry)

        over_a_sandbox(check)

    property_()
