"""Numbers, identifiers and times of wrong shapes: refused with the reason, nothing is sent."""

import re

import pytest

from _support.tables import each
from _support.transport import RecordingTransport, a_pipeline_over, refusal
from _support.wire_forms import LEAST_OF

pytestmark = pytest.mark.anyio


def least(tool: str, **more: object) -> dict[str, object]:
    return {**LEAST_OF[tool].arguments, **more}


_CALLABLE = [
    ("insert_lead", "primary_phone"),
    ("update_lead", "primary_phone"),
    ("send_sms", "to_number"),
    ("conference_call", "phone"),
    ("add_dial_list_phone", "phone"),
]
_ANY = [
    ("insert_dnc", "number"),
    ("delete_dnc", "number"),
    ("delete_dial_list_phone", "phone"),
    ("mark_dial_list_phone_dialed", "phone"),
    ("mark_dial_list_phone_undialed", "phone"),
    ("available_inbound_agents", "call_id"),
]
_OWN = [("available_inbound_agents", "did"), ("send_sms", "from_number")]
_NO_TEN_DIGITS = [
    *("955", "555-0123", "95455501", "95455501234567", "+44 20 7946 0958", "011442079460958"),
    *("954-555-0123 x12", "954-555-CALL", "call me", "9545550123.0", "954_555_0123", "+"),
]
_NOT_CALLABLE = [
    *("0545550123", "1545550123", "9540550123", "9541550123", "9542110123", "9549110123"),
    *("9005550123", "8765550123", "2425550123", "9115550123", "4115550123", "9549765123"),
    *("9545551212", "7005550123", "7105550123", "9505550123", "3705550123", "9905550123"),
]


@each("tool, argument", [*_CALLABLE, *_ANY, *_OWN])
async def test_a_number_that_has_not_ten_digits_is_refused(tool: str, argument: str) -> None:
    for number in _NO_TEN_DIGITS:
        message = await refusal(tool, least(tool, **{argument: number}))
        assert message.startswith(f"`{argument}`: ")


@pytest.mark.parametrize("tool", ["insert_lead", "update_lead"])
@pytest.mark.parametrize("argument", ["custom_fields", "other_fields"])
async def test_a_further_phone_that_must_not_be_called_is_refused_in_a_field_called_so(
    tool: str, argument: str
) -> None:
    for number in ("900-555-0123", "(954) 976-5123", "954 555 1212", "home: 876-555-0123"):
        message = await refusal(tool, least(tool, **{argument: {"Phone2": number}}))
        assert message.startswith(f"`{argument}`: a phone in it ")
        transport = RecordingTransport()
        named = least(tool, **{argument: {"Order": number, "Cell": "(305) 555-0110"}})
        await a_pipeline_over(transport).run(tool, **named)
        assert transport.requests


@pytest.mark.parametrize(("tool", "argument"), _CALLABLE)
async def test_a_number_that_must_not_be_called_is_refused(tool: str, argument: str) -> None:
    for number in _NOT_CALLABLE:
        assert await refusal(tool, least(tool, **{argument: number}))


@pytest.mark.parametrize(("tool", "argument"), _ANY)
async def test_an_odd_number_is_taken_with_a_warning_where_it_finds_or_stops(
    tool: str, argument: str
) -> None:
    for number in ("0545550123", "9542110123"):
        dialer = RecordingTransport()
        given = least(tool, **{argument: number})
        result = await a_pipeline_over(dialer).run(tool, **given)
        assert number in [value for _, value in dialer.sent]
        assert len(result.warnings) == 1


@pytest.mark.parametrize(("tool", "argument"), _OWN)
async def test_a_number_of_the_accounts_own_is_taken_as_it_is(tool: str, argument: str) -> None:
    for number in ("8885550123", "0545550123"):
        dialer = RecordingTransport()
        given = least(tool, **{argument: number})
        result = await a_pipeline_over(dialer).run(tool, **given)
        assert number in [value for _, value in dialer.sent]
        assert result.warnings == []


@pytest.mark.parametrize("tool", ["search_lead", "update_lead"])
@pytest.mark.parametrize(
    ("field", "identifier"),
    [("lead_id", "12a"), ("lead_id", "-1"), ("lead_id", "\u0661"), ("phone", "Maria")],
)
async def test_an_identifier_has_to_fit_its_field(tool: str, field: str, identifier: str) -> None:
    given = least(tool, search_field=field, identifier=identifier)
    assert (await refusal(tool, given)).startswith("`identifier`: ")


@pytest.mark.parametrize("state", ["F", "F1", "ÜB", "12"])
async def test_a_state_is_two_letters(state: str) -> None:
    message = await refusal("update_lead", least("update_lead", state=state))
    assert message == "`state`: must be the two letters of a state."


@each("tool", ["insert_lead", "update_lead"])
@each(
    "at",
    [
        *("2026-02-30T10:00", "2027-02-29T10:00", "2026-13-01T10:00", "2026-00-10T10:00"),
        *("02/30/2027 10:00:00", "13/01/2026 10:00:00", "2026-12-01T24:00", "2026-12-01T10:60"),
        *("2026-12-01", "12/01/2026", "2026-12-01T3pm", "tomorrow at 3", "1780000000", "10:00"),
        *("2026-12-01T10:00.5", "2026-12-01T10:00+25:00", "1/2/2026 10:00:00", "26-12-01T10:00"),
    ],
)
async def test_a_time_that_there_is_not_is_refused(tool: str, at: str) -> None:
    callback = {"agent": "Maria", "at": at}
    message = await refusal(tool, least(tool, primary_phone="9545550123", callback=callback))
    assert message.startswith("`callback.at`: ")
    told = set(re.findall(r"\d+", message))
    assert told <= {"00", "01", "12", "23", "24", "59"}, "the bounds, and no part of the value"


@pytest.mark.parametrize("tool", ["insert_lead", "update_lead"])
@pytest.mark.parametrize(
    "at", ["2026-06-01T11:59", "2026-06-01T12:00", "2020-01-01T10:00", "2026-06-01T15:59Z"]
)
async def test_a_callback_in_the_past_is_refused(tool: str, at: str) -> None:
    callback = {"agent": "Maria", "at": at}
    message = await refusal(tool, least(tool, primary_phone="9545550123", callback=callback))
    assert message.startswith("`callback.at`: is in the past")


async def test_without_the_number_a_time_is_past_when_it_is_past_in_every_us_zone() -> None:
    # 16:00 in UTC is 6:00 in Honolulu and 7:00 in Adak.
    past = least("update_lead", callback={"agent": "Maria", "at": "2026-06-01T05:59"})
    assert "past in every time zone" in await refusal("update_lead", past)
    ahead = least("update_lead", callback={"agent": "Maria", "at": "2026-06-01T06:01"})
    result = await a_pipeline_over(RecordingTransport()).run("update_lead", **ahead)
    assert any("already past in some" in warning for warning in result.warnings)


async def test_a_time_that_clocks_skip_is_refused() -> None:
    callback = {"agent": "Maria", "at": "2027-03-14T02:30"}
    given = least("insert_lead", callback=callback)
    assert "doesn't exist on that day" in await refusal("insert_lead", given)


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"primary_phone": "850-555-0123"}, "several time zones"),
        ({"search_field": "phone", "identifier": "850-555-0123"}, "several time zones"),
    ],
)
async def test_an_offset_is_refused_where_the_zone_is_not_certain(
    given: dict[str, object], reason: str
) -> None:
    callback = {"agent": "Maria", "at": "2026-12-01T15:00-05:00"}
    message = await refusal("update_lead", least("update_lead", **given, callback=callback))
    assert message.startswith("`callback.at`: has an offset")
    assert reason in message


async def test_an_offset_is_converted_with_a_warning_that_says_both_times() -> None:
    callback = {"agent": "Maria", "at": "2026-12-01T15:00-08:00"}
    given = {"search_field": "phone", "identifier": "9545550123", "callback": callback}
    result = await a_pipeline_over(RecordingTransport()).run("update_lead", **given)
    (warning,) = result.warnings
    assert "2026-12-01 15:00:00-08:00" in warning
    assert "2026-12-01 18:00:00" in warning
