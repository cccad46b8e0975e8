import json
import os
import platform
import signal
import subprocess
import sys

import pytest

from _support.forks import forking_python
from _support.terminals import MODULE, SERVER, environment, finish, run, start, start_forked
from _support.timeouts import TIMEOUT
from chasedata_mcp import __version__
from chasedata_mcp.cli import main

INITIALIZE = json.dumps(
    {
        "jsonrpc": "2.0",
        "id": 1,
        "method": "initialize",
        "params": {
            "protocolVersion": "2025-11-25",
            "capabilities": {},
            "clientInfo": {"name": "test", "version": "1"},
        },
    }
)
POSIX_ONLY = pytest.mark.skipif(sys.platform == "win32", reason="signals and ptys are POSIX's")


def test_without_a_command_it_serves_over_stdio_and_ends_with_its_input() -> None:
    ended = finish(start(), INITIALIZE + "\n")

    answer = json.loads(ended.out)
    assert answer["result"]["serverInfo"]["name"] == "chasedata-mcp"
    assert "No dialer is configured" in answer["result"]["instructions"]
    assert (ended.code, ended.err) == (0, "")


def test_serving_over_stdio_loads_neither_typer_nor_rich_nor_a_client_of_the_dialer() -> None:
    asks = (
        "import sys; from chasedata_mcp.cli import main; main(['--sandbox']);"
        "heavy = {'typer', 'rich', 'httpx', 'jinja2', 'phonenumbers', 'dbos'} & set(sys.modules);"
        "sys.exit(' '.join(heavy) or 0)"
    )
    served = subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-c", asks],
        env=environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
        timeout=TIMEOUT,
        encoding="utf-8",
    )

    assert (served.returncode, served.stderr) == (0, "")


def test_the_word_sandbox_serves_on_the_embedded_sandbox() -> None:
    ended = finish(start_forked("--sandbox"), INITIALIZE + "\n")

    assert "SANDBOX" in json.loads(ended.out)["result"]["instructions"]


def test_settings_that_cannot_be_understood_end_the_start_in_one_sentence() -> None:
    ended = finish(start(TOKN="secret-of-mine"))

    assert ended.code == 2
    assert ended.err == (
        "chasedata-mcp: CHASEDATA_TOKN is no setting of chasedata-mcp; "
        "did you mean CHASEDATA_TOKEN?\n"
    )
    assert ended.out == ""


def test_the_word_sandbox_beside_credentials_is_refused() -> None:
    ended = finish(start("--sandbox", TOKEN="a-token", ACCID="test"))

    assert ended.code == 2
    assert "unclear which is meant" in ended.err


def test_the_command_and_the_module_are_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(["--version"])

    asked = subprocess.run(  # noqa: S603 - our own command
        [*MODULE, "--version"],
        env=environment(),
        capture_output=True,
        check=True,
        timeout=TIMEOUT,
        encoding="utf-8",
    )
    assert end.value.code == 0
    assert capsys.readouterr().out == asked.stdout == f"chasedata-mcp {__version__}\n"


def test_the_version_comes_with_what_it_runs_on() -> None:
    first, *others = run("version").out.splitlines()

    assert first == f"chasedata-mcp {__version__}"
    assert f"Python {platform.python_version()} on" in others[0]
    assert "mcp 2." in others[1]


@POSIX_ONLY
def test_ctrl_c_ends_serving_as_quietly_as_the_end_of_the_input() -> None:
    process = start_forked("--sandbox")
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(INITIALIZE + "\n")
    process.stdin.flush()
    process.stdout.readline()

    process.send_signal(signal.SIGINT)
    process.wait(timeout=TIMEOUT)
    ended = finish(process)

    assert (ended.code, ended.out, ended.err) == (0, "", "")


INTERRUPTED_IMPORT = """
import sys
class Finder:
    def find_spec(name, *_):
        if name == sys.argv[1]:
            raise KeyboardInterrupt
sys.meta_path.insert(0, Finder)
from chasedata_mcp.cli import main
main(sys.argv[2:])
"""


@pytest.mark.parametrize(
    ("imported", "words"),
    [("chasedata_mcp.cli.app", ["doctor"]), ("chasedata_mcp.settings", ["--sandbox"])],
)
def test_ctrl_c_while_a_command_starts_ends_it_without_a_traceback(
    imported: str, words: list[str]
) -> None:
    ended = subprocess.run(  # noqa: S603 - this Python, and no shell
        [sys.executable, "-c", INTERRUPTED_IMPORT, imported, *words],
        check=False,
        capture_output=True,
        text=True,
        timeout=TIMEOUT,
    )
    assert (ended.returncode, ended.stdout, ended.stderr) == (130, "", "")


CALL_THAT_WAITS = json.dumps(
    {
        "jsonrpc": "2.0",
        "id": 2,
        "method": "tools/call",
        "params": {"name": "delete_dnc", "arguments": {"number": "2125550104"}},
    }
)


@POSIX_ONLY
@pytest.mark.parametrize("said", [[INITIALIZE], [INITIALIZE, CALL_THAT_WAITS]])
def test_a_client_that_is_gone_ends_serving_as_quietly_as_the_end_of_the_input(
    said: list[str],
) -> None:
    reading, nobody_reads = os.pipe()
    os.close(reading)
    process = subprocess.Popen(  # noqa: S603 - our own command
        [forking_python(), *SERVER[1:], "--sandbox"],
        env=environment(),
        stdin=subprocess.PIPE,
        stdout=nobody_reads,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )
    os.close(nobody_reads)

    _, err = process.communicate("".join(f"{line}\n" for line in said), timeout=TIMEOUT)

    assert (process.returncode, err) == (0, "")
