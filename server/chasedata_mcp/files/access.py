"""The other users who can get at a file or directory of ours: by owner, mode and links.

On POSIX alone: on Windows a new file has the access that its folder hands down. What access lists
(ACLs) add is seen only as far as the mode shows it.
"""

import os
import stat
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from typing_extensions import override

STATE_FILES: Final = (
    "ledger-",
    "batches-",
    "memory-",
    "names-",
    "approvals-",
    "second-factor",
    "http-keys",
    "sandbox",
)
"""The beginnings of the names of the program's files in a state directory."""
_ROOT: Final = 0
"""The owner whose files are fine: root can change everybody's anyway."""
_LINKS_OF_OTHERS: Final = "it is a link that another user made"


@dataclass(frozen=True, slots=True)
class Exposure:
    """A way for another user of this machine to get at a file, and how to mend it.

    `refuses` is true where they could change what it says: then nothing starts. Where they can only
    read it, a warning says so.
    """

    problem: str
    cure: str
    refuses: bool = True

    @property
    def sentence(self) -> str:
        """Say both, as the end of a sentence about the file."""
        return f"{self.problem} ({self.cure})"


class ExposedFileError(OSError):
    """A file or directory that another user of this machine could have changed."""

    def __init__(self, exposure: Exposure) -> None:
        super().__init__(None, exposure.sentence)
        self._sentence = exposure.sentence

    @override
    def __str__(self) -> str:
        """Give the sentence alone: it has no number of the system's."""
        return self._sentence


@dataclass(frozen=True, slots=True)
class Owner:
    """The user whose files are looked at, and in which groups there is nobody else."""

    uid: int
    is_own_group: Callable[[int], bool]

    def trusts(self, found: os.stat_result) -> bool:
        """Tell whether a file is this user's or root's."""
        return found.st_uid in {_ROOT, self.uid}

    def shares(self, found: os.stat_result, group: int, others: int) -> bool:
        """Tell whether somebody else has one of these two bits of a file's mode."""
        # The group comes last: looking up who is in one may be slow (LDAP).
        if found.st_mode & others:
            return True
        return bool(found.st_mode & group) and not self.is_own_group(found.st_gid)

    def shares_writing(self, found: os.stat_result) -> bool:
        """Tell whether somebody else can write a file."""
        return self.shares(found, stat.S_IWGRP, stat.S_IWOTH)

    def shares_reading(self, found: os.stat_result) -> bool:
        """Tell whether somebody else can read a file."""
        return self.shares(found, stat.S_IRGRP, stat.S_IROTH)


def list_file_exposures(
    path: Path, *, secret: bool = False, links: bool = True, owner: Owner | None = None
) -> list[Exposure]:
    """List how others can get at a file; none where there is no such file.

    Args:
        path: The file.
        secret: It is a fault too if others can read it.
        links: A link is followed, if it is the user's own or root's; else none is taken.
        owner: Whose it has to be; this process's user by default.
    """
    owner = owner or _this_user()
    if owner is None:
        return []
    try:
        own = list(_of_one(path, owner, secret=secret, links=links))
    except (OSError, ValueError):
        return []  # whoever reads it says what is wrong
    return own + list(_of_folders(path, owner))


def list_directory_exposures(path: Path, owner: Owner | None = None) -> list[Exposure]:
    """List how others can get at a state directory, or at the place where it would be made."""
    owner = owner or _this_user()
    if owner is None:
        return []
    try:
        found, what = path.lstat(), path.stat()
        inside = [file for file in path.iterdir() if file.name.startswith(STATE_FILES)]
    except FileNotFoundError:
        return list(_of_folders(path, owner))
    except (OSError, ValueError):
        return []
    own = [*_of_link(found, owner), *_of_file(what, owner)]
    if stat.S_ISLNK(found.st_mode) and not own:
        own = [Exposure("it is a link to another place", "name that place itself", refuses=False)]
    named = [one for file in sorted(inside) for one in _of_state_file(file, owner)]
    return own + list(_of_folders(path, owner)) + named


def require_unexposed(exposures: Iterable[Exposure]) -> None:
    """Refuse what others could have changed.

    Raises:
        ExposedFileError: One of the exposures refuses.
    """
    refusing = next((one for one in exposures if one.refuses), None)
    if refusing is not None:
        raise ExposedFileError(refusing)


def _of_state_file(file: Path, owner: Owner) -> Iterator[Exposure]:
    """Find what is wrong with a file of the program's own; the sentence names it."""
    with suppress(OSError):
        for one in _of_one(file, owner, secret=True, links=False):
            yield Exposure(f"{file.name} in it: {one.problem}", one.cure, one.refuses)


def _of_one(path: Path, owner: Owner, *, secret: bool, links: bool) -> Iterator[Exposure]:
    """Find what is wrong with a file itself.

    Raises:
        OSError: It isn't there, or can't be looked at.
        ValueError: It is no path.
    """
    yield from _of_link(path.lstat(), owner, links=links)
    # A link that leads nowhere yet makes a file where its maker wants one.
    with nullcontext() if links else suppress(OSError):
        yield from _of_file(path.stat(), owner, secret=secret)


def _of_link(found: os.stat_result, owner: Owner, *, links: bool = True) -> Iterator[Exposure]:
    if not stat.S_ISLNK(found.st_mode):
        return
    if not links:
        yield Exposure("it is a link, and this program makes none", "find out who made it")
    elif not owner.trusts(found):
        yield Exposure(_LINKS_OF_OTHERS, "name the place itself")


def _of_file(what: os.stat_result, owner: Owner, *, secret: bool = False) -> Iterator[Exposure]:
    if not owner.trusts(what):
        yield Exposure("it belongs to another user", "make one of your own")
    if owner.shares_writing(what):
        yield Exposure("others can write it", "chmod go-w")
    elif secret and stat.S_ISREG(what.st_mode) and owner.shares_reading(what):
        yield Exposure("others can read it", "chmod go-rwx", refuses=False)


def _of_folders(path: Path, owner: Owner) -> Iterator[Exposure]:
    """Find a folder on the way in which others could put something else in its place.

    In a folder with the sticky bit, such as /tmp, nobody moves what is another's.
    """
    for folder in path.absolute().parents:
        with suppress(OSError):
            yield from _of_link(folder.lstat(), owner)
    for folder in path.resolve().parents:
        with suppress(OSError):
            found = folder.stat()
            if not found.st_mode & stat.S_ISVTX and owner.shares_writing(found):
                yield Exposure("others can write a folder above it", "chmod go-w on that folder")


def _this_user() -> Owner | None:
    """Give this process's user; None where files don't say by their mode who can get at them."""
    if sys.platform == "win32":
        return None
    uid = os.geteuid()

    def is_own_group(gid: int) -> bool:
        # Where each user has a group of their own, the umask lets it write. Debian's sshd, which
        # is as strict, allows that likewise (user-group-modes.patch).
        import grp  # noqa: PLC0415 - not there on Windows, and seldom needed
        import pwd  # noqa: PLC0415 - as above

        try:
            named = {pwd.getpwnam(name).pw_uid for name in grp.getgrgid(gid).gr_mem}
        except KeyError:
            return False
        return named | {one.pw_uid for one in pwd.getpwall() if one.pw_gid == gid} <= {_ROOT, uid}

    return Owner(uid, is_own_group)
