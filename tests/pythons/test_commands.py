"""Each command on the real command line, on whichever Python runs this: `make test-pythons`."""

import json
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import httpx
import httpx2
import pytest
from mcp import Client
from mcp.client import ClientRequestContext
from mcp.client.stdio import StdioServerParameters, stdio_client
from mcp.client.streamable_http import streamable_http_client
from mcp_types import ElicitRequestParams, ElicitResult

from _support.conversations import each_era
from _support.served import LISTED
from _support.terminals import Ended, answered, environment
from _support.timeouts import TIMEOUT

ROOT = Path(__file__).parents[2]
COMMAND = str(Path(sys.executable).with_name("chasedata-mcp"))
NUMBER = "9545550101"


@pytest.fixture
def settings(tmp_path: Path) -> dict[str, str]:
    """A sandbox in a file, and a ledger of its own."""
    return environment(
        SANDBOX="1", SANDBOX_FILE=str(tmp_path / "sandbox.db"), STATE_DIR=str(tmp_path / "state")
    )


def run(settings: dict[str, str], *words: str) -> Ended:
    ended = subprocess.run(  # noqa: S603 - our own command
        [COMMAND, *words],
        env=settings,
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
        timeout=TIMEOUT,
        encoding="utf-8",
    )
    return Ended(ended.returncode, ended.stdout, ended.stderr)


@contextmanager
def served(settings: dict[str, str], *words: str, says: str) -> Iterator[re.Match[str]]:
    """What a command that serves says of where it does; it is ended with Ctrl-C."""
    with subprocess.Popen(  # noqa: S603 - our own command
        [COMMAND, *words],
        env=settings,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
    ) as process:
        try:
            yield _said(process, says)
            process.send_signal(signal.SIGINT)
            rest, _ = process.communicate(timeout=TIMEOUT)
            assert "Traceback" not in rest
        finally:
            process.kill()


def _said(process: "subprocess.Popen[str]", says: str) -> re.Match[str]:
    assert process.stdout is not None
    shown = ""
    for line in process.stdout:
        shown += line
        if found := re.search(says, shown):
            return found
    raise AssertionError(shown)


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        (("--version",), "chasedata-mcp "),
        (("version",), "chasedata-mcp "),
        (("setup", "--print", "opencode"), '"command"'),
        (("--help",), "demo"),
        (("demo",), "sandbox"),
        (("doctor", "--sandbox"), "It answers"),
        (("tools",), "insert_dnc"),
        (("policy", "show"), "Preset"),
        (("grants",), ""),
        (("schemas", "tool_schemas", "--check"), ""),
        (("ledger", "verify"), ""),
        (("reconcile",), ""),
        (("approve",), ""),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_a_command_ends_well(words: Sequence[str], shown: str, settings: dict[str, str]) -> None:
    if "--sandbox" in words or words == ("demo",):
        settings = environment()
    ended = run(settings, *words)
    assert ended.code == 0, ended.err
    # Beside what is to be pasted stands where it goes.
    assert "setup" in words or not ended.err
    assert shown in ended.out


def test_a_call_is_in_the_history_and_is_undone(settings: dict[str, str]) -> None:
    called = run(settings, "call", "insert_dnc", "--number", NUMBER, "--json")
    assert json.loads(called.out)["outcome"] == "done"
    entry = json.loads(run(settings, "history", "--json").out)
    assert entry["tool"] == "insert_dnc"
    undone = run(settings, "undo", entry["id"])
    assert undone.code == 3, undone.err  # taking a number off the list is asked of a person
    assert run(settings, "freeze").code == 0
    # What only protects passes a freeze; what doesn't is refused.
    assert run(settings, "call", "insert_dnc", "--number", NUMBER, "--json").code == 0
    assert run(settings, "call", "reload_skills", "--json").code == 3


def test_a_batch_is_planned_and_run(settings: dict[str, str], tmp_path: Path) -> None:
    file = tmp_path / "leads.csv"
    file.write_text("Phone\n9545557001\n9545557002\n", encoding="utf-8")
    same = ("--set", "campaign=Solar", "--set", "import_only=true")
    planned = run(settings, "batch", "plan", str(file), "--tool", "insert_lead", *same)
    found = re.search(r"batch run (\w{10})", planned.out)
    assert found, planned
    given = {name.removeprefix("CHASEDATA_"): text for name, text in settings.items()}
    ours = {name: text for name, text in given.items() if f"CHASEDATA_{name}" in settings}
    asked, ended = answered("batch", "run", found[1], typed="2", **ours)
    assert "Store 2 leads" in asked
    assert (ended.code, "finished" in ended.out) == (0, True), ended


def test_the_sandbox_serves_on_a_port(settings: dict[str, str]) -> None:
    where = r"(http://127\.0\.0\.1:\d+)/HttpImport/"
    with served(settings, "sandbox", "--port", "0", says=where) as at:
        assert httpx.get(f"{at[1]}/sandbox/", timeout=TIMEOUT, trust_env=False).status_code == 200


def test_the_approvals_page_is_served(settings: dict[str, str]) -> None:
    where = r"(http://127\.0\.0\.1:\d+)/"
    with served(settings, "approvals", "--port", "0", says=where) as at:
        page = httpx.get(f"{at[1]}/", timeout=TIMEOUT, trust_env=False, follow_redirects=True)
        assert page.status_code == 200


async def types_the_number(
    context: ClientRequestContext,  # noqa: ARG001 - the SDK's signature
    params: ElicitRequestParams,  # noqa: ARG001 - as above
) -> ElicitResult:
    return ElicitResult(action="accept", content={"confirm": NUMBER})


async def works(client: Client) -> None:
    """Make a read, a write, and a call that a person is asked about."""
    assert len((await client.list_tools()).tools) == len(LISTED)
    for tool, arguments, told in (
        ("search_lead", {"search_field": "client_id", "identifier": "WEB-1001"}, ("found", True)),
        ("insert_dnc", {"number": NUMBER}, ("outcome", "done")),
        ("delete_dnc", {"number": NUMBER}, ("outcome", "done")),
    ):
        result = await client.call_tool(tool, arguments)
        assert told in (result.structured_content or {}).items()


@pytest.mark.anyio
@each_era
async def test_a_client_works_over_stdio(era: str, settings: dict[str, str]) -> None:
    program = StdioServerParameters(command=COMMAND, args=["serve"], env=settings)
    async with Client(
        stdio_client(program), mode=era, elicitation_callback=types_the_number
    ) as client:
        await works(client)


@pytest.mark.anyio
@each_era
async def test_a_client_works_over_http(era: str, settings: dict[str, str]) -> None:
    words = ("serve", "--transport", "http", "--port", "0", "--no-key")
    with served(settings, *words, says=r"(http://127\.0\.0\.1:\d+/mcp)") as at:
        async with (
            httpx2.AsyncClient(timeout=TIMEOUT, trust_env=False) as pool,
            Client(
                streamable_http_client(at[1], http_client=pool),
                mode=era,
                elicitation_callback=types_the_number,
            ) as client,
        ):
            await works(client)
