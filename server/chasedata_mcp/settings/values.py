"""The types of single settings, and the checks behind them; no message repeats a value."""

import re
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr

from chasedata_mcp.settings.scripts import NAME_PATTERN

PREFIX = "CHASEDATA_"
_ACCID_MUST = "must be the first label of your host name, such as test for test.chasedatacorp.com"
_PATH_MUST = "must be an absolute path, or begin with ~/: never read from the working directory"
_DATABASE_MUST = "must begin with postgresql:// or postgresql+psycopg://"
IN_MEMORY = Path(":memory:")
"""The embedded sandbox's file where it keeps nothing, and its record neither."""
Toolset = Literal[
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
    "batches",
]
_ON, _OFF = frozenset({"1", "true", "yes", "on"}), frozenset({"0", "false", "no", "off"})


def _read_switch(value: object) -> object:
    if not isinstance(value, str):
        return value
    if (word := value.strip().lower()) in _ON | _OFF:
        return word in _ON
    raise ValueError("must be 0 or 1")


def _require_form(pattern: str, must: str) -> AfterValidator:
    """Require text of this form; the message says what it must be, and never shows the pattern."""

    def check(text: str) -> str:
        if not re.fullmatch(pattern, text):
            raise ValueError(must)
        return text

    return AfterValidator(check)


def _split_words(value: object) -> object:
    """Split `leads, dnc`, as a variable writes a list."""
    return tuple(word.strip() for word in value.split(",")) if isinstance(value, str) else value


def require_absolute(path: Path) -> Path:
    """Require the whole path of a file or directory.

    Raises:
        ValueError: It depends on the working directory.
    """
    # Hosts start a server in a directory of their own choice: a relative path would mean any file.
    if not (path.is_absolute() or path.parts[:1] == ("~",)):
        raise ValueError(_PATH_MUST)
    return path


def _require_absolute_or_memory(path: Path) -> Path:
    return path if path == IN_MEMORY else require_absolute(path)


def is_printable(text: str) -> bool:
    """Tell whether a text is printable ASCII without spaces, as a header or a form can carry it."""
    return all("!" <= character <= "~" for character in text)


def _require_key_length(key: SecretStr) -> SecretStr:
    if not 16 <= len(key.get_secret_value()) <= 200:  # noqa: PLR2004 - as the message says
        raise ValueError("must have 16 to 200 characters")
    return key


def _require_printable(key: SecretStr) -> SecretStr:
    if not is_printable(key.get_secret_value()):
        raise ValueError("must be printable ASCII without spaces")
    return key


def _lower(value: object) -> object:
    return value.lower() if isinstance(value, str) else value


SplitWords = BeforeValidator(_split_words)
"""A list may be written as words with commas between them."""
AbsolutePath = Annotated[Path, AfterValidator(require_absolute)]
PathOrMemory = Annotated[Path, AfterValidator(_require_absolute_or_memory)]
Accid = Annotated[str, _require_form("[A-Za-z0-9][A-Za-z0-9_-]{0,62}", _ACCID_MUST)]
"""A label of a host name has at most 63 characters (RFC 1035, section 2.3.4)."""
DatabaseUrl = Annotated[str, _require_form(r"postgresql(\+psycopg)?://.*", _DATABASE_MUST)]
ScriptName = Annotated[str, Field(pattern=f"^{NAME_PATTERN}$")]
Switch = Annotated[bool, BeforeValidator(_read_switch)]
Seconds = Annotated[float, Field(gt=0, le=600, allow_inf_nan=False)]
Token = Annotated[
    SecretStr, Field(min_length=1, max_length=200), AfterValidator(_require_printable)
]
# Printable ASCII is what every client can send in a header (RFC 9110, section 5.5).
HttpKey = Annotated[
    SecretStr, AfterValidator(_require_key_length), AfterValidator(_require_printable)
]
Country = Annotated[str, _require_form("[A-Z]{2}", "must be two capital letters each, such as US")]
LogLevel = Annotated[Literal["debug", "info", "warning", "error"], BeforeValidator(_lower)]
