"""The table of calling hours: the rows of each state, the national ones, and those that apply."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache, lru_cache
from importlib.resources import files

from chasedata_mcp.fields.format import join_words
from chasedata_mcp.policy.calling_window import CANADA, FEDERAL, About, CallingWindow
from chasedata_mcp.policy.hours_file import Lists, parse_lists, parse_windows

NONE_KNOWN = "no narrower rule known"
PROVINCES = frozenset(
    ["AB", "BC", "MB", "NB", "NL", "NS", "NT", "NU", "ON", "PE", "QC", "SK", "YT"]
)
"""The provinces and territories of Canada."""

_SHIPPED, _HOLIDAYS = "calling_hours.toml", "legal_holidays.toml"
_Applying = tuple[CallingWindow, ...]


# Compared by identity, since a table is a key where its finding on a call is cached.
@dataclass(frozen=True, slots=True, eq=False)
class HoursTable:
    """The federal window, those of the states that have rows, and Canada's where there is one."""

    federal: CallingWindow
    by_state: Mapping[str, tuple[CallingWindow, ...]]
    canada: CallingWindow | None = None
    _applying: dict[tuple[frozenset[str], bool], _Applying] = field(
        default_factory=dict[tuple[frozenset[str], bool], _Applying],
        init=False,
        repr=False,
        compare=False,
    )

    @property
    def rows(self) -> tuple[CallingWindow, ...]:
        """All windows: the federal one, Canada's, then the states by their letters."""
        states = (row for state in sorted(self.by_state) for row in self.by_state[state])
        return (self.federal, *([self.canada] if self.canada else []), *states)

    @property
    def looked_up(self) -> date:
        """The day since which some row, or some list of holidays, hasn't been looked up again."""
        lists = (row.holidays.date for row in self.rows if row.holidays)
        return min([*(row.date for row in self.rows), *lists])

    @property
    def holidays_known_until(self) -> date | None:
        """The last day that every list of holidays reaches, None where there is no list."""
        return min((row.holidays.last for row in self.rows if row.holidays), default=None)

    def find_windows(
        self, states: frozenset[str], *, is_canadian: bool = False
    ) -> tuple[CallingWindow, ...]:
        """Find the rows that a number of these states must be inside of, the narrowest first.

        With `is_canadian`, Canada's row stands for the federal one, which then applies only beside
        a state of the United States.
        """
        # Cached: a number is of one state or two, so there are few combinations.
        found = self._applying.get((states, is_canadian))
        if found is None:
            # Where rows differ, the narrower holds.
            windows = [*self._national(states, is_canadian=is_canadian), *self._of(states)]
            found = tuple(sorted(windows, key=_latest_to_open))
            self._applying[states, is_canadian] = found
        return found

    def find_all_windows(self) -> tuple[CallingWindow, ...]:
        """Find the rows that a number must be inside of that may be anywhere."""
        return self.find_windows(frozenset(self.by_state) | PROVINCES | {FEDERAL})

    def _national(self, states: frozenset[str], *, is_canadian: bool) -> Iterator[CallingWindow]:
        if self.canada is None or not is_canadian or states - PROVINCES:
            yield self.federal
        if self.canada is not None and (is_canadian or states & PROVINCES):
            yield self.canada

    def _of(self, states: frozenset[str]) -> Iterator[CallingWindow]:
        for state in sorted(states & self.by_state.keys()):
            yield from self.by_state[state]


@lru_cache(maxsize=8)
def keep_federal(table: HoursTable) -> HoursTable:
    """Make the table of the federal row alone; once, since a table is a key of what is found."""
    return HoursTable(table.federal, {})


def _latest_to_open(window: CallingWindow) -> tuple[int, object, str]:
    return -60 * window.opens.hour - window.opens.minute, window.closes, window.place


@cache
def load_shipped_table() -> HoursTable:
    """Load the table that comes with the server."""
    return parse_table(_read(_SHIPPED))


@cache
def _load_shipped_holidays() -> Lists:
    return parse_lists(_read(_HOLIDAYS))


def _read(name: str) -> str:
    return files("chasedata_mcp.policy").joinpath(name).read_text("utf-8")


def parse_table(text: str) -> HoursTable:
    """Parse the text of a TOML file of the shape of ours, or of the older one.

    The holidays of a state of which it has no list are those that come with the server.

    Raises:
        ValueError: Something in it is not understood; the sentence names the row and the key.
    """
    by_place: dict[str, list[CallingWindow]] = {}
    for window in parse_windows(text, _load_shipped_holidays()):
        by_place.setdefault(window.place, []).append(window)
    federal, canada = by_place.pop(FEDERAL, []), by_place.pop(CANADA, [])
    if not federal:
        raise ValueError(f'There is no row with the state "{FEDERAL}", and that one is required.')
    return HoursTable(
        federal[0],
        {place: tuple(windows) for place, windows in by_place.items()},
        canada[0] if canada else None,
    )


def describe_state(table: HoursTable, state: str, on: date | None = None) -> str:
    """Describe a state's own rules to a person, or that none is known; `on` picks a day's."""
    rows = [row for row in table.rows if row.place == state]
    said = [_describe(row) for row in rows if on is None or row.holds(on, None)]
    return "; ".join(said) or NONE_KNOWN


def _describe(window: CallingWindow) -> str:
    said = [window.hours, *list_limits(window)]
    if window.by_area_code:
        said.append("by the area code")
    if window.calls_in_24_hours is not None:
        said.append(f"at most {window.calls_in_24_hours} calls in 24 hours")
    return f"{', '.join(said)} ({window.source}, {window.date})"


def list_limits(window: CallingWindow) -> Iterator[str]:
    """List the limits of a row beside its hours: days, what it is about and when it holds."""
    if window.never:
        yield f"not on {join_words(window.never)}"
    yield from list_conditions(window)


def list_conditions(window: CallingWindow) -> Iterator[str]:
    """List the conditions on which a row holds: what it is about, from and until when."""
    if window.about is not About.CALLS_AND_TEXTS:
        yield f"for {window.about}"
    if window.begins is not None:
        yield f"from {window.begins}"
    if window.ends is not None:
        yield f"until {window.ends}"


def render_hours_rows(table: HoursTable) -> str:
    """Render the table as Markdown, a line for each row, with a line break at its end."""
    heads = ("State", "Hours", "Not on", "About", "Holds", "By area code", "Calls in 24 hours")
    lines = [heads, ("---",) * len(heads), *(_cells(window) for window in table.rows)]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


def _cells(window: CallingWindow) -> tuple[str, ...]:
    begins, ends = window.begins, window.ends
    holds = [f"from {begins}" if begins else "", f"until {ends}" if ends else ""]
    return (
        window.place,
        window.hours,
        join_words(window.never) if window.never else "",
        window.about.value,
        " ".join(holds).strip(),
        "yes" if window.by_area_code else "no",
        "" if window.calls_in_24_hours is None else str(window.calls_in_24_hours),
    )
