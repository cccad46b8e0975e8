"""Files that a setting names: found below the home directory, and read as text."""

from pathlib import Path

from chasedata_mcp.errors import SettingsError
from chasedata_mcp.files.access import list_file_exposures
from chasedata_mcp.files.text import describe_read_error, read_text


def expand_home(path: Path) -> Path:
    """Put the home directory in the place of a path's `~`.

    Raises:
        ValueError: There is none, or it would depend on the working directory.
    """
    try:
        found = path.expanduser()
    except RuntimeError:
        found = None
    # HOME may be a relative path itself, which would lead back to the working directory.
    if found is None or (found != path and not found.is_absolute()):
        raise ValueError("begins with ~, and there is no home directory by an absolute path")
    return found


def read_setting_file(path: Path, setting: str) -> str:
    """Read the file that a setting names.

    Raises:
        SettingsError: It can't be read, or another user of this machine could have changed it; the
            sentence names the setting and quotes nothing.
    """
    try:
        found = expand_home(path)
    except ValueError as error:
        raise SettingsError(f"{setting} {error}") from None
    exposed = [one for one in list_file_exposures(found) if one.refuses]
    if exposed:
        problem = f"names a file that others could have changed: {exposed[0].sentence}"
        raise SettingsError(f"{setting} {problem}")
    try:
        return read_text(found)
    except (OSError, ValueError) as error:
        reason = describe_read_error(error)
        raise SettingsError(f"{setting} names a file that can't be read ({reason})") from None
