"""`chasedata-mcp version`: the version, and what it runs on, to be quoted in a report."""

import platform
import sqlite3
from importlib import metadata

from chasedata_mcp import __version__
from chasedata_mcp.cli.screen import NAME, out, print_line


def version() -> None:
    """Show the version, and below it what it runs on."""
    screen = out()
    print_line(screen, f"{NAME} {__version__}")
    print_line(screen, f"Python {platform.python_version()} on {platform.system()}")
    print_line(screen, f"mcp {metadata.version('mcp')}, SQLite {sqlite3.sqlite_version}")
