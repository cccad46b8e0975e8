"""The files of a store and of a backup, and what a backup says of its own."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import file_digest
from pathlib import Path
from typing import cast

from chasedata_mcp.files.text import read_text
from chasedata_mcp.ledger.checkpoints import replace_file
from chasedata_mcp.ledger.errors import BackupError
from chasedata_mcp.ledger.events import format_time, parse_time
from chasedata_mcp.ledger.models import Environment

MANIFEST = "backup.json"
"""The file that says of what and of when a backup is, with the SHA-256 of each of its files."""


@dataclass(frozen=True, slots=True)
class StoreFiles:
    """The files of a store in its directory: the database, its head, the DNC registry's counts."""

    directory: Path
    environment: Environment

    @property
    def store(self) -> Path:
        """The database."""
        return self.directory / f"ledger-{self.environment}.sqlite3"

    @property
    def head(self) -> Path:
        """The end of its chain."""
        return self.directory / f"ledger-{self.environment}-head.json"

    @property
    def counts(self) -> Path:
        """The counts of the DNC registry."""
        return self.directory / f"memory-{self.environment}.json"


@dataclass(frozen=True, slots=True)
class Manifest:
    """The facts about a backup: `hashes` has the SHA-256 of each of its files by name."""

    environment: Environment
    made: datetime
    hashes: Mapping[str, str]

    def write(self, directory: Path) -> None:
        """Write it into a backup's directory.

        Raises:
            OSError: It can't be written.
        """
        form = {
            "environment": self.environment,
            "made": format_time(self.made),
            "sha256": dict(self.hashes),
        }
        replace_file(directory / MANIFEST, json.dumps(form, sort_keys=True))

    @classmethod
    def read(cls, directory: Path) -> "Manifest | None":
        """Read that of a directory; None where there is none.

        Raises:
            BackupError: It is damaged.
        """
        try:
            form = json.loads(read_text(directory / MANIFEST))
            hashes = {str(name): str(digest) for name, digest in form["sha256"].items()}
            return cls(cast("Environment", form["environment"]), parse_time(form["made"]), hashes)
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            pass
        raise BackupError(f"The backup can't be used: its {MANIFEST} is damaged.")


def make_file(path: Path, content: bytes = b"") -> None:
    """Make a file that only its owner can read.

    Raises:
        OSError: There is one, or it can't be made.
    """
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)


def hash_file(path: Path) -> str:
    """Hash a file that no connection of this process has open: closing it would drop the locks."""
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


def sync(path: Path) -> None:
    """Write a file or the names in a directory to disk, as far as the system can.

    Raises:
        OSError: It can't be written.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except PermissionError:  # Windows opens no directory
        return
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
