"""The names file that the settings mean, found and understood; light, since a start looks at it."""

from chasedata_mcp.errors import SettingsError
from chasedata_mcp.files.access import list_file_exposures
from chasedata_mcp.settings import PREFIX, Settings, expand_home
from chasedata_mcp.tools.account import Account
from chasedata_mcp.tools.names.names_file import NamesFile


def open_names_file(settings: Settings, account: Account) -> NamesFile:
    """Open the names file, if there is one, and see that it is understood.

    Raises:
        SettingsError: It can't be read, isn't understood, or others could have changed it; no name
            is quoted.
    """
    if settings.names is None:
        return NamesFile(None, account.accid)
    try:
        path = expand_home(settings.names)
    except ValueError as error:
        raise SettingsError(f"{PREFIX}NAMES {error}") from None
    exposed = [one for one in list_file_exposures(path) if one.refuses]
    if exposed:
        problem = f"names a file that others could have changed: {exposed[0].sentence}"
        raise SettingsError(f"{PREFIX}NAMES {problem}")
    file = NamesFile(path, account.accid)
    file.look()
    if file.problem:
        raise SettingsError(f"{PREFIX}NAMES: {file.problem}")
    return file
