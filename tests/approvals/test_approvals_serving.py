"""The page on a real port, and the commands as they are typed."""

import os
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import anyio
import httpx
import pytest
import typer
from typer.testing import CliRunner

from _support.open_approvals import ACCOUNT, Now, open_approvals
from _support.terminals import environment
from _support.timeouts import TIMEOUT
from chasedata_mcp.approvals.page_address import announced
from chasedata_mcp.approvals_page.policy_lines import policy_lines
from chasedata_mcp.cli import approve, second_factor
from chasedata_mcp.cli.approvals import approvals, choose_subject, serve_page
from chasedata_mcp.cli.command_errors import UsageError
from chasedata_mcp.cli.local_ledgers import find_ledgers
from chasedata_mcp.errors import SettingsError
from chasedata_mcp.policy.loader import load_policy, load_policy_file
from chasedata_mcp.settings import load_settings
from chasedata_mcp.web.sockets import address_of, listen

pytestmark = pytest.mark.anyio


def settings(place: Path) -> dict[str, str]:
    return {"CHASEDATA_SANDBOX": "1", "CHASEDATA_STATE_DIR": str(place)}


@asynccontextmanager
async def running(place: Path) -> AsyncIterator[str]:
    """The address of a page that runs as long as what is inside."""
    with listen(0) as bound:
        async with anyio.create_task_group() as tasks:
            at = find_ledgers(environ=settings(place))
            tasks.start_soon(serve_page, at, await choose_subject(at, None, sandbox=False), bound)
            yield address_of(bound)
            tasks.cancel_scope.cancel()


async def test_the_page_is_served_and_made_known(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with (
        running(tmp_path) as address,
        httpx.AsyncClient(timeout=TIMEOUT, trust_env=False) as browser,
    ):
        page = await browser.get(f"{address}/", follow_redirects=True)
        assert "Sign in" in page.text
        assert announced(tmp_path / "sandbox", ACCOUNT) == address
        told = capsys.readouterr().err
    assert f"{address}/approvals" in told
    assert re.search(r"To sign in, once: [2-9A-Z]{5}-[2-9A-Z]{5}", told)
    assert announced(tmp_path / "sandbox", ACCOUNT) is None


async def test_who_signs_in_sees_the_policy_in_force(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with (
        running(tmp_path) as address,
        httpx.AsyncClient(timeout=TIMEOUT, trust_env=False) as browser,
    ):
        page = await browser.get(f"{address}/approvals")
        code = capsys.readouterr().err.split("once: ")[1].split()[0]
        token = page.text.split('name="token" value="')[1].split('"')[0]
        door = page.text.split('method="post" action="')[1].split('"')[0]
        form = {"token": token, "code": code}
        signed_in = await browser.post(
            f"{address}{door}",
            data=form,
            headers={"origin": address},
            follow_redirects=True,
        )
    assert "calling_hours.outside" in signed_in.text
    assert "caps.texts.hour" in signed_in.text


async def test_a_state_directory_that_cannot_be_used_is_said(tmp_path: Path) -> None:
    (tmp_path / "sandbox" / f"approvals-sandbox-sandbox-{os.getpid()}.json").mkdir(parents=True)
    at = find_ledgers(environ=settings(tmp_path))
    page = await choose_subject(at, None, sandbox=False)
    with listen(0) as bound, pytest.raises(SettingsError, match="can't be used"):
        await serve_page(at, page, bound)


async def test_a_port_that_is_taken_is_said() -> None:
    with listen(0) as bound, pytest.raises(SettingsError, match="can't be used"):
        listen(bound.getsockname()[1])
    for odd in (-1, 65_536):
        with pytest.raises(SettingsError, match="from 0 to 65535"):
            listen(odd)


COMMANDS = typer.Typer()
for command in (approve.approve, approvals, second_factor.enroll, second_factor.remove):
    COMMANDS.command()(command)


def typed(place: Path, *words: str) -> tuple[str, BaseException | None]:
    """What a command prints, and what it ends with where that isn't a plain exit."""
    environ = environment(160, SANDBOX="1", STATE_DIR=str(place))
    ended = CliRunner().invoke(COMMANDS, words, env=environ)
    return " ".join(ended.stdout.split()), ended.exception


async def one_question(place: Path) -> str:
    async with open_approvals(place, clock=Now()) as at:
        return (await at.deletion()).code


def test_the_open_questions_are_listed_by_the_command(tmp_path: Path) -> None:
    assert typed(tmp_path, "approve") == ("No question is open.", None)
    code = anyio.run(one_question, tmp_path)
    listed, error = typed(tmp_path, "approve")
    assert error is None
    assert code in listed


@pytest.mark.parametrize("words", [("approve", "k7zc2hf9"), ("enroll",), ("remove",)])
def test_what_a_person_does_takes_a_terminal(tmp_path: Path, words: tuple[str, ...]) -> None:
    _, error = typed(tmp_path, *words)
    assert isinstance(error, UsageError)
    assert "terminal" in str(error)


def test_the_policy_is_told_a_line_each() -> None:
    lines = policy_lines(load_policy_file(None))
    assert lines["calling_hours.outside"] == ("refuse", "default")
    assert lines["caps.texts.hour"][0] == "asks at 40, stops at 100"
    assert lines["toolsets"][0] == "all but batches"
    assert lines["hidden.values"][0] == "yes"
    assert lines["after_reading.minutes"][0] == "10"
    assert not any(name.endswith((".ask", ".stop")) for name in lines)


def test_what_a_setting_narrows_is_told_with_its_name() -> None:
    lines = policy_lines(load_policy(load_settings({"CHASEDATA_TOOLSETS": "leads,dnc"})))
    assert lines["toolsets"] == ("leads, dnc", "CHASEDATA_TOOLSETS")


def test_a_cap_that_is_off_is_told(tmp_path: Path) -> None:
    file = tmp_path / "policy.toml"
    file.write_text('[caps]\ntexts = "off"\n')
    assert policy_lines(load_policy_file(file))["caps.texts"] == ("off", "policy file")
