"""Started by a desktop host from the bundle: the answers of its form are the server's settings."""

import os
from collections.abc import Mapping

from chasedata_mcp.cli import main

_PREFIX = "CHASEDATA_"
_OF_THE_DIALER = frozenset({"CHASEDATA_TOKEN", "CHASEDATA_ACCID"})


def settings(environ: Mapping[str, str]) -> dict[str, str]:
    """Keep what was filled in; while the sandbox is on, neither the token nor the account.

    A form hands on each of its fields, an empty one as an empty text or as the field's own mark.
    The server refuses an empty variable, and credentials beside the sandbox: elsewhere both are
    mistakes.
    """
    given = {
        name: text
        for name, text in environ.items()
        if name.startswith(_PREFIX) and text.strip() and not text.startswith("${")
    }
    if given.get("CHASEDATA_SANDBOX", "").lower() == "true":
        given = {name: text for name, text in given.items() if name not in _OF_THE_DIALER}
    return given


if __name__ == "__main__":
    kept = settings(os.environ)
    for name in [name for name in os.environ if name.startswith(_PREFIX)]:
        del os.environ[name]
    os.environ |= kept
    main([])
