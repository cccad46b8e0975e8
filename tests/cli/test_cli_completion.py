"""A shell completes commands, options and hosts, and never starts a server by asking."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from _support.forks import forking_python
from _support.terminals import MODULE, environment, run_wide
from _support.timeouts import TIMEOUT

BASH = shutil.which("bash")


def asked(**variables: str) -> str:
    ended = subprocess.run(  # noqa: S603 - our own command
        [forking_python(), *MODULE[1:]],
        env={**environment(), **variables},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
        timeout=TIMEOUT,
        encoding="utf-8",
    )
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


def completed(line: str, at: int) -> list[str]:
    how = {"_CHASEDATA_MCP_COMPLETE": "complete_bash", "COMP_CWORD": str(at), "COMP_WORDS": line}
    return asked(**how).split()


def test_commands_and_hosts_complete() -> None:
    assert completed("chasedata-mcp led", 1) == ["ledger"]
    assert completed("chasedata-mcp setup cl", 2) == ["claude-desktop", "claude-code"]


@pytest.mark.skipif(BASH is None or sys.platform == "win32", reason="bash is asked")
def test_bash_completes_with_the_script_that_is_printed(tmp_path: Path) -> None:
    command = tmp_path / "chasedata-mcp"
    command.write_text(f'#!/bin/sh\nexec {forking_python()} {" ".join(MODULE[1:])} "$@"\n', "utf-8")
    command.chmod(0o755)
    script = asked(_CHASEDATA_MCP_COMPLETE="source_bash")
    typed = (
        'COMP_WORDS=(chasedata-mcp doctor --sand); COMP_CWORD=2; COMP_LINE="${COMP_WORDS[*]}"',
        f"_chasedata_mcp_completion {command}",
        'echo "${COMPREPLY[@]}"',
    )
    ended = subprocess.run(  # noqa: S603 - bash
        [str(BASH), "-c", "\n".join((script, *typed))],
        env=environment(),
        capture_output=True,
        check=True,
        timeout=TIMEOUT,
        encoding="utf-8",
    )
    assert ended.stdout.strip() == "--sandbox"


def test_the_help_says_how_to_install_it() -> None:
    assert "--install-completion" in run_wide("--help").out
