"""Each tool's form on the wire, field by field, posted through the real client."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from _support.sandbox import NOON
from _support.tables import each
from _support.transport import ACCID, BASE, TOKEN, RecordingTransport, a_pipeline_over
from _support.wire_forms import BOOLEANS, EVERYTHING, LEAST, LEAST_OF, Sent
from chasedata_mcp.errors import CallError
from chasedata_mcp.fields.context import ValidationContext
from chasedata_mcp.tools.registry import CATALOGUE
from chasedata_mcp.tools.schema import build_entry

pytestmark = pytest.mark.anyio


async def sent_by(tool: str, arguments: dict[str, object]) -> dict[str, str]:
    """The form of a call, but for token and accid."""
    dialer = RecordingTransport()
    await a_pipeline_over(dialer).run(tool, **arguments)
    form = dict(dialer.sent)
    assert len(form) == len(dialer.sent), "no name is there twice"
    del form["token"], form["accid"]
    return form


def least(tool: str, **more: object) -> dict[str, object]:
    return {**LEAST_OF[tool].arguments, **more}


@each("sent", [*EVERYTHING, *LEAST])
async def test_a_call_is_one_post_of_exactly_these_fields_to_this_script(sent: Sent) -> None:
    dialer = RecordingTransport()
    result = await a_pipeline_over(dialer).run(sent.tool, **sent.arguments)
    (request,) = dialer.requests
    assert (request.method, str(request.url)) == ("POST", BASE + sent.script)
    ours = [("token", TOKEN), ("accid", ACCID)]
    assert dialer.sent[:2] == ours
    assert sorted(dialer.sent[2:]) == sorted(sent.form.items())
    assert result.outcome == "done"


@each("sent", EVERYTHING)
async def test_token_and_account_are_in_the_body_and_nowhere_else(sent: Sent) -> None:
    dialer = RecordingTransport()
    await a_pipeline_over(dialer).run(sent.tool, **sent.arguments)
    (request,) = dialer.requests
    assert request.headers["content-type"] == "application/x-www-form-urlencoded"
    head = f"{request.method} {request.url} {request.headers}"
    assert TOKEN not in head
    assert ACCID not in head
    assert request.content.count(TOKEN.encode()) == 1


def test_the_transcription_has_every_tool_and_every_argument() -> None:
    assert {sent.tool for sent in EVERYTHING} == set(CATALOGUE) == set(LEAST_OF)
    for sent in EVERYTHING:
        published = build_entry(CATALOGUE[sent.tool])["inputSchema"]["properties"]
        assert set(sent.arguments) == set(published), sent.tool


def test_the_transcription_has_every_boolean() -> None:
    published = {
        (name, argument)
        for name, action in CATALOGUE.items()
        for argument, schema in build_entry(action)["inputSchema"]["properties"].items()
        if schema["type"] == "boolean"
    }
    assert {(tool, argument) for tool, argument, _ in BOOLEANS} == published


@each("value, code", [(True, "1"), (False, "0")])
@each("tool, argument, wire", BOOLEANS)
async def test_what_was_given_is_sent_false_included(
    tool: str, argument: str, wire: str, value: object, code: str
) -> None:
    form = await sent_by(tool, least(tool, **{argument: value}))
    assert form[wire] == code


@pytest.mark.parametrize(
    ("word", "code"),
    [("campaign", "0"), ("none", "1"), ("all_campaigns", "2"), ("campaign_and_subcampaign", "3")],
)
async def test_where_duplicates_are_looked_for_is_sent_as_its_code(word: str, code: str) -> None:
    form = await sent_by("insert_lead", least("insert_lead", duplicates_check=word))
    assert form["DuplicatesCheck"] == code


@pytest.mark.parametrize("tool", ["search_lead", "update_lead"])
@pytest.mark.parametrize(
    ("field", "wire", "given", "sent"),
    [
        ("client_id", "ClientId", "  A 1 ", "A 1"),
        ("lead_id", "LeadId", "0007", "0007"),
        ("phone", "Phone", "(954) 555-0123", "9545550123"),
    ],
)
async def test_a_lead_is_sought_by_one_of_three_fields(
    tool: str, field: str, wire: str, given: str, sent: str
) -> None:
    form = await sent_by(tool, least(tool, search_field=field, identifier=given))
    assert (form["SearchField"], form["Identifier"]) == (wire, sent)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"import_only": False}, "1"),
        ({"import_only": False, "check_timezone": True}, "1"),
        ({"import_only": False, "check_timezone": False}, "0"),
        ({"import_only": True}, None),
        ({"import_only": True, "check_timezone": True}, "1"),
        ({"import_only": True, "check_timezone": False}, "0"),
    ],
)
async def test_a_lead_that_is_dialed_has_its_time_zone_checked_unless_it_was_said_otherwise(
    given: dict[str, object], expected: str | None
) -> None:
    form = await sent_by("insert_lead", least("insert_lead", **given))
    assert form.get("timezone") == expected


@each(
    "name, wire",
    [
        ("Plan", "adv_Plan"),
        ("Date of Birth", "adv_Date__of__Birth"),
        ("adv_Plan", "adv_Plan"),
        ("ADV_Plan", "adv_Plan"),
        ("adv_Date of Birth", "adv_Date__of__Birth"),
        (" Plan ", "adv_Plan"),
        ("Campaign", "adv_Campaign"),
        ("4th", "adv_4th"),
    ],
)
@each("tool", ["insert_lead", "update_lead"])
async def test_a_custom_field_bears_the_prefix_once_and_its_spaces_are_double_underscores(
    tool: str, name: str, wire: str
) -> None:
    before = await sent_by(tool, least(tool))
    form = await sent_by(tool, least(tool, custom_fields={name: "x y"}))
    assert form == {**before, wire: "x y"}


@pytest.mark.parametrize("tool", ["insert_lead", "update_lead"])
async def test_another_field_goes_under_its_exact_name(tool: str) -> None:
    before = await sent_by(tool, least(tool))
    form = await sent_by(tool, least(tool, other_fields={"secondaryPHONE_2": " 1 "}))
    assert form == {**before, "secondaryPHONE_2": "1"}


async def test_fields_to_clear_go_as_empty_values_under_their_wire_names() -> None:
    arguments: dict[str, object] = {
        "search_field": "lead_id",
        "identifier": "1",
        "clear_fields": ["notes", " zip_code ", "client_id", "Date of Birth", "adv_Color", "Fax"],
    }
    form = await sent_by("update_lead", arguments)
    cleared = ["Notes", "ZipCode", "ClientId", "adv_Date__of__Birth", "adv_Color", "Fax"]
    assert form == {"SearchField": "LeadId", "Identifier": "1", **dict.fromkeys(cleared, "")}


@pytest.mark.parametrize(
    ("at", "wire"),
    [
        ("2026-08-23T14:20", "08/23/2026 14:20:00"),
        ("2026-08-23 14:20:05", "08/23/2026 14:20:05"),
        ("08/23/2026 14:20:00", "08/23/2026 14:20:00"),
        ("2026-08-23T11:20-07:00", "08/23/2026 14:20:00"),
        ("2026-08-23T18:20Z", "08/23/2026 14:20:00"),
    ],
)
@pytest.mark.parametrize("tool", ["insert_lead", "update_lead"])
async def test_a_callback_is_sent_in_the_vendors_form_by_the_clock_at_the_phone(
    tool: str, at: str, wire: str
) -> None:
    callback = {"agent": "Maria", "at": at}
    given = least(tool, primary_phone="9545550123", callback=callback)
    form = await sent_by(tool, given)
    booked = {name: text for name, text in form.items() if name.startswith("Callback")}
    assert booked == {"CallbackAgent": "Maria", "CallbackDate": wire}


@pytest.mark.parametrize(
    "value",
    [
        "x&Action=DeleteList",
        "x&Action=DeleteList&List=a;Action=DeleteDnc",
        "%26Action%3DDeleteList",
        "a=b+c d#e?f/../g",
        "null",
        "😀 \u05e9\u05dc\u05d5\u05dd",
        "\u202etxet",
    ],
)
async def test_a_value_that_tries_to_inject_is_sent_as_what_it_is(value: str) -> None:
    texts = ["first_name", "notes", "campaign", "subcampaign"]
    form = await sent_by(
        "insert_lead",
        least("insert_lead", **dict.fromkeys(texts, value), custom_fields={"Plan": value}),
    )
    assert form == {
        **dict.fromkeys(["FirstName", "Notes", "Campaign", "Subcampaign", "adv_Plan"], value),
        "PrimaryPhone": "9545550123",
        "ImportOnly": "1",
    }
    listed = await sent_by("create_dial_list", {"agent": value, "list_name": value})
    assert listed == {"Action": "CreateList", "Agent": value, "List": value}


@pytest.mark.parametrize("text", ["n" * 20_000, "é😀\n" * 6_665 + "end"])
async def test_twenty_pages_of_notes_are_taken(text: str) -> None:
    given = least("update_lead", notes=text, callback={"agent": "A", "at": "2026-08-23T14:20"})
    form = await sent_by("update_lead", given)
    assert form["Notes"] == text


@pytest.mark.parametrize(
    ("tool", "given", "wire"),
    [
        ("insert_lead", {"notes": "\n a\rb\u2028c\td\r\n"}, ("Notes", "a\nb\nc\td")),
        ("send_sms", {"message": " a\r\nb "}, ("Message", "a\nb")),
        (
            "update_lead",
            {"callback": {"agent": "A", "at": "2026-08-23T14:20", "notes": "a\r\rb"}},
            ("CallbackNotes", "a\n\nb"),
        ),
    ],
)
async def test_line_breaks_are_sent_as_line_feeds(
    tool: str, given: dict[str, object], wire: tuple[str, str]
) -> None:
    form = await sent_by(tool, least(tool, **given))
    assert form[wire[0]] == wire[1]


@given(st.text(max_size=50))
def test_what_a_short_text_is_taken_as_is_that_text_trimmed(text: str) -> None:
    arguments = {"agent": "Maria", "list_name": text}
    try:
        action = CATALOGUE["create_dial_list"].read(arguments, ValidationContext(NOON))
    except CallError:
        return
    name = action.build_form()["List"]
    assert name
    assert name in text
    assert name == name.strip(" \t\n")
