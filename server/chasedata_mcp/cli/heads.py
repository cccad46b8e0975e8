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


def send(address: str, line: str) -> None:
    """Send a head to a syslog server by UDP, which tells nobody whether it arrived.

    Raises:
        ValueError: The address is no host and port.
        OSError: The host isn't known.
    """
    host, _, port = address.rpartition(":")
    if not host:
        raise ValueError("no host and port")
    handler = SysLogHandler((host.strip("[]"), int(port)))
    try:
        handler.emit(logging.makeLogRecord({"msg": f"{NAME} ledger head {line}"}))
    finally:
        handler.close()
