import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import typer
from pyotp import TOTP

from _support.commands import command
from _support.postgresql import ledger_address, make_schema
from _support.postgresql import run as run_statements
from _support.terminals import run, run_wide
from chasedata_mcp.approvals.second_factor import NAME, SecondFactor, fresh_secret
from chasedata_mcp.cli.app import run as run_command
from chasedata_mcp.cli.doctor import check_dialer, check_time_zones
from chasedata_mcp.cli.examination import Finding, State
from chasedata_mcp.cli.exit_codes import Exit
from chasedata_mcp.errors import CallError, Code
from chasedata_mcp.fields.zone_files import PACKAGE, TESTED, ZoneFiles, build_database
from chasedata_mcp.ledger.events import format_time, parse_time
from chasedata_mcp.tools.account import NO_ACCOUNT
from chasedata_mcp.tools.results import build_failure

SECRET = "D7C84300-0C1D-4DC9-B70F-000000000001"


def test_a_dialer_that_answers_is_well() -> None:
    ended = run("doctor", SANDBOX="1")

    assert ended.code == 0
    # Half a year after the calling hours were looked up, there is something to look at.
    assert ended.words.startswith("✓ Ready.")
    assert "✓ The sandbox, embedded; no dialer is touched." in ended.words
    assert "✓ It answers: a search for a client id that nobody has took" in ended.words


def test_the_word_sandbox_checks_the_embedded_one() -> None:
    ended = run("doctor", "--sandbox")

    assert ended.code == 0
    assert "CHASEDATA_SANDBOX yes --sandbox" in ended.words


def test_settings_are_shown_with_where_they_come_from(tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    file.write_text('confirm = "writes"\nread_only = true\n', encoding="utf-8")

    words = run("doctor", SANDBOX="1", CONFIG=str(file), SEARCH_SECONDS="2.5").words

    assert "CHASEDATA_SANDBOX yes variable" in words
    assert "CHASEDATA_SEARCH_SECONDS 2.5 variable" in words
    assert "CHASEDATA_CONFIRM writes CHASEDATA_CONFIG" in words
    assert "CHASEDATA_ACCID" not in words
    assert "Every other setting has its default; chasedata-mcp doctor --all shows them." in words


def test_a_clock_that_was_set_lately_is_said(tmp_path: Path) -> None:
    assert "This machine's clock" not in command(tmp_path, "doctor").words
    with closing(sqlite3.connect(tmp_path / "state" / "ledger-sandbox.sqlite3")) as store:
        [(clock,)] = store.execute("SELECT clock FROM ledger_clock")
        behind = format_time(parse_time(clock) - timedelta(hours=3))
        store.execute("UPDATE ledger_clock SET clock = ?", (behind,))
        store.commit()
    words = command(tmp_path, "doctor").words
    assert "This machine's clock was put ahead by 3 hours. Caps, questions and grants go" in words


def test_all_shows_the_settings_that_have_their_default_too() -> None:
    words = run("doctor", "--all", SANDBOX="1").words

    assert "CHASEDATA_SANDBOX yes variable" in words
    assert "CHASEDATA_ACCID - default" in words
    assert "CHASEDATA_COUNTRIES US, CA default" in words
    assert "--all" not in words


def test_the_password_of_a_database_is_hidden(tmp_path: Path) -> None:
    address = f"postgresql+psycopg://bob:{SECRET}@127.0.0.1:1/x"
    ended = run_wide("doctor", SANDBOX="1", LEDGER=address, STATE_DIR=str(tmp_path))
    assert SECRET not in ended.out + ended.err
    assert "postgresql+psycopg://bob:…@127.0.0.1:1/x" in ended.words


def test_a_database_on_which_the_record_may_be_lost_is_said(
    postgresql: str, tmp_path: Path
) -> None:
    schema = make_schema(postgresql)
    address = ledger_address(postgresql, schema)
    assert command(tmp_path, "doctor", LEDGER=address).code == 0
    run_statements(postgresql, f"ALTER TABLE {schema}.ledger_events SET UNLOGGED")
    ended = command(tmp_path, "doctor", LEDGER=address)
    assert ended.code == 1
    assert "✗ The ledger can't be written: its table ledger_events may be emptied" in ended.words
    assert "(ALTER TABLE ledger_events SET LOGGED)" in ended.words
    assert "Only reads go through until that is mended" in ended.words


def test_secrets_are_hidden() -> None:
    ended = run(
        "doctor", TOKEN=SECRET, ACCID="test", HTTP_KEY=SECRET, BASE_URL="http://127.0.0.1:9/"
    )

    assert "CHASEDATA_TOKEN ********** variable" in ended.words
    assert "CHASEDATA_HTTP_KEY ********** variable" in ended.words
    assert SECRET not in ended.out + ended.err
    assert "✓ A live dialer is set: account test at 127.0.0.1:9." in ended.words


def test_without_credentials_it_says_where_they_come_from() -> None:
    ended = run("doctor")

    assert ended.code == 2
    assert ended.words.startswith("✗ Not ready.")
    assert "✗ No dialer is configured" in ended.words
    assert "Settings, Integration, API Tokens" in ended.words
    assert "It answers" not in ended.words


def test_settings_that_contradict_each_other_are_explained() -> None:
    ended = run("doctor", SANDBOX="1", ACCID="test")

    assert ended.code == 2
    assert "✗ The settings can't be used: CHASEDATA_SANDBOX is set beside" in ended.words
    assert "nothing starts until then" in ended.words


@pytest.mark.parametrize(
    ("fault", "code", "told"),
    [
        ("body:<br><br>Result: Wrong token", 4, "the token or the accid is wrong"),
        ("status:403", 4, "Check CHASEDATA_TOKEN and CHASEDATA_ACCID"),
        ("status:404", 4, "Set CHASEDATA_SCRIPT_LEADS, now LeadOperations.php"),
        ("status:302", 6, "Have CHASEDATA_BASE_URL set"),
        ("body:<html>Sign in</html>", 6, "doesn't speak as the dialer does"),
        ("body:Sign in", 6, "chasedata-mcp probe finds out in what its answers differ"),
        ("drop", 5, "was reached and stayed silent"),
    ],
)
def test_each_failure_says_what_it_means(fault: str, code: int, told: str) -> None:
    ended = run("doctor", SANDBOX="1", SANDBOX_FAULTS=f"LeadOperations.php={fault}*9")

    assert ended.code == code
    assert "✗ A search came back" in ended.words
    assert told in ended.words


def test_a_dialer_that_is_not_there_is_told_from_one_that_is_silent() -> None:
    ended = run("doctor", TOKEN=SECRET, ACCID="test", BASE_URL="http://127.0.0.1:9/")

    assert ended.code == 5
    assert "a firewall or proxy stands between" in ended.words


def test_what_the_dialer_says_is_shown() -> None:
    ended = run(
        "doctor", SANDBOX="1", SANDBOX_FAULTS="LeadOperations.php=body:<br><br>Result: Go away"
    )

    assert "The dialer said (untrusted): Go away" in ended.words


def test_searches_that_are_switched_off_leave_the_question_open() -> None:
    ended = run("doctor", SANDBOX="1", TOOLSETS="dnc")

    assert ended.code == 0
    assert ended.words.startswith("✓ Ready. What is marked - below is worth a look.")
    assert "- The toolset leads is off" in ended.words
    assert "nothing was tried" in ended.words


def test_a_script_that_is_not_there_is_not_put_down_to_the_token() -> None:
    words = run("doctor", SANDBOX="1", SANDBOX_FAULTS="LeadOperations.php=status:404*9").words

    assert "and check CHASEDATA_BASE_URL" in words
    assert "the token or the accid is wrong" not in words


def test_what_is_wrong_beside_the_answer_ends_with_1(tmp_path: Path) -> None:
    (tmp_path / "sandbox" / "ledger-sandbox.sqlite3").mkdir(parents=True)

    ended = run("doctor", SANDBOX="1", STATE_DIR=str(tmp_path))

    assert "✓ It answers" in ended.words
    assert "✗ The ledger" in ended.words
    assert ended.code == 1


def test_the_option_is_named_though_there_is_a_file_of_settings(tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    file.write_text('confirm = "writes"\n', encoding="utf-8")

    words = run("doctor", "--sandbox", CONFIG=str(file)).words

    assert "CHASEDATA_SANDBOX yes --sandbox" in words
    assert "CHASEDATA_CONFIRM writes CHASEDATA_CONFIG" in words


def policy_with_codes(place: Path) -> str:
    policy = place / "policy.toml"
    policy.write_text('[yes]\ndestructive = "second_factor"\n', encoding="utf-8")
    return str(policy)


def test_codes_that_nobody_here_can_give_are_told(tmp_path: Path) -> None:
    settings = {"SANDBOX": "1", "STATE_DIR": str(tmp_path), "POLICY": policy_with_codes(tmp_path)}

    ended = run("doctor", **settings)

    assert "- The policy wants a code of a second factor (yes.destructive)" in ended.words
    assert "To enroll one: chasedata-mcp second-factor enroll" in ended.words
    assert ended.code == 0
    enroll(tmp_path)
    assert "second factor" not in run("doctor", **settings).words


def test_a_file_of_the_second_factor_that_is_none_is_told(tmp_path: Path) -> None:
    (tmp_path / NAME).write_text("no database, " * 100, encoding="utf-8")
    settings = {"SANDBOX": "1", "STATE_DIR": str(tmp_path), "POLICY": policy_with_codes(tmp_path)}

    assert "the second factor's file can't be used" in run("doctor", **settings).words


def test_policy_check_tells_of_codes_too(tmp_path: Path) -> None:
    policy = policy_with_codes(tmp_path)

    ended = run("policy", "check", policy, STATE_DIR=str(tmp_path))

    assert ended.code == 0
    assert "✓ The file is good" in ended.words
    assert "none is enrolled on this machine" in ended.words
    enroll(tmp_path)
    assert "second factor" not in run("policy", "check", policy, STATE_DIR=str(tmp_path)).words


def test_policy_check_holds_whatever_the_settings_are(tmp_path: Path) -> None:
    ended = run("policy", "check", policy_with_codes(tmp_path), TOKN="a")

    assert ended.code == 0
    assert "second factor (" not in ended.words


def enroll(place: Path) -> None:
    secret, now = fresh_secret(), datetime(2026, 3, 2, 12, tzinfo=UTC)
    assert SecondFactor(place).enroll(secret, TOTP(secret).at(now), now)


def test_a_failure_of_doctor_itself_has_an_exit_code_of_its_own() -> None:
    failing = build_failure(NO_ACCOUNT, CallError(Code.FAILED, "This server failed.", hint=""))

    finding, code = check_dialer(lambda _tool, _arguments: failing)

    assert code is Exit.FAULT
    assert "fault of this program" in finding.advice


def test_a_command_that_fails_by_itself_says_so_without_what_was_in_it(
    caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    value = "954-555-0123"
    broken = typer.Typer(pretty_exceptions_enable=False)

    @broken.command()
    def fails() -> None:
        raise ZeroDivisionError(value)

    with pytest.raises(SystemExit) as ended:
        run_command([], broken)

    assert ended.value.code == Exit.FAULT
    told = capsys.readouterr().err + caplog.text
    assert "ZeroDivisionError" in told
    assert "Please report it" in told
    assert value not in told


def test_no_line_is_broken_by_the_width() -> None:
    assert max(map(len, run("doctor").out.splitlines())) <= 80


def zones_of(place: Path, package: str | None, system: str | None = None) -> Finding:
    """What doctor finds with files of these releases."""
    package_files = None if package is None else ZoneFiles(PACKAGE, place, package)
    if system is not None:
        (place / "tzdata.zi").write_text(f"# version {system}\n", encoding="utf-8")
    directories = [] if system is None else [str(place)]
    return check_time_zones(build_database(directories, package_files))


def test_the_time_zones_in_use_are_told_with_their_release(tmp_path: Path) -> None:
    older = zones_of(tmp_path, TESTED, "2025b")
    assert older.state is State.GOOD
    assert older.message.startswith(f"Time zones are of release {TESTED}, from the package tzdata.")
    assert "The operating system" in older.message
    assert "has release 2025b." in older.message
    newer = zones_of(tmp_path, TESTED, "2099a")
    assert newer.state is State.GOOD
    assert newer.message.startswith("Time zones are of release 2099a, from the operating system (")


def test_time_zones_that_are_old_or_missing_are_told(tmp_path: Path) -> None:
    old = zones_of(tmp_path, "2025b")
    assert (old.state, "an hour off" in old.advice) == (State.OPEN, True)
    assert zones_of(tmp_path, None, "none").state is State.OPEN
    assert check_time_zones(build_database([], None)).state is State.BAD


def test_doctor_says_whose_time_zones_are_in_use() -> None:
    assert "✓ Time zones are of release" in run("doctor", "--sandbox").words
