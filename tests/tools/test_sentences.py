"""The sentences that a person reads of each call, with what matters in them."""

import re

import pytest

from _support.sandbox import NOON
from _support.tables import each
from _support.wire_forms import EVERYTHING, LEAST, LEAST_OF, Sent
from chasedata_mcp.fields.context import ValidationContext
from chasedata_mcp.tools.answer_types import Acknowledged, Agent, AgentsRead, Lead, LeadsRead
from chasedata_mcp.tools.base import Action
from chasedata_mcp.tools.registry import CATALOGUE

every = each("sent", [*EVERYTHING, *LEAST])


def read(tool: str, **more: object) -> Action:
    return CATALOGUE[tool].read({**LEAST_OF[tool].arguments, **more}, ValidationContext(NOON))


def action_of(sent: Sent) -> Action:
    return CATALOGUE[sent.tool].read(sent.arguments, ValidationContext(NOON))


@every
def test_a_question_is_one_and_begins_like_a_sentence(sent: Sent) -> None:
    question = action_of(sent).build_question()
    assert re.match("[A-Z]", question)
    assert question.count("?") == 1
    assert question.rstrip(".?") != question
    assert "None" not in question


@every
def test_what_was_done_and_what_to_check_are_sentences(sent: Sent) -> None:
    action = action_of(sent)
    for text in (action.describe_done(), action.advise_retry(), *action.list_warnings()):
        assert re.match("[A-Z0-9]", text)
        assert text.endswith(".")
        assert "None" not in text


@every
def test_every_number_is_shown_as_people_read_it(sent: Sent) -> None:
    action = action_of(sent)
    assert not re.search(r"\b\d{10}\b", action.build_question().replace("source “9545550190”", ""))


@each(
    "tool, more, parts",
    [
        ("insert_lead", {"import_only": False}, ["Call 954-555-0123", "Solar", "now"]),
        ("insert_lead", {"import_only": True}, ["Store the lead 954-555-0123", "later"]),
        (
            "insert_lead",
            {"import_only": False, "dial_non_callables": True, "allow_dialing_duplicates": True},
            ["pass over the do-not-call list and the duplicate check"],
        ),
        (
            "insert_lead",
            {"import_only": False, "check_timezone": False},
            ["pass over the check of local calling hours"],
        ),
        ("update_lead", {"notes": "n", "clear_fields": ["rep"]}, ["notes", "Rep", "WEB-1001"]),
        ("delete_dnc", {}, ["Let the dialer call 954-555-0123 again?"]),
        ("insert_dnc", {}, ["954-555-0123", "stay marked"]),
        ("send_sms", {}, ["212-555-0104", "800-555-0195", "“Hello”"]),
        ("conference_call", {"private_conference": True}, ["954-555-0123", "Lena", "muted"]),
        ("delete_dial_list", {}, ["Warm-Leads", "Maria", "nothing brings it back"]),
        ("reload_playlist", {}, ["Solar-Main", "live"]),
        ("update_skill_priority", {"priority": 0}, ["Sales", "Main line", "priority 0"]),
    ],
)
def test_a_question_says_who_is_reached_or_what_is_lost(
    tool: str, more: dict[str, object], parts: list[str]
) -> None:
    question = read(tool, **more).build_question()
    for part in parts:
        assert part in question


def test_a_plain_insert_says_nothing_of_what_it_does_not_pass_over() -> None:
    question = read("insert_lead", import_only=False).build_question()
    assert question == "Call 954-555-0123 in campaign “Solar” now?"


@each(
    "tool, more, part",
    [
        ("insert_lead", {"client_id": "C"}, "search_lead by client_id"),
        ("insert_lead", {}, "search_lead by phone"),
        ("update_lead", {}, "search_lead and detailed true"),
        ("send_sms", {}, "Don't send it again"),
        ("conference_call", {}, "Don't send it again"),
        ("insert_dnc", {}, "Send it again"),
        ("add_dial_list_phone", {}, "Send it again"),
        ("create_dial_list", {}, "Send it again"),
        ("enable_playlist_filter", {}, "Send it again"),
        ("reload_playlist", {}, "Send it again"),
        ("update_skill_priority", {}, "Send it again"),
        ("reload_skills", {}, "Send it again"),
        ("delete_dnc", {}, "Don't send it again before"),
        ("delete_dial_list", {}, "Don't send it again before"),
        ("disposition_lead", {}, "Don't send it again before"),
    ],
)
def test_what_to_check_fits_the_call(tool: str, more: dict[str, object], part: str) -> None:
    assert part in read(tool, **more).advise_retry()


@each("tool", list(CATALOGUE))
def test_a_call_that_reaches_somebody_twice_is_never_to_be_sent_again_unseen(tool: str) -> None:
    action = read(tool, import_only=False) if tool == "insert_lead" else read(tool)
    if tool == "create_dial_list" or action.hints.idempotent:
        return
    assert "Send it again" not in action.advise_retry()


@pytest.mark.parametrize(
    ("given", "spaced"),
    [
        (("send_sms", {"agent": "Ann Lee"}), 1),
        (("conference_call", {"agent": "Ann Lee"}), 1),
        (("create_dial_list", {"agent": "Ann Lee", "list_name": "Warm Leads"}), 2),
        (("add_dial_list_phone", {"agent": "Ann", "list_name": "Warm Leads"}), 1),
        (("mark_dial_list_phone_dialed", {"agent": "Ann Lee"}), 1),
        (("update_lead", {"callback": {"agent": "Ann Lee", "at": "2026-08-23T14:20"}}), 1),
        (("insert_lead", {"callback": {"agent": "Ann Lee", "at": "2026-08-23T14:20"}}), 1),
        (("update_lead", {"rep": "Ann Lee"}), 1),
        (("reload_playlist", {"playlist": "My Playlist"}), 0),
    ],
)
def test_a_name_of_an_agent_or_a_list_with_a_space_is_taken_with_a_warning(
    given: tuple[str, dict[str, object]], spaced: int
) -> None:
    tool, more = given
    told = [warning for warning in read(tool, **more).list_warnings() if "has a space" in warning]
    assert len(told) == spaced


@pytest.mark.parametrize(
    ("tool", "argument"),
    [
        ("insert_lead", "primary_phone"),
        ("update_lead", "primary_phone"),
        ("send_sms", "to_number"),
        ("conference_call", "phone"),
        ("add_dial_list_phone", "phone"),
    ],
)
def test_a_toll_free_number_is_taken_with_a_warning(tool: str, argument: str) -> None:
    (warning,) = read(tool, **{argument: "888-555-0123"}).list_warnings()
    assert "toll-free" in warning


def test_a_text_that_a_few_characters_make_longer_is_taken_with_a_warning() -> None:
    curly = "\N{RIGHT SINGLE QUOTATION MARK}"
    (warning,) = read("send_sms", message=f"It{curly}s ready").list_warnings()
    assert "1 character is outside GSM-7 (a curly quote)" in warning


@pytest.mark.parametrize(
    ("leads", "says"),
    [
        ((), "There is no lead with client id “WEB-1001”."),
        ((Lead("1"),), "1 lead found with client id “WEB-1001”."),
        ((Lead("1"), Lead("2")), "2 leads found with client id “WEB-1001”."),
    ],
)
def test_a_search_says_how_many_it_found(leads: tuple[Lead, ...], says: str) -> None:
    told = read("search_lead").summarize(LeadsRead(leads))
    assert (told.message, told.leads) == (says, leads)


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (AgentsRead((), 0), "Nobody can take a call now."),
        (AgentsRead((Agent("A"),), 1), "1 agent can take a call now."),
        (AgentsRead(None, 7), "7 agents can take a call now."),
    ],
)
def test_who_can_take_a_call_is_counted(answer: AgentsRead, says: str) -> None:
    told = read("available_inbound_agents").summarize(answer)
    assert (told.message, told.agents, told.count) == (says, answer.agents, answer.count)


def test_a_text_that_neither_names_nor_counts_agents_is_handed_on_as_it_is() -> None:
    told = read("available_inbound_agents").summarize(AgentsRead(None, None, "Everybody is out"))
    assert (told.agents, told.count, told.dialer_said) == (None, None, "Everybody is out")
    assert "not in a form" in told.message


def test_an_action_tells_of_no_answer_of_another_kind() -> None:
    for tool in ("insert_dnc", "search_lead", "available_inbound_agents"):
        wrong = LeadsRead(()) if tool != "search_lead" else AgentsRead(None, 1)
        with pytest.raises(TypeError):
            read(tool).summarize(wrong)


def test_what_the_dialer_added_to_its_ok_is_handed_on() -> None:
    told = read("insert_dnc").summarize(Acknowledged("Number added"))
    assert told.dialer_said == "Number added"


def test_a_booked_callback_is_told_with_its_time_at_the_phone() -> None:
    callback = {"agent": "Maria", "at": "2026-08-23T11:20-07:00"}
    inserted = read("insert_lead", callback=callback)
    assert "agent “Maria”" in inserted.describe_done()
    updated = read("update_lead", primary_phone="9545550123", callback=callback)
    for action in (inserted, updated):
        assert "2026-08-23 14:20:00" in action.describe_done()


def test_an_update_says_which_fields_and_repeats_no_value() -> None:
    action = read("update_lead", notes="her secret", custom_fields={"Plan": "x"})
    assert "city, notes and custom_fields" in action.describe_done()
    assert "her secret" not in action.describe_done() + action.build_question()
