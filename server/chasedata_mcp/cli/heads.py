"""Where the head of a ledger is kept elsewhere: a file that grows, or syslog."""

import logging
from datetime import UTC, datetime
from logging.handlers import SysLogHandler
from pathlib import Path

from chasedata_mcp.cli.screen import NAME


def add_to(path: Path, line: str) -> None:
    """Add a head to a file, behind the time; what is there already stays.

    Raises:
        OSError: The file can't be written.
    """
    with path.expanduser().open("a", encoding="utf-8") as kept:
        kept.write(f"{datetime.now(UTC).isoformat(timespec='seconds')} {line}\n")


def send(place: tuple[str, int], line: str) -> None:
    """Send a head to a syslog server, a host and a port, by UDP: nobody learns if it arrived.

    Raises:
        OSError: The host isn't known.
    """
    handler = SysLogHandler(place)
    try:
        handler.emit(logging.makeLogRecord({"msg": f"{NAME} ledger head {line}"}))
    finally:
        handler.close()
