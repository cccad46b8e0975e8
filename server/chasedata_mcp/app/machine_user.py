"""The user of this machine: the principal of whatever runs here."""

import getpass
from collections.abc import Callable


def machine_user(get_user: Callable[[], str] = getpass.getuser) -> str:
    """Name whoever is logged in to this machine, as far as it tells."""
    try:
        return get_user()
    except (OSError, KeyError, ImportError):
        # No name in the environment and none for the user's id: containers, Windows services.
        return "unknown user"
