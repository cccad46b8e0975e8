"""Logs on standard error: standard output belongs to the protocol."""

import logging
import sys


def log_to_standard_error(level: str) -> None:
    """Log this package at a level (`debug` to `error`), and libraries at warnings at most.

    What libraries log below that may hold the messages themselves, and so customers' data.
    """
    own = logging.getLevelNamesMapping()[level.upper()]
    logging.basicConfig(
        stream=sys.stderr,
        level=max(own, logging.WARNING),
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
    )
    logging.getLogger("chasedata_mcp").setLevel(own)
