"""The parts of an installation beside its pipeline that its callers may know; no secret."""

import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import cache, partial
from typing import TYPE_CHECKING, TypeAlias, cast

from chasedata_mcp.app.composition import Opened
from chasedata_mcp.app.out_of_band import OutOfBand, out_of_band_of
from chasedata_mcp.fields.sanitize import clean
from chasedata_mcp.ledger import Ledger
from chasedata_mcp.mcp_server.server_lifetime import ServerLifetime
from chasedata_mcp.settings import Settings
from chasedata_mcp.settings.wire.loader import load_shipped_profile
from chasedata_mcp.settings.wire.profile import WireProfile

if TYPE_CHECKING:
    from chasedata_mcp.mcp_server.batch_jobs import BatchJobs

_LOG = logging.getLogger(__name__)
_LENGTH = 100
# A model reads these, so a sandbox on a port that sends millions is cut short.
_OF_A_KIND = 1_000

Known = list[str] | dict[str, "Known"] | str
"""Names of a kind: a list, or by their owner, or each with its label."""
LoadBatches: TypeAlias = "Callable[[], BatchJobs]"
"""Gives the batches of a server, the same each time; the first has them imported."""


async def no_names() -> Mapping[str, object]:
    """Give no names, as for a live dialer: its API lists none."""
    return {}


@dataclass(frozen=True, slots=True)
class ServerContext:
    """An installation, as anyone may know it who may call it.

    Attributes:
        names: Asks the dialer for the names that it knows, which only a sandbox does; it is called
            when they are wanted, never at the start.
        load_profile: Loads how the dialer spells, its scripts' names among it.
        countries: The countries that may be called.
        search_seconds: The longest that a search may take.
        write_seconds: The longest that a write may take.
        in_flight: The most calls to the dialer at once.
        reads_in_flight: The most reads beside those; 0 where they are among them.
        ledger: The record that history is read from.
        history_of_all: True where a caller sees everybody's history.
        out_of_band: The ways for a person to answer whose client can't ask, None where there are
            none.
        load_batches: Gives the batches that are planned and run here, None where there are none.
    """

    names: Callable[[], Awaitable[Mapping[str, object]]] = no_names
    load_profile: Callable[[], WireProfile] = load_shipped_profile
    countries: tuple[str, ...] = ("US", "CA")
    search_seconds: float = 10.0
    write_seconds: float = 15.0
    in_flight: int = 15
    reads_in_flight: int = 0
    ledger: Ledger | None = None
    history_of_all: bool = False
    out_of_band: OutOfBand | None = None
    load_batches: "LoadBatches | None" = None

    async def known(self) -> dict[str, Known]:
        """Read the names by kind, cleaned and bounded; none where the dialer doesn't answer."""
        try:
            names = await self.names()
            return {clean(kind, _LENGTH): _cleaned(known) for kind, known in names.items()}
        except Exception as error:  # noqa: BLE001 - all else works without names
            _LOG.warning("the dialer's names can't be read (%s)", type(error).__name__)
            return {}


def server_context_of(
    opened: Opened, settings: Settings, lifetime: ServerLifetime | None = None
) -> ServerContext:
    """Make the context of an opened installation from its settings; batches need a lifetime."""
    return ServerContext(
        names=opened.names,
        load_profile=settings.load_wire,
        countries=settings.countries,
        search_seconds=settings.search_seconds,
        write_seconds=settings.write_seconds,
        in_flight=settings.in_flight,
        reads_in_flight=settings.reads_in_flight,
        ledger=opened.ledger,
        history_of_all=settings.history_of == "all",
        out_of_band=out_of_band_of(opened.pipeline.account, settings),
        load_batches=_batches_of(opened, settings, lifetime),
    )


def _batches_of(
    opened: Opened, settings: Settings, lifetime: ServerLifetime | None
) -> "LoadBatches | None":
    ledger = opened.ledger
    if ledger is None or lifetime is None:
        return None

    @cache
    def load() -> "BatchJobs":
        from chasedata_mcp.app.batches import opened_batches  # noqa: PLC0415 - `LateToolGroup`
        from chasedata_mcp.mcp_server.batch_jobs import BatchJobs  # noqa: PLC0415 - as above

        return BatchJobs(partial(opened_batches, settings, opened.pipeline, ledger), lifetime)

    return load


def _cleaned(known: object) -> Known:
    """Clean the names, whatever a sandbox on a port may have sent."""
    match known:
        case list():
            names = cast("list[object]", known)[:_OF_A_KIND]
            return [clean(name, _LENGTH) for name in names if isinstance(name, str)]
        case dict():
            items = list(cast("dict[object, object]", known).items())[:_OF_A_KIND]
            return {clean(str(name), _LENGTH): _cleaned(of_it) for name, of_it in items}
        case _:
            return clean(str(known), _LENGTH)
