"""Profiles as TOML: the one that ships with the program, and another that says what differs."""

import tomllib
from collections.abc import Mapping
from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from typing import Any, Final, cast

from chasedata_mcp.settings.scripts import Script
from chasedata_mcp.settings.wire import checks
from chasedata_mcp.settings.wire.checks import Check
from chasedata_mcp.settings.wire.profile import (
    SENTENCE,
    AgentShape,
    AnswerForms,
    SearchShape,
    SentenceKind,
    WireProfile,
)

FORMAT: Final = 1
Values = Mapping[str, Mapping[str, Any]]
"""Checked values by table and key."""

TABLES: Final[Mapping[str, Mapping[str, Check]]] = {
    "scripts": {script.value: checks.check_script for script in Script},
    "answers": {
        "done": checks.check_done,
        "refused": checks.check_form(numbered=False),
        "relayed": checks.check_form(numbered=True),
        "refusing": checks.check_refusing,
        "unreached": checks.check_unreached,
        "bare_sentences": checks.check_switch,
    },
    "sentences": {kind.value: checks.check_sentences(kind) for kind in SentenceKind},
    "search": {
        "id": checks.check_member,
        "exists": checks.check_member,
        "leads": checks.check_member,
        "fields": checks.check_member_or_none,
        "several": checks.check_several,
        "framed": checks.check_switch,
    },
    "agents": dict.fromkeys(("lists", "counts", "names", "states"), checks.check_members),
}


class WireProfileError(ValueError):
    """A profile that isn't understood; the sentence names the key and quotes no value."""


@cache
def load_shipped_profile() -> WireProfile:
    """Load the profile that ships with the program: what is known today."""
    return _build(shipped_values())


@cache
def shipped_values() -> Values:
    """Give the values of the profile that ships with the program, by table and key."""
    document = load_shipped_document()
    return _read_values({name: value for name, value in document.items() if name != "fact"})


@cache
def load_shipped_document() -> Mapping[str, Any]:
    """Give the profile that ships with the program as it stands in its file."""
    text = files("chasedata_mcp.settings.wire").joinpath("profile.toml").read_text("utf-8")
    return tomllib.loads(text)


def read_profile(text: str) -> WireProfile:
    """Read a profile that says what differs from the shipped one.

    Raises:
        WireProfileError: It isn't understood, or says what would weaken the reading of answers.
    """
    try:
        document: Mapping[str, object] = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        raise WireProfileError("it is not TOML") from None
    given, shipped = _read_values(document), shipped_values()
    return _build({table: {**shipped[table], **given.get(table, {})} for table in TABLES})


def with_scripts(profile: WireProfile, names: Mapping[Script, str]) -> WireProfile:
    """Give the same profile with other names for some of the scripts.

    Raises:
        WireProfileError: Two scripts would have one name.
    """
    scripts = {**profile.scripts, **names}
    _refuse_shared("scripts", list(scripts.values()))
    return WireProfile(scripts, profile.answers, profile.sentences, profile.search, profile.agents)


def _read_values(document: Mapping[str, object]) -> Values:
    if document.get("format") != FORMAT:
        raise WireProfileError(f"it has to begin with format = {FORMAT}")
    tables = {name: table for name, table in document.items() if name != "format"}
    _refuse_unknown(tables, TABLES, "")
    return {name: _read_table(name, table) for name, table in tables.items()}


def _read_table(name: str, table: object) -> Mapping[str, object]:
    if not isinstance(table, dict):
        raise WireProfileError(f"{name} has to be a table")
    values = cast("dict[str, object]", table)
    _refuse_unknown(values, TABLES[name], f"{name}.")
    return {key: _check(f"{name}.{key}", TABLES[name][key], one) for key, one in values.items()}


def _check(key: str, check: Check, value: object) -> object:
    try:
        return check(value)
    except ValueError as error:
        reason = str(error)
    raise WireProfileError(f"{key} {reason}")


def _refuse_unknown(given: Mapping[str, object], known: Mapping[str, object], path: str) -> None:
    for name in given:
        if name not in known:
            nearest = get_close_matches(name, known, n=1, cutoff=0.5)
            did_you = f"; did you mean {path}{nearest[0]}?" if nearest else ""
            raise WireProfileError(f"{path}{name[:50]!r} is no key of a wire profile{did_you}")


def _build(values: Values) -> WireProfile:
    """Build a profile of values for every key, once they don't contradict each other."""
    search, agents = SearchShape(**values["search"]), AgentShape(**values["agents"])
    answers = AnswerForms(**values["answers"])
    sentences = {SentenceKind(kind): said for kind, said in values["sentences"].items()}
    _refuse_shared("scripts", list(values["scripts"].values()))
    _refuse_shared("search", [search.id, search.exists, search.leads, search.fields or "-"])
    members = (agents.lists, agents.counts, agents.names, agents.states)
    _refuse_shared("agents", [name.replace("_", "") for kind in members for name in kind])
    _refuse_done_refusals(answers, sentences)
    scripts = {Script(name): file for name, file in values["scripts"].items()}
    return WireProfile(scripts, answers, sentences, search, agents)


def _refuse_shared(table: str, names: list[str]) -> None:
    if len({name.casefold() for name in names}) < len(names):
        raise WireProfileError(f"{table} has one name for two things")


def _refuse_done_refusals(
    answers: AnswerForms, sentences: Mapping[SentenceKind, tuple[str, ...]]
) -> None:
    """Refuse a body that says done and is a sentence of a refusal too."""
    refusals = {said for kind in sentences.values() for said in kind}
    whole = refusals | {answers.refused.replace(SENTENCE, said) for said in refusals}
    if whole & {body.strip() for body in answers.done}:
        raise WireProfileError("answers.done has a sentence of a refusal in it")
