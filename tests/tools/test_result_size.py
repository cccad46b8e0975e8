"""The bound on a result's field text, and the note of what was left out."""

import pytest

from chasedata_mcp.tools.account import Account
from chasedata_mcp.tools.answer_types import AnswerSummary, Lead
from chasedata_mcp.tools.result_size import MAX_BYTES, fit_leads
from chasedata_mcp.tools.results import LeadsResult, build_success

LIVE = Account("live", "acme")
LONG = {"Notes": "n" * 4_995}


def found(*leads: Lead) -> LeadsResult:
    result = build_success(LIVE, AnswerSummary("Found.", leads=leads), ["Odd."])
    assert isinstance(result, LeadsResult)
    return result


def test_what_fits_is_there_whole_and_nothing_is_said() -> None:
    leads = [LONG] * (MAX_BYTES // 5_000)
    assert fit_leads(leads) == (leads, None)
    assert fit_leads([]) == ([], None)
    assert found(Lead("1", LONG)).warnings == ["Odd."]


def test_the_fields_of_the_leads_that_no_longer_fit_are_left_out_with_a_note() -> None:
    count = MAX_BYTES // 5_000
    result = found(*(Lead(str(at), LONG) for at in range(1, count + 360)))
    assert result.leads is not None
    assert [bool(lead.fields) for lead in result.leads] == [True] * count + [False] * 359
    assert result.leads[-1].lead_id == str(count + 359)
    *_, note = result.warnings
    assert "the fields of 359 leads" in note
    assert "Search for one lead by lead_id" in note
    assert len(result.model_dump_json()) < 1.1 * MAX_BYTES


def test_a_lead_that_had_no_fields_is_not_counted_among_them() -> None:
    _, note = fit_leads([{"a": "x" * MAX_BYTES}, {}, LONG])
    assert note is not None
    assert "the fields of 1 lead." in note


def test_of_a_first_lead_that_is_too_much_there_is_what_fits() -> None:
    shown, note = fit_leads([{f"Field {at}": "x" * 5_000 for at in range(1_000)}, LONG])
    assert 30 < len(shown[0]) < 40
    assert shown[1] == {}
    assert note is not None
    assert f"{1_000 - len(shown[0])} fields of the first lead and the fields of 1 lead." in note


@pytest.mark.parametrize(("sign", "fits"), [("n", True), ("\N{SNOWMAN}", False)])
def test_it_is_bytes_that_are_counted(sign: str, *, fits: bool) -> None:
    _, note = fit_leads([{"Notes": sign * (MAX_BYTES // 2)}])
    assert (note is None) is fits
