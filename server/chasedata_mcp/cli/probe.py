"""`chasedata-mcp probe`: find out in what a dialer's wire differs from what is known."""

import re
import secrets
from collections.abc import Mapping
from dataclasses import astuple, replace
from pathlib import Path
from typing import Annotated, Final
from urllib.parse import urlsplit

import typer

from chasedata_mcp import settings
from chasedata_mcp.app import dialer as dialers
from chasedata_mcp.cli.call_session import open_session
from chasedata_mcp.cli.command_errors import UsageError
from chasedata_mcp.cli.exit_codes import Exit
from chasedata_mcp.cli.options import Sandbox
from chasedata_mcp.cli.probe_calls import ProbeCalls, ProbeStoppedError, RecordNames, ReplyLog
from chasedata_mcp.cli.probe_view import (
    build_question,
    list_files,
    say_what_is_open,
    say_what_is_sent,
    show,
    write_files,
)
from chasedata_mcp.cli.screen import NAME, out, print_line
from chasedata_mcp.cli.terminal_prompt import Ask, ask_at_terminal, confirm
from chasedata_mcp.dialer.endpoint import Endpoint
from chasedata_mcp.dialer.harmless_posts import NO_SUCH_ACTION
from chasedata_mcp.dialer.probe.answer_findings import AnswerFindings
from chasedata_mcp.dialer.probe.findings import judge_all
from chasedata_mcp.dialer.probe.observations import Observations, Sent
from chasedata_mcp.dialer.probe.report import build_report, render_profile
from chasedata_mcp.dialer.probe.search_findings import shows_nobody
from chasedata_mcp.dialer.probe.verdicts import FactFinding, Verdict
from chasedata_mcp.errors import NOT_CONFIGURED, SettingsError
from chasedata_mcp.fields.field_names import build_custom_name
from chasedata_mcp.settings import Settings
from chasedata_mcp.settings.wire.loader import read_profile

HELP = (
    "Find out in what your dialer's answers differ from what is known of the vendor's wire.\n\n"
    "It searches for a fictional number, asks each script for an action that isn't there, and "
    "sends one wrong token: nothing changes. Only with --with-test-records does it make test "
    "leads, a dial list and a do-not-call entry, after asking. It writes a report without personal "
    "data, to be sent to the project, and a wire profile of what differs, for "
    "CHASEDATA_WIRE_PROFILE."
)
EXAMPLES = (
    f"{NAME} probe",
    f"{NAME} probe --ring-group 9545550190 --to ~/probe",
    f"{NAME} probe --with-test-records --campaign Test --agent Maria --list Probe",
)
_NUMBER: Final = "2125550199"
# 555-0100 to 555-0199 are nobody's (docs/wire.md), so nothing rings whatever goes wrong.
_FICTIONAL = re.compile(r"[2-9][0-9]{2}55501[0-9]{2}")
_CITY: Final = "Probeville"


def probe(  # noqa: PLR0913 - each an option
    *,
    with_test_records: Annotated[
        bool, typer.Option("--with-test-records", help="Make records too; needs the names below.")
    ] = False,
    campaign: Annotated[
        str | None, typer.Option("--campaign", help="The campaign for two test leads.")
    ] = None,
    agent: Annotated[
        str | None, typer.Option("--agent", help="The agent whose dial list is made and removed.")
    ] = None,
    dial_list: Annotated[
        str | None, typer.Option("--list", help="The name of that list, which isn't there yet.")
    ] = None,
    second_campaign: Annotated[
        str | None, typer.Option("--second-campaign", help="A campaign to move a test lead to.")
    ] = None,
    custom_field: Annotated[
        str | None, typer.Option("--custom-field", help="A custom field of the first campaign.")
    ] = None,
    number: Annotated[
        str, typer.Option("--number", help="A fictional number, 555-0100 to 555-0199.")
    ] = _NUMBER,
    ring_group: Annotated[
        str | None, typer.Option("--ring-group", help="A ring group's number, to see its agents.")
    ] = None,
    wrong_token: Annotated[
        bool, typer.Option("--wrong-token/--no-wrong-token", help="Send one wrong token.")
    ] = True,
    to: Annotated[
        Path, typer.Option("--to", metavar="DIR", file_okay=False, help="Where the files go.")
    ] = Path(),
    sandbox: Sandbox = False,
) -> None:
    """Find out in what your dialer's answers differ from what is known of the vendor's wire."""
    found = settings.load_settings(sandbox=sandbox)
    digits = re.sub(r"\D", "", number)
    if not _FICTIONAL.fullmatch(digits):
        raise UsageError("--number has to be a fictional one: three digits, then 555-0100 to -0199")
    names = (campaign, agent, dial_list, second_campaign, custom_field)
    records = _read_records(names, digits, wanted=with_test_records)
    files = list_files(to)
    findings = run_probe(
        found,
        Sent(digits),
        records,
        files,
        ring_group=ring_group,
        wrong_token=wrong_token,
        ask=ask_at_terminal,
    )
    differs = any(one.verdict is Verdict.DIFFERS for one in findings)
    raise typer.Exit(Exit.FAILED if differs else Exit.DONE)


def run_probe(  # noqa: PLR0913 - what the options say
    found: Settings,
    sent: Sent,
    records: RecordNames | None,
    files: Mapping[str, Path],
    *,
    ring_group: str | None,
    wrong_token: bool,
    ask: Ask,
) -> list[FactFinding]:
    """Say what is sent, send it, write the files and give the findings.

    Raises:
        SettingsError: No dialer is configured.
        CommandError: Test records were wanted and not confirmed.
        KeyboardInterrupt: Ctrl-C was pressed; the files have what was learned before, if anything.
    """
    line = dialers.line(found)
    if line.target is None:
        raise SettingsError(NOT_CONFIGURED)
    seen = Observations(_complete(sent, records, ring_group, line.target))
    say_what_is_sent(records, seen.sent, ring_group=ring_group, wrong_token=wrong_token)
    if records is not None:
        confirm(build_question(records, seen.sent), ask)
    log, profile = ReplyLog(), found.load_wire()
    try:
        findings = _read(found, seen, log, ask, ring_group=ring_group, wrong_token=wrong_token)
        if records is not None:
            findings = _write(found, seen, log, ask, records, findings)
    except KeyboardInterrupt:
        if not seen.has_answers:
            print_line(out(), "Ended before the first answer came: nothing was written.")
            raise
        _end_early(seen, "it was ended with Ctrl-C")
        _conclude(found, seen, judge_all(seen, profile), files, log)
        raise
    _conclude(found, seen, findings, files, log)
    return findings


def _conclude(
    found: Settings,
    seen: Observations,
    findings: list[FactFinding],
    files: Mapping[str, Path],
    log: ReplyLog,
) -> None:
    """Write the files, and show what was found."""
    profile, environment = found.load_wire(), dialers.line(found).account.environment
    report = build_report(seen, findings, profile, environment=environment)
    write_files(files, report, render_profile(findings, profile, seen))
    show(findings, files)
    if log.unknown:
        say_what_is_open(log.unknown)


def _end_early(seen: Observations, why: object) -> None:
    """Note why no more is asked, and say so."""
    seen.ended_early = str(why)
    print_line(out(), f"The probe ends early: {why}. What is below is what was learned before.")


def _read(  # noqa: PLR0913 - as above
    found: Settings,
    seen: Observations,
    log: ReplyLog,
    ask: Ask,
    *,
    ring_group: str | None,
    wrong_token: bool,
) -> list[FactFinding]:
    profile = found.load_wire()
    with open_session(found, ask, log.observe) as session:
        calls = ProbeCalls(session, profile, seen, log)
        try:
            calls.read(
                ring_group,
                wrong_token=wrong_token,
                writes_nothing=session.pipeline.policy.read_only,
            )
        except ProbeStoppedError as stopped:
            _end_early(seen, stopped)
    return judge_all(seen, profile)


def _write(  # noqa: PLR0913, PLR0917 - as above
    found: Settings,
    seen: Observations,
    log: ReplyLog,
    ask: Ask,
    records: RecordNames,
    findings: list[FactFinding],
) -> list[FactFinding]:
    """Make the test records, each time in the words that were found before, and judge anew."""
    profile = found.load_wire()
    refused = AnswerFindings(seen, profile).refused or profile.answers.refused
    if not shows_nobody(seen, refused):
        print_line(
            out(),
            "No test records are made: a lead may have the number already. Give another --number.",
        )
        return findings
    try:
        for part in (ProbeCalls.store, ProbeCalls.write):
            text = render_profile(findings, profile, seen)
            learned = found if text is None else found.with_wire(read_profile(text))
            with open_session(learned, ask, log.observe) as session:
                part(ProbeCalls(session, learned.load_wire(), seen, log), records)
            findings = judge_all(seen, profile)
    except ProbeStoppedError as stopped:
        _end_early(seen, stopped)
    return judge_all(seen, profile)


def _read_records(
    names: tuple[str | None, ...], number: str, *, wanted: bool
) -> RecordNames | None:
    if not wanted:
        if any(names):
            raise UsageError("the names of test records go with --with-test-records")
        return None
    campaign, agent, dial_list, second_campaign, custom_field = (name or "" for name in names)
    if not (campaign and agent and dial_list):
        raise UsageError("--with-test-records needs --campaign, --agent and --list")
    other = f"{number[:-1]}{(int(number[-1]) + 1) % 10}"
    try:
        on_the_wire = build_custom_name(custom_field) if custom_field else ""
    except ValueError as error:
        raise UsageError(f"--custom-field {error}") from None
    return RecordNames(campaign, agent, dial_list, other, second_campaign, on_the_wire)


def _complete(
    sent: Sent, records: RecordNames | None, ring_group: str | None, target: Endpoint
) -> Sent:
    """Complete what is sent with marks of this probe, and with what the report must not have."""
    mark = secrets.token_hex(4)
    host = urlsplit(target.base_url).hostname or ""
    given = () if records is None else astuple(records)
    return replace(
        sent,
        client_id=f"chasedata-probe-{mark}",
        campaign=f"chasedata-probe-none-{mark}",
        city=_CITY,
        action=NO_SUCH_ACTION,
        custom_field="" if records is None else records.custom_field,
        second_campaign="" if records is None else records.second_campaign,
        names=tuple(name for name in (*given, ring_group) if name),
        secrets=(target.token, target.accid, host),
    )
