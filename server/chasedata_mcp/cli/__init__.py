"""The command line; without a command it serves over stdio, and starts as fast as it can."""

import gc
import os
import sys
from collections.abc import Sequence

from chasedata_mcp.errors import SettingsError

_COMPLETES = "_CHASEDATA_MCP_COMPLETE"
_INTERRUPTED = 130
_USAGE = 2


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line; serving over stdio loads neither typer nor rich.

    Args:
        arguments: What follows the command's name; the process's own when left out.
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    try:
        _run(words)
    except KeyboardInterrupt:  # while its parts were imported, which takes a second
        sys.exit(_INTERRUPTED)


def _run(words: list[str]) -> None:
    # A shell asks what a word may become by a variable alone, without any words.
    if words in ([], ["--sandbox"]) and _COMPLETES not in os.environ:
        _serve(sandbox=bool(words))
        return
    from chasedata_mcp.cli.app import run  # noqa: PLC0415 - typer and rich, which serving spares

    run(words)


def _serve(*, sandbox: bool) -> None:
    # Nothing that is imported turns into garbage; looking for some took a fifteenth of the start.
    gc.disable()
    from chasedata_mcp import settings  # noqa: PLC0415 - the other commands may not need it

    try:
        found = settings.load_settings(sandbox=sandbox)
        from chasedata_mcp.cli import stdio_server  # noqa: PLC0415 - heavy: wrong settings end at once

        gc.freeze()
        gc.enable()
        stdio_server.serve(found)
    except SettingsError as error:
        sys.stderr.write(f"chasedata-mcp: {error}\n")
        sys.exit(_USAGE)
