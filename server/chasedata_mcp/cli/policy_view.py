"""A policy as `policy` prints it: for people at 80 columns, and as JSON for programs."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from chasedata_mcp.cli.codes import TO_ENROLL
from chasedata_mcp.cli.freeze import told
from chasedata_mcp.cli.grants import as_data as grant_as_data
from chasedata_mcp.cli.grants import show as show_grants
from chasedata_mcp.cli.screen import command, hanging
from chasedata_mcp.ledger import Frozen, Grant
from chasedata_mcp.policy import hours_table as windows
from chasedata_mcp.policy.explain import UNSET, in_toml
from chasedata_mcp.policy.loader import FILE, EffectivePolicy, PolicyFileError, list_key_paths
from chasedata_mcp.policy.models import EVERY_TOOLSET, Cap, PolicyTerms
from chasedata_mcp.policy.presets import PRESET_SUMMARIES, PRESETS
from chasedata_mcp.text_files import read_text

_LABEL = 12


MEMORY_LOST = (
    "lost: it had more numbers that must not be called. Nothing that reaches anybody goes through."
)


@dataclass(frozen=True, slots=True)
class Standing:
    """What a person did about the policy; `without` says why there is no ledger to tell."""

    frozen: Frozen | None = None
    grants: tuple[Grant, ...] = ()
    numbers_left: int | None = None
    """How many numbers a do-not-call memory still has that was lost; None where none was."""
    without: str = ""
    sandbox: bool = False
    """Whether the sandbox was asked for by its option."""


def table_of(terms: PolicyTerms) -> windows.HoursTable:
    """The calling hours in force."""
    own = terms.calling_hours.windows
    return (
        windows.load_shipped_table() if own is None else windows.parse_table(read_text(Path(own)))
    )


def as_data(in_force: EffectivePolicy, file: Path | None, standing: Standing) -> dict[str, Any]:
    """Everything that `policy show` tells, for a program; times with their offset."""
    frozen = standing.frozen
    return {
        "preset": in_force.terms.preset,
        "presets": PRESET_SUMMARIES,
        "file": None if file is None else str(file),
        "rules": {
            key: {"value": value, "source": in_force.sources[key]}
            for key, value in list_key_paths(in_force.terms.model_dump(mode="json"))
        },
        "calling_hours": [_row_as_data(row) for row in table_of(in_force.terms).rows],
        "ledger": standing.without or "kept",
        "frozen": frozen and {"at": frozen.at.isoformat(), "why": frozen.why, "by": frozen.by},
        "memory_lost": standing.numbers_left is not None,
        "grants": [grant_as_data(grant) for grant in standing.grants],
    }


def _row_as_data(row: windows.CallingWindow) -> dict[str, Any]:
    return {
        "place": row.place,
        "from": f"{row.opens:%H:%M}",
        "until": f"{row.closes:%H:%M}",
        "sunday": row.sunday,
        "by_area_code": row.by_area_code,
        "calls_in_24_hours": row.calls_in_24_hours,
        "source": row.source,
        "date": row.date.isoformat(),
    }


def show(in_force: EffectivePolicy, file: Path | None, standing: Standing, screen: Console) -> None:
    """Show what is in force."""
    for line, table in (
        (_preset(in_force, file), _presets(in_force.terms)),
        (Text("Rules", "bold"), _rules(in_force)),
        (_caps_head(), _caps(in_force)),
        (_hours_head(in_force.terms), _hours(table_of(in_force.terms))),
    ):
        screen.print(line, soft_wrap=True)
        screen.print(_indented(table))
        screen.print()
    _show_standing(standing, screen)


def _preset(in_force: EffectivePolicy, file: Path | None) -> Text:
    where = "no policy file" if file is None else f"policy file {file}"
    return Text.assemble(
        ("Preset ", "bold"), (in_force.terms.preset, "bold green"), (f"  ({where})", "dim")
    )


def _presets(terms: PolicyTerms) -> Table:
    table = _plain()
    for name, sentence in PRESET_SUMMARIES.items():
        table.add_row(Text(f"→ {name}" if name == terms.preset else f"  {name}"), Text(sentence))
    return table


def _rules(in_force: EffectivePolicy) -> Table:
    table = _plain("rule", "value", "from")
    for key, value in list_key_paths(in_force.terms.model_dump()):
        if not key.startswith(("caps.", "preset")):
            source = Text(
                in_force.sources[key], "dim" if in_force.sources[key] == "default" else ""
            )
            table.add_row(Text(key), Text(_value(key, value)), source)
    return table


def _value(key: str, value: object) -> str:
    match value:
        case None | {}:
            return UNSET.get(key, "-")
        case Cap():
            return in_toml(value.model_dump())
        case tuple():
            return _listed(cast("tuple[str, ...]", value))
        case bool():
            return "yes" if value else "no"
        case float():
            return f"{value:g}"
        case _:
            return str(value)


def _listed(words: tuple[str, ...]) -> str:
    return "all" if set(words) == set(EVERY_TOOLSET) else ", ".join(words) or "none"


def _caps_head() -> Text:
    return Text.assemble(
        ("Caps", "bold"), ("  (the first number asks, the second stops everything)", "dim")
    )


def _caps(in_force: EffectivePolicy) -> Table:
    table = _plain("cap", "in an hour", "in a day", "from")
    for name in type(in_force.terms.caps).model_fields:
        cap: Cap | str = getattr(in_force.terms.caps, name)
        spans = (
            [f"{steps.ask}, {steps.stop}" for steps in (cap.hour, cap.day)]
            if isinstance(cap, Cap)
            else ["off", "off"]
        )
        table.add_row(Text(f"caps.{name}"), *map(Text, spans), Text(_sources(in_force, name)))
    return table


def _sources(in_force: EffectivePolicy, cap: str) -> str:
    """Where a cap comes from; its steps may come from several places."""
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
    table = _plain("place", "hours", "Sunday", "in 24 h", "source")
    for row in found.rows:
        often = "" if row.calls_in_24_hours is None else str(row.calls_in_24_hours)
        sunday = "" if row.sunday else "no"
        source = Text(f"{row.source}, {row.date}", "dim")
        table.add_row(Text(row.place), Text(row.hours), Text(sunday), Text(often), source)
    return table


def _show_standing(standing: Standing, screen: Console) -> None:
    if standing.without:
        _labelled("Frozen", Text(f"not known: {standing.without}"), screen)
        return
    if standing.frozen is None:
        _labelled("Frozen", Text("no"), screen)
    else:
        to_go_on = command("policy rearm", sandbox=standing.sandbox)
        since = f"since {told(standing.frozen).removeprefix('on ')} To go on: {to_go_on}"
        _labelled("Frozen", Text(since, "bold red"), screen)
    if standing.numbers_left is not None:
        to_go_on = command("policy rearm", sandbox=standing.sandbox)
        _labelled("Memory", Text(f"{MEMORY_LOST} To go on: {to_go_on}", "bold red"), screen)
    if standing.grants:
        screen.print(Text("Grants", "bold"))
        show_grants(standing.grants, screen)
    else:
        _labelled("Grants", Text("none is open"), screen)


def _labelled(label: str, text: Text, screen: Console) -> None:
    hanging(screen, Text(label, "bold"), text, indent=_LABEL)


def _indented(table: Table) -> Padding:
    return Padding(table, (0, 0, 0, 2), expand=False)


def _plain(*heads: str) -> Table:
    table = Table(
        box=None,
        pad_edge=False,
        show_header=bool(heads),
        header_style="bold",
        padding=(0, 2, 0, 0),
    )
    table.add_column(heads[0] if heads else "", style="cyan", no_wrap=True)
    for head in heads[1:] or ("",):
        table.add_column(head, overflow="fold")
    return table


def show_problems(error: PolicyFileError, screen: Console) -> None:
    """Say what is wrong with a file, a line for each problem."""
    number = len(error.problems)
    many = "1 problem" if number == 1 else f"{number} problems"
    screen.print(Text(f"✗ {error.file}: {many}", "bold red"), soft_wrap=True)
    for problem in error.problems:
        screen.print(f"  {problem}", markup=False, soft_wrap=True)


def show_changes(in_force: EffectivePolicy, screen: Console) -> None:
    """Say that a file is good, and what it changes beside its preset."""
    preset = in_force.terms.preset
    screen.print(Text(f"✓ The file is good; its preset is {preset}.", "bold green"))
    changes = dict(_changes(in_force))
    if not changes:
        screen.print("  It changes nothing beside it.")
        return
    table = _plain("rule", preset, "this file")
    for key, (before, after) in changes.items():
        table.add_row(Text(key), Text(before), Text(after))
    screen.print(_indented(table))


def show_missing(missing: str | None, screen: Console) -> None:
    """Say that the file wants codes, and that there is no second factor here."""
    if missing is not None:
        told = Text(f"{missing}\n{TO_ENROLL}")
        hanging(screen, Text("-", "bold yellow"), told, indent=2)


def _changes(in_force: EffectivePolicy) -> Iterator[tuple[str, tuple[str, str]]]:
    """Each key that the file gives another value than the preset's: both."""
    preset = PRESETS[in_force.terms.preset]
    for key, value in list_key_paths(in_force.terms.model_dump()):
        if in_force.sources[key] == FILE and key != "preset":
            former = _at(preset, key)
            if former != value:
                yield key, (_value(key, former), _value(key, value))


def _at(terms: PolicyTerms, key: str) -> object:
    """What stands at a key path, None where nothing does."""
    found: object = terms
    for word in key.split("."):
        found = getattr(found, word, None)
    return found
