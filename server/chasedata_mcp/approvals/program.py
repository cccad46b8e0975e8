"""The command by which a person calls this installation, word for word, from any shell."""

import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

NAME: Final = "chasedata-mcp"


def program(
    interpreter: Path | None = None,
    which: Callable[[str], str | None] = shutil.which,
    *,
    in_an_environment: bool = sys.prefix != sys.base_prefix,
) -> str:
    """Write the name alone where any shell finds this installation by it, else its whole path.

    An environment's own folder is on the path only where the environment is active, as it is for a
    server that `uvx` starts, and not in the terminal that a person opens.
    """
    interpreter = interpreter or Path(sys.executable)
    script = beside(interpreter)
    if script is None:
        return quoted([str(interpreter), "-m", "chasedata_mcp"])
    found = which(NAME)
    if found is None or not script.samefile(found):
        return quoted([str(script)])
    only_while_active = in_an_environment and Path(found).parent == script.parent
    return quoted([str(script)]) if only_while_active else NAME


def beside(interpreter: Path) -> Path | None:
    """Find the command beside an interpreter, None where there is none."""
    scripts = [interpreter.with_name(name) for name in (NAME, f"{NAME}.exe")]
    return next((script for script in scripts if script.exists()), None)


def quoted(words: Sequence[str], platform: str = sys.platform) -> str:
    """Quote words as they are typed in this system's shell."""
    return subprocess.list2cmdline(words) if platform == "win32" else shlex.join(words)
