"""Inserting and updating leads."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from chasedata_mcp.sandbox import ACCID, TOKEN
from chasedata_mcp.sandbox.api import answer
from chasedata_mcp.sandbox.dialer import SandboxDialer
from chasedata_mcp.sandbox.transcript import LEAD_FIELDS

Ask = Callable[..., str]

OK = "<br><br>Result:  OK"
DUPLICATE = "<br><br>Result: CURL error[500]: Duplicated phone number. Lead ignored."
NEW = "9545550171"


def refusal(sentence: str) -> str:
    return f"<br><br>Result: CURL error[500]: {sentence}"


def insert(ask: Ask, **sent: str) -> str:
    return ask("InjectLead.php", **{"Campaign": "Solar", "PrimaryPhone": NEW} | sent)


def update(ask: Ask, lead: str, **sent: str) -> str:
    return ask("UpdateLead.php", SearchField="LeadId", Identifier=lead, **sent)


def lead(dialer: SandboxDialer, lead_id: int) -> dict[str, Any]:
    return next(row for row in dialer.state()["leads"] if row["LeadId"] == lead_id)


def newest(dialer: SandboxDialer) -> dict[str, Any]:
    return dialer.state()["leads"][-1]


def test_an_insert_stores_its_fields_and_gives_no_id(ask: Ask, dialer: SandboxDialer) -> None:
    said = insert(ask, ClientId="A-1", FirstName="Zoë", Subcampaign="Web", Email="z@example.com")
    assert said == OK
    stored = newest(dialer)
    assert (stored["ClientId"], stored["FirstName"], stored["Email"]) == (
        "A-1",
        "Zoë",
        "z@example.com",
    )
    assert (stored["Campaign"], stored["Subcampaign"]) == ("Solar", "Web")
    assert stored["inserted_at"] == "2026-03-02T17:00:00+00:00"


def test_custom_fields_of_the_campaign_are_stored_and_unknown_ones_left_out(
    ask: Ask,
    dialer: SandboxDialer,
) -> None:
    said = insert(ask, adv_Roof__Type="Slate", adv_Card__Last4="1111", Shoesize="44")
    assert said == OK
    assert newest(dialer)["custom_fields"] == {"adv_Roof__Type": "Slate"}
    assert "Shoesize" not in newest(dialer)


def test_an_insert_is_queued_to_be_dialed(ask: Ask, dialer: SandboxDialer) -> None:
    insert(ask)
    assert dialer.state()["hot_queue"] == [
        {
            "id": 1,
            "lead_id": newest(dialer)["LeadId"],
            "priority": 1,
            "suppressed": "",
            "queued_at": "2026-03-02T17:00:00+00:00",
        },
    ]


def test_an_import_only_stores(ask: Ask, dialer: SandboxDialer) -> None:
    assert insert(ask, ImportOnly="1") == OK
    assert newest(dialer)["PrimaryPhone"] == NEW
    assert dialer.state()["hot_queue"] == []


@pytest.mark.parametrize(
    ("mode", "place", "said"),
    [
        ({}, {"Campaign": "Solar", "Subcampaign": "Referral"}, DUPLICATE),
        ({}, {"Campaign": "Billing"}, OK),
        ({"DuplicatesCheck": "0"}, {"Campaign": "Solar", "Subcampaign": "Referral"}, DUPLICATE),
        ({"DuplicatesCheck": "0"}, {"Campaign": "Billing"}, OK),
        ({"DuplicatesCheck": "1"}, {"Campaign": "Solar", "Subcampaign": "Web"}, OK),
        ({"DuplicatesCheck": "2"}, {"Campaign": "Billing"}, DUPLICATE),
        ({"DuplicatesCheck": "3"}, {"Campaign": "Solar", "Subcampaign": "Web"}, DUPLICATE),
        ({"DuplicatesCheck": "3"}, {"Campaign": "Solar", "Subcampaign": "Referral"}, OK),
    ],
)
def test_duplicates_are_looked_for_where_the_mode_says(
    ask: Ask,
    dialer: SandboxDialer,
    mode: dict[str, str],
    place: dict[str, str],
    said: str,
) -> None:
    before = len(dialer.state()["leads"])
    assert insert(ask, PrimaryPhone="9545550101", **mode, **place) == said
    assert len(dialer.state()["leads"]) == before + (said == OK)


def test_a_duplicate_is_found_by_its_digits(ask: Ask) -> None:
    assert insert(ask, PrimaryPhone="(954) 555-0101") == DUPLICATE


def test_a_duplicate_that_may_be_dialed_is_stored_and_dialed(
    ask: Ask, dialer: SandboxDialer
) -> None:
    assert insert(ask, PrimaryPhone="9545550101", AllowDialingDups="1") == OK
    assert dialer.state()["hot_queue"][0]["suppressed"] == ""


def test_a_duplicate_that_is_only_allowed_is_stored_and_not_dialed(
    ask: Ask,
    dialer: SandboxDialer,
) -> None:
    assert insert(ask, PrimaryPhone="9545550101", DuplicatesCheck="1") == OK
    assert dialer.state()["hot_queue"][0]["suppressed"] == "duplicate"


def test_a_number_on_the_dnc_list_is_stored_marked_and_not_dialed(
    ask: Ask,
    dialer: SandboxDialer,
) -> None:
    assert insert(ask, PrimaryPhone="2065550188") == OK
    assert newest(dialer)["dnc"] is True
    assert dialer.state()["hot_queue"][0]["suppressed"] == "dnc"


def test_a_number_on_the_dnc_list_is_dialed_when_non_callables_are(
    ask: Ask,
    dialer: SandboxDialer,
) -> None:
    assert insert(ask, PrimaryPhone="2065550188", DialNonCallables="1") == OK
    assert dialer.state()["hot_queue"][0]["suppressed"] == ""


@pytest.mark.parametrize(
    ("phone", "hour", "checked", "suppressed"),
    [
        ("2125550171", 17, "1", ""),
        ("8085550171", 17, "1", "timezone"),
        ("8085550171", 17, "0", ""),
        ("2125550171", 3, "1", "timezone"),
        ("1", 3, "1", ""),
        ("9995550171", 3, "1", ""),
    ],
)
def test_the_hour_at_the_phone_is_checked_when_asked_for(
    phone: str,
    hour: int,
    checked: str,
    suppressed: str,
) -> None:
    dialer = SandboxDialer(now=lambda: datetime(2026, 3, 2, hour, 0, tzinfo=UTC))
    sent = {"token": TOKEN, "accid": ACCID, "Campaign": "Solar", "PrimaryPhone": phone}
    assert answer(dialer, "InjectLead.php", sent | {"timezone": checked}) == OK
    assert dialer.state()["hot_queue"][0]["suppressed"] == suppressed
    dialer.close()


@pytest.mark.parametrize(
    ("sent", "sentence"),
    [
        ({"Campaign": "Nowhere"}, "Campaign was not found."),
        ({"Subcampaign": "Late"}, "Subcampaign was not found in the campaign."),
        ({"DuplicatesCheck": "4"}, "DuplicatesCheck should be 0, 1, 2 or 3."),
        ({"ImportOnly": "yes"}, "ImportOnly should be 0 or 1."),
        ({"timezone": ""}, "timezone should be 0 or 1."),
        ({"PrimaryPhone": "none"}, "PrimaryPhone should be a phone number."),
        ({"CallbackAgent": "maria", "CallbackDate": "03/03/2026 10:00:00"}, "Agent was not found."),
        ({"CallbackNotes": "call"}, "Agent was not found."),
    ],
)
def test_a_refused_insert_stores_nothing(
    ask: Ask,
    dialer: SandboxDialer,
    sent: dict[str, str],
    sentence: str,
) -> None:
    before = dialer.state()
    assert insert(ask, **sent) == refusal(sentence)
    assert dialer.state() == before


@pytest.mark.parametrize(
    "at",
    [
        "",
        "2026-03-03 10:00:00",
        "3/3/2026 10:00:00",
        "02/30/2026 10:00:00",
        "03/03/2026 24:00:00",
        "03/03/2026 10:00",
    ],
)
def test_a_callback_at_no_date_is_refused_and_nothing_is_stored(
    ask: Ask,
    dialer: SandboxDialer,
    at: str,
) -> None:
    before = dialer.state()
    said = insert(ask, CallbackAgent="Maria", CallbackDate=at)
    assert said == refusal("CallbackDate should be a date in the format MM/dd/yyyy HH:mm:ss.")
    assert dialer.state() == before


def test_a_callback_is_booked_with_an_insert(ask: Ask, dialer: SandboxDialer) -> None:
    insert(ask, CallbackAgent="Maria", CallbackDate="03/03/2026 10:00:00")
    assert dialer.state()["callbacks"] == [
        {
            "lead_id": newest(dialer)["LeadId"],
            "agent": "Maria",
            "at": "03/03/2026 10:00:00",
            "notes": "",
        },
    ]


def test_a_later_callback_takes_the_place_of_an_earlier_one(
    ask: Ask, dialer: SandboxDialer
) -> None:
    update(ask, "1001", CallbackAgent="Maria", CallbackDate="03/03/2026 10:00:00")
    update(
        ask,
        "1001",
        CallbackAgent="James",
        CallbackDate="03/04/2026 11:00:00",
        CallbackNotes="at work",
    )
    assert dialer.state()["callbacks"] == [
        {"lead_id": 1001, "agent": "James", "at": "03/04/2026 11:00:00", "notes": "at work"},
    ]


@pytest.mark.parametrize(
    ("name", "longest"),
    [(name, longest) for name, longest in LEAD_FIELDS.items() if longest and "amp" not in name],
)
def test_a_field_is_taken_up_to_its_length_and_refused_beyond(
    ask: Ask,
    dialer: SandboxDialer,
    name: str,
    longest: int,
) -> None:
    fits = "5" * longest
    assert update(ask, "1001", **{name: fits}) == OK
    assert lead(dialer, 1001)[name] == fits
    too_long = update(ask, "1001", **{name: fits + "5"})
    assert too_long == refusal("String or binary data would be truncated.")
    assert lead(dialer, 1001)[name] == fits


def test_notes_may_be_as_long_as_they_are(ask: Ask, dialer: SandboxDialer) -> None:
    notes = "é" * 1_000_000
    assert update(ask, "1001", Notes=notes) == OK
    assert lead(dialer, 1001)["Notes"] == notes


def test_an_update_writes_what_was_sent_and_dials_nothing(ask: Ask, dialer: SandboxDialer) -> None:
    assert update(ask, "1001", City="Tampa", adv_Monthly__Bill="99", Unknown="x") == OK
    changed = lead(dialer, 1001)
    assert (changed["City"], changed["FirstName"]) == ("Tampa", "Dana")
    assert changed["custom_fields"]["adv_Monthly__Bill"] == "99"
    assert changed["custom_fields"]["adv_Roof__Type"] == "Tile"
    assert dialer.state()["hot_queue"] == []


def test_an_empty_value_empties_the_field(ask: Ask, dialer: SandboxDialer) -> None:
    assert update(ask, "1001", Notes="", adv_Roof__Type="") == OK
    assert lead(dialer, 1001)["Notes"] == ""
    assert lead(dialer, 1001)["custom_fields"]["adv_Roof__Type"] == ""


def test_an_update_finds_by_client_id_and_by_phone(ask: Ask, dialer: SandboxDialer) -> None:
    script = "UpdateLead.php"
    assert ask(script, SearchField="ClientId", Identifier="WEB-1001", City="One") == OK
    assert lead(dialer, 1001)["City"] == "One"
    assert ask(script, SearchField="Phone", Identifier="9545550101", City="Two") == OK
    assert lead(dialer, 1001)["City"] == "Two"


def test_an_update_of_a_shared_phone_changes_the_newest_lead(
    ask: Ask, dialer: SandboxDialer
) -> None:
    ask("UpdateLead.php", SearchField="Phone", Identifier="3055550110", City="Moved")
    cities = [lead(dialer, lead_id)["City"] for lead_id in (1002, 1003, 1010)]
    assert cities == ["Miami", "Miami", "Moved"]


def test_an_update_of_no_lead_creates_none(ask: Ask, dialer: SandboxDialer) -> None:
    before = dialer.state()
    assert update(ask, "999999", City="Tampa") == refusal("Lead was not found.")
    assert dialer.state() == before


def test_a_campaign_in_an_update_moves_the_lead(ask: Ask, dialer: SandboxDialer) -> None:
    assert update(ask, "1001", Campaign="Billing", adv_Card__Last4="0000") == OK
    moved = lead(dialer, 1001)
    assert (moved["Campaign"], moved["Subcampaign"]) == ("Billing", "")
    assert moved["custom_fields"]["adv_Card__Last4"] == "0000"
    assert update(ask, "1001", Campaign="Solar", Subcampaign="Referral") == OK
    back = lead(dialer, 1001)
    assert (back["Campaign"], back["Subcampaign"]) == ("Solar", "Referral")
    assert back["custom_fields"]["adv_Roof__Type"] == "Tile"


def test_a_move_within_the_campaign_keeps_the_subcampaign(ask: Ask, dialer: SandboxDialer) -> None:
    assert update(ask, "1001", Campaign="Solar") == OK
    assert lead(dialer, 1001)["Subcampaign"] == "Web"


@pytest.mark.parametrize(
    ("sent", "sentence"),
    [
        ({"Campaign": "Nowhere"}, "Campaign was not found."),
        ({"Campaign": ""}, "Campaign was not found."),
        ({"Subcampaign": "Late"}, "Subcampaign was not found in the campaign."),
        ({"PrimaryPhone": ""}, "PrimaryPhone should be a phone number."),
    ],
)
def test_a_refused_update_changes_nothing(
    ask: Ask,
    dialer: SandboxDialer,
    sent: dict[str, str],
    sentence: str,
) -> None:
    before = dialer.state()
    assert update(ask, "1001", City="Tampa", **sent) == refusal(sentence)
    assert dialer.state() == before


def test_a_phone_on_the_dnc_list_marks_the_updated_lead(ask: Ask, dialer: SandboxDialer) -> None:
    update(ask, "1001", PrimaryPhone="2065550188")
    assert lead(dialer, 1001)["dnc"] is True
    update(ask, "1001", PrimaryPhone=NEW)
    assert lead(dialer, 1001)["dnc"] is True
