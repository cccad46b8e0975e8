"""Wire profiles: the one that ships, others that say what differs, and what none may say."""

import json
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chasedata_mcp.dialer.responses.frames import (
    DoneFrame,
    DuplicateFrame,
    FrameReader,
    PayloadFrame,
    RefusalFrame,
)
from chasedata_mcp.errors import SettingsError
from chasedata_mcp.settings import load_settings
from chasedata_mcp.settings.scripts import Script
from chasedata_mcp.settings.wire.facts import load_facts
from chasedata_mcp.settings.wire.loader import (
    TABLES,
    WireProfileError,
    load_shipped_profile,
    read_profile,
    shipped_values,
)
from chasedata_mcp.settings.wire.profile import SentenceKind

PROFILES = sorted((Path(__file__).parents[1] / "_support" / "wire_profiles").glob("*.toml"))
OK = "<br><br>Result:  OK"


def refused(text: str, *, head: str = "format = 1\n") -> str:
    """Read a profile that may not be, and give the reason."""
    with pytest.raises(WireProfileError) as caught:
        read_profile(head + text)
    return str(caught.value)


def test_the_shipped_profile_spells_as_was_observed() -> None:
    profile = load_shipped_profile()
    assert profile.answers.done == (OK,)
    assert profile.answers.refused == "<br><br>Result: {sentence}"
    assert profile.answers.relayed == "<br><br>Result: CURL error[{number}]: {sentence}"
    assert (profile.answers.refusing, profile.answers.unreached) == ((500,), (6, 7))
    assert profile.answers.bare_sentences is False
    said = profile.sentences
    assert said[SentenceKind.DUPLICATE] == ("Duplicated phone number. Lead ignored.",)
    assert said[SentenceKind.NO_CAMPAIGN] == ("Campaign name should be specified",)
    assert said[SentenceKind.NOTHING_TO_IMPORT] == ("No data to import",)
    assert said[SentenceKind.NOTHING_TO_UPDATE] == ("No data to update",)
    assert (profile.search.id, profile.search.exists) == ("id", "LeadExists")
    assert profile.search.fields == ""


def test_the_shipped_profile_says_everything_that_there_is_to_say() -> None:
    values = shipped_values()
    assert {table: set(keys) for table, keys in TABLES.items()} == {
        table: set(keys) for table, keys in values.items()
    }


def test_every_fact_has_its_sureness_its_source_and_one_place() -> None:
    facts = load_facts()
    assert len({fact.id for fact in facts}) == len(facts)
    for fact in facts:
        assert fact.sure[0] in "DOIN", fact.id
        assert fact.source, fact.id
        assert not any("{answers." in one or "{scripts." in one for one in fact.says), fact.id
    ids = {fact.id for fact in facts}
    assert {f"scripts.{script.value}" for script in Script} <= ids
    assert {"answers.done", "answers.refused", "answers.relayed", "answers.unreached"} <= ids


def test_the_page_has_every_fact_with_its_source() -> None:
    page = (Path(__file__).parents[2] / "docs" / "wire.md").read_text("utf-8")
    for fact in load_facts():
        assert f"| {' | '.join(fact.says)} | {fact.sure} | {fact.source} |" in page, fact.id


def test_a_value_in_a_sentence_that_is_known_does_not_hide_success() -> None:
    profile = read_profile(
        "format = 1\n[answers]\nbare_sentences = true\n"
        "[sentences]\nother = ['{value} for the lead']\n"
        "duplicate = ['{value} exists already. Left.']"
    )
    frames = FrameReader(profile)
    assert isinstance(frames.read("Trouble for the lead"), RefusalFrame)
    assert isinstance(frames.read("<br><br>Result: Trouble for the lead"), RefusalFrame)
    for said in ("OK for the lead", "Stored and done for the lead", "Success for the lead"):
        assert isinstance(frames.read(said), PayloadFrame), said
        assert isinstance(frames.read(f"<br><br>Result: {said}"), PayloadFrame), said
    assert isinstance(frames.read("9545550123 exists already. Left."), DuplicateFrame)


def test_a_profile_says_only_what_differs() -> None:
    profile = read_profile('format = 1\n[scripts]\ntexts = "Sms.php"\n')
    shipped = load_shipped_profile()
    assert profile.scripts == {**shipped.scripts, Script.TEXTS: "Sms.php"}
    assert profile.answers == shipped.answers
    assert profile.sentences == shipped.sentences


def test_each_of_the_odd_profiles_can_be_used() -> None:
    assert [path.stem for path in PROFILES] == ["bare", "html", "json"]
    for path in PROFILES:
        environ = {"CHASEDATA_WIRE_PROFILE": str(path), "CHASEDATA_SCRIPT_PLAYLISTS": "Mine.php"}
        profile = load_settings(environ).load_wire()
        assert profile.scripts[Script.PLAYLISTS] == "Mine.php"
        assert profile.answers.done != load_shipped_profile().answers.done


def test_what_is_not_understood_is_refused_and_not_quoted() -> None:
    cases = {
        "": "[answers]\nx = s3cr3t",
        "format": "[scripts]\n",
        "'answer' is no key of a wire profile; did you mean answers?": "[answer]\ndone = []",
        "answers.done": "[answers]\ndon = ['s3cr3t OK']",
        "'fact' is no key": "[[fact]]\nid = 's3cr3t'",
        "scripts has to be a table": "scripts = 's3cr3t'",
        "scripts.texts has to be letters": "[scripts]\ntexts = '../s3cr3t.php'",
        "scripts has one name": "[scripts]\ntexts = 'InjectLead.php'",
        "search has one name": "[search]\nid = 'leadexists'",
        "search.id is a field of the lead's": "[search]\nid = 'PrimaryPhone'",
        "search.exists has to be a name": "[search]\nexists = ''",
        "search.several has to be": "[search]\nseveral = 's3cr3t'",
        "search.framed has to be true": "[search]\nframed = 's3cr3t'",
        "agents.names has to have 1 to 20": "[agents]\nnames = []",
        "agents has one name": "[agents]\nnames = ['Agent']\nstates = ['AGENT']",
    }
    for said, text in cases.items():
        reason = refused(text, head="" if said == "format" else "format = 1\n")
        assert said in reason, (said, reason)
        assert "s3cr3t" not in reason


def test_nothing_general_says_done() -> None:
    for body in (
        *("", " ", "<br><br>", "\n", "OK", "<br>ok", "done", "Result:", "Result: 1", "Result: "),
        *("Result: true", "Result: Error", "Result: Lead ignored", "The lead", "<html></html>"),
        *("Result: not OK", "Result: No lead was added", "Result: Duplicate, not stored"),
        *("Result: {sentence} OK", "Result {value} OK", "Result OK {number}", "Result: OK" * 50),
        *("Result:\u200b OK", "Result: OK\0", "Already sent, all done", "No data to import"),
    ):
        assert "answers.done" in refused(f"[answers]\ndone = [{json.dumps(body)}]")
    assert "answers.done has to have 1 to 20" in refused("[answers]\ndone = []")
    assert "answers.done has to be a list" in refused("[answers]\ndone = 'Result: OK'")


def test_no_frame_takes_any_text_for_a_refusal() -> None:
    for key in ("refused", "relayed"):
        for form in (
            *("", "{sentence}", "<br><br>{sentence}", ": {sentence}", "ab{sentence}"),
            *("Result:", "Result: {sentence}{sentence}", "Result: {value} {sentence}"),
            *("{sentence} was the result", "OK: {sentence}", "Result: {sentence} {number}"),
            "Result done: {sentence}",
        ):
            assert f"answers.{key}" in refused(f'[answers]\n{key} = "{form}"'), form
    assert "answers.refused" in refused('[answers]\nrefused = "Result {number}: {sentence}"')


def test_only_numbers_that_mean_so_say_refused_or_not_reached() -> None:
    for numbers in ("[]", "[200]", "[0]", "[28]", "[408]", "[502]", "[504]", "[true]", "['500']"):
        assert "answers.refusing" in refused(f"[answers]\nrefusing = {numbers}")
    for numbers in ("[]", "[28]", "[52]", "[500]", "[6.0]"):
        assert "answers.unreached" in refused(f"[answers]\nunreached = {numbers}")


def test_no_sentence_of_a_refusal_is_too_general_or_sounds_of_success() -> None:
    for said in (
        *("", "a", "Error", "{value}", "{value} {value} no", "OK", "Lead was added", "Success all"),
        *("no {sentence} here", "not so\nand so", "x" * 201, "{value} {value} {value} is wrong"),
    ):
        text = f"[sentences]\nunknown_lead = [{json.dumps(said)}]"
        assert "sentences.unknown_lead" in refused(text), said
    duplicates = ("Lead ignored", "The phone number", "Known. A duplicate", "Wrong token")
    for said in duplicates:
        assert "sentences.duplicate" in refused(f"[sentences]\nduplicate = [{said!r}]"), said


GARBAGE = (
    *("", " ", "<br>", "OK", "ok", "done", "true", "1", "null", "Success", "{}", "[]"),
    *("<html><body>It works!</body></html>", "<h1>503 Service Unavailable</h1>", "Sign in"),
    *("Error", "Fatal error: Uncaught exception in /var/www/x.php", "upstream timed out"),
    *("<br><br>Result: Token is not valid", "<br><br>Result: No data to import"),
    "<br><br>Result: CURL error[500]: Duplicated phone number. Lead ignored.",
    "<br><br>Result: CURL error[28]: Operation timed out",
)
WORDS = st.sampled_from(
    [
        *("OK", "Result:", "done", "Lead", "not", "<br>", "{sentence}", "Error", "accepted", ":"),
        *("{value}", " ", "", "[500]", "{number}", "<p>", "</p>", "no", "Success", "Duplicate"),
    ]
)
TEXTS = st.lists(WORDS, max_size=6).map(" ".join)


# Most texts are refused; these are nearer to what is taken.
DONE = TEXTS | TEXTS.map("Result {} OK".format)
FORMS = TEXTS | WORDS.map("Error {} {{sentence}}".format)
SENTENCES = TEXTS | WORDS.map("no {} lead".format)
DUPLICATES = TEXTS | WORDS.map("{} lead exists".format)


@given(DONE, FORMS, SENTENCES, DUPLICATES, st.booleans())
def test_no_profile_has_garbage_or_a_refusal_say_done(
    done: str,
    refused_form: str,
    sentence: str,
    duplicate: str,
    bare: bool,  # noqa: FBT001 - a case
) -> None:
    text = (
        f"format = 1\n[answers]\ndone = [{json.dumps(done)}]\n"
        f"refused = {json.dumps(refused_form)}\nbare_sentences = {str(bare).lower()}\n"
        f"[sentences]\nother = [{json.dumps(sentence)}]\nduplicate = [{json.dumps(duplicate)}]"
    )
    for part in (text, text.partition("refused")[0], text.partition("[sentences]")[0]):
        try:
            frames = FrameReader(read_profile(part))
        except WireProfileError:
            continue
        for body in GARBAGE:
            frame = frames.read(body)
            assert not isinstance(frame, DoneFrame), (part, body)
            # A page, or nothing, is no refusal either: the write before it may have been done.
            if isinstance(frame, RefusalFrame | DuplicateFrame):
                assert body.startswith(("<br><br>Result:", *_openings(part))) or body == sentence


def _openings(profile: str) -> tuple[str, ...]:
    form = read_profile(profile).answers.refused
    return (form.partition("{sentence}")[0].strip(),)


def test_a_body_can_not_both_say_done_and_refuse() -> None:
    text = (
        "[answers]\ndone = ['Not all is done, wait']\n"
        "[sentences]\nother = ['Not all is done, wait']"
    )
    assert "answers.done" in refused(text)


def start(tmp_path: Path, text: str, **other: str) -> Mapping[str, object]:
    file = tmp_path / "wire.toml"
    file.write_text(text, encoding="utf-8")
    settings = load_settings({"CHASEDATA_WIRE_PROFILE": str(file), **other})
    return {script.value: name for script, name in settings.load_wire().scripts.items()}


def test_a_profile_that_can_not_be_used_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="CHASEDATA_WIRE_PROFILE: it has to begin with format"):
        start(tmp_path, "[scripts]\n")
    with pytest.raises(SettingsError, match="CHASEDATA_WIRE_PROFILE names a file that can't be"):
        load_settings({"CHASEDATA_WIRE_PROFILE": str(tmp_path / "none.toml")})
    with pytest.raises(SettingsError, match="CHASEDATA_WIRE_PROFILE: must be an absolute path"):
        load_settings({"CHASEDATA_WIRE_PROFILE": "wire.toml"})
    with pytest.raises(SettingsError, match="scripts has one name for two things"):
        load_settings({"CHASEDATA_SCRIPT_TEXTS": "InjectLead.php"})


def test_the_setting_of_a_script_wins_over_the_profile(tmp_path: Path) -> None:
    text = 'format = 1\n[scripts]\ntexts = "A.php"\ncalls = "B.php"\n'
    names = start(tmp_path, text, CHASEDATA_SCRIPT_TEXTS="C.php")
    assert (names["texts"], names["calls"]) == ("C.php", "B.php")
