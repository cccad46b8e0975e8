"""The table of a benchmark: what was measured of both servers, the ratio, and the bound."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import median
from typing import Literal, Self

from rich.table import Table


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of both servers, measured in turns.

    The ratio is the median of the ratios of neighbours, which a machine that grows busy between
    two turns moves less than either median.
    """

    name: str
    unit: str
    bound: float
    bounded: Literal["at most", "at least"]
    ours: Sequence[float]
    bare: Sequence[float]

    def within_noise(self) -> Self:
        """Bound the figure by what a shared machine makes of the same code: a tenth."""
        return replace(self, bound=1.1 if self.bounded == "at most" else 0.9)

    @property
    def ratio(self) -> float:
        """The ratio of ours to the bare server's."""
        return median(a / b for a, b in zip(self.ours, self.bare, strict=True))

    @property
    def holds(self) -> bool:
        """True if the ratio is within its bound."""
        return self.ratio <= self.bound if self.bounded == "at most" else self.ratio >= self.bound


def table(
    figures: Sequence[Figure],
    title: str = "chasedata-mcp beside a bare low-level SDK server",
    ours: str = "ours",
    bare: str = "bare",
) -> Table:
    """The figures, one a row."""
    shown = Table("figure", title=f"{title}, over stdio")
    for heading in (ours, bare, "ratio", "bound", "pairs"):
        shown.add_column(heading, justify="right")
    shown.add_column("")
    for figure in figures:
        shown.add_row(*_row(figure))
    return shown


def _row(figure: Figure) -> tuple[str, ...]:
    return (
        f"{figure.name}, {figure.unit}",
        _number(median(figure.ours)),
        _number(median(figure.bare)),
        f"{figure.ratio:.2f}",
        f"{figure.bounded} {figure.bound}",
        str(len(figure.ours)),
        "holds" if figure.holds else "MISSED",
    )


def _number(value: float) -> str:
    return f"{value:.0f}" if value >= 20 else f"{value:.2f}"
