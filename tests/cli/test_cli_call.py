import json
import shlex
from pathlib import Path

import pytest

from _support.terminals import Ended, run
from chasedata_mcp.approvals.models import DECLINED, Reply
from chasedata_mcp.cli.call import EXAMPLES, execute, load_settings
from chasedata_mcp.cli.exit_codes import Exit, exit_of
from chasedata_mcp.cli.tool_help import example
from chasedata_mcp.cli.tool_options import TypedCall
from chasedata_mcp.errors import CallError, Code, Outcome
from chasedata_mcp.ledger.questions import Question
from chasedata_mcp.tools.account import NO_ACCOUNT
from chasedata_mcp.tools.registry import CATALOGUE
from chasedata_mcp.tools.results import Result, build_failure

ASKED = {"delete_dnc", "delete_dial_list"}
DANA = ("--search-field", "client_id", "--identifier", "WEB-1001")


def call(*words: str, **settings: str) -> Ended:
    return run("call", *words, SANDBOX="1", **settings)


def test_a_lead_is_shown_as_a_table_without_its_empty_fields() -> None:
    ended = call("search_lead", *DANA, "--detailed")

    assert ended.code == Exit.DONE
    assert ended.out.startswith("✓ done  sandbox, no dialer was touched\n")
    assert "FirstName Dana" in ended.words
    assert "Company" not in ended.words


def test_agents_are_shown_with_their_state() -> None:
    ended = call("available-inbound-agents", "--did", "954-555-0190")

    assert "agent state James waiting Maria waiting" in ended.words


def test_a_program_gets_the_structured_result_on_one_line() -> None:
    ended = call("search_lead", *DANA, "--json")

    assert ended.out.count("\n") == 1
    assert json.loads(ended.out)["leads"] == [{"lead_id": "1001", "fields": {}}]


def test_flags_may_stand_before_the_tool_too() -> None:
    ended = run("call", "--json", "--sandbox", "search_lead", *DANA)

    assert json.loads(ended.out)["environment"] == "sandbox"


def test_warnings_are_shown() -> None:
    ended = call("create_dial_list", "--agent", "James", "--list-name", "Two words")

    assert "Note: The name of this dial list has a space in it" in ended.words


def test_what_needs_a_yes_is_refused_where_nobody_can_be_asked() -> None:
    ended = call("delete_dnc", "--number", "2125550104", "--json")

    assert ended.code == Exit.REFUSED
    assert json.loads(ended.out)["code"] == "needs_confirmation"


@pytest.mark.parametrize("word", ["--yes", "-y", "--force"])
def test_there_is_no_option_that_says_yes(word: str) -> None:
    assert call("delete_dnc", "--number", "2125550104", word).code == Exit.USAGE


def test_a_tool_that_does_not_exist_names_the_nearest() -> None:
    ended = call("serch_lead")

    assert (ended.code, ended.out) == (Exit.USAGE, "")
    assert ended.err == "chasedata-mcp: there is no such tool; did you mean search_lead?\n"


def test_a_tool_that_is_near_to_none_says_where_they_are_listed() -> None:
    assert "`chasedata-mcp tools` lists them" in call("zzz").err


def test_an_option_that_does_not_exist_names_the_nearest() -> None:
    ended = call("delete_dnc", "--nmber", "2125550104")

    assert ended.code == Exit.USAGE
    assert ended.err == ("chasedata-mcp: there is no option --nmber; did you mean --number?\n")


def test_arguments_that_do_not_fit_are_refused_by_the_road() -> None:
    ended = call("delete_dnc", "--number", "12", "--json")

    assert ended.code == Exit.USAGE
    assert json.loads(ended.out)["code"] == "invalid_arguments"


def test_the_dialers_no_is_shown_with_its_words() -> None:
    lead = ("--campaign", "Solar", "--primary-phone", "954-555-0101", "--import-only")

    ended = call("insert_lead", *lead)

    assert ended.code == Exit.REFUSED_BY_DIALER
    assert "refused (duplicate_lead)" in ended.out
    assert "The dialer said (untrusted): Duplicated phone number. Lead ignored." in ended.words


def test_silence_after_a_write_ends_as_unknown() -> None:
    ended = call("reload_skills", SANDBOX_FAULTS="SkillListOperations.php=drop_after")

    assert ended.code == Exit.UNKNOWN
    assert ended.out.startswith("? unknown (no_answer)")


def test_silence_after_a_search_may_be_tried_again() -> None:
    ended = call("search_lead", *DANA, SANDBOX_FAULTS="*=drop*9")

    assert ended.code == Exit.NOT_REACHED


def test_without_settings_every_call_says_what_to_set() -> None:
    ended = run("call", "reload_skills")

    assert ended.code == Exit.USAGE
    assert "nothing is configured" in ended.out
    assert "Set CHASEDATA_TOKEN and CHASEDATA_ACCID" in ended.words


def test_a_live_account_is_named_and_a_dialer_that_is_not_there_may_be_tried_again() -> None:
    nowhere = "http://127.0.0.1:9/"

    ended = run("call", "reload_skills", TOKEN="a-token", ACCID="test", BASE_URL=nowhere)

    assert ended.code == Exit.NOT_REACHED
    assert "live, account test" in ended.words


def test_read_only_refuses_here_too() -> None:
    ended = call("reload_skills", READ_ONLY="1")

    assert ended.code == Exit.REFUSED
    assert "CHASEDATA_READ_ONLY" in ended.words


def test_settings_that_are_wrong_end_in_one_sentence() -> None:
    ended = call("reload_skills", TOOLSET="dnc")

    assert (ended.code, ended.out) == (Exit.USAGE, "")
    assert ended.err.startswith("chasedata-mcp: CHASEDATA_TOOLSET is no setting")
    assert ended.err.count("\n") == 1


@pytest.mark.parametrize("word", ["--help", "-h"])
def test_the_help_of_a_tool_teaches_its_options(word: str) -> None:
    ended = run("call", "insert_lead", word)

    assert ended.code == Exit.DONE
    assert "Makes the dialer call a new person at once" in ended.words
    assert "--[no-]import-only True only stores" in ended.words
    assert "--callback-agent TEXT" in ended.words
    assert "One of campaign, none, all_campaigns, campaign_and_subcampaign." in ended.words
    assert f"chasedata-mcp call {example('insert_lead')}" in ended.words


@pytest.mark.parametrize("tool", CATALOGUE)
def test_the_example_of_every_tool_works_on_the_sandbox(tool: str) -> None:
    ended = run("call", *shlex.split(example(tool)))

    assert ended.code == (Exit.REFUSED if tool in ASKED else Exit.DONE)


@pytest.mark.parametrize("command", EXAMPLES)
def test_the_examples_of_the_command_are_understood(command: str) -> None:
    ended = run(*shlex.split(command)[1:], SANDBOX="1")

    assert ended.code in {Exit.DONE, Exit.REFUSED}


def delete_dnc(answer: str | None, asked: list[Question], path: Path) -> Result:
    def ask(question: Question) -> Reply:
        asked.append(question)
        return DECLINED if answer is None else Reply({"confirm": answer})

    typed = TypedCall({"number": "2125550104"}, {"--sandbox"})
    found = load_settings(typed, {"CHASEDATA_SANDBOX_FILE": str(path)})
    return execute(CATALOGUE["delete_dnc"], typed, ask, found)


def test_a_person_who_types_the_number_gets_it_done(tmp_path: Path) -> None:
    asked: list[Question] = []

    result = delete_dnc("(212) 555-0104", asked, tmp_path / "state.db")

    assert result.outcome is Outcome.DONE
    assert [question.typed is not None for question in asked] == [True]


@pytest.mark.parametrize("answer", [None, "yes", "2125550105", ""])
def test_any_other_answer_declines(answer: str | None, tmp_path: Path) -> None:
    result = delete_dnc(answer, [], tmp_path / "state.db")

    assert result.code is Code.DECLINED
    assert exit_of(result) is Exit.REFUSED


def test_ctrl_c_at_the_question_sends_nothing(tmp_path: Path) -> None:
    def interrupted(_: Question) -> Reply:
        raise KeyboardInterrupt

    typed = TypedCall({"number": "2125550104"}, {"--sandbox"})
    found = load_settings(typed, {"CHASEDATA_SANDBOX_FILE": str(tmp_path / "state.db")})
    with pytest.raises(KeyboardInterrupt):
        execute(CATALOGUE["delete_dnc"], typed, interrupted, found)


@pytest.mark.parametrize(
    ("code", "read", "code_of_exit"),
    [
        (Code.INVALID_ARGUMENTS, False, 2),
        (Code.NOT_CONFIGURED, False, 2),
        (Code.NOT_ALLOWED, False, 3),
        (Code.NEEDS_CONFIRMATION, False, 3),
        (Code.DECLINED, False, 3),
        (Code.DUPLICATE_LEAD, False, 4),
        (Code.REFUSED_BY_DIALER, False, 4),
        (Code.NOT_REACHED, False, 5),
        (Code.NO_ANSWER, True, 5),
        (Code.NO_ANSWER, False, 6),
        (Code.NOT_UNDERSTOOD, False, 6),
        (Code.NOT_UNDERSTOOD, True, 6),
        (Code.FAILED, False, 6),
    ],
)
def test_every_code_has_its_exit(code: Code, read: bool, code_of_exit: int) -> None:  # noqa: FBT001 - a table
    error = CallError(code, "It is so.", hint="Do this.", read=read)

    assert exit_of(build_failure(NO_ACCOUNT, error)) == code_of_exit


def test_the_exit_codes_are_in_the_help() -> None:
    words = run("--help").words

    assert all(f"{code.value} {code.meaning}" in words for code in Exit)


def test_a_duplicate_shows_the_lead_that_is_in_its_way() -> None:
    taken = ("--campaign", "Solar", "--primary-phone", "9545550101", "--import-only", "true")
    ended = run("call", "insert_lead", *taken, SANDBOX="1")
    assert "It is lead 1001." in ended.words
    assert "Dana" in ended.words
    assert "Solar" in ended.words
