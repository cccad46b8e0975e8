"""The files and directories that the settings mean, as far as other users can get at them."""

import logging
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from chasedata_mcp.app.state import directory, is_passing, ledger_directory
from chasedata_mcp.errors import SettingsError
from chasedata_mcp.files.access import Exposure, list_directory_exposures, list_file_exposures
from chasedata_mcp.settings import FILE_VARIABLE, PREFIX, Settings, expand_home

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ExposedFile:
    """A file or directory, by its setting, and a way for others to get at it."""

    what: str
    exposure: Exposure

    @property
    def message(self) -> str:
        """Say which it is and what is wrong, without its path."""
        return f"{self.what}: {self.exposure.problem}."


def list_exposed_files(
    settings: Settings, environ: Mapping[str, str] = os.environ
) -> list[ExposedFile]:
    """List how others can get at the settings' own files and at the state.

    The policy's files are checked where they are read: nobody has to be kept from reading them.
    """
    return [*_of_settings(settings, environ), *_of_files(settings), *_of_state(settings)]


def warn_of_exposed_files(settings: Settings) -> None:
    """Warn in the log of what others can read; what they can write stops the start elsewhere."""
    for found in list_exposed_files(settings):
        _LOG.warning("%s To mend it: %s.", found.message, found.exposure.cure)


def require_own_state(settings: Settings) -> None:
    """Refuse a state directory that another user of this machine could have changed.

    Raises:
        SettingsError: It is one, or has such a file in it.
    """
    refusing = next((one for one in _of_state(settings) if one.exposure.refuses), None)
    if refusing is not None:
        raise SettingsError(f"{refusing.what}: {refusing.exposure.sentence}")


def _of_settings(settings: Settings, environ: Mapping[str, str]) -> Iterator[ExposedFile]:
    named = {
        f"The file of {FILE_VARIABLE}": environ.get(FILE_VARIABLE),
        f"The file of {PREFIX}TOKEN_FILE": settings.token_file,
    }
    for what, path in named.items():
        if path is not None:
            file = expand_home(Path(path))
            yield from (ExposedFile(what, one) for one in list_file_exposures(file, secret=True))


def _of_files(settings: Settings) -> Iterator[ExposedFile]:
    """List how others could put a file into the folder of those that are planned.

    It is no fault by itself, since a person says yes to what was planned: so it is warned of.
    """
    if settings.files_dir is not None:
        for one in list_file_exposures(expand_home(settings.files_dir)):
            yield ExposedFile(f"The folder of {PREFIX}FILES_DIR", replace(one, refuses=False))


def _of_state(settings: Settings) -> Iterator[ExposedFile]:
    if is_passing(settings):
        return
    for place in dict.fromkeys([directory(settings), ledger_directory(settings)]):
        found = list_directory_exposures(place)
        yield from (ExposedFile("The state directory", one) for one in found)
