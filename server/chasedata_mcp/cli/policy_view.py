"""A policy as `policy` prints it: for people at 80 columns, and as JSON for programs."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from chasedata_mcp.cli.freeze import describe_freeze
from chasedata_mcp.cli.grants import as_data as grant_as_data
from chasedata_mcp.cli.grants import show as show_grants
from chasedata_mcp.cli.screen import command, make_table, print_hanging
from chasedata_mcp.cli.second_factor import TO_ENROLL
from chasedata_mcp.cli.stopped_caps import StoppedCap, describe_closing, describe_stopped_cap
from chasedata_mcp.cli.unread_marks import HOW_TO_LOOK, describe_unread_marks
from chasedata_mcp.files.text import read_text
from chasedata_mcp.history.waiting_requests import describe_waiting
from chasedata_mcp.ledger import Frozen, Grant, Restore
from chasedata_mcp.policy import hours_table as windows
from chasedata_mcp.policy.calling_window import WEEKDAYS, CallingWindow
from chasedata_mcp.policy.explain import describe_value
from chasedata_mcp.policy.loader import FILE, EffectivePolicy, PolicyFileError, list_key_paths
from chasedata_mcp.policy.models import Cap, PolicyTerms
from chasedata_mcp.policy.presets import PRESET_SUMMARIES, PRESETS
from chasedata_mcp.policy.suppression_file import ShrunkenFile

_LABEL = 12
AT_STOP = "caps.at_stop"
MEMORY_LOST = (
    "lost: it had more numbers that must not be called. Nothing that reaches anybody goes through."
)


@dataclass(frozen=True, slots=True)
class AccountState:
    """The state of an account beside its policy: a freeze, grants, a lost DNC registry."""

    frozen: Frozen | None = None
    grants: tuple[Grant, ...] = ()
    numbers_left: int | None = None
    """The count of numbers that a DNC registry still has that was lost; None where none was."""
    waiting: int = 0
    """The count of requests not to be called that the dialer's own list doesn't have yet."""
    caps: tuple[StoppedCap, ...] = ()
    """The caps at which calls are refused now."""
    file: ShrunkenFile | None = None
    """The suppression file, if it has lost too many of its numbers."""
    unread: int = 0
    """The count of the last day's calls to somebody whose mark at the dialer couldn't be read."""
    no_ledger: str = ""
    """The reason why there is no ledger to read this from; empty where there is one."""
    closing: Restore | None = None
    """The restore since which every cap counts as used up."""
    sandbox: bool = False
    """True where `--sandbox` was typed, so that the commands that are shown have it, too."""


def read_hours(terms: PolicyTerms) -> windows.HoursTable:
    """Read the calling hours in force."""
    own = terms.calling_hours.windows
    return (
        windows.load_shipped_table() if own is None else windows.parse_table(read_text(Path(own)))
    )


def as_data(in_force: EffectivePolicy, file: Path | None, state: AccountState) -> dict[str, Any]:
    """Make the JSON of everything that `policy show` shows; times with their offset."""
    frozen = state.frozen
    return {
        "preset": in_force.terms.preset,
        "presets": PRESET_SUMMARIES,
        "file": None if file is None else str(file),
        "rules": {
            key: {"value": value, "source": in_force.sources[key]}
            for key, value in list_key_paths(in_force.terms.model_dump(mode="json"))
        },
        "calling_hours": [_row_as_data(row) for row in read_hours(in_force.terms).rows],
        "ledger": state.no_ledger or "kept",
        "frozen": frozen and {"at": frozen.at.isoformat(), "why": frozen.why, "by": frozen.by},
        "stopped_caps": [
            {
                "limit": cap.limit.name,
                "count": cap.count,
                "opens": cap.opens and cap.opens.isoformat(),
            }
            for cap in state.caps
        ],
        "caps_closed_since": state.closing and state.closing.at.isoformat(),
        "memory_lost": state.numbers_left is not None,
        "dnc_requests_waiting": state.waiting,
        "unread_marks": state.unread,
        "suppression_file_problem": state.file and state.file.problem,
        "grants": [grant_as_data(grant) for grant in state.grants],
    }


def _row_as_data(row: CallingWindow) -> dict[str, Any]:
    return {
        "place": row.place,
        "from": f"{row.opens:%H:%M}",
        "until": f"{row.closes:%H:%M}",
        "days": {
            day.lower(): hours and [f"{hours.opens:%H:%M}", f"{hours.closes:%H:%M}"]
            for day, hours in zip(WEEKDAYS, row.week, strict=True)
        },
        "sunday": row.sunday,
        "holidays": row.holidays is None,
        "about": row.about.value,
        "begins": row.begins and row.begins.isoformat(),
        "ends": row.ends and row.ends.isoformat(),
        "by_area_code": row.by_area_code,
        "calls_in_24_hours": row.calls_in_24_hours,
        "source": row.source,
        "date": row.date.isoformat(),
    }


def show(
    in_force: EffectivePolicy, file: Path | None, state: AccountState, screen: Console
) -> None:
    """Show the policy in force, and the state of its account."""
    for line, table in (
        (_preset(in_force, file), _presets(in_force.terms)),
        (Text("Rules", "bold"), _rules(in_force)),
        (_caps_head(), _caps(in_force)),
        (_hours_head(in_force.terms), _hours(read_hours(in_force.terms))),
    ):
        screen.print(line, soft_wrap=True)
        screen.print(_indented(table))
        screen.print()
    _show_state(state, screen)


def _preset(in_force: EffectivePolicy, file: Path | None) -> Text:
    where = "no policy file" if file is None else f"policy file {file}"
    return Text.assemble(
        ("Preset ", "bold"), (in_force.terms.preset, "bold green"), (f"  ({where})", "dim")
    )


def _presets(terms: PolicyTerms) -> Table:
    table = make_table()
    for name, sentence in PRESET_SUMMARIES.items():
        table.add_row(Text(f"→ {name}" if name == terms.preset else f"  {name}"), Text(sentence))
    return table


def _rules(in_force: EffectivePolicy) -> Table:
    table = make_table("rule", "value", "from")
    for key, value in list_key_paths(in_force.terms.model_dump()):
        if key == AT_STOP or not key.startswith(("caps.", "preset")):
            source = Text(
                in_force.sources[key], "dim" if in_force.sources[key] == "default" else ""
            )
            table.add_row(Text(key), Text(describe_value(key, value)), source)
    return table


def _caps_head() -> Text:
    return Text.assemble(
        ("Caps", "bold"), (f"  (the first number asks, the second refuses; see {AT_STOP})", "dim")
    )


def _caps(in_force: EffectivePolicy) -> Table:
    table = make_table("cap", "in an hour", "in a day", "from")
    for name in (key for key in type(in_force.terms.caps).model_fields if key != "at_stop"):
        cap: Cap | str = getattr(in_force.terms.caps, name)
        spans = (
            [f"{steps.ask}, {steps.stop}" for steps in (cap.hour, cap.day)]
            if isinstance(cap, Cap)
            else ["off", "off"]
        )
        table.add_row(Text(f"caps.{name}"), *map(Text, spans), Text(_sources(in_force, name)))
    return table


def _sources(in_force: EffectivePolicy, cap: str) -> str:
    """Name the sources of a cap; its steps may come from several."""
    own = (
        source for key, source in in_force.sources.items() if f"{key}.".startswith(f"caps.{cap}.")
    )
    return ", ".join(dict.fromkeys(own))


def _hours_head(terms: PolicyTerms) -> Text:
    own = terms.calling_hours.windows
    return Text.assemble(
        ("Calling hours, by the clock at the phone", "bold"),
        (f"  ({'the table of this version' if own is None else own})", "dim"),
    )


def _hours(found: windows.HoursTable) -> Table:
    table = make_table("place", "hours", "Sunday", "holidays", "in 24 h", "source")
    for row in found.rows:
        often = "" if row.calls_in_24_hours is None else str(row.calls_in_24_hours)
        source = ", ".join([row.source, str(row.date), *windows.list_conditions(row)])
        sunday, holidays = "" if row.sunday else "no", "no" if row.holidays else ""
        cells = (row.place, row.hours, sunday, holidays, often)
        table.add_row(*map(Text, cells), Text(source, "dim"))
    return table


def _show_state(state: AccountState, screen: Console) -> None:
    if state.no_ledger:
        _labelled("Frozen", Text(f"not known: {state.no_ledger}"), screen)
        return
    to_go_on = f"To go on: {command('policy rearm', sandbox=state.sandbox)}"
    if state.frozen is None:
        _labelled("Frozen", Text("no"), screen)
    else:
        since = f"since {describe_freeze(state.frozen)} {to_go_on}"
        _labelled("Frozen", Text(since, "bold red"), screen)
    if state.closing is not None:
        closed = f"{describe_closing(state.closing)} {to_go_on}"
        _labelled("Restored", Text(closed, "bold red"), screen)
    for cap in state.caps:
        _labelled("Stopped", Text(f"{describe_stopped_cap(cap)} {to_go_on}", "bold red"), screen)
    if state.numbers_left is not None:
        _labelled("Memory", Text(f"{MEMORY_LOST} {to_go_on}", "bold red"), screen)
    if state.file is not None:
        _labelled("File", Text(state.file.problem, "bold red"), screen)
    if state.waiting:
        to_send = f"To send them: {command('dnc send', sandbox=state.sandbox)}"
        told = f"{describe_waiting(state.waiting)} {to_send}"
        _labelled("Waiting", Text(told, "bold red"), screen)
    if state.unread:
        _labelled("Unread", Text(f"{describe_unread_marks(state.unread)} {HOW_TO_LOOK}"), screen)
    if state.grants:
        screen.print(Text("Grants", "bold"))
        show_grants(state.grants, screen)
    else:
        _labelled("Grants", Text("none is open"), screen)


def _labelled(label: str, text: Text, screen: Console) -> None:
    print_hanging(screen, Text(label, "bold"), text, indent=_LABEL)


def _indented(table: Table) -> Padding:
    return Padding(table, (0, 0, 0, 2), expand=False)


def show_problems(error: PolicyFileError, screen: Console) -> None:
    """Print the problems of a file, a line for each."""
    number = len(error.problems)
    many = "1 problem" if number == 1 else f"{number} problems"
    screen.print(Text(f"✗ {error.file}: {many}", "bold red"), soft_wrap=True)
    for problem in error.problems:
        screen.print(f"  {problem}", markup=False, soft_wrap=True)


def show_changes(in_force: EffectivePolicy, screen: Console) -> None:
    """Print that a file is good, and the values that differ from its preset's."""
    preset = in_force.terms.preset
    screen.print(Text(f"✓ The file is good; its preset is {preset}.", "bold green"))
    changes = dict(_changes(in_force))
    if not changes:
        screen.print("  It changes nothing beside it.")
        return
    table = make_table("rule", preset, "this file")
    for key, (before, after) in changes.items():
        table.add_row(Text(key), Text(before), Text(after))
    screen.print(_indented(table))


def show_missing_factor(warning: str | None, screen: Console) -> None:
    """Print that the file wants codes without a second factor, and the command that enrolls one."""
    if warning is not None:
        print_hanging(screen, Text("-", "bold yellow"), Text(f"{warning}\n{TO_ENROLL}"), indent=2)


def _changes(in_force: EffectivePolicy) -> Iterator[tuple[str, tuple[str, str]]]:
    """Yield each key whose value in the file differs from the preset's, with both in words."""
    preset = PRESETS[in_force.terms.preset]
    for key, value in list_key_paths(in_force.terms.model_dump()):
        if in_force.sources[key] == FILE and key != "preset":
            former = _at(preset, key)
            if former != value:
                yield key, (describe_value(key, former), describe_value(key, value))


def _at(terms: PolicyTerms, key: str) -> object:
    """Look up the value at a key path, None where there is none."""
    found: object = terms
    for word in key.split("."):
        found = getattr(found, word, None)
    return found
