"""The policy in force: preset, policy file and settings, of which the strictest holds."""

from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from chasedata_mcp.errors import SettingsError
from chasedata_mcp.policy.loader.policy_problems import list_key_paths
from chasedata_mcp.policy.models import EVERY_TOOLSET, ConfirmLevel, PolicyTerms
from chasedata_mcp.policy.presets import ATTENDED, UNATTENDED
from chasedata_mcp.settings import PREFIX, Settings
from chasedata_mcp.tools.published import load_published

FILE = "policy file"
DEFAULT = "default"
_LEVELS = tuple(ConfirmLevel)
_NOTHING = frozenset[str]()


@dataclass(frozen=True, slots=True)
class EffectivePolicy:
    """A policy with the source of each value, by key path."""

    terms: PolicyTerms
    sources: Mapping[str, str]
    """`preset unattended`, `policy file`, `default`, or a setting such as `CHASEDATA_CONFIRM`."""


def load_policy(settings: Settings) -> EffectivePolicy:
    """Load the policy that the settings describe, with the policy file that they name.

    Raises:
        SettingsError: The file can't be read or isn't understood, or it offers none of the
            toolsets that the settings offer. No value is repeated.
    """
    return _stricter(load_policy_file(settings.policy), settings)


def load_policy_file(file: Path | None) -> EffectivePolicy:
    """Load the policy of a file alone; without one, the preset `unattended`.

    Raises:
        PolicyFileError: It can't be read or isn't understood.
    """
    if file is None:
        return EffectivePolicy(UNATTENDED, _UNATTENDED_SOURCES)
    from chasedata_mcp.policy.loader.policy_file import (  # noqa: PLC0415 - its tables' types
        read_policy_file,
    )

    terms, given = read_policy_file(file)
    return EffectivePolicy(terms, MappingProxyType(dict(_sources(terms, given))))


def _sources(terms: PolicyTerms, given: AbstractSet[str]) -> Iterator[tuple[str, str]]:
    for path, _ in list_key_paths(terms.model_dump()):
        if any(f"{path}.".startswith(f"{key}.") for key in given):
            yield path, FILE
        else:
            yield path, f"preset {terms.preset}" if _differs(path) else DEFAULT


def _differs(path: str) -> bool:
    """Tell whether the presets differ in this key."""
    return path in _OF_THE_PRESETS


_OF_THE_PRESETS = frozenset(
    path
    for (path, one), (_, other) in zip(
        list_key_paths(UNATTENDED.model_dump()), list_key_paths(ATTENDED.model_dump()), strict=True
    )
    if one != other and path != "preset"
)
_UNATTENDED_SOURCES = MappingProxyType(dict(_sources(UNATTENDED, _NOTHING)))


def _stricter(found: EffectivePolicy, settings: Settings) -> EffectivePolicy:
    # An administrator's policy can't be loosened by a variable in a client's configuration, nor the
    # setting by the file (docs/policy-file.md).
    terms = found.terms
    beyond = _beyond(terms, settings)
    held = {
        "read_only": terms.read_only or settings.read_only,
        "confirm": max(terms.confirm, ConfirmLevel(settings.confirm), key=_LEVELS.index),
        "toolsets": _in_both(found, settings),
    }
    sources = {
        **{key: source for key, source in found.sources.items() if key not in beyond},
        **{name: _source(name, value, found, settings) for name, value in held.items()},
    }
    tools = {name: word for name, word in terms.tools.items() if f"tools.{name}" not in beyond}
    if beyond and not tools:
        sources["tools"] = f"{PREFIX}TOOLSETS"
    stricter = terms.model_copy(update={**held, "tools": tools})
    return EffectivePolicy(stricter, MappingProxyType(sources))


def _beyond(terms: PolicyTerms, settings: Settings) -> frozenset[str]:
    """List the keys of tools that the file switches on and whose toolsets the setting leaves out.

    A tool that is on is offered beyond the file's own toolsets, and never beyond the setting's.
    """
    return frozenset(
        f"tools.{name}"
        for name, word in terms.tools.items()
        if word == "on" and load_published()[name].toolset not in settings.allowed_toolsets
    )


def _in_both(found: EffectivePolicy, settings: Settings) -> tuple[str, ...]:
    # A preset leaves it to the setting whether batches are offered.
    is_in_file = found.sources["toolsets"] == FILE
    both = (
        {*found.terms.toolsets} & {*settings.allowed_toolsets}
        if is_in_file
        else {*settings.offered_toolsets}
    )
    if not both:
        raise SettingsError(
            f"{PREFIX}TOOLSETS and toolsets in the {FILE} have nothing in common, so that no tool "
            "would be offered"
        )
    return tuple(toolset for toolset in EVERY_TOOLSET if toolset in both)


def _source(name: str, held: object, found: EffectivePolicy, settings: Settings) -> str:
    """Name the source of a value; where file and setting agree, the file."""
    setting = f"{PREFIX}{name.upper()}"
    set_to = settings.offered_toolsets if name == "toolsets" else getattr(settings, name)
    inside, beside = _same(getattr(found.terms, name), held), _same(set_to, held)
    is_set = name in settings.model_fields_set
    if inside and (found.sources[name] == FILE or not (is_set and beside)):
        return found.sources[name]
    if name == "toolsets" and not is_set:
        setting = f"{PREFIX}FILES_DIR"
    return setting if beside else f"{FILE} and {setting}"


def _same(one: object, other: object) -> bool:
    """Tell whether two values are the same; the order of toolsets means nothing."""
    if isinstance(one, tuple) and isinstance(other, tuple):
        return frozenset(one) == frozenset(other)  # pyright: ignore[reportUnknownArgumentType] - of text
    return one == other
