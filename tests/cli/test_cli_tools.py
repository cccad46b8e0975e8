import pytest

from _support.examples import EXAMPLES, READS
from _support.terminals import run, run_wide
from chasedata_mcp.tools.registry import CATALOGUE, TOOLSETS


def test_every_tool_and_toolset_is_listed() -> None:
    ended = run("tools")

    assert ended.code == 0
    assert all(word in ended.out.split() for word in [*CATALOGUE, *TOOLSETS])


def test_a_tool_is_shown_with_its_effect_and_its_question() -> None:
    words = run_wide("tools").words

    assert "delete_dnc destructive type the number Lets the dialer call a number again" in words
    assert "search_lead read never" in words
    assert "send_sms outward at level outward" in words


def test_a_stricter_level_shows_what_it_asks() -> None:
    words = run_wide("tools", CONFIRM="writes").words

    assert "send_sms outward yes or no" in words
    assert "insert_dnc write yes or no" in words
    assert "insert_lead outward yes or no; if it" in words
    assert "search_lead read never" in words
    assert "delete_dnc destructive type the number" in words


def test_tools_that_settings_hide_are_counted() -> None:
    ended = run("tools", READ_ONLY="1")

    assert "delete_dnc" not in ended.out
    assert (
        f"{len(EXAMPLES) - len(READS)} more are off by CHASEDATA_READ_ONLY or CHASEDATA_TOOLSETS."
        in ended.out
    )


@pytest.mark.parametrize(
    ("settings", "commands"),
    [({"READ_ONLY": "1"}, "history, freeze"), ({"TOOLSETS": "leads"}, "freeze")],
)
def test_only_the_commands_that_are_tools_on_offer_are_named(
    settings: dict[str, str], commands: str
) -> None:
    assert run("tools", **settings).out.endswith(f"Beside them, as commands here: {commands}.\n")


def test_the_table_fits_eighty_columns() -> None:
    assert max(map(len, run("tools").out.splitlines())) <= 80


def test_the_sandbox_can_be_meant_by_its_option() -> None:
    assert run("tools", SANDBOX_FAULTS="*=drop").code == 2
    assert run("tools", "--sandbox", SANDBOX_FAULTS="*=drop").code == 0


@pytest.mark.parametrize("tool", ["list_history", "undo", "freeze"])
def test_a_tool_that_is_a_command_here_is_named_as_one(tool: str) -> None:
    command = "history" if tool == "list_history" else tool
    assert command in run("tools").out.splitlines()[-1]
    ended = run("call", tool, "--sandbox")
    assert ended.code == 2
    assert f"{tool} is a command of its own here: chasedata-mcp {command}" in ended.err
