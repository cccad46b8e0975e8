"""`chasedata-mcp demo`: a session on the embedded sandbox, through a real MCP client."""

import sys
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

import anyio

from chasedata_mcp.approvals.program import beside
from chasedata_mcp.cli.command_errors import CommandError
from chasedata_mcp.cli.demo_scenes import Scene, scenes
from chasedata_mcp.cli.demo_transcript import Transcript
from chasedata_mcp.cli.exit_codes import Exit
from chasedata_mcp.cli.screen import NAME, out


def demo() -> None:
    """Play a morning at a call centre through a real MCP client; no dialer is touched.

    The session: a lookup, a new lead, a callback, the do-not-call list and what a person is asked,
    a dial list, a list of leads, agents, a playlist, and a dialer that doesn't answer.
    """
    play_session(list(scenes(datetime.now().astimezone().date())), Transcript(out()))


def play_session(session: Sequence[Scene], transcript: Transcript) -> None:
    """Play a session from its opening to its closing.

    Raises:
        CommandError: A call didn't end as its scene says.
    """
    from chasedata_mcp.cli.demo_client import play  # noqa: PLC0415 - heavy: the SDK

    transcript.opening()
    wrong = anyio.run(play, session, transcript)
    if wrong:
        raise CommandError(f"not as it should be: {', '.join(wrong)}", Exit.FAILED)
    transcript.closing(how_to_connect(command(Path(sys.executable))))


def command(interpreter: Path) -> str:
    """Find the command by which a client starts the server: the one beside the interpreter."""
    return str(beside(interpreter) or NAME)


def how_to_connect(server: str) -> Mapping[str, str]:
    """Make the next steps, each with the command or text to copy for it."""
    quoted = f'"{server}"' if " " in server else server
    as_json = server.replace("\\", "\\\\")
    return {
        "For every assistant that is found on this machine:": f"{quoted} setup",
        "Claude Code:": f"claude mcp add chasedata -- {quoted} --sandbox",
        "Claude Desktop, Cursor and others, in their JSON:": '{"mcpServers": {"chasedata": '
        f'{{"command": "{as_json}", "args": ["--sandbox"]}}}}}}',
        "For your own dialer set CHASEDATA_TOKEN and CHASEDATA_ACCID, leave --sandbox out, and "
        "check them first:": f"{quoted} doctor",
        "From the terminal:": f"{quoted} call search_lead --help",
    }
