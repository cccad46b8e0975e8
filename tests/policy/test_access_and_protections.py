"""The rules of access and of protections, on both sides of each edge."""

from datetime import datetime

import pytest

from _support.examples import DESTRUCTIVE, EXAMPLES, LEAD, OUTWARD, READS, WRITES
from _support.pipeline import a_pipeline, an_action
from _support.tables import each
from chasedata_mcp.ledger.questions import Typed, TypedKind
from chasedata_mcp.policy.decision import Allow, Ask, Refuse
from chasedata_mcp.policy.models import IMPACTS_ASKED_AT, ConfirmLevel
from chasedata_mcp.policy.rules import access
from chasedata_mcp.policy.rules.protections import check_confirm_level, check_protections
from chasedata_mcp.tools.effects import (
    ChangesRouting,
    Channel,
    ContactsPerson,
    DeletedKind,
    DeletesForGood,
    Effect,
    EffectTime,
    LiveSystem,
    Overwrites,
    Protection,
    ReleasesNumber,
    SuppressesNumber,
)
from chasedata_mcp.tools.history import Freeze
from chasedata_mcp.tools.impact import Impact
from chasedata_mcp.tools.registry import CATALOGUE, TOOLSETS

NUMBER = "9545550101"
BOTH = frozenset(Protection)
DNC = frozenset({Protection.DNC})
DUPLICATES = frozenset({Protection.DUPLICATES})


def reached(
    when: EffectTime, passing: frozenset[Protection], number: str | None = NUMBER
) -> ContactsPerson:
    return ContactsPerson(number, Channel.CALL, when, passing=passing)


@each("tool", EXAMPLES)
def test_read_only_refuses_everything_but_the_reads(tool: str) -> None:
    verdict = access.check_read_only(CATALOGUE[tool], is_read_only=True)
    assert isinstance(verdict, Allow if tool in READS else Refuse)
    assert access.check_read_only(CATALOGUE[tool], is_read_only=False) == Allow()


@each("tool", EXAMPLES)
def test_a_tool_is_refused_unless_its_own_toolset_is_on(tool: str) -> None:
    action = CATALOGUE[tool]
    others = frozenset(TOOLSETS) - {action.toolset}
    assert access.check_toolset(action, frozenset({action.toolset}), {}) == Allow()
    refusal = access.check_toolset(action, others, {})
    assert isinstance(refusal, Refuse)
    assert "CHASEDATA_TOOLSETS" in refusal.reason


@pytest.mark.parametrize("toolsets", [frozenset[str](), frozenset({"leads", "dnc"})])
def test_what_stops_everything_is_there_whatever_the_toolsets_unless_it_is_off_by_name(
    toolsets: frozenset[str],
) -> None:
    assert access.check_toolset(Freeze, toolsets, {}) == Allow()
    assert isinstance(access.check_toolset(Freeze, toolsets, {"freeze": "off"}), Refuse)


def test_read_only_names_its_setting() -> None:
    refusal = access.check_read_only(CATALOGUE["delete_dnc"], is_read_only=True)
    assert isinstance(refusal, Refuse)
    assert "CHASEDATA_READ_ONLY" in refusal.reason


@pytest.mark.parametrize(
    ("level", "asked"),
    [
        (ConfirmLevel.DESTRUCTIVE, DESTRUCTIVE),
        (ConfirmLevel.OUTWARD, DESTRUCTIVE + OUTWARD),
        (ConfirmLevel.WRITES, DESTRUCTIVE + OUTWARD + WRITES),
    ],
)
def test_a_level_asks_for_its_effects_and_no_others(
    level: ConfirmLevel, asked: tuple[str, ...]
) -> None:
    pipeline = a_pipeline()
    verdicts = {
        tool: check_confirm_level(pipeline.read(tool, arguments), level)
        for tool, arguments in EXAMPLES.items()
    }
    assert {tool for tool, verdict in verdicts.items() if isinstance(verdict, Ask)} == set(asked)


def test_no_level_asks_for_a_read() -> None:
    assert not any(Impact.READ in effects for effects in IMPACTS_ASKED_AT.values())


def test_no_level_lets_a_destructive_call_through() -> None:
    assert all(Impact.DESTRUCTIVE in IMPACTS_ASKED_AT[level] for level in ConfirmLevel)


@pytest.mark.parametrize("import_only", [True, False])
def test_an_insert_is_outward_only_where_it_dials(*, import_only: bool) -> None:
    insert = an_action("insert_lead", {**LEAD, "import_only": import_only})
    verdict = check_confirm_level(insert, ConfirmLevel.OUTWARD)
    assert isinstance(verdict, Allow if import_only else Ask)


@pytest.mark.parametrize(
    ("effect", "typed"),
    [
        (ReleasesNumber(NUMBER), Typed(TypedKind.PHONE, NUMBER)),
        (DeletesForGood(DeletedKind.DIAL_LIST, "Spring"), Typed(TypedKind.NAME, "Spring")),
        (reached(EffectTime.NOW, DNC), Typed(TypedKind.PHONE, NUMBER)),
        (reached(EffectTime.NOW, BOTH), Typed(TypedKind.PHONE, NUMBER)),
        (reached(EffectTime.NOW, DUPLICATES), None),
    ],
)
def test_a_lost_protection_is_asked_about_whatever_the_level(
    effect: Effect, typed: Typed | None
) -> None:
    [verdict] = check_protections([effect])
    assert isinstance(verdict, Ask)
    assert verdict.typed == typed


@pytest.mark.parametrize(
    "effect",
    [
        reached(EffectTime.NOW, frozenset()),
        reached(EffectTime.LATER, frozenset()),
        reached(EffectTime.LATER, DNC),
        reached(EffectTime.LATER, DUPLICATES),
        ContactsPerson(None, Channel.CALL, EffectTime.LATER, lead="lead_id 1"),
        ContactsPerson(NUMBER, Channel.TEXT, EffectTime.NOW),
        ContactsPerson(NUMBER, Channel.CALL, EffectTime.LATER, at=datetime(2026, 3, 3, 9)),  # noqa: DTZ001 - a callback is local time
        SuppressesNumber(NUMBER),
        Overwrites("the notes"),
        ChangesRouting(LiveSystem.DIALING, EffectTime.NOW, "Main"),
    ],
)
def test_where_no_protection_is_lost_the_rule_has_nothing_against_it(
    effect: Effect,
) -> None:
    assert check_protections([effect]) == [Allow()]


def test_a_number_that_is_not_known_is_still_asked_about_when_duplicates_are_passed_over() -> None:
    [verdict] = check_protections([reached(EffectTime.NOW, DUPLICATES, number=None)])
    assert isinstance(verdict, Ask)


def test_every_consequence_gets_its_own_verdict() -> None:
    harmless, grave = SuppressesNumber(NUMBER), ReleasesNumber(NUMBER)
    first, second, third = check_protections([harmless, grave, harmless])
    assert (first, third) == (Allow(), Allow())
    assert isinstance(second, Ask)


@pytest.mark.parametrize("passed", [True, False])
def test_a_stored_lead_that_may_be_called_past_the_dnc_list_needs_the_number_where_it_asks(
    *, passed: bool
) -> None:
    call = {**LEAD, "import_only": True, "dial_non_callables": passed}
    verdict = check_confirm_level(an_action("insert_lead", call), ConfirmLevel.WRITES)
    assert isinstance(verdict, Ask)
    assert verdict.typed == (Typed(TypedKind.PHONE, NUMBER) if passed else None)
