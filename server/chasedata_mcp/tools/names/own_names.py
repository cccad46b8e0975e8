"""The user's own names: a TOML file with lists, aliases, and which lists are complete."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cached_property
from typing import Final, cast

from chasedata_mcp.fields.dispositions import stops_calls
from chasedata_mcp.fields.text import TextRule
from chasedata_mcp.tools.names.kinds import LONGEST, NameKind, make_key, read_name

MOST_NAMES: Final = 5_000
"""The most names of a kind; a centre with numbers of its own in every area code has some 350."""
_ACCOUNTS: Final = "accounts"
_SENDER: Final = "sender"
_LIST, _COMPLETE = "names", "complete"
_ALIAS: Final = TextRule(LONGEST)

Table = Mapping[str, object]


class NamesFileError(ValueError):
    """A names file that isn't understood; the message says where and why, and quotes no name."""


@dataclass(frozen=True)
class OwnNames:
    """The names of a names file for one account.

    Attributes:
        names: The names of each kind, in the file's order; what an alias stands for is one.
        aliases: The name that each alias stands for, by kind.
        complete: The kinds whose list has every name that there is.
        sender: The own number that texts are sent from where a call names none, ten digits.
    """

    names: Mapping[NameKind, tuple[str, ...]] = field(
        default_factory=dict[NameKind, tuple[str, ...]]
    )
    aliases: Mapping[NameKind, Mapping[str, str]] = field(
        default_factory=dict[NameKind, Mapping[str, str]]
    )
    complete: frozenset[NameKind] = frozenset()
    sender: str | None = None

    def find_alias(self, kind: NameKind, text: str) -> str | None:
        """Find the name that an alias stands for, None where it is none."""
        aliases = self.aliases.get(kind)
        return None if not aliases else aliases.get(text.strip())

    def has(self, kind: NameKind, name: str) -> bool:
        """Tell whether a name is listed, exactly."""
        return make_key(kind, name) in self._keys.get(kind, ())

    @cached_property
    def _keys(self) -> Mapping[NameKind, frozenset[str]]:
        """The texts by which names are compared, made once: a batch looks at each of its rows."""
        return {
            kind: frozenset([make_key(kind, one) for one in names])
            for kind, names in self.names.items()
        }


def parse_names(text: str, account: str) -> OwnNames:
    """Parse a names file for an account: what it says for all, and what for this one.

    Raises:
        NamesFileError: It isn't understood.
    """
    try:
        tables: Table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise NamesFileError(f"it is no TOML ({_locate(error)})") from None
    accounts = _read_table(tables.get(_ACCOUNTS, {}), _ACCOUNTS)
    made = _Making()
    made.add({key: value for key, value in tables.items() if key != _ACCOUNTS}, "")
    for name, own in accounts.items():
        # Each is read, so that a mistake in another account's part is found by its author too.
        other = made if name.lower() == account.lower() else _Making()
        other.add(_read_table(own, f"{_ACCOUNTS}.{name}"), f"{_ACCOUNTS}.{name}.")
    return made.finish()


def _locate(error: tomllib.TOMLDecodeError) -> str:
    """Say where it stops being TOML; the message may hold a piece of the file otherwise."""
    _, found, place = str(error).rpartition("(at ")
    return f"at {place.removesuffix(')')}" if found else "nobody can say where"


@dataclass(slots=True)
class _Making:
    """Names in the making: the sections are added, then seen as a whole."""

    names: dict[NameKind, dict[str, None]] = field(default_factory=dict[NameKind, dict[str, None]])
    aliases: dict[NameKind, dict[str, str]] = field(default_factory=dict[NameKind, dict[str, str]])
    complete: set[NameKind] = field(default_factory=set[NameKind])
    sender: str = ""

    def add(self, tables: Table, place: str) -> None:
        """Add sections; `place` stands before their names in errors.

        Raises:
            NamesFileError: One isn't understood.
        """
        for key, value in tables.items():
            if key == _SENDER:
                self.sender = _read_text(value, f"{place}{_SENDER}")
            else:
                self._add_kind(_read_kind(key, place), value, f"{place}{key}")

    def _add_kind(self, kind: NameKind, value: object, place: str) -> None:
        if isinstance(value, list):
            value = {_LIST: cast("list[object]", value)}
        for key, entry in _read_table(value, place).items():
            match entry:
                case list() if key == _LIST:
                    for number, one in enumerate(cast("list[object]", entry), 1):
                        self._add_name(kind, one, f"name {number} of {place}")
                case bool() if key == _COMPLETE:
                    self.complete |= {kind} if entry else set()
                case str():
                    self._add_alias(kind, key, entry, place)
                case _:
                    raise NamesFileError(
                        f"{place} holds what is none of `names` (a list), `complete` (true or "
                        "false) and an alias with its name as text"
                    )

    def _add_name(self, kind: NameKind, text: object, place: str) -> str:
        try:
            name = read_name(kind, text)
        except ValueError as error:
            raise NamesFileError(f"{place} {error}") from None
        self.names.setdefault(kind, {})[name] = None
        return name

    def _add_alias(self, kind: NameKind, alias: str, text: str, place: str) -> None:
        place = f"an alias in {place}"
        name = self._add_name(kind, text, f"the name of {place}")
        try:
            alias = _ALIAS.parse(alias)
        except ValueError:
            raise NamesFileError(f"{place} is empty, too long or no plain text") from None
        if kind.is_phone and _is_phone(kind, alias):
            raise NamesFileError(f"{place} is a phone number itself")
        if kind is NameKind.DISPOSITIONS and stops_calls(alias) and not stops_calls(name):
            raise NamesFileError(
                f"{place} says that somebody isn't to be called, and its name doesn't: such a "
                "request would be lost"
            )
        self.aliases.setdefault(kind, {})[alias] = name

    def finish(self) -> OwnNames:
        """Give the names as a whole.

        Raises:
            NamesFileError: Its parts don't fit each other.
        """
        for kind, aliases in self.aliases.items():
            if any(alias in self.names[kind] and alias != to for alias, to in aliases.items()):
                raise NamesFileError(f"{kind}: an alias is a name as well, so which is meant?")
        for kind, names in self.names.items():
            if len(names) > MOST_NAMES:
                raise NamesFileError(f"{kind} has more than {MOST_NAMES:,} names")
        empty = [kind.value for kind in self.complete if not self.names.get(kind)]
        if empty:
            raise NamesFileError(f"{min(empty)} is complete and has no name")
        return OwnNames(
            {kind: tuple(names) for kind, names in self.names.items()},
            self.aliases,
            frozenset(self.complete),
            self._find_sender(),
        )

    def _find_sender(self) -> str | None:
        kind = NameKind.OWN_NUMBERS
        if not self.sender:
            return None
        alias = self.aliases.get(kind, {}).get(self.sender.strip())
        return alias or self._add_name(kind, self.sender, _SENDER)


def _is_phone(kind: NameKind, text: str) -> bool:
    try:
        read_name(kind, text)
    except ValueError:
        return False
    return True


def _read_kind(key: str, place: str) -> NameKind:
    try:
        return NameKind(key)
    except ValueError:
        known = [*NameKind, _SENDER, _ACCOUNTS]
        nearest = get_close_matches(key.lower(), known, n=1, cutoff=0.5)
        did_you = f"; did you mean {nearest[0]}?" if nearest else f": {', '.join(known)}"
        where = place.removesuffix(".") or "it"
        raise NamesFileError(f"{where} has a section of no known kind{did_you}") from None


def _read_table(value: object, place: str) -> Table:
    if not isinstance(value, dict):
        raise NamesFileError(f"{place} is no table")
    return cast("Table", value)


def _read_text(value: object, place: str) -> str:
    if not isinstance(value, str) or not value.strip():
        raise NamesFileError(f"{place} is no text")
    return value
