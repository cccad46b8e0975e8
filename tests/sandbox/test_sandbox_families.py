"""DNC numbers, texts, calls, dial lists, playlists and skills."""

import json
from collections.abc import Callable

import pytest

from chasedata_mcp.sandbox.dialer import SandboxDialer

Ask = Callable[..., str]

OK = "<br><br>Result:  OK"


def refusal(sentence: str) -> str:
    return f"<br><br>Result: CURL error[500]: {sentence}"


def numbers(dialer: SandboxDialer) -> list[str]:
    return [row["number"] for row in dialer.state()["dnc"]]


def marked(dialer: SandboxDialer) -> set[int]:
    return {row["LeadId"] for row in dialer.state()["leads"] if row["dnc"]}


def test_a_number_put_on_the_dnc_list_marks_every_lead_that_bears_it(
    ask: Ask,
    dialer: SandboxDialer,
) -> None:
    for _ in range(2):
        assert ask("LeadOperations.php", Action="InsertDnc", Number="3055550110") == OK
    assert numbers(dialer).count("3055550110") == 1
    assert {1002, 1003, 1010} < marked(dialer)


def test_a_number_on_the_dnc_list_marks_a_lead_that_is_stored_badly(
    ask: Ask,
    dialer: SandboxDialer,
) -> None:
    ask("LeadOperations.php", Action="InsertDnc", Number="2125550109")
    assert 1009 in marked(dialer)


def test_a_number_taken_off_the_dnc_list_leaves_its_leads_marked(
    ask: Ask, dialer: SandboxDialer
) -> None:
    for _ in range(2):
        assert ask("LeadOperations.php", Action="DeleteDnc", Number="2125550104") == OK
    assert "2125550104" not in numbers(dialer)
    assert 1004 in marked(dialer)


@pytest.mark.parametrize("action", ["InsertDnc", "DeleteDnc"])
@pytest.mark.parametrize("number", ["954555010", "95455501011", "954-555-0101", "٩٥٤٥٥٥٠١٠١"])
def test_a_dnc_number_has_ten_digits(
    ask: Ask, dialer: SandboxDialer, action: str, number: str
) -> None:
    before = dialer.state()
    said = ask("LeadOperations.php", Action=action, Number=number)
    assert said == refusal("Number should be a 10-digit number.")
    assert dialer.state() == before


def send(ask: Ask, **sent: str) -> str:
    text = {"From": "9545550195", "To": "9545550101", "Message": "Hello"}
    return ask("TextOperations.php", Action="SendSms", **text | sent)


def test_a_text_is_kept_as_it_was_sent(ask: Ask, dialer: SandboxDialer) -> None:
    assert send(ask, Message="Hi 👋\nthere", Agent="Maria", LeadId="1001") == OK
    assert dialer.state()["texts"] == [
        {
            "id": 1,
            "from_number": "9545550195",
            "to_number": "9545550101",
            "message": "Hi 👋\nthere",
            "agent": "Maria",
            "lead_id": 1001,
            "sent_at": "2026-03-02T17:00:00+00:00",
        },
    ]


def test_a_text_needs_neither_agent_nor_lead(ask: Ask, dialer: SandboxDialer) -> None:
    assert send(ask) == OK
    assert dialer.state()["texts"][0]["lead_id"] is None


@pytest.mark.parametrize(
    ("sent", "sentence"),
    [
        ({"From": "9545550101"}, "From should be a number of the account."),
        ({"To": "954"}, "To should be a 10-digit number."),
        ({"Agent": "maria"}, "Agent was not found."),
        ({"LeadId": "1"}, "Lead was not found."),
    ],
)
def test_a_refused_text_is_not_kept(
    ask: Ask,
    dialer: SandboxDialer,
    sent: dict[str, str],
    sentence: str,
) -> None:
    assert send(ask, **sent) == refusal(sentence)
    assert dialer.state()["texts"] == []


def available(ask: Ask, did: str, **sent: str) -> list[tuple[str, str]]:
    said = ask("CallOperations.php", Action="AvailableInboundAgents", DID=did, **sent)
    return [(agent["Agent"], agent["State"]) for agent in json.loads(said)]


@pytest.mark.parametrize(
    ("did", "widened", "names"),
    [
        ("9545550190", {}, ["James", "Maria"]),
        ("9545550190", {"CanBeOnCall": "0", "CallId": "9545550101"}, ["James", "Maria"]),
        ("9545550190", {"CanBeOnCall": "1"}, ["James", "Lena", "Maria"]),
        ("9545550190", {"CanBeOnBreak": "1"}, ["Aisha", "James", "Maria"]),
        ("2125550191", {}, ["Sam"]),
        ("2125550191", {"CanDoWrapUp": "1"}, ["Sam", "Tom"]),
        (
            "2125550191",
            {"CanDoWrapUp": "1", "CanBeOnBreak": "1", "CanBeOnCall": "1"},
            ["Aisha", "Sam", "Tom"],
        ),
    ],
)
def test_agents_are_available_by_skill_and_state(
    ask: Ask,
    did: str,
    widened: dict[str, str],
    names: list[str],
) -> None:
    assert [name for name, _ in available(ask, did, **widened)] == names


def test_an_available_agent_comes_with_what_they_are_doing(ask: Ask) -> None:
    assert ("Lena", "talking") in available(ask, "9545550190", CanBeOnCall="1")


def test_agents_of_an_unknown_ring_group_are_refused(ask: Ask) -> None:
    said = ask("CallOperations.php", Action="AvailableInboundAgents", DID="9545550101")
    assert said == refusal("Ring group was not found.")


def confer(ask: Ask, **sent: str) -> str:
    asked = {"Agent": "Lena", "Phone": "9545550121"} | sent
    return ask("CallOperations.php", Action="ConferenceCall", **asked)


def test_a_conference_takes_a_number_into_the_agents_call(ask: Ask, dialer: SandboxDialer) -> None:
    assert confer(ask) == OK
    assert confer(ask, PrivateConference="1", Phone="9545550122") == OK
    found = [
        (row["call_id"], row["phone"], row["private"]) for row in dialer.state()["conferences"]
    ]
    assert found == [(1, "9545550122", True), (1, "9545550121", False)]


@pytest.mark.parametrize(
    ("sent", "sentence"),
    [
        ({"Agent": "Maria"}, "Agent is not on a call."),
        ({"Agent": "lena"}, "Agent was not found."),
        ({"Phone": "911"}, "Phone should be a 10-digit number."),
        ({"PrivateConference": "2"}, "PrivateConference should be 0 or 1."),
    ],
)
def test_a_refused_conference_is_none(
    ask: Ask,
    dialer: SandboxDialer,
    sent: dict[str, str],
    sentence: str,
) -> None:
    assert confer(ask, **sent) == refusal(sentence)
    assert dialer.state()["conferences"] == []


SPELLINGS = pytest.mark.parametrize(
    "script",
    ["AgentDialListOperations.php", "DialListOperations.php"],
)


def on_list(dialer: SandboxDialer, name: str) -> list[tuple[str, bool]]:
    rows = dialer.state()["dial_list_phones"]
    return [(row["phone"], row["dialed"]) for row in rows if row["list"] == name]


@SPELLINGS
def test_a_dial_list_is_made_filled_marked_emptied_and_removed(
    ask: Ask,
    dialer: SandboxDialer,
    script: str,
) -> None:
    named = {"Agent": "James", "List": "Monday"}
    phoned = named | {"Phone": "9545550101"}
    assert ask(script, Action="CreateList", **named) == OK
    assert ask(script, Action="AddPhone", **phoned) == OK
    assert on_list(dialer, "Monday") == [("9545550101", False)]
    assert ask(script, Action="PhoneDialed", **phoned) == OK
    assert ask(script, Action="AddPhone", **phoned) == OK
    assert on_list(dialer, "Monday") == [("9545550101", True)]
    assert ask(script, Action="PhoneUnDialed", **phoned) == OK
    assert on_list(dialer, "Monday") == [("9545550101", False)]
    assert ask(script, Action="DeletePhone", **phoned) == OK
    assert on_list(dialer, "Monday") == []
    assert ask(script, Action="AddPhone", **phoned) == OK
    assert ask(script, Action="DeleteList", **named) == OK
    assert on_list(dialer, "Monday") == []
    assert [row["list"] for row in dialer.state()["dial_lists"]] == ["Warm-Leads"]


def test_a_list_name_is_unique_for_its_agent_only(ask: Ask, dialer: SandboxDialer) -> None:
    script = "AgentDialListOperations.php"
    said = ask(script, Action="CreateList", Agent="Maria", List="Warm-Leads")
    assert said == refusal("Agent Dial List Name should be unique.")
    assert ask(script, Action="CreateList", Agent="James", List="Warm-Leads") == OK
    assert ask(script, Action="DeleteList", Agent="James", List="Warm-Leads") == OK
    assert len(on_list(dialer, "Warm-Leads")) == 2


@pytest.mark.parametrize(
    ("action", "sent", "sentence"),
    [
        ("CreateList", {"Agent": "maria"}, "Agent was not found."),
        ("DeleteList", {"List": "Cold"}, "Agent Dial List was not found."),
        ("AddPhone", {"List": "Cold"}, "Agent Dial List was not found."),
        ("AddPhone", {"Phone": "954-555-0101"}, "Phone should have only digits."),
        ("DeletePhone", {}, "Phone was not found in the Agent Dial List."),
        ("PhoneDialed", {}, "Phone was not found in the Agent Dial List."),
        ("PhoneUnDialed", {"Agent": "James"}, "Agent Dial List was not found."),
    ],
)
def test_a_refused_dial_list_call_changes_nothing(
    ask: Ask,
    dialer: SandboxDialer,
    action: str,
    sent: dict[str, str],
    sentence: str,
) -> None:
    before = dialer.state()
    asked = {"Agent": "Maria", "List": "Warm-Leads", "Phone": "9545550199"} | sent
    assert ask("AgentDialListOperations.php", Action=action, **asked) == refusal(sentence)
    assert dialer.state() == before


def test_a_marked_phone_changes_no_lead(ask: Ask, dialer: SandboxDialer) -> None:
    before = dialer.state()["leads"]
    ask(
        "AgentDialListOperations.php",
        Action="PhoneDialed",
        Agent="Maria",
        List="Warm-Leads",
        Phone="9545550101",
    )
    assert dialer.state()["leads"] == before


def filters(dialer: SandboxDialer, stage: str) -> dict[str, bool]:
    rows = dialer.state()["playlist_filters"]
    return {
        row["filter"]: row["enabled"]
        for row in rows
        if row["stage"] == stage and row["playlist"] == "Solar-Main"
    }


def playlist(ask: Ask, action: str, name: str = "Florida-Only") -> str:
    return ask("PlaylistOperations.php", Action=action, Playlist="Solar-Main", Filter=name)


@pytest.mark.parametrize(
    ("action", "name", "after"),
    [
        ("EnableFilter", "Florida-Only", {"Florida-Only": True, "New-Leads": True}),
        ("DisableFilter", "New-Leads", {"Florida-Only": False, "New-Leads": False}),
        (
            "AssignFilter",
            "Web-Leads",
            {"Florida-Only": False, "New-Leads": True, "Web-Leads": True},
        ),
        ("AssignFilter", "Florida-Only", {"Florida-Only": False, "New-Leads": True}),
        ("RemoveFilter", "New-Leads", {"Florida-Only": False}),
    ],
)
def test_a_filter_is_staged_and_decides_only_after_a_reload(
    ask: Ask,
    dialer: SandboxDialer,
    action: str,
    name: str,
    after: dict[str, bool],
) -> None:
    before = filters(dialer, "live")
    assert playlist(ask, action, name) == OK
    assert filters(dialer, "staged") == after
    assert filters(dialer, "live") == before
    assert ask("PlaylistOperations.php", Action="Reload", Playlist="Solar-Main") == OK
    assert filters(dialer, "live") == after


def test_a_reload_of_one_playlist_leaves_another_staged(ask: Ask, dialer: SandboxDialer) -> None:
    playlist(ask, "EnableFilter")
    assert ask("PlaylistOperations.php", Action="Reload", Playlist="Medicare-Main") == OK
    assert filters(dialer, "live")["Florida-Only"] is False


def test_a_live_filter_narrows_what_a_playlist_dials(ask: Ask, dialer: SandboxDialer) -> None:
    def to_dial() -> int:
        rows = dialer.state()["playlists"]
        return next(int(row["leads_to_dial"]) for row in rows if row["name"] == "Solar-Main")

    before = to_dial()
    playlist(ask, "EnableFilter")
    assert to_dial() == before
    ask("PlaylistOperations.php", Action="Reload", Playlist="Solar-Main")
    assert 0 < to_dial() < before


@pytest.mark.parametrize(
    ("action", "sent", "sentence"),
    [
        ("EnableFilter", {"Playlist": "None"}, "Playlist was not found."),
        ("AssignFilter", {"Filter": "None"}, "Filter was not found."),
        ("Reload", {"Playlist": "None"}, "Playlist was not found."),
        ("EnableFilter", {"Filter": "Web-Leads"}, "Filter is not assigned to the Playlist."),
        ("DisableFilter", {"Filter": "Web-Leads"}, "Filter is not assigned to the Playlist."),
        ("RemoveFilter", {"Filter": "Web-Leads"}, "Filter is not assigned to the Playlist."),
    ],
)
def test_a_refused_playlist_call_changes_nothing(
    ask: Ask,
    dialer: SandboxDialer,
    action: str,
    sent: dict[str, str],
    sentence: str,
) -> None:
    before = dialer.state()
    asked = {"Playlist": "Solar-Main", "Filter": "New-Leads"} | sent
    assert ask("PlaylistOperations.php", Action=action, **asked) == refusal(sentence)
    assert dialer.state() == before


def route(dialer: SandboxDialer, stage: str, skill: str, did: str) -> tuple[int, int, bool] | None:
    for row in dialer.state()["skill_sources"]:
        if (row["stage"], row["skill"], row["did"]) == (stage, skill, did):
            return row["priority"], row["delay"], row["active"]
    return None


def prioritise(ask: Ask, skill: str, source: str, **sent: str) -> str:
    asked = {"Skill": skill, "Source": source} | sent
    return ask("SkillListOperations.php", Action="UpdatePriority", **asked)


def test_a_skill_is_staged_and_routes_only_after_a_reload(ask: Ask, dialer: SandboxDialer) -> None:
    assert prioritise(ask, "Sales", "9545550190", Active="0") == OK
    assert route(dialer, "staged", "Sales", "9545550190") == (1, 0, False)
    assert [name for name, _ in available(ask, "9545550190")] == ["James", "Maria"]
    assert ask("SkillListOperations.php", Action="Reload") == OK
    assert [name for name, _ in available(ask, "9545550190")] == ["Maria"]


def test_what_was_not_sent_of_a_skill_stays(ask: Ask, dialer: SandboxDialer) -> None:
    assert prioritise(ask, "Spanish", "9545550190", Priority="7") == OK
    assert route(dialer, "staged", "Spanish", "9545550190") == (7, 15, True)
    assert prioritise(ask, "Spanish", "9545550190", Delay="0") == OK
    assert route(dialer, "staged", "Spanish", "9545550190") == (7, 0, True)


def test_a_new_pair_of_skill_and_source_is_added(ask: Ask, dialer: SandboxDialer) -> None:
    assert prioritise(ask, "Billing", "Solar line", Priority="3", Delay="20", Active="1") == OK
    assert route(dialer, "staged", "Billing", "9545550190") == (3, 20, True)
    assert route(dialer, "live", "Billing", "9545550190") is None


def test_a_skill_that_the_ring_group_does_not_list_routes_nobody(ask: Ask) -> None:
    prioritise(ask, "Billing", "9545550190")
    prioritise(ask, "Licensed", "9545550190", Active="0")
    ask("SkillListOperations.php", Action="Reload")
    assert [name for name, _ in available(ask, "9545550190")] == ["James", "Maria"]


def test_the_best_priority_comes_first(ask: Ask) -> None:
    prioritise(ask, "Spanish", "9545550190", Priority="0")
    ask("SkillListOperations.php", Action="Reload")
    assert [name for name, _ in available(ask, "9545550190")] == ["Maria", "James"]


@pytest.mark.parametrize(
    ("sent", "sentence"),
    [
        ({"Skill": "Juggling"}, "Skill was not found."),
        ({"Source": "9545550101"}, "Source was not found."),
        ({"Priority": "-1"}, "Priority should be a whole number from 0."),
        ({"Priority": ""}, "Priority should be a whole number from 0."),
        ({"Delay": "1.5"}, "Delay should be a whole number from 0."),
        ({"Delay": "9999999999"}, "Delay should be a whole number from 0."),
        ({"Active": "on"}, "Active should be 0 or 1."),
    ],
)
def test_a_refused_skill_is_not_staged(
    ask: Ask,
    dialer: SandboxDialer,
    sent: dict[str, str],
    sentence: str,
) -> None:
    before = dialer.state()
    asked = {"Skill": "Spanish", "Source": "2125550191"} | sent
    assert ask("SkillListOperations.php", Action="UpdatePriority", **asked) == refusal(sentence)
    assert dialer.state() == before
