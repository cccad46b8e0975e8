"""The words of a probe: what it sends, what it asks, what it found, and its files."""

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from chasedata_mcp.cli.command_errors import CommandError, UsageError
from chasedata_mcp.cli.exit_codes import Exit
from chasedata_mcp.cli.probe_calls import RecordNames
from chasedata_mcp.cli.screen import NAME, out, print_line
from chasedata_mcp.dialer.probe.observations import Sent
from chasedata_mcp.dialer.probe.report import render_report
from chasedata_mcp.dialer.probe.verdicts import CANT_TELL, FactFinding, Verdict
from chasedata_mcp.fields.format import format_phone

REPORT, TEXT, PROFILE = "chasedata-probe.json", "chasedata-probe.txt", "chasedata-wire.toml"


def list_files(to: Path) -> dict[str, Path]:
    """List the files to write, none of which may be there."""
    if not to.is_dir():
        raise UsageError("--to has to be a folder that is there")
    files = {name: to / name for name in (REPORT, TEXT, PROFILE)}
    there = [str(path) for path in files.values() if path.exists()]
    if there:
        raise UsageError(
            f"{there[0]} is there already; nothing was sent. Name another folder: --to"
        )
    return files


def say_what_is_sent(
    records: RecordNames | None, sent: Sent, *, ring_group: str | None, wrong_token: bool
) -> None:
    """Say what a probe will send, before it does."""
    phone = format_phone(sent.number)
    group = ", and of the ring group given" if ring_group else ""
    lines = [
        "This sends, one after the other, at most some thirty requests that change nothing:",
        f"  - a search for the fictional number {phone}, plain and detailed;",
        f"  - the agents of a ring group with that number, which there isn't{group};",
        "  - an action that isn't there, to each script but the skills', with no name or number;",
        "  - an insert and an update without a lead, a phone or a field;",
    ]
    if wrong_token:
        lines.append(
            "  - last, one request with a wrong token: one only, so that no account is locked."
        )
    lines.append("The first three are on record in the history; the others are no tool's calls.")
    if records is not None:
        lines.append(
            "Then, through the pipeline and on record, the test records that you are asked about."
        )
    for line in lines:
        print_line(out(), line)


def say_what_is_open(calls: int) -> None:
    """Say what becomes of calls whose answers couldn't be read when they came."""
    print_line(
        out(),
        f"In the history {calls} of the calls are unknown, since their answers couldn't be read "
        f"when they came. With the profile set, {NAME} reconcile looks them up.",
    )


def build_question(records: RecordNames, sent: Sent) -> str:
    """Build the question before test records are made."""
    phone, other = format_phone(sent.number), format_phone(records.other_number)
    moved = f" and moved to “{records.second_campaign}”" if records.second_campaign else ""
    return (
        f"Make test records? Two leads with the fictional number {phone} in the campaign "
        f"“{records.campaign}”, stored only: nothing rings and nobody is texted. One is updated"
        f"{moved}. They stay: this API can't delete a lead. "
        f"The dial list “{records.dial_list}” of agent “{records.agent}” is made and removed. "
        f"{phone} is put on the do-not-call list and taken off, which leaves both marked. "
        f"A lead with {other} is sent for a campaign that isn't there, which should be refused."
    )


def write_files(files: Mapping[str, Path], report: Mapping[str, Any], profile: str | None) -> None:
    """Write the report, as JSON and as text, and the profile, if there is one.

    Raises:
        CommandError: One of them can't be written, or is there by now.
    """
    _write_new(files[REPORT], json.dumps(report, indent=2, ensure_ascii=False) + "\n")
    _write_new(files[TEXT], render_report(report))
    if profile is not None:
        _write_new(files[PROFILE], profile)


def _write_new(path: Path, text: str) -> None:
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise CommandError(f"{path} can't be written ({reason})", Exit.FAILED) from None


_MARKS: Final = {
    Verdict.HOLDS: "✓",
    Verdict.DIFFERS: "✗",
    Verdict.NEW: "+",
    Verdict.UNTOLD: "-",
}


def show(findings: Sequence[FactFinding], files: Mapping[str, Path]) -> None:
    """Show what was found, and where it was written."""
    screen = out()
    print_line(screen, "")
    for verdict, mark in _MARKS.items():
        for one in findings:
            if one.verdict is verdict and one.seen != CANT_TELL:
                print_line(screen, f"{mark} {one.fact}: {one.seen}")
    others = ", ".join(one.fact for one in findings if one.seen == CANT_TELL)
    print_line(screen, f"- by no probe: {others}")
    print_line(screen, "\n✓ holds, ✗ differs, + seen for the first time, - couldn't be told.")
    written = [path for path in files.values() if path.exists()]
    for path in written:
        print_line(screen, f"Written: {path}")
    print_line(
        screen, "Read the report before you send it to the project: it has no token and no names."
    )
    if files[PROFILE] in written:
        print_line(
            screen, f"To use what was found: CHASEDATA_WIRE_PROFILE={files[PROFILE].resolve()}"
        )
