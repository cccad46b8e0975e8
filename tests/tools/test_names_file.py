"""The names file: what it says, what it may not say, and how a change of it is seen."""

import os
from pathlib import Path

import pytest

from _support.name_files import OWN, a_names_file
from chasedata_mcp.tools.names.kinds import NameKind
from chasedata_mcp.tools.names.likeness import find_nearest
from chasedata_mcp.tools.names.names_file import NamesFile
from chasedata_mcp.tools.names.own_names import NamesFileError, parse_names

WRONG = {
    "[agents\n": "no TOML (at line 1, column 8)",
    "[agnets]\nnames = []": "did you mean agents?",
    "agents = 'secret'": "agents is no table",
    "[agents]\nnames = ['ok', 5]": "name 2 of agents is no text",
    '[agents]\nnames = ["secret\\u0007"]': "name 1 of agents has a control character in it",
    "[agents]\ncomplete = 'secret'\n[campaigns]\nnames = [1]": "name 1 of campaigns",
    "[agents]\nJoe = 5": "agents holds what is none of",
    "[agents]\ncomplete = true": "agents is complete and has no name",
    "[agents]\nnames = ['Joe']\nJoe = 'secret'": "agents: an alias is a name as well",
    "[own_numbers]\nMain = 'secret'": "own_numbers",
    "[own_numbers]\n9545550101 = '9545550102'": "is a phone number itself",
    "[custom_fields]\nnames = ['a-secret']": "a name is a letter and then letters",
    "[dispositions]\nDNC = 'SALE'": "such a request would be lost",
    "sender = 5": "sender is no text",
    "sender = 'secret'": "sender has",
    "[accounts.other.agnets]\nnames = []": "accounts.other has a section of no known kind",
    "[accounts]\nother = 1": "accounts.other is no table",
}


def test_it_has_lists_aliases_complete_lists_and_a_sender() -> None:
    own = parse_names(OWN, "test")
    assert own.names[NameKind.AGENTS] == ("jsmith", "lena.k", "DQ - Dissqualified")
    assert own.find_alias(NameKind.AGENTS, " Joe ") == "jsmith"
    assert own.find_alias(NameKind.AGENTS, "joe") is None
    assert own.complete == {NameKind.CAMPAIGNS, NameKind.DISPOSITIONS}
    assert own.sender == "9545550195"
    assert own.has(NameKind.CUSTOM_FIELDS, "Date of Birth")
    assert own.has(NameKind.CUSTOM_FIELDS, "adv_Date__of__Birth")
    assert not own.has(NameKind.AGENTS, "Jsmith")
    assert parse_names("agents = ['jsmith']", "test").names == {NameKind.AGENTS: ("jsmith",)}


def test_an_accounts_own_part_is_added_for_it_alone() -> None:
    text = "agents = ['a']\n[accounts.acme.agents]\nnames = ['b']\nJoe = 'a'\n"
    acme, other = parse_names(text, "ACME"), parse_names(text, "other")
    assert acme.names[NameKind.AGENTS] == ("a", "b")
    assert acme.find_alias(NameKind.AGENTS, "Joe") == "a"
    assert other.names[NameKind.AGENTS] == ("a",)
    assert other.aliases == {}


def test_what_is_not_understood_is_said_with_its_place_and_without_its_value() -> None:
    for text, said in WRONG.items():
        with pytest.raises(NamesFileError) as caught:
            parse_names(text, "test")
        assert said in str(caught.value), text
        assert "secret" not in str(caught.value)


def test_it_is_read_again_whenever_it_changed(tmp_path: Path) -> None:
    file = a_names_file(tmp_path, "agents = ['a']")
    path = tmp_path / "names.toml"
    assert file.look().names == {NameKind.AGENTS: ("a",)}
    # Of the same length within the resolution of the time stamp, and by another file in its place.
    path.write_text("agents = ['b']", encoding="utf-8")
    assert file.look().names == {NameKind.AGENTS: ("b",)}
    other = tmp_path / "other.toml"
    other.write_text("agents = ['c']", encoding="utf-8")
    other.replace(path)
    assert file.look().names == {NameKind.AGENTS: ("c",)}


def test_one_that_has_not_changed_is_not_read_again(tmp_path: Path) -> None:
    path = tmp_path / "names.toml"
    path.write_text("agents = ['a']", encoding="utf-8")
    a_minute_later = path.stat().st_mtime_ns + 60_000_000_000
    file = NamesFile(path, "test", lambda: a_minute_later)
    first = file.look()
    assert file.look() is first
    os.utime(path)
    assert file.look() is not first


def test_one_that_became_wrong_keeps_its_last_names_and_says_so(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = a_names_file(tmp_path)
    good = file.look()
    path = tmp_path / "names.toml"
    path.write_text("[agents", encoding="utf-8")
    assert file.look() == good
    assert "no TOML" in file.problem
    assert file.look() == good
    assert caplog.text.count("no TOML") == 1
    path.unlink()
    assert file.look() == good
    assert "FileNotFoundError" in file.problem
    path.write_text("agents = ['a']", encoding="utf-8")
    assert file.look().names == {NameKind.AGENTS: ("a",)}
    assert not file.problem


def test_the_nearest_names_are_found_whatever_their_case_and_signs() -> None:
    names = ("Spring Sale", "Fall Sale", "Ans. Machine", "DQ - Dissqualified", "José")
    for text, nearest in {
        "Sprng Sale": ("Spring Sale",),
        "spring-sale": ("Spring Sale",),
        "ANS MACHINE": ("Ans. Machine",),
        "DQ - Disqualified": ("DQ - Dissqualified",),
        "Jose": ("José",),
        "something else": (),
        "": (),
        "Spring Sale": (),
    }.items():
        assert find_nearest(text, names) == nearest, text
