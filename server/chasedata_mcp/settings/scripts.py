"""The vendor's scripts and their names, documented or inferred (source: wire.md, "Requests")."""

from enum import StrEnum


class Script(StrEnum):
    """A family of the vendor's API; the value is the script's name in the settings."""

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


DEFAULT_NAMES = {
    Script.INSERT: "InjectLead.php",
    Script.UPDATE: "UpdateLead.php",
    Script.LEADS: "LeadOperations.php",
    Script.TEXTS: "TextOperations.php",
    Script.CALLS: "CallOperations.php",
    Script.DIAL_LISTS: "AgentDialListOperations.php",
    Script.PLAYLISTS: "PlaylistOperations.php",
    Script.SKILLS: "SkillListOperations.php",
}
# The vendor's description names the other four; these are inferred from its pattern.
INFERRED = frozenset({Script.TEXTS, Script.CALLS, Script.DIAL_LISTS, Script.PLAYLISTS})
# A name that matches this stays below the base address and can only be a script.
NAME_PATTERN = r"[A-Za-z]+\.php"
