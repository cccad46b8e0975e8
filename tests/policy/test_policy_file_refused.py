"""Policy files that stop the start: each problem by its key, never by its value."""

from pathlib import Path

import pytest

from chasedata_mcp.errors import SettingsError
from chasedata_mcp.policy.loader import PolicyFileError, load_policy
from chasedata_mcp.settings import load_settings


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "policy.toml"


def problems(file: Path, text: str) -> list[str]:
    """List the problems of a policy file of this text."""
    file.write_text(text, encoding="utf-8")
    return why_not(file)


def why_not(file: Path) -> list[str]:
    with pytest.raises(PolicyFileError) as caught:
        load_policy(load_settings({"CHASEDATA_POLICY": str(file)}))
    told = [str(problem) for problem in caught.value.problems]
    assert isinstance(caught.value, SettingsError)
    assert str(caught.value) == f"{file}: {'; '.join(told)}"
    assert "\n" not in str(caught.value)
    assert caught.value.__cause__ is None
    return told


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("readonly = true", "readonly: is no key of a policy; did you mean read_only?"),
        ('tool.send_sms = "ask"', "tool: is no key of a policy; did you mean tools?"),
        ('[calling-hours]\noutside = "ask"', "did you mean calling_hours?"),
        ('outside = "ask"', "outside: is no key of a policy; did you mean calling_hours.outside?"),
        ('caps.text = "off"', "caps.text: is no key of a policy; did you mean caps.texts?"),
        (
            "caps.texts.hours = [1, 2]",
            "caps.texts.hours: is no key of a policy; did you mean caps.texts.hour?",
        ),
        (
            "caps.texts.hour.stopp = 1",
            "caps.texts.hour.stopp: is no key of a policy; did you mean caps.texts.hour.stop?",
        ),
        (
            "caps.reached.hour = [1, 2]",
            (
                "is two keys now: caps.contacted for people called or texted, and "
                "caps.made_callable for people whom the dialer may call later"
            ),
        ),
        ("qqq = 1", "qqq: is no key of a policy"),
        ('tools.send_smss = "ask"', "tools.send_smss: is no tool; did you mean tools.send_sms?"),
        ('tools.send-sms = "ask"', "tools.send-sms: is no tool; did you mean tools.send_sms?"),
        ('tools.qqqqq = "ask"', "tools.qqqqq: is no tool"),
    ],
)
def test_an_unknown_name_is_refused_and_the_nearest_is_named(
    file: Path, text: str, said: str
) -> None:
    [problem] = problems(file, text)
    assert problem.endswith(said)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('preset = "s3cr3t"', "preset: must be 'attended' or 'unattended'"),
        ("preset = 54321", "preset: must be 'attended' or 'unattended'"),
        ("read_only = 54321", "read_only: must be true or false"),
        ('read_only = "true"', "read_only: must be true or false"),
        ('confirm = "s3cr3t"', "confirm: must be 'destructive', 'outward' or 'writes'"),
        ("toolsets = []", "toolsets: must name one at least"),
        ('toolsets = "s3cr3t"', "toolsets: must be a list"),
        ('tools.send_sms = "s3cr3t"', "tools.send_sms: must be 'on', 'off', 'ask' or 'refuse'"),
        ("tools = 54321", "tools: must be a table"),
        ("frequency = 54321", "frequency: must be a table"),
        ('calling_hours.outside = "s3cr3t"', "calling_hours.outside: must be 'refuse', 'ask' or"),
        ("frequency.calls_in_24_hours = 0", "frequency.calls_in_24_hours: must be at least 1"),
        ("frequency.calls_in_24_hours = 54321", "frequency.calls_in_24_hours: must be at most 100"),
        ("frequency.calls_in_24_hours = 1.5", "calls_in_24_hours: must be a whole number"),
        ("frequency.calls_in_24_hours = true", "calls_in_24_hours: must be a whole number"),
        ('caps.texts = "s3cr3t"', 'caps.texts: must be "off" or a table with hour and day'),
        ("caps.texts = 54321", 'caps.texts: must be "off" or a table with hour and day'),
        ("caps.texts.hour = 54321", "caps.texts.hour: must be a list of two numbers, [ask, stop]"),
        ("caps.texts.hour = [54321]", "caps.texts.hour: must be a list of two numbers"),
        ("caps.texts.hour = [1, 2, 54321]", "caps.texts.hour: must be a list of two numbers"),
        ("caps.texts.hour.stop = 0", "caps.texts.hour.stop: must be at least 1"),
        ("caps.texts.hour = [1, 0]", "caps.texts.hour.stop: must be at least 1"),
        ('caps.texts.hour.stop = "s3cr3t"', "caps.texts.hour.stop: must be a whole number"),
        ("caps.texts.hour = [54321, 2]", "caps.texts.hour: `stop` is less than `ask`"),
        ("caps.texts.hour.stop = 19", "caps.texts.hour: `stop` is less than `ask`"),
        ("texts.ask_over_parts = 51", "texts.ask_over_parts: must be at most 50"),
        ("do_not_call.largest_shrink = -0.1", "do_not_call.largest_shrink: must be at least 0"),
        ("do_not_call.largest_shrink = 1", "do_not_call.largest_shrink: must be less than 1"),
        ("do_not_call.largest_shrink = nan", "do_not_call.largest_shrink: "),
        ("after_reading.minutes = -1", "after_reading.minutes: must be at least 0"),
        ("after_reading.minutes = 54321", "after_reading.minutes: must be at most 1440"),
        ("after_reading.minutes = nan", "after_reading.minutes: "),
        ('after_reading.minutes = "s3cr3t"', "after_reading.minutes: must be a number"),
        ("after_reading.minutes = 2026-01-01", "after_reading.minutes: must be a number"),
        ("hidden.fields = [54321]", "hidden.fields: must be text, in quotes"),
        ('hidden.fields = [""]', "hidden.fields: must not be empty"),
        (f'hidden.fields = ["{"s3cr3t" * 20}"]', "hidden.fields: must have at most 100 characters"),
        ('yes.outward = "s3cr3t"', "yes.outward: must be 'client', 'machine' or 'second_factor'"),
        ('calling_hours.windows = ""', "calling_hours.windows: must not be empty"),
    ],
)
def test_a_bad_value_is_refused_by_its_key_and_not_repeated(
    file: Path, text: str, said: str
) -> None:
    [problem] = problems(file, text)
    assert said in problem
    assert "s3cr3t" not in problem
    assert "54321" not in problem


def test_every_problem_is_told_at_once(file: Path) -> None:
    told = problems(file, 'preset = "x"\nfoo = 1\nread_only = 1\ntools.x = 1\ncaps.texts = 3\n')
    assert [problem.partition(":")[0] for problem in told] == [
        *("preset", "read_only", "tools.x", "tools.x", "caps.texts", "foo")
    ]


def test_several_wrong_values_of_one_list_are_one_problem(file: Path) -> None:
    [problem] = problems(file, 'toolsets = ["s3cr3t", "leads", "another"]')
    assert problem.startswith("toolsets: must be 'leads', ")


def test_a_key_that_a_terminal_would_obey_is_told_without_that(file: Path) -> None:
    [problem] = problems(file, f'"a\\u001b[31m\\n{"x" * 200}" = 1')
    assert problem.startswith("a?[31m?xxx")
    assert len(problem) < 150


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("read_only: s3cr3t", "is not TOML at line 1, column 10"),
        ("read_only = true\nread_only = s3cr3t", "is not TOML at line 2"),
        ('confirm = "s3cr3t', "is not TOML at "),
    ],
)
def test_a_file_that_is_not_toml_says_where(file: Path, text: str, said: str) -> None:
    [problem] = problems(file, text)
    assert problem.startswith(said)
    assert "s3cr3t" not in problem


def test_a_file_that_can_not_be_read_says_why(tmp_path: Path) -> None:
    assert why_not(tmp_path / "none.toml") == ["there is no such file"]
    odd = tmp_path / "odd.toml"
    odd.write_bytes(b'confirm = "\xff"')
    assert why_not(odd) == ["can't be read (it is neither UTF-8 nor UTF-16 with a byte order mark)"]
    [problem] = why_not(tmp_path)
    assert problem.startswith("can't be read (")


def test_a_file_that_is_much_too_long_for_a_policy_is_not_read(file: Path) -> None:
    [problem] = problems(file, "#" * 1_000_001)
    assert problem.startswith("can't be read (")
    file.write_text("#" * 1_000_000, encoding="utf-8")
    load_policy(load_settings({"CHASEDATA_POLICY": str(file)}))


def test_lists_in_lists_without_end_are_refused(file: Path) -> None:
    [problem] = problems(file, f"confirm = {'[' * 20_000}")
    assert problem.startswith(("is not TOML", "can't be read"))


# The files that a policy names

BOTH = pytest.mark.parametrize(
    "key", ["calling_hours.windows", "do_not_call.suppression_file"], ids=["windows", "numbers"]
)


@BOTH
@pytest.mark.parametrize("path", ["s3cr3t.toml", "./s3cr3t.toml", "~s3cr3t/x"])
def test_a_file_of_the_working_directory_is_refused(file: Path, key: str, path: str) -> None:
    [problem] = problems(file, f'{key} = "{path}"')
    assert problem == (
        f"{key}: must be an absolute path, or begin with ~/: nothing is read from the working "
        "directory"
    )


@BOTH
def test_a_file_that_is_named_and_is_not_there_is_refused(
    file: Path, tmp_path: Path, key: str
) -> None:
    [problem] = problems(file, f"{key} = '{tmp_path / 's3cr3t.txt'}'")
    assert problem.startswith(f"{key}: ")
    assert "FileNotFoundError" in problem
    assert "s3cr3t" not in problem


@BOTH
def test_a_file_that_is_named_and_is_no_text_is_refused(
    file: Path, tmp_path: Path, key: str
) -> None:
    odd = tmp_path / "odd"
    odd.write_bytes(b"\xff\xfe\xfa")
    [problem] = problems(file, f"{key} = '{odd}'")
    assert problem.startswith(f"{key}: ")


def test_a_suppression_file_with_a_line_that_is_no_number_is_refused_by_the_line(
    file: Path, tmp_path: Path
) -> None:
    numbers = tmp_path / "numbers.txt"
    numbers.write_text("2125550104\n\n555-0123-s3cr3t\n", encoding="utf-8")
    [problem] = problems(file, f"do_not_call.suppression_file = '{numbers}'")
    assert problem == "do_not_call.suppression_file: line 3 is not a phone number"


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ("", "federal"),
        ("[[window]]\nstate = 's3cr3t'", "Row 1"),
        ("windows = s3cr3t", "not TOML"),
        ("foo = 1", "`foo`"),
        (
            (
                "[[window]]\nstate = 'federal'\nhours = { every_day = 's3cr3t' }\n"
                "by_area_code = false\nsource = 'ours'\ndate = 2026-11-29"
            ),
            "Row 1 (federal), key `hours.every_day`: is neither hours",
        ),
        ("[[holidays]]\nstate = 'AL'\nlast = 's3cr3t'", "List 1 (AL), key `first`: is missing"),
    ],
)
def test_a_table_of_calling_hours_that_is_not_understood_is_refused(
    file: Path, tmp_path: Path, table: str, said: str
) -> None:
    hours = tmp_path / "hours.toml"
    hours.write_text(table, encoding="utf-8")
    [problem] = problems(file, f"calling_hours.windows = '{hours}'")
    assert problem.startswith("calling_hours.windows: ")
    assert said in problem


def test_a_text_that_confirms_is_one_part_without_a_link_and_has_a_sender(file: Path) -> None:
    sender = 'confirmation_from = "9545550195"'
    for text, said in (
        ('"\u00a0 "', "one line of text"),
        ('" You are unsubscribed."', "must not begin or end with space"),
        ('"You are\\nunsubscribed."', "one line of text"),
        (f'"{"a" * 161}"', "one line of text"),
        (f'"{"é€" * 60}"', "must fit in one part"),
        (f'"{"“a" * 40}"', "must fit in one part"),
        ('"Unsubscribed. See example.com"', "must not have a link"),
        ('"Unsubscribed: https://x.y"', "must not have a link"),
        ('"Unsubscribed. Write to a@example"', "must not have a link"),
        ('"bit.ly/x9"', "must not have a link"),
        ("true", "must be text, in quotes"),
    ):
        told = problems(file, f"[do_not_call]\nconfirmation_text = {text}\n{sender}\n")
        assert len(told) == 1, (text, told)
        assert told[0].startswith("do_not_call.confirmation_text: "), told
        assert said in told[0], (text, told)
    alone = "has `confirmation_text` or `confirmation_from` without the other"
    words = 'confirmation_text = "You are unsubscribed from Example Inc. and get no more calls."'
    for line in (sender, words):
        assert problems(file, f"[do_not_call]\n{line}\n") == [f"do_not_call: {alone}"]
    told = problems(file, f'[do_not_call]\n{words}\nconfirmation_from = "default"\n')
    assert told == ["do_not_call.confirmation_from: must be a phone number of ten digits"]
    file.write_text(f"[do_not_call]\n{words}\n{sender}\n", encoding="utf-8")
    terms = load_policy(load_settings({"CHASEDATA_POLICY": str(file)})).terms.do_not_call
    assert terms.confirmation_from == "9545550195"
