import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chasedata_mcp.cli.call import HELPS
from chasedata_mcp.cli.command_errors import UsageError
from chasedata_mcp.cli.options import JSON, SANDBOX
from chasedata_mcp.cli.tool_options import OptionKind, ToolOption, list_options, read
from chasedata_mcp.tools.registry import CATALOGUE
from chasedata_mcp.tools.schema import build_entry

FLAGS = (JSON, SANDBOX, *HELPS)


def schema(tool: str) -> dict[str, Any]:
    found: dict[str, Any] = build_entry(CATALOGUE[tool])["inputSchema"]
    return found


def arguments(tool: str, *words: str) -> dict[str, Any]:
    return read(words, list_options(schema(tool)), FLAGS).arguments


def complaint(tool: str, *words: str) -> str:
    with pytest.raises(UsageError) as refused:
        arguments(tool, *words)
    return str(refused.value)


def test_dashes_and_underscores_name_the_same_option() -> None:
    assert (
        arguments("insert_lead", "--primary-phone", "9545550101")
        == arguments("insert_lead", "--primary_phone=9545550101")
        == {"primary_phone": "9545550101"}
    )


@pytest.mark.parametrize(
    ("words", "value"),
    [
        (["--import-only"], True),
        (["--import-only", "true"], True),
        (["--import-only", "yes"], True),
        (["--import-only=1"], True),
        (["--no-import-only"], False),
        (["--no_import_only"], False),
        (["--import-only", "false"], False),
        (["--import-only=No"], False),
    ],
)
def test_a_switch_is_set_in_the_ways_that_people_write(words: list[str], value: object) -> None:
    assert arguments("insert_lead", *words) == {"import_only": value}


def test_a_switch_leaves_the_option_that_follows_alone() -> None:
    given_both = arguments("insert_lead", "--import-only", "--campaign", "Solar")

    assert given_both == {"import_only": True, "campaign": "Solar"}


def test_a_whole_number_becomes_one() -> None:
    assert arguments("update_skill_priority", "--priority", "-3") == {"priority": -3}
    assert arguments("update_skill_priority", "--priority", "5.0") == {"priority": 5}


@pytest.mark.parametrize("text", ["3.5", "three", "", "0x3", "1" * 19, "٣"])
def test_what_is_no_whole_number_is_refused(text: str) -> None:
    assert complaint("update_skill_priority", f"--priority={text}") == (
        "--priority takes a whole number"
    )


@pytest.mark.parametrize(
    "words",
    [
        ["--clear-fields", "notes", "--clear-fields", "adv_Color"],
        ["--clear-fields", '["notes", "adv_Color"]'],
    ],
)
def test_a_list_is_repeated_or_written_as_json(words: list[str]) -> None:
    assert arguments("update_lead", *words) == {"clear_fields": ["notes", "adv_Color"]}


@pytest.mark.parametrize(
    "words",
    [
        ["--custom-fields", "Roof Type=Tile", "--custom-fields", "Bill=a=b"],
        ["--custom-fields", '{"Roof Type": "Tile", "Bill": "a=b"}'],
        ["--custom-fields", '{"Roof Type": "Tile"}', "--custom-fields", "Bill=a=b"],
    ],
)
def test_fields_are_written_as_pairs_or_as_json(words: list[str]) -> None:
    assert arguments("insert_lead", *words) == {
        "custom_fields": {"Roof Type": "Tile", "Bill": "a=b"}
    }


@pytest.mark.parametrize(
    "words",
    [
        ["--callback-agent", "Maria", "--callback-at", "2030-12-02T14:20"],
        ["--callback", "agent=Maria", "--callback_at", "2030-12-02T14:20"],
        ["--callback", '{"agent": "Maria", "at": "2030-12-02T14:20"}'],
    ],
)
def test_a_callback_has_options_of_its_own(words: list[str]) -> None:
    assert arguments("update_lead", *words) == {
        "callback": {"agent": "Maria", "at": "2030-12-02T14:20"}
    }


def test_a_value_may_begin_with_dashes_where_it_is_no_option() -> None:
    assert arguments("send_sms", "--message", "--- hi ---") == {"message": "--- hi ---"}
    assert arguments("send_sms", "--message=--json") == {"message": "--json"}


@pytest.mark.parametrize(
    ("words", "what"),
    [
        (["--mesage", "x"], "there is no option --mesage; did you mean --message?"),
        (["--zzzzzzzzz"], "there is no option --zzzzzzzzz"),
        (["--no-message"], "there is no option --no-message; did you mean --message?"),
        (["--message"], "--message needs a value"),
        (["--message", "--json"], "--message needs a value"),
        (["--message", "--to_number=5"], "--message needs a value"),
        (["--message", "a", "--message", "b"], "--message is given twice"),
        (["secret"], "a value stands without its option"),
        (["--message", "two", "words"], "a value stands without its option"),
    ],
)
def test_words_that_are_not_understood_are_named(words: list[str], what: str) -> None:
    assert complaint("send_sms", *words).startswith(what)


@pytest.mark.parametrize(
    ("words", "what"),
    [
        (["--no-import-only=true"], "--no-import-only takes no value"),
        (["--import-only=maybe"], "--import-only takes true or false"),
        (["--import-only", "maybe"], "a value stands without its option"),
        (["--import-only", "--no-import-only"], "--import-only is given twice"),
        (["--custom-fields", "Color"], "--custom-fields takes NAME=VALUE"),
        (["--custom-fields", "{Color: red}"], "--custom-fields begins like JSON and is none"),
        (["--custom-fields", "a=1", "--custom-fields", "a=2"], "--custom-fields is given twice"),
        (["--callback", "at=1", "--callback-at", "2"], "--callback-at is given twice"),
    ],
)
def test_values_of_the_wrong_shape_are_refused(words: list[str], what: str) -> None:
    assert complaint("insert_lead", *words).startswith(what)


def test_a_list_that_only_begins_like_json_is_refused() -> None:
    deep = "[" * 100_000

    assert complaint("update_lead", "--clear-fields", deep).startswith("--clear-fields begins")


def test_flags_of_the_command_may_stand_anywhere() -> None:
    typed = read(
        ["--json", "--number", "1", "--sandbox"], list_options(schema("delete_dnc")), FLAGS
    )

    assert typed.flags == {"--json", "--sandbox"}
    assert typed.arguments == {"number": "1"}


@pytest.mark.parametrize("tool", CATALOGUE)
def test_no_option_hides_another_or_a_flag(tool: str) -> None:
    names = [option.name for option in list_options(schema(tool))]

    assert len({*names, *FLAGS}) == len(names) + len(FLAGS)


@pytest.mark.parametrize("tool", CATALOGUE)
def test_what_is_required_is_listed_first(tool: str) -> None:
    required = [option.path[0] for option in list_options(schema(tool)) if option.required]

    assert required == [option.path[0] for option in list_options(schema(tool))][: len(required)]
    assert set(required) == set(schema(tool).get("required", ()))


TEXTS = st.text(max_size=30)
VALUES: dict[OptionKind, st.SearchStrategy[Any]] = {
    OptionKind.TEXT: TEXTS,
    OptionKind.SWITCH: st.booleans(),
    OptionKind.WHOLE: st.integers(-(10**17), 10**17),
    OptionKind.LIST: st.lists(TEXTS, min_size=1),
    OptionKind.PAIRS: st.dictionaries(TEXTS, TEXTS, min_size=1),
}


def whole_arguments(options: tuple[ToolOption, ...]) -> st.SearchStrategy[dict[str, Any]]:
    single = {option.path[0]: VALUES[option.kind] for option in options if len(option.path) == 1}
    return st.fixed_dictionaries({}, optional=single)


def words_for(option: ToolOption, value: object) -> str:
    match value:
        case bool():
            return f"{option.name}={'true' if value else 'false'}"
        case list() | dict():
            return f"{option.name}={json.dumps(value)}"
        case _:
            return f"{option.name}={value}"


@given(data=st.data(), tool=st.sampled_from(sorted(CATALOGUE)))
def test_whatever_is_written_as_words_is_read_as_it_was(data: st.DataObject, tool: str) -> None:
    options = list_options(schema(tool))
    written = data.draw(whole_arguments(options))
    by_name = {option.path[0]: option for option in options if len(option.path) == 1}

    words = [words_for(by_name[name], value) for name, value in written.items()]

    assert arguments(tool, *words) == written
