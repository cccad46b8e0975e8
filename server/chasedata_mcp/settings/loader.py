"""The reader of settings: environment variables over a TOML file, and nothing unknown in either."""

import os
import tomllib
from collections.abc import Callable, Iterable, Mapping
from difflib import get_close_matches
from pathlib import Path

from pydantic import ValidationError

from chasedata_mcp.errors import SettingsError
from chasedata_mcp.settings.files import read_setting_file
from chasedata_mcp.settings.model import Settings
from chasedata_mcp.settings.values import PREFIX, require_absolute

FILE_VARIABLE = "CHASEDATA_CONFIG"


def load_settings(environ: Mapping[str, str] | None = None, *, sandbox: bool = False) -> Settings:
    """Read the settings; a variable wins over the file, and `sandbox=True` over both.

    Raises:
        SettingsError: A name that isn't known (the nearest is named), a value that isn't
            understood, an empty variable, a wire profile that can't be used, or settings that
            contradict each other. No value is repeated.
    """
    environ = os.environ if environ is None else environ
    variables = {name: text for name, text in environ.items() if name.startswith(PREFIX)}
    empty = next((name for name, text in variables.items() if not text.strip()), None)
    if empty:
        raise SettingsError(f"{empty} is set but empty: give it a value or unset it")
    values = _read_toml(variables.pop(FILE_VARIABLE, None))
    _refuse_unknown(values, str)
    values |= {name.removeprefix(PREFIX).lower(): text for name, text in variables.items()}
    values |= {"sandbox": True} if sandbox else {}
    _refuse_unknown(values, _name_variable)
    try:
        settings = Settings.model_validate(values)
    except ValidationError as error:
        problems = error.errors(include_url=False, include_input=False)
    else:
        # The one that ships is loaded by the first call.
        if settings.wire_profile is not None or settings.scripts:
            settings.load_wire()
        return settings
    raise SettingsError(
        "; ".join(_describe_problem(detail["loc"], detail["msg"]) for detail in problems)
    )


def _read_toml(name: str | None) -> dict[str, object]:
    if name is None:
        return {}
    try:
        file = require_absolute(Path(name))
    except ValueError as error:
        raise SettingsError(f"{FILE_VARIABLE}: {error}") from None
    try:
        return tomllib.loads(read_setting_file(file, FILE_VARIABLE))
    except tomllib.TOMLDecodeError:
        raise SettingsError(f"{FILE_VARIABLE} names a file that is not TOML") from None


def _name_variable(name: str) -> str:
    return f"{PREFIX}{name.upper()}"


def _refuse_unknown(names: Iterable[str], spell: Callable[[str], str]) -> None:
    known = [*Settings.model_fields, FILE_VARIABLE.removeprefix(PREFIX).lower()]
    for name in names:
        if name not in Settings.model_fields:
            nearest = get_close_matches(name.lower(), known, n=1, cutoff=0.5)
            did_you = f"; did you mean {spell(nearest[0])}?" if nearest else ""
            raise SettingsError(f"{spell(name)} is no setting of chasedata-mcp{did_you}")


def _describe_problem(path: tuple[int | str, ...], text: str) -> str:
    text = text.removeprefix("Value error, ")
    return f"{_name_variable(str(path[0]))}: {text[0].lower()}{text[1:]}" if path else text
