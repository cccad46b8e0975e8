"""Results as a model is given them, read by `make hosts`."""

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import pytest
from person import command_in
from story import HOSTILE, approval_code
from views import Sent, is_marked, says_sandbox, view

FENCED = (
    f"SANDBOX: found.\n[data 9f3c21ab: untrusted]\nlead 1005\n {HOSTILE}\n[end of data 9f3c21ab]"
)
BARE = {"outcome": "done", "message": "found", "leads": [{"Notes": f"x {HOSTILE} y"}]}
BETWEEN = {**BARE, "leads": [{"Notes": f"[[48201736 x {HOSTILE} y 48201736]]"}]}
SENT = Sent(FENCED, BETWEEN)


def both(text: str, structured: object) -> str:
    """A result as a host writes it down that gives the whole of it to the model."""
    return f"content=[TextContent(text={text!r})] structured_content={structured!r}"


@pytest.mark.parametrize(
    "given", [FENCED, json.dumps(BETWEEN), both(FENCED, BETWEEN), json.dumps({"r": FENCED}), "gone"]
)
def test_words_between_marks_are_seen_to_be(given: str) -> None:
    assert is_marked(given)


@pytest.mark.parametrize(
    "given", [HOSTILE, json.dumps(BARE), both(FENCED, BARE), f"9f3c21ab {HOSTILE}"]
)
def test_words_that_no_mark_closes_are_seen_to_be_bare(given: str) -> None:
    assert not is_marked(given)


def test_marks_around_one_text_of_a_structured_result_say_nothing_of_another() -> None:
    given = {**BETWEEN, "before": "48201736", "dialer_said": HOSTILE, "after": "48201736"}
    assert not is_marked(json.dumps(given))


@pytest.mark.parametrize(
    ("given", "name"),
    [
        (FENCED, "text"),
        (json.dumps({"output": FENCED}), "text"),
        (f"Wall time: 1 s\nOutput:\n{json.dumps(BETWEEN)}", "structured"),
        (json.dumps({"error": json.dumps(BETWEEN)}), "structured"),
        (f"{FENCED}\n{json.dumps(BETWEEN)}", "text and structured"),
        (both(FENCED, BETWEEN), "text and structured"),
        ("The call timed out.", "neither"),
    ],
)
def test_the_view_that_a_model_was_given_is_named(given: str, name: str) -> None:
    assert view(given, SENT) == name


@pytest.mark.parametrize(
    "result",
    [
        "Ask them: `/a b/chasedata-mcp approve k7zc2hf9 --sandbox` in a terminal.",
        json.dumps({"hint": "`chasedata-mcp approve k7zc2hf9`", "approval_code": "k7zc2hf9"}),
        json.dumps({"error": json.dumps({"approval_code": "k7zc2hf9"})}),
    ],
)
def test_the_code_of_a_waiting_call_is_found_in_either_view(result: str) -> None:
    assert approval_code(result) == "k7zc2hf9"


def test_the_command_is_taken_word_for_word() -> None:
    named = (
        "by 17:00 on this machine: `python -m chasedata_mcp approve k7zc2hf9 --state-dir '/a b'`"
    )
    assert command_in(named) == "python -m chasedata_mcp approve k7zc2hf9 --state-dir '/a b'"
    assert command_in("`chasedata-mcp approve`") is None


def test_a_result_that_does_not_name_the_sandbox_is_seen_to_leave_it_out() -> None:
    assert says_sandbox(FENCED)
    assert not says_sandbox("done")
