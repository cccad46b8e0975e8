"""Results as a model sees them: what is hidden is gone, and its fields are named."""

import pytest

from chasedata_mcp.errors import CallError, Code
from chasedata_mcp.pipeline.result_redaction import redact_result
from chasedata_mcp.redaction import DEFAULT_REDACTOR, HIDDEN, Redactor
from chasedata_mcp.tools.account import Account
from chasedata_mcp.tools.answer_types import Agent, AnswerSummary, Lead
from chasedata_mcp.tools.results import (
    AgentsResult,
    LeadsResult,
    Result,
    UpdatedField,
    UpdateResult,
    build_failure,
    build_success,
)

LIVE = Account("live", "acme")
CARD, SSN = "4111 1111 1111 1111", "123-45-6789"


def found(*leads: Lead, redactor: Redactor = DEFAULT_REDACTOR) -> LeadsResult:
    told = AnswerSummary(f"{len(leads)} found.", leads=leads)
    result = redact_result(build_success(LIVE, told, []), redactor)
    assert isinstance(result, LeadsResult)
    return result


def updated(*fields: UpdatedField, redactor: Redactor = DEFAULT_REDACTOR) -> UpdateResult:
    whole = dict(build_success(LIVE, AnswerSummary("Updated."), []))
    result = redact_result(UpdateResult(**whole, fields=list(fields)), redactor)
    assert isinstance(result, UpdateResult)
    return result


def test_a_field_is_hidden_for_its_name_and_named() -> None:
    result = found(Lead("1", {"FirstName": "Dana", "adv_Card__Last4": "4242", "adv_SSN": "x"}))
    assert result.leads is not None
    assert result.leads[0].fields == {
        "FirstName": "Dana",
        "adv_Card__Last4": HIDDEN,
        "adv_SSN": HIDDEN,
    }
    assert result.hidden == ["adv_Card__Last4", "adv_SSN"]


def test_a_number_is_hidden_where_it_stands_and_its_field_named() -> None:
    result = found(Lead("1", {"Notes": f"pays with {CARD}.", "LastName": SSN, "City": "Miami"}))
    assert result.leads is not None
    assert result.leads[0].fields == {
        "Notes": f"pays with {HIDDEN}.",
        "LastName": HIDDEN,
        "City": "Miami",
    }
    assert result.hidden == ["Notes", "LastName"]


def test_the_hidden_fields_of_all_leads_are_named_once() -> None:
    result = found(Lead("1", {"CVV": "1"}), Lead("2", {"CVV": "2", "Notes": SSN}), Lead("3"))
    assert result.hidden == ["CVV", "Notes"]
    assert result.leads is not None
    assert [lead.lead_id for lead in result.leads] == ["1", "2", "3"]


def test_where_nothing_is_hidden_nothing_is_said() -> None:
    result = found(Lead("4111111111111111", {"City": "Miami", "SSN": ""}))
    assert result.hidden is None
    assert result.leads is not None
    assert result.leads[0].lead_id == "4111111111111111"
    assert result.leads[0].fields == {"City": "Miami"}


def test_a_name_that_is_a_number_is_hidden_too() -> None:
    result = found(Lead("1", {CARD: CARD}))
    assert CARD not in result.model_dump_json()


def test_what_an_update_left_is_hidden_before_and_after() -> None:
    result = updated(
        UpdatedField(name="Notes", fate="took", old=f"was {SSN}", new="is"),
        UpdatedField(name="adv_CVV", fate="dropped", old=None, new=None),
        UpdatedField(name="adv_PIN", fate="took", old="1", new=""),
        UpdatedField(name="City", fate="took", old="Miami", new="Tampa"),
    )
    assert result.fields == [
        UpdatedField(name="Notes", fate="took", old=f"was {HIDDEN}", new="is"),
        UpdatedField(name="adv_CVV", fate="dropped", old=None, new=None),
        UpdatedField(name="adv_PIN", fate="took", old=HIDDEN, new=""),
        UpdatedField(name="City", fate="took", old="Miami", new="Tampa"),
    ]
    assert result.hidden == ["Notes", "adv_PIN"]
    assert updated(UpdatedField(name="City", fate="took")).hidden is None


def test_agents_and_what_the_dialer_said_are_no_place_for_numbers() -> None:
    agents = (Agent(f"Maria {CARD}", SSN), Agent("Tom"))
    result = redact_result(
        build_success(LIVE, AnswerSummary("2.", agents=agents, count=2), []), DEFAULT_REDACTOR
    )
    assert isinstance(result, AgentsResult)
    assert result.agents is not None
    assert [(one.name, one.state) for one in result.agents] == [
        (f"Maria {HIDDEN}", HIDDEN),
        ("Tom", None),
    ]
    told = AnswerSummary(f"Lead {CARD}.", dialer_said=f"has {SSN}")
    said = redact_result(build_success(LIVE, told, [f"odd: {CARD}"]), DEFAULT_REDACTOR)
    assert said.message == f"Lead {HIDDEN}."
    assert said.warnings == [f"odd: {HIDDEN}"]
    assert said.dialer_said == f"has {HIDDEN}"


def test_nor_are_errors() -> None:
    error = CallError(Code.REFUSED_BY_DIALER, CARD, hint=SSN, dialer_said=CARD)
    result = redact_result(build_failure(LIVE, error), DEFAULT_REDACTOR)
    assert (result.message, result.hint) == (HIDDEN, HIDDEN)
    assert result.dialer_said == HIDDEN
    assert result.code is Code.REFUSED_BY_DIALER


@pytest.mark.parametrize(
    ("redactor", "fields"),
    [
        (Redactor(values=False), {"CVV": HIDDEN, "Notes": SSN}),
        (Redactor(()), {"CVV": "1", "Notes": HIDDEN}),
        (Redactor((), values=False), {"CVV": "1", "Notes": SSN}),
        (Redactor(("notes",), values=False), {"CVV": "1", "Notes": HIDDEN}),
    ],
)
def test_what_is_hidden_is_what_the_policy_says(redactor: Redactor, fields: dict[str, str]) -> None:
    result = found(Lead("1", {"CVV": "1", "Notes": SSN}), redactor=redactor)
    assert result.leads is not None
    assert result.leads[0].fields == fields


def test_a_result_keeps_its_kind_and_all_that_is_not_hidden() -> None:
    for result in (
        build_success(LIVE, AnswerSummary("Done."), ["Note."]),
        build_success(LIVE, AnswerSummary("None.", leads=()), []),
        build_success(LIVE, AnswerSummary("7.", count=7), []),
        build_failure(LIVE, CallError(Code.DECLINED, "No.", hint="x")),
    ):
        redact = redact_result(result, DEFAULT_REDACTOR)
        assert type(redact) is type(result)
        assert redact == result
        assert isinstance(redact, Result)


class _LaterResult(Result):
    """A result of a kind that the redaction doesn't know."""

    found: list[str] | None = None


def test_the_texts_of_a_kind_of_result_that_is_new_are_redacted_too() -> None:
    known = build_success(LIVE, AnswerSummary("Done."), [])
    result = redact_result(_LaterResult(**dict(known), found=[f"has {SSN}"]), DEFAULT_REDACTOR)
    assert isinstance(result, _LaterResult)
    assert result.found == [f"has {HIDDEN}"]
