"""`chasedata-mcp probe`: what it sends, what it finds of each odd dialer, and what it writes."""

import json
import re
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from _support.pipeline import yes_to
from _support.probed_dialers import (
    NUMBER,
    RECORDS,
    ProbedDialer,
    a_probed_dialer,
    a_probed_sandbox,
    probe,
)
from _support.spelling import ODD, load_profile, path_of
from _support.terminals import run
from chasedata_mcp.approvals.models import Reply
from chasedata_mcp.cli.command_errors import CommandError
from chasedata_mcp.cli.probe_calls import MOST_POSTS, MOST_SECONDS, ProbeStoppedError, ReplyLog
from chasedata_mcp.cli.probe_view import REPORT, TEXT
from chasedata_mcp.dialer.harmless_posts import NO_SUCH_ACTION
from chasedata_mcp.dialer.probe.report import hide
from chasedata_mcp.dialer.probe.verdicts import FactFinding, Verdict
from chasedata_mcp.errors import NOT_CONFIGURED
from chasedata_mcp.ledger import Question
from chasedata_mcp.sandbox import TOKEN
from chasedata_mcp.sandbox.transcript import TRANSCRIPT
from chasedata_mcp.settings.scripts import Script
from chasedata_mcp.settings.wire.facts import load_facts
from chasedata_mcp.settings.wire.loader import load_shipped_profile, read_profile
from chasedata_mcp.settings.wire.profile_values import list_values

ASKED = 11
"""The requests of a probe without test records: three reads, seven without a call, one token."""
NOT_FOUND = {
    # None of these can be brought about, or seen, without harm.
    "answers": {"unreached"},
    "sentences": {
        *("wrong_account", "no_action", "missing_parameter", "nothing_to_import", "unknown_agent"),
        *("unknown_list", "other"),
    },
    "agents": {"lists", "counts"},
}
"""What a probe can't find."""


def of(findings: list[FactFinding], verdict: Verdict) -> set[str]:
    return {one.fact for one in findings if one.verdict is verdict}


def written(place: Path) -> dict[str, str]:
    return {path.name: path.read_text("utf-8") for path in (place / "probed").iterdir()}


def scripts_of(name: str) -> dict[str, str]:
    return {script.setting: named for script, named in load_profile(name).scripts.items()}


def test_it_reads_only_and_a_single_wrong_token_comes_last(tmp_path: Path) -> None:
    with a_probed_sandbox() as dialer:
        before = dialer.state()
        findings = probe(dialer, tmp_path)
        assert dialer.state() == before
    assert len(dialer.sent) == ASKED
    tokens = [form["token"] for _, form in dialer.sent]
    assert tokens[:-1] == [TOKEN] * (ASKED - 1)
    assert re.fullmatch(r"[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}", tokens[-1])
    assert tokens[-1] != TOKEN
    assert of(findings, Verdict.DIFFERS) == set()
    assert [finding.fact for finding in findings] == [fact.id for fact in load_facts()]


def test_what_is_no_tools_call_bears_no_name_no_number_and_no_field(tmp_path: Path) -> None:
    with a_probed_sandbox() as dialer:
        probe(dialer, tmp_path)
    calls = {"SearchLead", "AvailableInboundAgents"}
    others = [
        (script, {name: form[name] for name in form if name not in {"token", "accid"}})
        for script, form in dialer.sent
        if form.get("Action") not in calls
    ]
    assert dict(others) == {
        **{
            script: {"Action": NO_SUCH_ACTION}
            for script in (
                *("LeadOperations.php", "TextOperations.php", "CallOperations.php"),
                *("AgentDialListOperations.php", "PlaylistOperations.php"),
                "SkillListOperations.php",
            )
        },
        "InjectLead.php": {"ImportOnly": "1"},
        "UpdateLead.php": {},
    }


def test_no_part_of_the_action_that_is_not_there_is_in_the_name_of_one_that_is() -> None:
    words = {word for actions in TRANSCRIPT.values() for word in actions if word}
    parts = {part.lower() for word in words for part in re.findall("[A-Z][a-z]+", word)}
    assert not any(part in NO_SUCH_ACTION.lower() for part in parts)
    assert not any(NO_SUCH_ACTION.lower() in word.lower() for word in words)


@pytest.mark.parametrize("name", ODD)
def test_it_finds_each_difference_of_an_odd_dialer(
    tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    odd = load_profile(name)
    with a_probed_sandbox(odd) as dialer:
        # The names of scripts that nobody could guess are given, as a customer would.
        probe(
            *(dialer, tmp_path),
            records=RECORDS,
            ring_group="9545550190",
            environ=scripts_of(name),
        )
        found = read_profile(written(tmp_path)["chasedata-wire.toml"])
        learned, meant = list_values(found), list_values(odd)
        for table, values in meant.items():
            for key, value in values.items():
                if key in NOT_FOUND.get(table, ()) or (table, key) == ("search", "leads"):
                    continue
                known = value[: len(learned[table][key])] if isinstance(value, tuple) else value
                assert learned[table][key] == known, (table, key)
        assert ("reconcile looks them up" in capsys.readouterr().out) is (name != "html")
        # With what was found nothing differs any more.
        again = tmp_path / "again"
        again.mkdir()
        profile = str(tmp_path / "probed" / "chasedata-wire.toml")
        findings = probe(
            dialer,
            again,
            number="2125550170",
            records=RECORDS,
            ring_group="9545550190",
            environ={"CHASEDATA_WIRE_PROFILE": profile},
        )
        assert of(findings, Verdict.DIFFERS) == set()
        assert {"answers.done", "sentences.duplicate"} <= of(findings, Verdict.HOLDS)


def test_scripts_are_looked_for_under_other_names_and_named_where_none_is_there(
    tmp_path: Path,
) -> None:
    with a_probed_sandbox(load_profile("html")) as dialer:
        findings = {one.fact: one for one in probe(dialer, tmp_path)}
    assert findings["scripts.texts"].values == {"scripts": {"texts": "SmsOperations.php"}}
    assert "CHASEDATA_SCRIPT_INSERT" in findings["scripts.insert"].seen
    assert findings["scripts.insert"].verdict is Verdict.DIFFERS
    assert len(dialer.sent) < 2 * ASKED
    profile = read_profile(written(tmp_path)["chasedata-wire.toml"])
    assert profile.scripts[Script.TEXTS] == "SmsOperations.php"
    assert profile.answers.done == load_shipped_profile().answers.done


@dataclass(frozen=True)
class WithRecords:
    """A probe with test records: the dialer, what it held before, the findings and the files."""

    dialer: ProbedDialer
    before: dict[str, list[dict[str, Any]]]
    after: dict[str, list[dict[str, Any]]]
    findings: list[FactFinding]
    place: Path


@pytest.fixture(scope="module")
def records(tmp_path_factory: pytest.TempPathFactory) -> WithRecords:
    place = tmp_path_factory.mktemp("records")
    with a_probed_sandbox() as dialer:
        before = dialer.state()
        findings = probe(dialer, place, records=RECORDS, ring_group="9545550190")
        return WithRecords(dialer, before, dialer.state(), findings, place)


def test_test_records_ring_nobody_and_leave_what_was_said(records: WithRecords) -> None:
    before, after = records.before, records.after
    assert of(records.findings, Verdict.DIFFERS) == set()
    held = {"answers.done", "sentences.duplicate", "search.several", "update-moves"}
    held |= {"custom-fields"}
    assert held <= of(records.findings, Verdict.HOLDS)
    for table in ("hot_queue", "texts", "callbacks", "dnc", "dial_lists", "conferences", "calls"):
        assert after[table] == before[table], table
    new = after["leads"][len(before["leads"]) :]
    assert [(lead["PrimaryPhone"], lead["Campaign"]) for lead in new] == [
        (NUMBER, "Billing"),
        (NUMBER, "Solar"),
    ]
    sent = records.dialer.sent
    assert len(sent) < MOST_POSTS
    assert {form.get("To") for _, form in sent} == {None}
    assert {form.get("Number") for _, form in sent} - {None} == {NUMBER}


def test_test_records_are_on_record_and_the_posts_without_a_call_are_not(
    records: WithRecords,
) -> None:
    ended = run("history", "--json", **told(records.dialer, records.place))
    listed = [json.loads(line) for line in ended.out.splitlines()]
    assert {one["tool"] for one in listed} == {
        *("insert_lead", "update_lead", "create_dial_list", "delete_dial_list"),
        *("insert_dnc", "delete_dnc"),
    }
    assert {one["outcome"] for one in listed} == {"done", "refused"}


def test_the_report_has_no_token_no_account_no_address_and_no_name(records: WithRecords) -> None:
    files = written(records.place)
    assert set(files) == {"chasedata-probe.json", "chasedata-probe.txt", "chasedata-wire.toml"}
    agents = [row["name"] for row in records.before["agents"]]
    for text in files.values():
        for secret in (
            TOKEN,
            "127.0.0.1",
            NUMBER,
            *agents,
            "Solar",
            "ProbeList",
            "Roof",
            "Billing",
        ):
            assert secret not in text, secret
    for path in (records.place / "probed").iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    report = json.loads(files["chasedata-probe.json"])
    assert report["environment"] == "sandbox"
    assert {"id", "says", "sure", "verdict", "seen"} == set(report["facts"][0])


def test_what_a_dialer_echoes_of_somebody_stays_out_of_the_report() -> None:
    secrets = ("5E55A0C2-7B1D-4F61", "acme", "acme.chasedatacorp.com", "Maria")
    said = "Token 5e55a0c2-7b1d-4f61 of ACME: ask Maria, (954) 555-0123 or ann@example.com"
    hidden = hide(said, secrets)
    for secret in ("5e55a0c2", "acme", "Maria", "555", "ann@"):
        assert secret.casefold() not in hidden.casefold(), hidden
    assert hidden.startswith("Token [")


def test_data_in_a_form_that_is_not_understood_stays_out_of_the_report(tmp_path: Path) -> None:
    for number, body in enumerate(
        (
            "<pre>{'id': 5, 'FirstName': 'Annabel'}</pre>",
            "5;Annabel;Smith",
            "<br><br>Result: Annabel, Smith",
            "<leads><lead name='Annabel'/></leads>",
            '{"Annabel": "waiting", "Smith": {"Annabel": [1, "Annabel"]}}',
        )
    ):
        place = tmp_path / str(number)
        place.mkdir()
        with a_probed_dialer(_answering(body)) as dialer:
            probe(dialer, place)
        assert all("Annabel" not in text for text in written(place).values()), body


def _answering(found: str) -> ASGIApp:
    """Make a dialer that refuses all but reads, which it answers so."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        sent = parse_qs((await receive())["body"].decode())
        reads = sent.get("Action") in (["SearchLead"], ["AvailableInboundAgents"])
        refused = f"<br><br>Result: No such {scope['path'].rpartition('/')[2]} here"
        await PlainTextResponse(found if reads else refused)(scope, receive, send)

    return app


def test_a_probe_ends_at_its_bounds() -> None:
    seconds = [0.0]
    log = ReplyLog(lambda: seconds[0])
    for _ in range(MOST_POSTS):
        log.begin_step(tool_call=False)
    with pytest.raises(ProbeStoppedError):
        log.begin_step(tool_call=True)
    later = ReplyLog(lambda: seconds[0])
    later.begin_step(tool_call=True)
    seconds[0] = MOST_SECONDS + 1
    with pytest.raises(ProbeStoppedError):
        later.begin_step(tool_call=False)


def test_nothing_is_inserted_or_updated_where_only_reads_are_allowed(tmp_path: Path) -> None:
    with a_probed_sandbox() as dialer:
        probe(dialer, tmp_path, environ={"CHASEDATA_READ_ONLY": "1"})
    assert not {"InjectLead.php", "UpdateLead.php"} & {script for script, _ in dialer.sent}


def told(dialer: ProbedDialer, place: Path) -> dict[str, str]:
    environ = dialer.settings(place)
    return {name.removeprefix("CHASEDATA_"): value for name, value in environ.items()}


def test_nothing_is_sent_where_the_person_does_not_say_yes(tmp_path: Path) -> None:
    with a_probed_sandbox() as dialer:
        with pytest.raises(CommandError, match="not confirmed"):
            probe(dialer, tmp_path, records=RECORDS, ask=lambda _: Reply(None))
        assert dialer.sent == []
        options = ("--campaign", "Solar", "--agent", "Maria", "--list", "L", "--to", str(tmp_path))
        ended = run("probe", "--with-test-records", *options, **told(dialer, tmp_path))
        assert (ended.code, dialer.sent) == (3, [])
        assert "there is none" in ended.err


def test_no_records_are_made_where_somebody_may_have_the_number(tmp_path: Path) -> None:
    with a_probed_sandbox() as dialer:
        taken = dialer.state()["leads"][0]["PrimaryPhone"]
        before = dialer.state()
        findings = probe(dialer, tmp_path, records=RECORDS, number=taken)
        assert dialer.state() == before
    assert "answers.done" in of(findings, Verdict.UNTOLD)


def test_no_file_is_written_over_and_nothing_is_sent_for_it(tmp_path: Path) -> None:
    (tmp_path / "chasedata-probe.txt").write_text("mine")
    with a_probed_sandbox() as dialer:
        ended = run("probe", "--to", str(tmp_path), **told(dialer, tmp_path))
    assert (ended.code, dialer.sent) == (2, [])
    assert "is there already; nothing was sent" in " ".join(ended.err.split())
    assert (tmp_path / "chasedata-probe.txt").read_text() == "mine"


def test_options_that_do_not_fit_are_refused(tmp_path: Path) -> None:
    for words, said in (
        (("--number", "9545551234"), "fictional"),
        (("--number", "911"), "fictional"),
        (("--with-test-records",), "needs --campaign"),
        (("--campaign", "Solar"), "--with-test-records"),
        (("--second-campaign", "Solar"), "--with-test-records"),
        (("--to", str(tmp_path / "none")), "a folder that is there"),
    ):
        ended = run("probe", *words, SANDBOX="1")
        assert (ended.code, said in " ".join(ended.err.split())) == (2, True), words
    assert NOT_CONFIGURED.split(maxsplit=1)[0] in run("probe", "--to", str(tmp_path)).err


def test_the_embedded_sandbox_can_be_probed(tmp_path: Path) -> None:
    ended = run("probe", "--sandbox", "--no-wrong-token", "--to", str(tmp_path))
    assert ended.code == 0, ended
    assert "✓ scripts.leads" in ended.out
    assert "- scripts.skills" in ended.out


def test_the_embedded_sandbox_speaks_as_the_profile_says_and_is_understood(tmp_path: Path) -> None:
    for name in ODD:
        place = tmp_path / name
        place.mkdir()
        profile = str(path_of(name))
        ended = run("probe", "--sandbox", "--to", str(place), WIRE_PROFILE=profile)
        assert ended.code == 0, ended
        assert "✓ answers.refused" in ended.out
        told = json.loads((place / "chasedata-probe.json").read_text("utf-8"))["answers"]
        assert load_profile(name).scripts[Script.TEXTS] in {one["script"] for one in told}


def test_a_dialer_that_says_the_same_to_everything_teaches_nothing(tmp_path: Path) -> None:
    shipped = load_shipped_profile()
    for number, body in enumerate(
        ("Request was accepted", "<html><body>OK, all done</body></html>", "", "[]", '{"ok":true}')
    ):
        place = tmp_path / str(number)
        place.mkdir()
        with a_probed_dialer(PlainTextResponse(body)) as dialer:
            findings = probe(dialer, place, records=RECORDS)
        assert len(dialer.sent) < 2 * ASKED
        assert "answers.done" not in of(findings, Verdict.HOLDS)
        if "chasedata-wire.toml" in written(place):
            profile = read_profile(written(place)["chasedata-wire.toml"])
            assert profile.answers == shipped.answers, body
            assert profile.search == shipped.search


def test_a_dialer_that_does_not_answer_is_told_of_and_soon_left(tmp_path: Path) -> None:
    for status in (401, 500):
        place = tmp_path / str(status)
        place.mkdir()
        with a_probed_dialer(PlainTextResponse("no", status)) as dialer:
            findings = probe(dialer, place, records=RECORDS)
        assert len(dialer.sent) < 3 * ASKED
        assert of(findings, Verdict.HOLDS) == set()
        assert "status" in of(findings, Verdict.DIFFERS)
        assert "chasedata-wire.toml" not in written(place)


def test_ctrl_c_leaves_a_report_of_what_was_learned_which_says_that_it_is_partial(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked: list[Question] = []

    def leave_at_the_second(question: Question) -> Reply:
        asked.append(question)
        if len(asked) > 1:
            raise KeyboardInterrupt
        return Reply(yes_to(question))

    with a_probed_sandbox() as dialer, pytest.raises(KeyboardInterrupt):
        probe(dialer, tmp_path, records=RECORDS, ask=leave_at_the_second)
    files = written(tmp_path)
    assert "PARTIAL: the probe ended early, since it was ended with Ctrl-C." in files[TEXT]
    report = json.loads(files[REPORT])
    assert report["ended_early"] == "it was ended with Ctrl-C"
    verdicts = {one["id"]: one["verdict"] for one in report["facts"]}
    assert (verdicts["answers.refused"], verdicts["dnc-mark"]) == ("holds", "untold")
    assert "The probe ends early" in capsys.readouterr().out


def test_a_probe_that_is_left_before_the_first_answer_writes_nothing(tmp_path: Path) -> None:
    def leave(_question: Question) -> Reply:
        raise KeyboardInterrupt

    with a_probed_sandbox() as dialer, pytest.raises(KeyboardInterrupt):
        probe(dialer, tmp_path, records=RECORDS, ask=leave)
    assert (written(tmp_path), dialer.sent) == ({}, [])
