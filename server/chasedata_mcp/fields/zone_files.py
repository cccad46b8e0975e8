"""The files of time zones: the operating system's or the package `tzdata`'s, whichever are newer.

`zoneinfo` takes the operating system's wherever there are any, however old they are (PEP 615).
Rules change within weeks of an announcement: British Columbia, Alberta and Manitoba stopped
changing their clocks in November 2026, and files of 2025 have them an hour off. Nothing here
touches the network, nor what other code of the process gets from `zoneinfo`.
"""

import re
import struct
import zoneinfo
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

OPERATING_SYSTEM = "the operating system"
PACKAGE = "the package tzdata"
TESTED = "2026f"
"""The release that the tests of this version ran with (requirements.lock)."""

# Linux says `# version 2026f` in the first line of tzdata.zi, macOS and BSD the release alone.
_NAMED_IN = ("tzdata.zi", "+VERSION")
_FIRST_LINE = 80
_VERSION = re.compile("(?:# version )?([0-9]{4}[a-z]{1,2})\\b")


@dataclass(frozen=True, slots=True)
class ZoneFiles:
    """One tree of compiled time zones (RFC 9636), and its release as IANA names it, `2026f`.

    `version` is None where the tree doesn't say.
    """

    origin: str
    root: Traversable
    version: str | None

    def load(self, name: str) -> ZoneInfo:
        """Load a zone by its IANA name.

        Raises:
            OSError: The tree has no such file, or it can't be read.
            ValueError: The file holds no time zone.
        struct.error: It holds part of one.
        """
        with self.root.joinpath(*name.split("/")).open("rb") as file:
            return ZoneInfo.from_file(file, key=name)


@dataclass(frozen=True, slots=True)
class ZoneDatabase:
    """The trees that were found, the newest first: a zone comes from the first that has it."""

    trees: tuple[ZoneFiles, ...]
    _loaded: dict[str, ZoneInfo] = field(
        default_factory=dict[str, ZoneInfo], init=False, repr=False, compare=False
    )

    def load(self, name: str) -> ZoneInfo:
        """Load a zone by its IANA name, once.

        Raises:
            ZoneInfoNotFoundError: No tree has it.
        """
        found = self._loaded.get(name)
        if found is None:
            found = self._loaded[name] = self._read(name)
        return found

    def _read(self, name: str) -> ZoneInfo:
        for tree in self.trees:
            try:
                return tree.load(name)
            except (OSError, ValueError, struct.error):
                continue
        message = f"no time zone {name}"
        raise ZoneInfoNotFoundError(message)


@cache
def find_database() -> ZoneDatabase:
    """Find the trees of this machine, at the first use and once."""
    return build_database(zoneinfo.TZPATH, find_package())


def load_zone(name: str) -> ZoneInfo:
    """Load a zone by its IANA name from the newest files of this machine.

    Raises:
        ZoneInfoNotFoundError: There is no such zone, or there are no files of time zones.
    """
    return find_database().load(name)


def find_package() -> ZoneFiles | None:
    """Find the installed package `tzdata`; None where it isn't installed."""
    try:
        root = files("tzdata").joinpath("zoneinfo")
    except ModuleNotFoundError:
        return None
    return ZoneFiles(PACKAGE, root, _read_version(root))


def build_database(directories: Sequence[str], package: ZoneFiles | None) -> ZoneDatabase:
    """Build a database of the trees in some directories and of the package, the newest first.

    Of trees of one release the package comes first, and a tree that doesn't say its release last:
    it may be of any year.
    """
    trees = [*([] if package is None else [package]), *_find_trees(directories)]
    return ZoneDatabase(tuple(sorted(trees, key=_by_age, reverse=True)))


def is_older(version: str | None, than: str) -> bool:
    """Tell whether a release is older than another; one that isn't known is."""
    # 2026z is followed by 2026za, so the order of the letters is that of the alphabet.
    return version is None or version < than


def _by_age(tree: ZoneFiles) -> str:
    return tree.version or ""


def _find_trees(directories: Sequence[str]) -> Iterator[ZoneFiles]:
    for directory in directories:
        root = Path(directory)
        if root.is_dir():
            yield ZoneFiles(OPERATING_SYSTEM, root, _read_version(root))


def _read_version(root: Traversable) -> str | None:
    for name in _NAMED_IN:
        try:
            with root.joinpath(name).open("rb") as file:
                line = file.readline(_FIRST_LINE).decode(errors="replace")
        except OSError:
            continue
        found = _VERSION.match(line)
        if found is not None:
            return found[1]
    return None
