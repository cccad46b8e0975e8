"""The directory of an account's names: the user's own, those imported, and those learned."""

import logging
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from anyio import to_thread

from chasedata_mcp.fields.context import ValidationContext
from chasedata_mcp.tools.base import Action
from chasedata_mcp.tools.names.errors import NameStoreError
from chasedata_mcp.tools.names.given_names import GivenName, list_given_names
from chasedata_mcp.tools.names.kinds import NameKind, make_key
from chasedata_mcp.tools.names.lessons import KeepsOut, is_plain_name, list_lessons
from chasedata_mcp.tools.names.likeness import find_nearest, fold
from chasedata_mcp.tools.names.names_file import NamesFile
from chasedata_mcp.tools.names.resolution import (
    ResolvedArguments,
    describe_unknown,
    refuse_unlisted,
    resolve_names,
)
from chasedata_mcp.tools.names.sandbox_names import list_told_names
from chasedata_mcp.tools.names.store import MOST_KEPT, NameSource, NameStore
from chasedata_mcp.tools.results import Result

_LOG = logging.getLogger(__name__)
_READ_AGAIN_SECONDS: Final = 2.0
"""How long what others learned may be unknown here: 10,000 rows may name the same wrong agent."""
_SAID_NOWHERE: Final = frozenset({"source", "clear_fields"})
"""Arguments that hold other things beside names, so that an unknown one says nothing."""

DialerNames = Callable[[], Awaitable[Mapping[str, object]]]
"""Asks the dialer for its names, which only a sandbox tells."""


@dataclass(frozen=True, slots=True)
class KnownName:
    """A name with what is known of it: how it became known, its aliases, and what it is called."""

    kind: NameKind
    name: str
    sources: tuple[NameSource, ...]
    aliases: tuple[str, ...] = ()
    label: str = ""


@dataclass(slots=True)
class _Entry:
    """A name while the sources are put together."""

    sources: dict[NameSource, None] = field(default_factory=dict[NameSource, None])
    aliases: list[str] = field(default_factory=list[str])
    label: str = ""


_Entries = dict[tuple[NameKind, str], _Entry]


async def no_dialer_names() -> Mapping[str, object]:
    """Give no names, as for a live dialer."""
    return {}


class NameDirectory:
    """The names of one account. Nothing is read before the first call that has use for it.

    Args:
        file: The user's own names.
        store: The names that were learned and imported; None where nothing is kept.
        dialer_names: Asks a sandbox for its names.
        clock: The time, by which names are kept.
        steady: A clock that nobody sets, in seconds.
    """

    def __init__(
        self,
        file: NamesFile,
        store: NameStore | None = None,
        dialer_names: DialerNames = no_dialer_names,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        steady: Callable[[], float] = time.monotonic,
    ) -> None:
        self._file, self._store, self._dialer_names = file, store, dialer_names
        self._clock, self._steady = clock, steady
        self._stored: dict[NameKind, dict[str, set[NameSource]]] = {}
        self._learned: Counter[NameKind] = Counter()
        self._read_at: float | None = None

    def close(self) -> None:
        """Close what was opened."""
        if self._store is not None:
            self._store.close()

    def resolve(self, tool: type[Action], given: Mapping[str, object]) -> ResolvedArguments:
        """Put names in the place of aliases.

        Raises:
            CallError: As `resolve_names`.
        """
        return resolve_names(tool, given, self._file)

    def refuse_unlisted(self, action: Action) -> None:
        """Refuse a name that isn't on a complete list.

        Raises:
            CallError: As `resolution.refuse_unlisted`.
        """
        refuse_unlisted(action, self._file)

    def read(
        self, tool: type[Action], given: Mapping[str, object], context: ValidationContext
    ) -> Action:
        """Read a call whose arguments may hold aliases.

        Raises:
            CallError: `invalid_arguments`, or `not_allowed` while the names file can't be used.
        """
        resolved = self.resolve(tool, given)
        action = tool.read(resolved.arguments, context).mean(resolved.meanings)
        self.refuse_unlisted(action)
        return action

    def find_problem(self) -> str:
        """Find why the names file can't be used; empty where it can, or there is none."""
        self._file.look()
        return self._file.problem

    async def list_unknown(self, action: Action) -> tuple[GivenName, ...]:
        """List the names of a call that aren't known here, where that says something.

        It does where the kind has a list, or something near is known.
        """
        unknown = [one for one in list_given_names(action) if not self._knows(one)]
        if not unknown:
            return ()
        await self._refresh()
        return tuple([one for one in unknown if not self._knows(one) and self._says(one)])

    def describe_unknown(self, one: GivenName, *, quotes: bool) -> str:
        """Describe an unknown name, with the nearest; an error quotes nothing that was sent."""
        return describe_unknown(one, self._list_names(one.kind), quotes=quotes)

    async def learn(self, action: Action, result: Result, keeps_out: KeepsOut) -> None:
        """Learn the names that the dialer took; what can't be kept is in the log."""
        if self._store is None:
            return
        new: dict[NameKind, list[str]] = {}
        for kind, name in list_lessons(action, result, keeps_out):
            if self._can_learn(kind, name):
                new.setdefault(kind, []).append(name)
        if new:
            await self._keep(self._store, new)

    async def list_names(self, kind: NameKind | None = None) -> list[KnownName]:
        """List all names, or those of a kind: the user's own first, then by the alphabet."""
        self._file.look()
        await self._refresh()
        entries: _Entries = {}
        self._add_own(entries)
        for one, names in self._stored.items():
            for name, sources in names.items():
                _enter(entries, one, name).sources.update(dict.fromkeys(sorted(sources)))
        await self._add_dialers(entries)
        known = [
            KnownName(of, name, tuple(found.sources), tuple(found.aliases), found.label)
            for (of, name), found in entries.items()
            if kind in {None, of}
        ]
        return sorted(known, key=_sort_key)

    async def find(self, text: str, kind: NameKind | None = None) -> list[KnownName]:
        """Find names by a part of them, of an alias or of what they are called, or near to it."""
        known = await self.list_names(kind)
        sought = fold(text)
        if not text.strip():
            return known
        found = [one for one in known if any(sought in fold(part) for part in _list_parts(one))]
        parts = tuple([part for one in known for part in _list_parts(one)])
        # Of 50,000 names it takes half a second.
        near = await to_thread.run_sync(find_nearest, text, parts)
        also = [one for one in known if one not in found and {*near} & {*_list_parts(one)}]
        return [*found, *also]

    async def count(self) -> Mapping[NameKind, int]:
        """Count the names of each kind of which any is known."""
        known = await self.list_names()
        return {kind: n for kind in NameKind if (n := sum(one.kind is kind for one in known))}

    def _has(self, kind: NameKind, name: str) -> bool:
        return self._file.names.has(kind, name) or name in self._stored.get(kind, {})

    def _can_learn(self, kind: NameKind, name: str) -> bool:
        """Tell whether a name is new and one; a batch whose every row has another teaches few."""
        is_new = not self._has(kind, name) and self._learned[kind] < MOST_KEPT[NameSource.LEARNED]
        return is_new and is_plain_name(kind, name)

    def _knows(self, one: GivenName) -> bool:
        if one.argument in _SAID_NOWHERE or self._has(one.kind, one.name):
            return True
        if one.kind is not NameKind.CUSTOM_FIELDS:
            return False
        key = make_key(one.kind, one.name)
        return any(make_key(one.kind, name) == key for name in self._stored.get(one.kind, ()))

    def _says(self, one: GivenName) -> bool:
        """Tell whether it says something that a name isn't known.

        What was learned is never the whole of a list, so there it takes a name that is near; and a
        phone number is near to every other of its town.
        """
        stored = self._stored.get(one.kind, {}).values()
        is_listed = one.kind in self._file.names.names or any(
            NameSource.IMPORTED in sources for sources in stored
        )
        if is_listed and one.held.guarded:
            return True
        return not one.kind.is_phone and bool(find_nearest(one.name, self._list_names(one.kind)))

    def _list_names(self, kind: NameKind) -> tuple[str, ...]:
        own = self._file.names
        listed = dict.fromkeys([*own.names.get(kind, ()), *self._stored.get(kind, ())])
        return (*listed, *own.aliases.get(kind, ()))

    async def _refresh(self) -> None:
        """Read what is kept, unless that was done a moment ago."""
        now = self._steady()
        if self._store is None or (
            self._read_at is not None and now - self._read_at < _READ_AGAIN_SECONDS
        ):
            return
        self._read_at = now
        try:
            stored = await to_thread.run_sync(self._store.read)
        except NameStoreError as error:
            _LOG.warning("%s Names that were learned aren't known until then.", error)
            return
        self._stored = {}
        for one in stored:
            self._note(one.kind, one.name, one.source)

    async def _keep(self, store: NameStore, new: Mapping[NameKind, list[str]]) -> None:
        # Noted first: what can't be kept is not tried again with every call.
        for kind, names in new.items():
            self._learned[kind] += len(names)
            for name in names:
                self._note(kind, name, NameSource.LEARNED)
        try:
            await to_thread.run_sync(store.add, NameSource.LEARNED, new, self._clock())
        except NameStoreError as error:
            _LOG.warning("%s Names of this call aren't kept.", error)

    def _note(self, kind: NameKind, name: str, source: NameSource) -> None:
        self._stored.setdefault(kind, {}).setdefault(name, set()).add(source)

    def _add_own(self, entries: _Entries) -> None:
        own = self._file.names
        for kind, names in own.names.items():
            for name in names:
                _enter(entries, kind, name).sources[NameSource.FILE] = None
        for kind, aliases in own.aliases.items():
            for alias, name in aliases.items():
                _enter(entries, kind, name).aliases.append(alias)

    async def _add_dialers(self, entries: _Entries) -> None:
        try:
            told = await self._dialer_names()
        except Exception as error:  # noqa: BLE001 - all else works without names
            _LOG.warning("the dialer's names can't be read (%s)", type(error).__name__)
            return
        for kind in NameKind:
            for name, label in list_told_names(kind, told.get(kind)):
                found = _enter(entries, kind, name)
                found.sources[NameSource.SANDBOX] = None
                found.label = label


def _enter(entries: _Entries, kind: NameKind, name: str) -> _Entry:
    return entries.setdefault((kind, name), _Entry())


def _list_parts(one: KnownName) -> tuple[str, ...]:
    return (one.name, *one.aliases, *([one.label] if one.label else []))


def _sort_key(one: KnownName) -> tuple[NameKind, bool, str]:
    return one.kind, NameSource.FILE not in one.sources, one.name.casefold()
