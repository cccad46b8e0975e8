"""A person's yes on a terminal, beside a client's story: `python approving.py STATE_DIR CODE`."""

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from _support.terminals import at_a_terminal, read_until
from _support.timeouts import TIMEOUT

NUMBER = "954-555-0101"


def main(state_dir: str, code: str) -> int:
    """Run `chasedata-mcp approve` at a terminal and type the number; its exit code."""
    with at_a_terminal("approve", code, SANDBOX="1", STATE_DIR=state_dir) as (process, ours):
        read_until(ours, f"({NUMBER}): ")
        os.write(ours, f"{NUMBER}\n".encode())
        process.communicate(timeout=TIMEOUT)
        assert process.returncode is not None
        return process.returncode


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
