"""Tests in the words of an odd dialer: `WIRE_PROFILE_OF_TESTS=html` runs them on that profile.

Bodies and sentences in tests are the vendor's and the sandbox's own. Here they are written in an
odd profile's words, and read back, by hand: nothing of this is the client's or the sandbox's.
"""

import json
import os
import re
from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path
from typing import Any, Final, cast

from chasedata_mcp.settings.scripts import Script
from chasedata_mcp.settings.wire.loader import load_shipped_profile, read_profile
from chasedata_mcp.settings.wire.profile import SentenceKind, WireProfile

VARIABLE: Final = "WIRE_PROFILE_OF_TESTS"
FOLDER: Final = Path(__file__).with_name("wire_profiles")
ODD: Final = ("bare", "html", "json")
_OF_THE_RUN: Final[str] = os.environ.get(VARIABLE, "")
_NAME = ContextVar("_NAME", default=_OF_THE_RUN)

# The sandbox's own sentences where an odd profile has another, transcribed from its modules.
_OWN: Final = {
    "duplicate": "Duplicated phone number. Lead ignored.",
    "wrong_token": "Token is not valid",
    "wrong_account": "Account was not found",
    "unknown_action": "Action is not supported",
    "no_action": "Action should be specified",
    "missing_parameter": "{value} should be specified",
    "no_campaign": "Campaign name should be specified",
    "nothing_to_import": "No data to import",
    "nothing_to_update": "No data to update",
    "unknown_campaign": "Campaign was not found.",
    "unknown_lead": "Lead was not found.",
    "unknown_agent": "Agent was not found.",
    "unknown_ring_group": "Ring group was not found.",
    "unknown_list": "Agent Dial List was not found.",
    "list_exists": "Agent Dial List Name should be unique.",
}
_OF_THE_FRONT: Final = (
    *("wrong_token", "wrong_account", "unknown_action", "no_action", "missing_parameter"),
    *("no_campaign", "nothing_to_import", "nothing_to_update"),
)
_OK = re.compile(r"(?:<br>|\s)*Result:[ \t\r\n]+OK(?:<br>|\s)*")
_RELAYED = re.compile(r"<br><br>Result: CURL error\[(\d+)\]: (?!.*(?:Result:|CURL))(.*)")
_MEMBERS = re.compile(r'"(id|leadexists|leads)"', re.IGNORECASE)
_REFUSED = re.compile(r"<br><br>Result: (?!.*(?:Result:|CURL|[{<\[\"]))(.*)")


def path_of(name: str) -> Path:
    """Give the file of an odd profile."""
    return FOLDER / f"{name}.toml"


@cache
def load_profile(name: str) -> WireProfile:
    """Load an odd profile."""
    return read_profile(path_of(name).read_text("utf-8"))


def spelling() -> WireProfile:
    """Give the profile that this run of the tests is about: the shipped one, or an odd one."""
    name = _NAME.get()
    return load_profile(name) if name else load_shipped_profile()


@contextmanager
def spelled(name: str) -> Generator[None]:
    """Have what is made inside speak, and read, as an odd profile says; an empty name is none."""
    before = _NAME.set(name)
    try:
        yield
    finally:
        _NAME.reset(before)


def wire_settings() -> dict[str, str]:
    """Give the setting, without its prefix, that a server of this run needs."""
    name = _NAME.get()
    return {"WIRE_PROFILE": str(path_of(name))} if name else {}


def said(sentence: str, value: str = "") -> str:
    """Write a sentence of the vendor's or the sandbox's in the words of this run."""
    for kind, own in _OWN.items():
        known = spelling().sentences[SentenceKind(kind)]
        before, _, after = own.partition("{value}")
        if known and sentence.startswith(before) and sentence.endswith(after):
            if "{value}" not in own and sentence != own:
                continue
            named = sentence.removeprefix(before).removesuffix(after) if "{value}" in own else value
            return known[0].replace("{value}", named)
    return sentence


def respelled(body: str) -> str:
    """Write a body of the vendor's in the words of this run; what has no known form stays."""
    profile = spelling()
    if profile is load_shipped_profile():
        return body
    if _OK.fullmatch(body):
        return profile.answers.done[0]
    if relayed := _RELAYED.fullmatch(body):
        return _frame(profile.answers.relayed, said(relayed[2]), relayed[1]) or body
    if refused := _REFUSED.fullmatch(body):
        return _frame(profile.answers.refused, said(refused[1]), "") or body
    search = profile.search
    members = {"id": search.id, "leadexists": search.exists, "leads": search.leads}
    return _MEMBERS.sub(lambda at: f'"{members[at[1].lower()]}"', body)


def _frame(form: str, sentence: str, number: str) -> str:
    profile = spelling()
    if profile.answers.bare_sentences:
        # What isn't known alone can stand in the vendor's frame, which that profile has still.
        return (
            sentence
            if sentence in {one for said in profile.sentences.values() for one in said}
            else ""
        )
    # 500 is the vendor's own; any other number means the same in any profile.
    written = str(profile.answers.refusing[0]) if number == "500" else number
    return form.replace("{number}", written).replace("{sentence}", sentence)


def read_back(body: str) -> str:
    """Write a body of the sandbox's, which is in the words of this run, in the vendor's."""
    profile = spelling()
    if profile is load_shipped_profile():
        return body
    if body == profile.answers.done[0]:
        return "<br><br>Result:  OK"
    number = str(profile.answers.refusing[0])
    relayed = profile.answers.relayed.replace("{number}", number)
    for form, to in (
        (relayed, "<br><br>Result: CURL error[500]: "),
        (profile.answers.refused, "<br><br>Result: "),
    ):
        before, _, after = form.partition("{sentence}")
        inner = body.removeprefix(before).removesuffix(after)
        if body.startswith(before) and body.endswith(after) and not inner.startswith(("{", "[")):
            return to + _own(inner)
    if (leads := _read_leads(body)) is not None:
        return json.dumps(leads, separators=(",", ":"))
    return _read_bare(body)


def _read_bare(body: str) -> str:
    own = _own(body)
    of_the_front = any(own.endswith(_OWN[kind].removeprefix("{value}")) for kind in _OF_THE_FRONT)
    return f"<br><br>Result: {'' if of_the_front else 'CURL error[500]: '}{own}"


def _own(sentence: str) -> str:
    for kind, own in _OWN.items():
        for known in spelling().sentences[SentenceKind(kind)][:1]:
            before, _, after = known.partition("{value}")
            if sentence.startswith(before) and sentence.endswith(after):
                return own.replace("{value}", sentence.removeprefix(before).removesuffix(after))
    return sentence


def _read_leads(body: str) -> Any:  # noqa: ANN401 - JSON
    profile = spelling()
    before, _, after = profile.answers.refused.partition("{sentence}")
    text = body.removeprefix(before).removesuffix(after) if profile.search.framed else body
    found: list[Any] = []
    try:
        while text:
            value, end = json.JSONDecoder().raw_decode(text)
            found.append(value)
            text = text[end:]
    except ValueError:
        return None
    values: Any = found[0] if len(found) == 1 else found
    if isinstance(values, dict) and list(cast("dict[str, Any]", values)) == [profile.search.leads]:
        values = cast("dict[str, Any]", values)[profile.search.leads]
    if isinstance(values, list):
        return [_rename(one) for one in cast("list[dict[str, Any]]", values)]
    return _rename(values)


def _rename(record: dict[str, Any]) -> dict[str, Any]:
    search, agents = spelling().search, spelling().agents
    names = {
        search.id: "id",
        search.exists: "LeadExists",
        agents.names[0]: "Agent",
        agents.states[0]: "State",
    }
    flat = {**record, **record.get(search.fields, {})} if search.fields else record
    return {names.get(name, name): one for name, one in flat.items() if name != search.fields}


def script_path(vendors: str) -> str:
    """Give this run's name of a script that has the vendor's name; others stay."""
    shipped = load_shipped_profile().scripts
    named = {shipped[script]: spelling().scripts[script] for script in Script}
    return named.get(vendors, vendors)
