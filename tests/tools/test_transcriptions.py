"""The sandbox read the vendor's description for itself; here the two readings meet."""

from _support.sandbox import NOON
from chasedata_mcp.fields import field_names
from chasedata_mcp.fields.context import ValidationContext
from chasedata_mcp.fields.text import LONGEST_FIELD
from chasedata_mcp.sandbox import transcript
from chasedata_mcp.sandbox.transcript import TRANSCRIPT
from chasedata_mcp.settings.wire.loader import load_shipped_profile
from chasedata_mcp.tools.base import Action
from chasedata_mcp.tools.leads import InsertLead, UpdateLead
from chasedata_mcp.tools.leads.fields import Callback
from chasedata_mcp.tools.registry import CATALOGUE
from chasedata_mcp.tools.schema import build_argument_schema

SPOKEN = {
    (script, word): spoken
    for script, actions in TRANSCRIPT.items()
    if script != transcript.DIAL_LISTS_TOO
    for word, spoken in actions.items()
}
OURS = {
    (load_shipped_profile().scripts[action.script], action.word): action
    for action in CATALOGUE.values()
}
LEAD_TOOLS = (InsertLead, UpdateLead)


def wire_names(action: type[Action]) -> set[str]:
    """Every name that an action can put on the wire, but for the account's own fields."""
    names = {info.serialization_alias for info in action.model_fields.values()}
    callback = set(transcript.CALLBACK) if "callback" in action.model_fields else set()
    return {name for name in names if name} | callback


def required(action: type[Action]) -> set[str]:
    needed = build_argument_schema(action).get("required", [])
    return {action.model_fields[name].serialization_alias or name for name in needed}


def test_both_know_the_same_actions_of_the_same_scripts() -> None:
    assert set(OURS) == set(SPOKEN)
    assert len(OURS) == len(CATALOGUE)


def test_the_sandbox_answers_to_both_spellings_of_the_dial_lists() -> None:
    assert TRANSCRIPT[transcript.DIAL_LISTS_TOO] == TRANSCRIPT[transcript.DIAL_LISTS]


def test_both_know_the_same_parameters_of_each_action() -> None:
    for key, spoken in SPOKEN.items():
        lead_fields = set(transcript.LEAD_FIELDS) if OURS[key] in LEAD_TOOLS else set()
        known = {*spoken.required, *spoken.optional} | lead_fields
        assert wire_names(OURS[key]) == known, key


def test_both_need_the_same_parameters_of_each_action() -> None:
    for key, spoken in SPOKEN.items():
        # Ours needs it said whether a phone rings; the vendor's own default is that it does.
        ours = required(OURS[key]) - {"ImportOnly"}
        assert ours == set(spoken.required), key


def test_both_give_lead_fields_the_same_lengths() -> None:
    for action in LEAD_TOOLS:
        properties = build_argument_schema(action)["properties"]
        lengths = {
            wire: properties[argument].get("maxLength")
            for argument, wire in field_names.LEAD_FIELDS.items()
        }
        # Of notes the vendor says no length; the bound on them is ours.
        assert lengths == {**transcript.LEAD_FIELDS, "Notes": LONGEST_FIELD}


def test_both_write_codes_and_custom_fields_alike() -> None:
    searched = [
        _form("search_lead", search_field=field, identifier="9545550101")["SearchField"]
        for field in ("client_id", "lead_id", "phone")
    ]
    assert tuple(searched) == transcript.SEARCH_FIELDS
    least = {"campaign": "Solar", "primary_phone": "9545550101", "import_only": True}
    checks = build_argument_schema(InsertLead)["properties"]["duplicates_check"]["enum"]
    codes = [_form("insert_lead", **least, duplicates_check=word) for word in checks]
    assert tuple(form["DuplicatesCheck"] for form in codes) == transcript.DUPLICATES_CHECKS
    assert transcript.CUSTOM_PREFIX == field_names.CUSTOM_PREFIX
    spaced = f"{transcript.CUSTOM_PREFIX}a{transcript.CUSTOM_SPACE}b"
    assert field_names.build_custom_name("a b") == spaced


def test_what_steers_the_dialer_is_reserved_in_both_readings() -> None:
    steering = {
        name for action in LEAD_TOOLS for name in wire_names(action) | {"token", "accid", "Action"}
    }
    assert {name.lower() for name in steering} <= field_names.RESERVED


def test_the_callbacks_parameters_are_the_vendors() -> None:
    assert set(Callback.model_fields) == {"agent", "at", "notes"}
    form = _form(
        "insert_lead",
        campaign="Solar",
        primary_phone="9545550101",
        import_only=True,
        callback={"agent": "Maria", "at": "2026-12-01T14:20", "notes": "n"},
    )
    assert {name for name in form if name.startswith("Callback")} == set(transcript.CALLBACK)


def _form(tool: str, **arguments: object) -> dict[str, str]:
    return CATALOGUE[tool].read(arguments, ValidationContext(NOON)).build_form()
