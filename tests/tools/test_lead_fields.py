"""Lead fields by themselves: what they need from outside, and from their action."""

import pytest

from _support.sandbox import NOON
from _support.wire_forms import LEAST_OF
from chasedata_mcp.fields.context import ValidationContext
from chasedata_mcp.tools.leads import UpdateLead
from chasedata_mcp.tools.leads.fields import LeadFields


def test_a_callback_can_not_be_read_without_the_time() -> None:
    callback = {"agent": "Maria", "at": "2026-12-01T14:20"}
    given = {**LEAST_OF["update_lead"].arguments, "callback": callback}
    with pytest.raises(TypeError, match="ValidationContext"):
        UpdateLead.model_validate(given)
    assert UpdateLead.read(given, ValidationContext(NOON)).callback_at


def test_an_action_has_to_say_which_number_it_holds() -> None:
    with pytest.raises(NotImplementedError):
        assert LeadFields().lead_phone


def test_nothing_given_is_nothing_sent() -> None:
    assert LeadFields().build_fields_form() == {}
    assert LeadFields().list_given_fields() == []
    assert LeadFields().list_field_warnings() == []
