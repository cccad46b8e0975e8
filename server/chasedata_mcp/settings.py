"""The settings: `CHASEDATA_…` variables, or a TOML file; what isn't understood stops the start."""

import os
import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    model_validator,
)

from chasedata_mcp.errors import SettingsError
from chasedata_mcp.scripts import DEFAULT_NAMES, NAME_PATTERN, Script
from chasedata_mcp.text_files import describe_read_error, read_text

PREFIX = "CHASEDATA_"
FILE_VARIABLE = "CHASEDATA_CONFIG"
_ACCID = "must be the first label of your host name, such as test for test.chasedatacorp.com"
_WHOLE = "must be an absolute path, or begin with ~/: never read from the working directory"
_DATABASE = "must begin with postgresql+psycopg://"
IN_MEMORY = Path(":memory:")
"""In the place of the embedded sandbox's file: it keeps nothing, and its record neither."""
BASE_URL = "https://api.chasedatacorp.com/HttpImport/"
Toolset = Literal[
    "leads", "dnc", "sms", "calls", "dial_lists", "playlists", "skills", "history", "safety"
]
_ON, _OFF = frozenset({"1", "true", "yes", "on"}), frozenset({"0", "false", "no", "off"})


def _switch(value: object) -> object:
    if not isinstance(value, str):
        return value
    if (word := value.strip().lower()) in _ON | _OFF:
        return word in _ON
    raise ValueError("must be 0 or 1")


def _like(pattern: str, must: str) -> AfterValidator:
    """Text of this form; else it is said what it must be, and not by the pattern."""

    def check(text: str) -> str:
        if not re.fullmatch(pattern, text):
            raise ValueError(must)
        return text

    return AfterValidator(check)


def _words(value: object) -> object:
    """`leads, dnc`, as a variable writes a list."""
    return tuple(word.strip() for word in value.split(",")) if isinstance(value, str) else value


def _of_no_directory(path: Path) -> Path:
    if not (path.is_absolute() or path.parts[:1] == ("~",)):
        raise ValueError(_WHOLE)
    return path


def _file_or_memory(path: Path) -> Path:
    return path if path == IN_MEMORY else _of_no_directory(path)


AbsolutePath = Annotated[Path, AfterValidator(_of_no_directory)]


def _is_printable(text: str) -> bool:
    return all("!" <= character <= "~" for character in text)


def _long(key: SecretStr) -> SecretStr:
    if not 16 <= len(key.get_secret_value()) <= 200:  # noqa: PLR2004 - as the message says
        raise ValueError("must have 16 to 200 characters")
    return key


def _printable(key: SecretStr) -> SecretStr:
    if not _is_printable(key.get_secret_value()):
        raise ValueError("must be printable ASCII without spaces")
    return key


ScriptName = Annotated[str, Field(pattern=f"^{NAME_PATTERN}$")]
Switch = Annotated[bool, BeforeValidator(_switch)]
Seconds = Annotated[float, Field(gt=0, le=600, allow_inf_nan=False)]
Token = Annotated[SecretStr, Field(min_length=1, max_length=200), AfterValidator(_printable)]
# What every client can send in a header.
HttpKey = Annotated[SecretStr, AfterValidator(_long), AfterValidator(_printable)]
Country = Annotated[str, _like("[A-Z]{2}", "must be two capital letters each, such as US")]


class Settings(BaseModel):
    """Everything that can be set: a field's name in capitals, after `CHASEDATA_`, is its variable.

    In the TOML file (`CHASEDATA_CONFIG`) the fields' own names are used; a variable wins over it.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    token: Token | None = None
    """The API token: Settings, Integration, API Tokens in the dialer's administration."""
    token_file: Path | None = None
    """A file with the token in it, instead of the token."""
    accid: Annotated[str, _like("[A-Za-z0-9][A-Za-z0-9_-]{0,62}", _ACCID)] | None = None
    """The account: the first label of your own host name, `test` for test.chasedatacorp.com."""
    base_url: str = BASE_URL
    """Where the scripts are; HTTPS, or HTTP to this machine."""
    sandbox: Switch = False
    """Serve on the embedded sandbox; no dialer is touched."""
    sandbox_file: Annotated[Path, AfterValidator(_file_or_memory)] | None = None
    """Where the embedded sandbox keeps its state, `:memory:` for nowhere; else the user's own."""
    sandbox_faults: str = ""
    """Faults of the embedded sandbox, such as `TextOperations.php=drop_after*1`."""
    state_dir: AbsolutePath | None = None
    """Where the ledger is kept; a directory of the user's own by default."""
    ledger: Annotated[str, _like(r"postgresql\+psycopg://.*", _DATABASE)] | None = None
    """A PostgreSQL database for the ledger, instead of a file."""
    hidden_fields: Annotated[tuple[str, ...], BeforeValidator(_words)] = ()
    """Lead fields, by wire name, whose values the ledger doesn't keep; separated by commas."""
    history_of: Literal["own", "all"] = "own"
    """Whose entries a caller sees: its own, or everybody's."""
    read_back: Switch = True
    """Read a lead before and after an update, and settle an insert whose answer was lost."""
    twin_minutes: Annotated[float, Field(ge=0, le=1440, allow_inf_nan=False)] = 10.0
    """For so long a call that reaches a person asks before it is sent a second time."""
    policy: AbsolutePath | None = None
    """The policy file, by its whole path: what is allowed, asked about, refused and capped."""
    read_only: Switch = False
    """Offer the reads only."""
    toolsets: Annotated[tuple[Toolset, ...], BeforeValidator(_words), Field(min_length=1)] = (
        "leads",
        "dnc",
        "sms",
        "calls",
        "dial_lists",
        "playlists",
        "skills",
        "history",
        "safety",
    )
    """Which families of tools to offer, separated by commas."""
    confirm: Literal["destructive", "outward", "writes"] = "destructive"
    """Which calls always ask a person; there is no level below `destructive`."""
    countries: Annotated[tuple[Country, ...], BeforeValidator(_words), Field(min_length=1)] = (
        "US",
        "CA",
    )
    """Countries whose numbers may be called or texted, as ISO codes."""
    search_seconds: Seconds = 10.0
    """How long a search may take."""
    write_seconds: Seconds = 15.0
    """How long any other call may take."""
    in_flight: Annotated[int, Field(ge=1, le=15)] = 15
    """How many calls may be under way at once; 15 at most."""
    trust_env: Switch = False
    """Take proxy and certificates from the environment (HTTPS_PROXY, SSL_CERT_FILE)."""
    http_key: HttpKey | None = None
    """The bearer key of `serve --transport http`; made anew at each start without it."""
    log_level: Annotated[
        Literal["debug", "info", "warning", "error"],
        BeforeValidator(lambda value: value.lower() if isinstance(value, str) else value),
    ] = "warning"
    """How much is logged, to standard error."""
    script_insert: ScriptName = DEFAULT_NAMES[Script.INSERT]
    """How this server calls the script."""
    script_update: ScriptName = DEFAULT_NAMES[Script.UPDATE]
    """How this server calls the script."""
    script_leads: ScriptName = DEFAULT_NAMES[Script.LEADS]
    """How this server calls the script."""
    script_texts: ScriptName = DEFAULT_NAMES[Script.TEXTS]
    """How this server calls the script; the default is inferred."""
    script_calls: ScriptName = DEFAULT_NAMES[Script.CALLS]
    """How this server calls the script; the default is inferred."""
    script_dial_lists: ScriptName = DEFAULT_NAMES[Script.DIAL_LISTS]
    """How this server calls the script; the default is inferred (else DialListOperations.php)."""
    script_playlists: ScriptName = DEFAULT_NAMES[Script.PLAYLISTS]
    """How this server calls the script; the default is inferred."""
    script_skills: ScriptName = DEFAULT_NAMES[Script.SKILLS]
    """How this server calls the script."""

    @model_validator(mode="after")
    def _is_one_thing_or_the_other(self) -> Self:
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
    def scripts(self) -> dict[Script, str]:
        """What each script is called on this server."""
        return {script: getattr(self, f"script_{script.value}") for script in Script}

    def read_token(self) -> str:
        """The token, wherever it is kept.

        Raises:
            SettingsError: The file can't be read or is empty.
        """
        if self.token is not None:
            return self.token.get_secret_value()
        if self.token_file is None:
            raise SettingsError("no token is set")
        token = _text_of(self.token_file, f"{PREFIX}TOKEN_FILE").strip()
        if not token or not _is_printable(token):
            raise SettingsError(f"{PREFIX}TOKEN_FILE names a file without a token in it")
        return token


def load_settings(environ: Mapping[str, str] | None = None, *, sandbox: bool = False) -> Settings:
    """Read the settings; a variable wins over the file, and `sandbox=True` over both.

    Raises:
        SettingsError: A name that isn't known (the nearest is named), a value that isn't
            understood, an empty variable, or settings that contradict each other. No value is
            repeated.
    """
    environ = os.environ if environ is None else environ
    variables = {name: text for name, text in environ.items() if name.startswith(PREFIX)}
    empty = next((name for name, text in variables.items() if not text.strip()), None)
    if empty:
        raise SettingsError(f"{empty} is set but empty: give it a value or unset it")
    values = _of_the_file(variables.pop(FILE_VARIABLE, None))
    _refuse_unknown(values, str)
    values |= {name.removeprefix(PREFIX).lower(): text for name, text in variables.items()}
    values |= {"sandbox": True} if sandbox else {}
    _refuse_unknown(values, _variable)
    try:
        return Settings.model_validate(values)
    except ValidationError as error:
        problems = error.errors(include_url=False, include_input=False)
    raise SettingsError("; ".join(_problem(detail["loc"], detail["msg"]) for detail in problems))


def _of_the_file(name: str | None) -> dict[str, object]:
    if name is None:
        return {}
    try:
        return tomllib.loads(_text_of(Path(name), FILE_VARIABLE))
    except tomllib.TOMLDecodeError:
        raise SettingsError(f"{FILE_VARIABLE} names a file that is not TOML") from None


def expand_home(path: Path) -> Path:
    """A path with the home directory in place of its `~`.

    Raises:
        ValueError: There is none, or it would depend on the working directory.
    """
    try:
        found = path.expanduser()
    except RuntimeError:
        found = None
    if found is None or (found != path and not found.is_absolute()):
        raise ValueError("begins with ~, and there is no home directory by an absolute path")
    return found


def _text_of(path: Path, setting: str) -> str:
    try:
        found = expand_home(path)
    except ValueError as error:
        raise SettingsError(f"{setting} {error}") from None
    try:
        return read_text(found)
    except (OSError, ValueError) as error:
        reason = describe_read_error(error)
        raise SettingsError(f"{setting} names a file that can't be read ({reason})") from None


def _variable(name: str) -> str:
    return f"{PREFIX}{name.upper()}"


def _refuse_unknown(names: Iterable[str], shown: Callable[[str], str]) -> None:
    known = [*Settings.model_fields, FILE_VARIABLE.removeprefix(PREFIX).lower()]
    for name in names:
        if name not in Settings.model_fields:
            nearest = get_close_matches(name.lower(), known, n=1, cutoff=0.5)
            did_you = f"; did you mean {shown(nearest[0])}?" if nearest else ""
            raise SettingsError(f"{shown(name)} is no setting of chasedata-mcp{did_you}")


def _problem(path: tuple[int | str, ...], text: str) -> str:
    text = text.removeprefix("Value error, ")
    return f"{_variable(str(path[0]))}: {text[0].lower()}{text[1:]}" if path else text
