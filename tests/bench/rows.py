"""The rows of the table: a figure of ours, a peer's measured in turns with it, and the bound."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Literal

from rich.table import Table


@dataclass(frozen=True, slots=True)
class Bound:
    """What a row must keep to: its ratio where it has a peer, else the figure itself."""

    kind: Literal["at most", "at least", "below"]
    limit: float

    def is_kept_by(self, value: float) -> bool:
        """Compare a value with the limit."""
        match self.kind:
            case "at most":
                return value <= self.limit
            case "at least":
                return value >= self.limit
            case "below":
                return value < self.limit


def at_most(limit: float) -> Bound:
    """Make an upper bound."""
    return Bound("at most", limit)


def at_least(limit: float) -> Bound:
    """Make a lower bound."""
    return Bound("at least", limit)


def below(limit: float) -> Bound:
    """Make an upper bound that is itself too much."""
    return Bound("below", limit)


@dataclass(frozen=True, slots=True)
class Row:
    """One figure, measured several times; `theirs` are the peer's in the neighbouring turns.

    The ratio is the median of the ratios of neighbours, which a machine that grows busy between
    two turns moves less than either median.
    """

    name: str
    unit: str
    bound: Bound | None
    ours: Sequence[float]
    peer: str = ""
    theirs: Sequence[float] = ()

    @property
    def ratio(self) -> float | None:
        """The ratio of ours to the peer's, where there is one that the clock could tell."""
        pairs = zip(self.ours, self.theirs, strict=True) if self.theirs else ()
        # Processor time comes in hundredths of a second, and a few calls may take none of them.
        ratios = [ours / theirs for ours, theirs in pairs if theirs]
        return median(ratios) if ratios else None

    @property
    def holds(self) -> bool:
        """True if the bound is kept, or there is none."""
        if self.bound is None:
            return True
        value = self.ratio if self.theirs else median(self.ours)
        return value is not None and self.bound.is_kept_by(value)


def beside(
    name: str, unit: str, figures: Mapping[str, Sequence[float]], bounds: Mapping[str, Bound]
) -> Iterable[Row]:
    """Make a row a peer of figures by server, of which the first is ours."""
    (_, ours), *peers = figures.items()
    for peer, theirs in peers:
        yield Row(name, unit, bounds.get(peer), ours, peer, theirs)


def slowest(name: str, unit: str, bound: Bound, kinds: Mapping[str, Sequence[float]]) -> Row:
    """Make a row of the kind whose median is the largest."""
    kind = max(kinds, key=lambda each: median(kinds[each]))
    return Row(f"{name} ({kind}, the slowest of {len(kinds)})", unit, bound, kinds[kind])


def table(rows: Iterable[Row]) -> Table:
    """Set the rows out."""
    shown = Table("figure")
    for heading in ("ours", "peer's", "ratio", "bound"):
        shown.add_column(heading, justify="right", no_wrap=True)
    shown.add_column("", no_wrap=True)
    for row in rows:
        shown.add_row(*cells(row))
    return shown


def cells(row: Row) -> tuple[str, ...]:
    """Give what the table shows of a row."""
    compared = f" / {row.peer}" if row.peer else ""
    return (
        f"{row.name}, {row.unit}{compared}",
        _number(median(row.ours)),
        _number(median(row.theirs)) if row.theirs else "",
        "" if row.ratio is None else f"{row.ratio:.2f}",
        f"{row.bound.kind} {row.bound.limit:g}" if row.bound else "",
        _verdict(row),
    )


def _verdict(row: Row) -> str:
    if row.bound is None:
        return ""
    return "holds" if row.holds else "MISSED"


def _number(value: float) -> str:
    digits = 0 if value >= 20 else 2 if value >= 1 else 3
    return f"{value:.{digits}f}"
