"""A tool that a file switches on is offered beyond its toolsets, never beyond the setting's."""

from pathlib import Path

import pytest

from _support.conversations import each_era
from _support.served import SANDBOX, client_of
from _support.terminals import run_wide
from chasedata_mcp.app.composition import policy_in_force
from chasedata_mcp.errors import CallError, Code
from chasedata_mcp.policy.loader import EffectivePolicy, list_key_paths, load_policy
from chasedata_mcp.settings import load_settings
from chasedata_mcp.tools.history import HISTORY
from chasedata_mcp.tools.registry import CATALOGUE

SMS_ON = 'toolsets = ["leads"]\ntools.send_sms = "on"\n'
TEXT = {"from_number": "9545550195", "to_number": "9545550123", "message": "Hi"}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "policy.toml"


def in_force(file: Path, text: str, toolsets: str | None = None) -> EffectivePolicy:
    file.write_text(text, encoding="utf-8")
    setting = {} if toolsets is None else {"CHASEDATA_TOOLSETS": toolsets}
    return load_policy(load_settings({"CHASEDATA_POLICY": str(file), **setting}))


def offered(found: EffectivePolicy) -> set[str]:
    """Which of some tools outside the toolset of leads are offered."""
    policy, some = policy_in_force(found.terms), ("send_sms", "conference_call", "create_dial_list")
    return {tool for tool in some if policy.offers(CATALOGUE[tool])}


@pytest.mark.parametrize("toolsets", [None, "leads,sms"])
def test_it_widens_the_files_own_toolsets(file: Path, toolsets: str | None) -> None:
    found = in_force(file, SMS_ON, toolsets)
    assert offered(found) == {"send_sms"}
    assert found.sources["tools.send_sms"] == "policy file"


def test_it_does_not_widen_the_settings(file: Path) -> None:
    found = in_force(file, f'{SMS_ON}tools.insert_dnc = "refuse"\n', "leads,dnc")
    assert offered(found) == set()
    assert dict(found.terms.tools) == {"insert_dnc": "refuse"}
    assert "tools.send_sms" not in found.sources


def test_of_a_table_of_which_nothing_is_left_the_setting_is_the_source(file: Path) -> None:
    found = in_force(file, SMS_ON, "leads")
    assert (dict(found.terms.tools), found.sources["tools"]) == ({}, "CHASEDATA_TOOLSETS")
    assert set(found.sources) == {key for key, _ in list_key_paths(found.terms.model_dump())}


@pytest.mark.parametrize("word", ["off", "ask", "refuse"])
def test_every_other_word_stays_whatever_the_setting_offers(file: Path, word: str) -> None:
    found = in_force(file, f'tools.send_sms = "{word}"', "leads")
    assert found.terms.tools == {"send_sms": word}


@pytest.mark.parametrize("tool", HISTORY)
def test_the_tools_beside_the_catalogue_are_no_exception(file: Path, tool: str) -> None:
    policy = policy_in_force(in_force(file, f'tools.{tool} = "on"', "leads").terms)
    # What only ever stops things is offered whatever the toolsets are.
    assert policy.offers(HISTORY[tool]) is (tool == "freeze")


def test_the_refusal_names_the_setting(file: Path) -> None:
    policy = policy_in_force(in_force(file, SMS_ON, "leads").terms)
    with pytest.raises(CallError) as caught:
        policy.refuse_tool(CATALOGUE["send_sms"])
    assert caught.value.code is Code.NOT_ALLOWED
    assert "CHASEDATA_TOOLSETS" in caught.value.message


@pytest.mark.anyio
@each_era
async def test_a_client_is_not_offered_it(era: str, file: Path) -> None:
    in_force(file, SMS_ON)
    environ = {**SANDBOX, "CHASEDATA_POLICY": str(file), "CHASEDATA_TOOLSETS": "leads"}
    async with client_of(era, environ) as client:
        assert "send_sms" not in {tool.name for tool in (await client.list_tools()).tools}
        result = await client.call_tool("send_sms", dict(TEXT))
        assert (result.structured_content or {})["code"] == "not_allowed"


def test_the_terminal_is_refused_it_too(file: Path, tmp_path: Path) -> None:
    file.write_text(SMS_ON, encoding="utf-8")
    words = ("--from-number", "9545550195", "--to-number", "9545550123", "--message", "Hi")
    settings = {"SANDBOX": "1", "STATE_DIR": str(tmp_path / "state"), "POLICY": str(file)}
    ended = run_wide("call", "send_sms", *words, TOOLSETS="leads", **settings)
    assert ended.code != 0
    assert "CHASEDATA_TOOLSETS" in ended.words
