"""The table of codes, transcribed from tools.md, and what an error carries."""

import pytest

from chasedata_mcp.errors import (
    CallError,
    Changed,
    ChasedataError,
    Code,
    FailureInfo,
    Outcome,
    Retry,
    SettingsError,
)

# code | outcome | changed | retry
_TABLE = """
invalid_arguments | refused | no | after_change
not_configured | refused | no | never
not_allowed | refused | no | never
needs_confirmation | refused | no | after_check
declined | refused | no | never
duplicate_lead | refused | no | after_change
refused_by_dialer | refused | no | after_change
not_reached | refused | no | safe
no_answer | unknown | unknown | after_check
not_understood | unknown | unknown | after_check
failed | unknown | unknown | after_check
"""
LINES = [tuple(map(str.strip, line.split("|"))) for line in _TABLE.strip().splitlines()]
# What is another for a read.
OF_A_READ = {
    "no_answer": ("refused", "no", "safe"),
    "not_understood": ("unknown", "no", "after_check"),
}


def standing(code: str, *, read: bool) -> FailureInfo:
    return CallError(Code(code), "It failed.", hint="Look.", read=read).info


def test_the_codes_are_those_of_the_table_in_its_order() -> None:
    assert [code.value for code in Code] == [line[0] for line in LINES]


@pytest.mark.parametrize("line", LINES, ids=lambda line: line[0])
def test_a_write_stands_as_the_table_says(line: tuple[str, ...]) -> None:
    code, outcome, changed, retry = line
    assert standing(code, read=False) == FailureInfo(
        Outcome(outcome), Changed(changed), Retry(retry)
    )


@pytest.mark.parametrize("line", LINES, ids=lambda line: line[0])
def test_a_read_differs_only_where_nothing_can_have_changed(line: tuple[str, ...]) -> None:
    outcome, changed, retry = OF_A_READ.get(line[0], line[1:])
    expected = FailureInfo(Outcome(outcome), Changed(changed), Retry(retry))
    assert standing(line[0], read=True) == expected


def test_the_words_are_those_of_the_table() -> None:
    assert [outcome.value for outcome in Outcome] == ["done", "refused", "unknown"]
    assert {changed.value for changed in Changed} == {"no", "unknown"}
    assert {retry.value for retry in Retry} == {"safe", "after_change", "after_check", "never"}


def test_an_error_carries_its_message_its_hint_and_what_the_dialer_said() -> None:
    error = CallError(Code.DECLINED, "No.", hint="Ask.", dialer_said="Nope")
    assert (str(error), error.message, error.hint, error.dialer_said) == (
        "No.",
        "No.",
        "Ask.",
        "Nope",
    )
    assert CallError(Code.DECLINED, "No.", hint="Ask.").dialer_said is None


def test_both_kinds_of_error_are_of_this_package() -> None:
    assert issubclass(CallError, ChasedataError)
    assert issubclass(SettingsError, ChasedataError)
    assert not issubclass(CallError, SettingsError)
