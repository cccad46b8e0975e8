"""Columns of exports as arguments: by the names that each program uses, or as a caller says."""

from collections.abc import Mapping

import pytest

from chasedata_mcp.batches.columns import looks_like_header, map_columns
from chasedata_mcp.batches.errors import BatchError
from chasedata_mcp.tools.registry import CATALOGUE

INSERT = {"campaign": "Solar", "import_only": True}

EXPORTS: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "VICIdial": (
        (
            "lead_id,entry_date,modify_date,status,user,vendor_lead_code,source_id,list_id,"
            "gmt_offset_now,called_since_last_reset,phone_code,phone_number,title,first_name,"
            "middle_initial,last_name,address1,address2,address3,city,state,province,postal_code,"
            "country_code,gender,date_of_birth,alt_phone,email,security_phrase,comments,called_count,"
            "last_local_call_time,rank,owner,entry_list_id"
        ),
        {
            "vendor_lead_code": "client_id",
            "phone_number": "primary_phone",
            "first_name": "first_name",
            "last_name": "last_name",
            "address1": "address",
            "city": "city",
            "state": "state",
            "postal_code": "zip_code",
        },
    ),
    "Five9": (
        ("number1,number2,number3,first_name,last_name,company,street,city,state,zip"),
        {
            "number1": "primary_phone",
            "first_name": "first_name",
            "last_name": "last_name",
            "street": "address",
            "city": "city",
            "state": "state",
            "zip": "zip_code",
        },
    ),
    "HubSpot": (
        (
            "Record ID - Contact,First Name,Last Name,Email,Phone Number,Mobile Phone Number,"
            "Contact owner,Lead Status,Street Address,City,State/Region,Postal Code,Create Date"
        ),
        {
            "Record ID - Contact": "client_id",
            "First Name": "first_name",
            "Last Name": "last_name",
            "Phone Number": "primary_phone",
            "Street Address": "address",
            "City": "city",
            "State/Region": "state",
            "Postal Code": "zip_code",
        },
    ),
    "Salesforce": (
        (
            "First Name,Last Name,Title,Company / Account,Street,City,State/Province,"
            "Zip/Postal Code,"
            "Country,Phone,Mobile,Email,Lead Owner,Lead Status"
        ),
        {
            "First Name": "first_name",
            "Last Name": "last_name",
            "Street": "address",
            "City": "city",
            "State/Province": "state",
            "Zip/Postal Code": "zip_code",
            "Phone": "primary_phone",
        },
    ),
    "GoHighLevel": (
        (
            "Contact Id,First Name,Last Name,Business Name,Company Name,Phone,Email,Created,"
            "Last Activity,Tags"
        ),
        {
            "Contact Id": "client_id",
            "First Name": "first_name",
            "Last Name": "last_name",
            "Phone": "primary_phone",
        },
    ),
    "the dialer's wire names": (
        (
            "ClientId,FirstName,LastName,PrimaryPhone,Address,City,State,ZipCode,Notes,Rep,CallStatus"
        ),
        {
            "ClientId": "client_id",
            "FirstName": "first_name",
            "LastName": "last_name",
            "PrimaryPhone": "primary_phone",
            "Address": "address",
            "City": "city",
            "State": "state",
            "ZipCode": "zip_code",
            "Notes": "notes",
            "Rep": "rep",
            "CallStatus": "call_status",
        },
    ),
}


@pytest.mark.parametrize("program", EXPORTS)
def test_the_export_of_each_program_is_mapped_at_the_first_try(program: str) -> None:
    header, expected = EXPORTS[program]
    mapping = map_columns(CATALOGUE["insert_lead"], header.split(","), {}, INSERT)
    assert {name: to for name, to in mapping.as_given().items() if to} == expected
    assert set(mapping.left_over) == set(header.split(",")) - set(expected)


def test_nothing_is_guessed_into_notes_or_the_agent() -> None:
    header = ["Phone", "Comments", "Owner", "Remarks", "Status", "Description", "Agent notes"]
    mapping = map_columns(CATALOGUE["insert_lead"], header, {}, INSERT)
    assert set(mapping.left_over) == set(header) - {"Phone"}


def test_names_that_case_blanks_and_punctuation_tell_apart_are_the_same() -> None:
    header = ["PRIMARY  PHONE", "first-name", "Last_Name", "ZIP Code "]
    mapping = map_columns(CATALOGUE["insert_lead"], header, {}, INSERT)
    assert mapping.arguments == ("primary_phone", "first_name", "last_name", "zip_code")


def test_a_mapping_that_is_given_wins_and_may_leave_a_column_out() -> None:
    header = ["Phone", "Mobile", "Comments", "Birthday", "City"]
    given = {
        "mobile": "primary_phone",
        "Comments": "notes",
        "Birthday": "custom_fields.Date of Birth",
        "City": "",
    }
    mapping = map_columns(CATALOGUE["insert_lead"], header, given, INSERT)
    assert mapping.arguments == ("", "primary_phone", "notes", "custom_fields.Date of Birth", "")


def test_of_columns_that_are_called_alike_the_one_that_is_given_is_taken() -> None:
    header = ["Phone Number", "phone_number", "City"]
    for given in ({"phone_number": "primary_phone"}, {"Phone Number": ""}):
        mapping = map_columns(CATALOGUE["insert_lead"], header, given, INSERT)
        assert mapping.arguments == ("", "primary_phone", "city")


def test_what_is_the_same_for_all_rows_is_not_taken_from_a_column() -> None:
    mapping = map_columns(CATALOGUE["insert_lead"], ["Phone", "Campaign"], {}, INSERT)
    assert mapping.left_over == ("Campaign",)


@pytest.mark.parametrize(
    ("common", "column"),
    [
        ({"search_field": "phone"}, "Phone Number"),
        ({"search_field": "client_id"}, "Vendor Lead Code"),
        ({"search_field": "lead_id"}, "Lead ID"),
    ],
)
def test_what_identifies_a_lead_is_the_column_of_its_kind(
    common: dict[str, object], column: str
) -> None:
    header = ["Lead ID", "Vendor Lead Code", "Phone Number"]
    mapping = map_columns(CATALOGUE["search_lead"], header, {}, common)
    assert set(mapping.left_over) == set(header) - {column}


@pytest.mark.parametrize(
    ("tool", "header", "expected"),
    [
        ("insert_dnc", ["Phone"], ("number",)),
        ("add_dial_list_phone", ["Agent", "List Name", "Phone"], ("agent", "list_name", "phone")),
        ("disposition_lead", ["Lead Id", "Disposition"], ("lead_id", "disposition")),
    ],
)
def test_each_tool_finds_its_own_arguments(
    tool: str, header: list[str], expected: tuple[str, ...]
) -> None:
    assert map_columns(CATALOGUE[tool], header, {}, {}).arguments == expected


@pytest.mark.parametrize(
    ("header", "given", "common", "why"),
    [
        (["Phone"], {"Phon": "primary_phone"}, INSERT, "no column “Phon”. Did you mean “Phone”?"),
        (["Tel."], {"Tel.": "phone"}, INSERT, "no argument “phone” that a column can hold"),
        (["Tel."], {"Tel.": "callback"}, INSERT, "no argument “callback” that a column can hold"),
        (["Phone", "C"], {"C": "campaign"}, INSERT, "campaign is given for all rows and as the"),
        (["A", "B"], {"A": "notes", "B": "notes"}, INSERT, "Two columns are given for notes"),
        (["Fon", "City"], {}, INSERT, "needs primary_phone. Give it in `common`"),
        (["Fon", "City"], {}, INSERT, "left over: “Fon”"),
        (["Phone"], {}, {"import_only": True}, "needs campaign"),
        (["Phone", "campaign_name"], {}, {"import_only": True}, "needs campaign"),
        (["phone_no", "City"], {}, INSERT, "stand in a later row, remove the rows above it"),
        ([f"c{n}" for n in range(99)], {}, INSERT, "“c39” and 59 more."),
        (["Phone Number", "phone_number"], {}, INSERT, "“phone_number” are called alike"),
    ],
)
def test_a_mapping_that_does_not_fit_says_what_to_give(
    header: list[str], given: dict[str, str], common: dict[str, object], why: str
) -> None:
    with pytest.raises(BatchError) as refused:
        map_columns(CATALOGUE["insert_lead"], header, given, common)
    assert why in str(refused.value)


def test_a_second_header_is_recognized_and_a_lead_is_not_taken_for_one() -> None:
    assert looks_like_header(["Phone Number", "First Name", "x"])
    assert not looks_like_header(["9545550154", "City", "Austin"])
