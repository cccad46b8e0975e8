"""The report of a probe, fit to be sent to the project, and the profile that it leads to.

Nothing of a customer's gets in: of JSON only its members and types, of other text what is left once
the token, the account, the host, every name and number that was sent and every longer number is
out.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, cast

from chasedata_mcp import __version__
from chasedata_mcp.dialer.probe.forms import extract_sentence, is_plain_refusal
from chasedata_mcp.dialer.probe.observations import Observation, Observations, ProbeStep
from chasedata_mcp.dialer.probe.search_shapes import describe_shape, read_body
from chasedata_mcp.dialer.probe.verdicts import FactFinding, Verdict
from chasedata_mcp.fields.sanitize import MASK, blank, visible
from chasedata_mcp.settings.wire.facts import find_fact
from chasedata_mcp.settings.wire.loader import (
    FORMAT,
    TABLES,
    WireProfileError,
    read_profile,
    shipped_values,
)
from chasedata_mcp.settings.wire.profile import WireProfile
from chasedata_mcp.settings.wire.profile_values import list_values

_LONGEST: Final = 300
_LONGEST_SHOWN: Final = 10_000
_WRITTEN_BY: Final = (
    "# A wire profile that chasedata-mcp probe wrote. Name it with CHASEDATA_WIRE_PROFILE."
)
_Values = dict[str, dict[str, Any]]
_NUMBER = re.compile(r"(?:\d[\s().+-]{0,2}){5,}\d?")
_ADDRESS = re.compile(
    r"\S+@\S+|https?://\S+|\b(?:[a-z0-9-]+\.)+(?:com|net|org|io|us)\b", re.IGNORECASE
)
_JSON_STEPS: Final = frozenset(
    {
        *(
            ProbeStep.SEARCH,
            ProbeStep.DETAILED,
            ProbeStep.AGENTS,
            ProbeStep.NO_GROUP,
            ProbeStep.FOUND,
            ProbeStep.READ,
            ProbeStep.SEVERAL,
        ),
        *(ProbeStep.REREAD, ProbeStep.MOVED_READ, ProbeStep.MARKED, ProbeStep.UNMARKED),
    }
)
_FIELDS: Final = (
    *("ClientId", "FirstName", "LastName", "Address", "City", "State", "ZipCode", "PrimaryPhone"),
    *("Rep", "CallStatus", "Campaign", "Notes", "Subcampaign", "Disposition", "LeadId", "Email"),
    *("SecondaryPhone", "Company", "Fields", "Lead", "Data", "Result", "Error", "Message"),
)
_MARKS: Final = {
    Verdict.HOLDS: "holds",
    Verdict.DIFFERS: "DIFFERS",
    Verdict.NEW: "new",
    Verdict.UNTOLD: "not told",
}


def build_report(
    seen: Observations, findings: Sequence[FactFinding], profile: WireProfile, *, environment: str
) -> dict[str, Any]:
    """Build the report as plain values that fit JSON.

    Args:
        seen: The answers.
        findings: The verdict on each fact.
        profile: The profile that was in force.
        environment: `live` or `sandbox`.
    """
    secrets = _list_secrets(seen)
    known, forms = _list_members(profile, findings), _list_forms(profile, findings)
    return {
        "format": FORMAT,
        "program": f"chasedata-mcp {__version__}",
        "environment": environment,
        "ended_early": seen.ended_early,
        "facts": [
            {
                "id": one.fact,
                "says": " | ".join(find_fact(one.fact).says),
                "sure": find_fact(one.fact).sure,
                "verdict": one.verdict.value,
                "seen": hide(one.seen, secrets),
            }
            for one in findings
        ],
        "answers": [_describe(one, secrets, known, forms) for one in seen],
    }


def render_report(report: Mapping[str, Any]) -> str:
    """Render a report as text."""
    facts, answers = report["facts"], report["answers"]
    verdicts = [one["verdict"] for one in facts]
    counts = {mark: verdicts.count(verdict.value) for verdict, mark in _MARKS.items()}
    lines = [
        f"{report['program']}: what a {report['environment']} dialer's wire is like",
        "",
        ", ".join(f"{count} {mark}" for mark, count in counts.items()),
        "",
    ]
    if report["ended_early"]:
        lines += [f"PARTIAL: the probe ended early, since {report['ended_early']}.", ""]
    for one in facts:
        lines.append(
            f"[{_MARKS[Verdict(one['verdict'])]}] {one['id']} ({one['sure']}): {one['says']}"
        )
        lines.append(f"    {one['seen']}")
    lines += ["", "The answers:"]
    for one in answers:
        lines.append(f"  {one['asked']} ({one['script']}, {one['status'] or 'no answer'})")
        lines.append(f"    {json.dumps(one['answer'], ensure_ascii=False)}")
    return "\n".join(lines) + "\n"


def render_profile(
    findings: Sequence[FactFinding], profile: WireProfile, seen: Observations
) -> str | None:
    """Render a wire profile of what differs from the shipped one, None where nothing does.

    A value that would name the customer, or that no profile may have, is left out.
    """
    values = list_values(profile)
    secrets = _list_secrets(seen)
    for finding in findings:
        for table, found in finding.values.items():
            for key, value in found.items():
                if not _names_customer(value, secrets):
                    values = _with(values, table, key, value)
    different = {table: _list_differences(table, values[table]) for table in TABLES}
    lines = [_WRITTEN_BY, f"format = {FORMAT}"]
    for table, found in different.items():
        if found:
            lines += ["", f"[{table}]", *(f"{key} = {_toml(one)}" for key, one in found.items())]
    return "\n".join(lines) + "\n" if any(different.values()) else None


def _list_differences(table: str, values: Mapping[str, Any]) -> dict[str, Any]:
    shipped = shipped_values()[table]
    return {key: one for key, one in values.items() if _plain(one) != _plain(shipped[key])}


def _with(values: _Values, table: str, key: str, value: object) -> _Values:
    """Set a value, unless the profile couldn't be used with it."""
    changed = {**values, table: {**values[table], key: value}}
    text = f"format = {FORMAT}\n" + "".join(
        f"[{name}]\n" + "".join(f"{one} = {_toml(said)}\n" for one, said in found.items())
        for name, found in changed.items()
    )
    try:
        read_profile(text)
    except WireProfileError:
        return values
    return changed


def hide(text: str, secrets: Iterable[str]) -> str:
    """Take out of a text what is a secret, names somebody, or may be a number of somebody's."""
    if len(text) > _LONGEST_SHOWN:
        return f"{len(text)} characters"
    hidden = blank(visible(text), secrets)
    hidden = _ADDRESS.sub(MASK, _NUMBER.sub(MASK, hidden))
    return hidden if len(hidden) <= _LONGEST else f"{hidden[:_LONGEST]}…"


def _list_secrets(seen: Observations) -> list[str]:
    sent = seen.sent
    named = (*sent.secrets, *sent.names, sent.number, sent.client_id, sent.campaign)
    return [one for one in named if one]


def _names_customer(value: object, secrets: Sequence[str]) -> bool:
    text = json.dumps(_plain(value), ensure_ascii=False)
    return hide(text, secrets) != visible(text)


def _list_members(profile: WireProfile, findings: Sequence[FactFinding]) -> frozenset[str]:
    """List the members that may stand in the report: nobody's name can be among them."""
    search, agents = profile.search, profile.agents
    names = [*_FIELDS, search.id, search.exists, search.leads, search.fields]
    names += [*agents.lists, *agents.counts, *agents.names, *agents.states]
    for finding in findings:
        for table in ("search", "agents"):
            for value in finding.values.get(table, {}).values():
                names += map(str, _as_list(value))
    return frozenset(name.casefold() for name in names if name)


def _list_forms(profile: WireProfile, findings: Sequence[FactFinding]) -> list[str]:
    """List the words round a refusal of the script's, and of the dialer's, as they were found."""
    found: dict[str, Any] = {}
    for finding in findings:
        found |= finding.values.get("answers", {})
    answers = profile.answers
    return [found.get("refused", answers.refused), found.get("relayed", answers.relayed)]


def _is_refusal(text: str, forms: Sequence[str]) -> bool:
    sentence = extract_sentence(text, forms)
    return sentence is not None and is_plain_refusal(sentence)


def _as_list(value: object) -> list[object]:
    match value:
        case list() | tuple():
            return list(cast("Sequence[object]", value))
        case _:
            return [value]


def _describe(
    one: Observation, secrets: Sequence[str], known: frozenset[str], forms: Sequence[str]
) -> dict[str, Any]:
    read = read_body(one.text, forms[0]) if one.step in _JSON_STEPS else None
    answer: object = hide(one.text, secrets)
    if read is not None:
        answer = [describe_shape(value, known) for value in read.values[:3]]
    elif one.step in _JSON_STEPS and not _is_refusal(one.text, forms):
        # What isn't understood may be somebody's data in another form.
        answer = f"{len(one.text)} characters that can't be read"
    return {"asked": one.step.value, "script": one.name, "status": one.status, "answer": answer}


def _plain(value: object) -> object:
    return list(cast("tuple[object, ...]", value)) if isinstance(value, tuple) else value


def _toml(value: object) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            # A basic string of TOML has the escapes of JSON, but for DEL (toml.io, "String").
            return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
        case list() | tuple():
            return f"[{', '.join(map(_toml, _as_list(cast('object', value))))}]"
        case _:
            return str(value)
