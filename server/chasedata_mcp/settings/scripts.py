"""The families of the vendor's scripts; what each is called is in the wire profile."""

from enum import StrEnum


class Script(StrEnum):
    """A family of the vendor's API; the value is the script's name in settings and profiles."""

    INSERT = "insert"
    UPDATE = "update"
    LEADS = "leads"
    TEXTS = "texts"
    CALLS = "calls"
    DIAL_LISTS = "dial_lists"
    PLAYLISTS = "playlists"
    SKILLS = "skills"

    @property
    def setting(self) -> str:
        """The setting that renames this script for a server that calls it differently."""
        return f"CHASEDATA_SCRIPT_{self.value.upper()}"


# A name that matches this stays below the base address and can only be a script.
NAME_PATTERN = r"[A-Za-z]+\.php"
