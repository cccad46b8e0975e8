"""All settings as one model, and the settings that contradict each other."""

from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Literal, Self, get_args

from pydantic import BaseModel, ConfigDict, Field, model_validator

from chasedata_mcp.errors import SettingsError
from chasedata_mcp.settings.files import read_setting_file
from chasedata_mcp.settings.scripts import Script
from chasedata_mcp.settings.values import (
    PREFIX,
    AbsolutePath,
    Accid,
    Country,
    DatabaseUrl,
    HttpKey,
    LogLevel,
    PathOrMemory,
    ScriptName,
    Seconds,
    SplitWords,
    Switch,
    Token,
    Toolset,
    is_printable,
)

if TYPE_CHECKING:
    from chasedata_mcp.settings.wire.profile import WireProfile

BASE_URL = "https://api.chasedatacorp.com/HttpImport/"


class Settings(BaseModel):
    """Everything that can be set: a field's name in capitals, after `CHASEDATA_`, is its variable.

    In the TOML file (`CHASEDATA_CONFIG`) the fields' own names are used; a variable wins over it.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    token: Token | None = None
    """The API token: Settings, Integration, API Tokens in the dialer's administration."""
    token_file: AbsolutePath | None = None
    """A file with the token in it, by its whole path, instead of the token."""
    accid: Accid | None = None
    """The account: the first label of your own host name, `test` for test.chasedatacorp.com."""
    base_url: str = BASE_URL
    """The address of the scripts; HTTPS, or HTTP to this machine."""
    # Never by accident: without this and without credentials no call is sent (design.md, rule 8).
    sandbox: Switch = False
    """Serve on the embedded sandbox; no dialer is touched."""
    sandbox_file: PathOrMemory | None = None
    """The file of the embedded sandbox's state, `:memory:` for none; else the user's own."""
    sandbox_faults: str = ""
    """Faults of the embedded sandbox, such as `TextOperations.php=drop_after*1`."""
    state_dir: AbsolutePath | None = None
    """The directory of the ledger; one of the user's own by default."""
    ledger: DatabaseUrl | None = None
    """A PostgreSQL database for the ledger, instead of a file."""
    batch_per_second: Annotated[float, Field(ge=0, le=1000, allow_inf_nan=False)] = 50.0
    """The most rows of batches that are sent within a second; 0 is any number."""
    files_dir: AbsolutePath | None = None
    """The folder of the files that a client may plan batches of, by its whole path."""
    hidden_fields: Annotated[tuple[str, ...], SplitWords] = ()
    """Lead fields, by wire name, whose values the ledger doesn't keep; separated by commas."""
    history_of: Literal["own", "all"] = "own"
    """The entries that a caller sees: its own, or everybody's."""
    read_back: Switch = True
    """Read a lead before and after an update, and settle an insert whose answer was lost."""
    twin_minutes: Annotated[float, Field(ge=0, le=1440, allow_inf_nan=False)] = 10.0
    """The minutes in which a call that reaches a person asks before it is sent a second time."""
    names: AbsolutePath | None = None
    """The names file, by its whole path: the account's own names, aliases and default sender."""
    policy: AbsolutePath | None = None
    """The policy file, by its whole path: what is allowed, asked about, refused and capped."""
    read_only: Switch = False
    """Offer the reads only."""
    toolsets: Annotated[tuple[Toolset, ...], SplitWords, Field(min_length=1)] = (
        "leads",
        "dnc",
        "sms",
        "calls",
        "dial_lists",
        "playlists",
        "skills",
        "jobs",
        "history",
        "safety",
    )
    """The families of tools to offer, separated by commas."""
    confirm: Literal["destructive", "outward", "writes"] = "destructive"
    """The calls that always ask a person; there is no level below `destructive`."""
    countries: Annotated[tuple[Country, ...], SplitWords, Field(min_length=1)] = (
        "US",
        "CA",
    )
    """Countries whose numbers may be called or texted, as ISO codes."""
    # Integrators' own programs wait 10 s for a search and 15 s for a write (wire.md).
    search_seconds: Seconds = 10.0
    """Seconds that a search may take."""
    write_seconds: Seconds = 15.0
    """Seconds that any other call may take."""
    # No program of an integrator was seen to send more at once (wire.md).
    in_flight: Annotated[int, Field(ge=1, le=15)] = 15
    """The most calls in flight at once; 15 at most."""
    reads_in_flight: Annotated[int, Field(ge=0, le=15)] = 0
    """The most reads in flight beside those; 15 at most, with 0 they are among them."""
    # Off: the token goes to one place, whatever the environment names (design.md, rule 10).
    trust_env: Switch = False
    """Take proxy and certificates from the environment (HTTPS_PROXY, SSL_CERT_FILE)."""
    http_key: HttpKey | None = None
    """The bearer key of `serve --transport http`; made anew at each start without it."""
    log_level: LogLevel = "warning"
    """The least level that is logged, to standard error."""
    wire_profile: AbsolutePath | None = None
    """A file that says in what this dialer's wire differs; `chasedata-mcp probe` writes one."""
    script_insert: ScriptName | None = None
    """This server's name of the script, whatever the profile says."""
    script_update: ScriptName | None = None
    """This server's name of the script, whatever the profile says."""
    script_leads: ScriptName | None = None
    """This server's name of the script, whatever the profile says."""
    script_texts: ScriptName | None = None
    """This server's name of the script, whatever the profile says."""
    script_calls: ScriptName | None = None
    """This server's name of the script, whatever the profile says."""
    script_dial_lists: ScriptName | None = None
    """This server's name of the script, whatever the profile says."""
    script_playlists: ScriptName | None = None
    """This server's name of the script, whatever the profile says."""
    script_skills: ScriptName | None = None
    """This server's name of the script, whatever the profile says."""

    @model_validator(mode="after")
    def _refuse_contradictions(self) -> Self:
        if self.token and self.token_file:
            raise ValueError("CHASEDATA_TOKEN and CHASEDATA_TOKEN_FILE are both set; keep one")
        has_token = bool(self.token or self.token_file)
        if self.sandbox and (has_token or self.accid):
            raise ValueError(
                "CHASEDATA_SANDBOX is set beside credentials; the embedded sandbox needs none, so "
                "it is unclear which is meant: unset one of them"
            )
        if has_token and not self.accid:
            raise ValueError("CHASEDATA_TOKEN is set without CHASEDATA_ACCID; both are needed")
        if self.accid and not has_token:
            raise ValueError("CHASEDATA_ACCID is set without CHASEDATA_TOKEN; both are needed")
        if not self.sandbox and (self.sandbox_file or self.sandbox_faults):
            raise ValueError("a setting of the embedded sandbox is set without CHASEDATA_SANDBOX=1")
        return self

    @property
    def offered_toolsets(self) -> tuple[Toolset, ...]:
        """The families of tools to offer: a folder for their files asks for batches."""
        asked = self.files_dir is not None and "batches" not in self.toolsets
        return (*self.toolsets, "batches") if asked else self.toolsets

    @property
    def allowed_toolsets(self) -> tuple[Toolset, ...]:
        """The families that a policy file may offer: those that are set, else every one."""
        return self.offered_toolsets if "toolsets" in self.model_fields_set else get_args(Toolset)

    @property
    def scripts(self) -> dict[Script, str]:
        """The names of the scripts that have a setting of their own."""
        named = {script: getattr(self, f"script_{script.value}") for script in Script}
        return {script: name for script, name in named.items() if name is not None}

    def load_wire(self) -> "WireProfile":
        """Load how this dialer spells: the profile that is set, or the one that ships.

        Raises:
            SettingsError: It can't be read, isn't understood, or would weaken the reading.
        """
        return self._wire

    def with_wire(self, profile: "WireProfile") -> Self:
        """Give the same settings with another profile in force."""
        changed = self.model_copy()
        vars(changed)["_wire"] = profile
        return changed

    @cached_property
    def _wire(self) -> "WireProfile":
        # It takes 5 ms to import, which is the first call's and not the start's.
        from chasedata_mcp.settings.wire import loader  # noqa: PLC0415 - as above

        variable = f"{PREFIX}WIRE_PROFILE"
        try:
            profile = loader.load_shipped_profile()
            if self.wire_profile is not None:
                profile = loader.read_profile(read_setting_file(self.wire_profile, variable))
            return loader.with_scripts(profile, self.scripts)
        except loader.WireProfileError as error:
            reason = str(error)
        where = f"{variable}: " if self.wire_profile is not None else ""
        raise SettingsError(f"{where}{reason}")

    def read_token(self) -> str:
        """Read the token, from the setting or from its file.

        Raises:
            SettingsError: The file can't be read or is empty.
        """
        if self.token is not None:
            return self.token.get_secret_value()
        if self.token_file is None:
            raise SettingsError("no token is set")
        token = read_setting_file(self.token_file, f"{PREFIX}TOKEN_FILE").strip()
        if not token or not is_printable(token):
            raise SettingsError(f"{PREFIX}TOKEN_FILE names a file without a token in it")
        return token
