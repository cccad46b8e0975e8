"""Looking leads up, and dispositions."""

import json
from collections.abc import Callable

import pytest

from chasedata_mcp.sandbox.dialer import SandboxDialer

Ask = Callable[..., str]

NONE = '{"id":0,"LeadExists":false}'


def search(ask: Ask, field: str, identifier: str, **more: str) -> str:
    return ask(
        "LeadOperations.php",
        Action="SearchLead",
        SearchField=field,
        Identifier=identifier,
        **more,
    )


@pytest.mark.parametrize(
    ("field", "identifier"),
    [("ClientId", "WEB-1001"), ("LeadId", "1001"), ("Phone", "9545550101")],
)
def test_a_lead_is_found_by_each_field(ask: Ask, field: str, identifier: str) -> None:
    assert search(ask, field, identifier) == '{"id":1001,"LeadExists":true}'


@pytest.mark.parametrize(
    ("field", "identifier"),
    [
        ("ClientId", "web-1001"),
        ("LeadId", "9"),
        ("LeadId", "WEB-1001"),
        ("LeadId", "9" * 30),
        ("LeadId", "\u0661\u0660\u0660\u0661"),
        ("Phone", "(954) 555-0101"),
        ("Phone", "2125550109"),
    ],
)
def test_the_identifier_is_matched_as_it_is_sent(ask: Ask, field: str, identifier: str) -> None:
    assert search(ask, field, identifier) == NONE


def test_a_badly_stored_number_is_found_as_it_is_stored(ask: Ask) -> None:
    assert json.loads(search(ask, "Phone", "(212) 555-0109"))["id"] == 1009


def test_several_leads_come_as_a_list(ask: Ask) -> None:
    found = json.loads(search(ask, "Phone", "3055550110", Detailed="0"))
    assert found == [{"id": lead, "LeadExists": True} for lead in (1002, 1003, 1010)]


@pytest.mark.parametrize(
    ("place", "ids"),
    [
        ({"Campaign": "Solar"}, [1002, 1003]),
        ({"Campaign": "", "Subcampaign": ""}, [1002, 1003, 1010]),
        ({"Subcampaign": "Inbound"}, [1010]),
        ({"Campaign": "Solar", "Subcampaign": "Web"}, [1002]),
        ({"Campaign": "Nowhere"}, []),
    ],
)
def test_a_search_is_narrowed(ask: Ask, place: dict[str, str], ids: list[int]) -> None:
    found = json.loads(search(ask, "Phone", "3055550110", **place))
    leads = found if isinstance(found, list) else [found]
    assert [lead["id"] for lead in leads if lead["LeadExists"]] == ids


def test_a_detailed_search_gives_every_field_as_quoted_text(ask: Ask) -> None:
    said = search(ask, "ClientId", "WEB-1008", Detailed="1")
    lead = json.loads(said)
    assert lead.pop("LeadExists") is True
    assert lead["id"] == "1008"
    assert lead["adv_Card__Last4"] == "4242"
    assert lead["Address"] == ""
    assert all(isinstance(value, str) for value in lead.values())
    assert ": " not in said.replace(lead["Notes"], "")


def test_a_field_that_was_never_filled_comes_back_empty(ask: Ask) -> None:
    lead = json.loads(search(ask, "LeadId", "1002", Detailed="1"))
    assert lead["adv_Monthly__Bill"] == ""


def test_a_search_by_another_field_is_refused(ask: Ask) -> None:
    said = search(ask, "FirstName", "Dana")
    assert said == (
        "<br><br>Result: CURL error[500]: SearchField should be ClientId, LeadId or Phone."
    )


def disposition(ask: Ask, lead_id: str, name: str) -> str:
    return ask("LeadOperations.php", Action="DispositionLead", LeadId=lead_id, Disposition=name)


def test_a_disposition_is_set_on_an_open_lead_and_not_on_its_call_status(
    ask: Ask,
    dialer: SandboxDialer,
) -> None:
    assert disposition(ask, "1006", "SALE") == "<br><br>Result:  OK"
    lead = next(row for row in dialer.state()["leads"] if row["LeadId"] == 1006)
    assert (lead["disposition"], lead["CallStatus"]) == ("SALE", "CALL BACK")


@pytest.mark.parametrize(
    ("lead_id", "name", "sentence"),
    [
        ("1001", "SALE", "Lead is not opened by an agent."),
        ("1006", "Sale", "Disposition was not found."),
        ("99", "SALE", "Lead was not found."),
        ("x", "SALE", "Lead was not found."),
    ],
)
def test_a_disposition_is_refused(
    ask: Ask,
    dialer: SandboxDialer,
    lead_id: str,
    name: str,
    sentence: str,
) -> None:
    before = dialer.state()
    assert disposition(ask, lead_id, name) == f"<br><br>Result: CURL error[500]: {sentence}"
    assert dialer.state() == before
