"""The evidence of a run, and the verdict on it: what was promised, and whether it held."""

import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import wires
from hosting import Host, Place
from person import Answer, command_in
from scripted_model import ScriptedModel
from story import AGAIN, GUARDED, LEAD, READ, STOPPED, SUPPRESSED, WRITE, approval_code
from views import is_marked, says_sandbox, view
from wires import Called, Wire


@dataclass
class Observed:
    """Notes taken while the model waited: the state behind each result, a person's answer."""

    at_a_screen: bool = False
    fault: str | None = None
    answer: Answer | None = None
    dnc_after: dict[str, frozenset[str]] = field(default_factory=dict[str, frozenset[str]])
    screens: dict[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True)
class Skipped:
    """A host that could not be had, and why."""

    key: str
    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class Promise:
    """One thing that must hold in every host, and whether it did."""

    what: str
    kept: bool


@dataclass(frozen=True)
class Ran:
    """A host that was driven through the script, and what came of it."""

    key: str
    name: str
    package: str
    opened_with: str
    protocol: str
    advertises_forms: bool
    views: Mapping[str, str]
    guarded: Sequence[tuple[str, float]]
    given: Mapping[str, str]
    promises: Sequence[Promise]
    observed: Observed
    model: ScriptedModel

    @property
    def broken(self) -> list[str]:
        """What was promised and didn't hold."""
        fault = [self.observed.fault] if self.observed.fault else []
        return [one.what for one in self.promises if not one.kept] + fault


Verdict = Ran | Skipped


def evaluated(
    host: Host, version: str, place: Place, model: ScriptedModel, observed: Observed
) -> Ran:
    """Hold a run against what is promised."""
    wire = wires.read(place.tapped)
    by_screen = _forms if observed.at_a_screen else _beside
    return Ran(
        host.key,
        host.name,
        f"`{host.package}` {version}",
        wire.opened_with,
        wire.protocol,
        wire.advertises_forms,
        _views(wire, model.results),
        [(call.word, call.seconds) for call in wire.called(GUARDED.tool)],
        model.results,
        [*_everywhere(model.results, observed), *by_screen(wire, model.results, observed)],
        observed,
        model,
    )


def _everywhere(given: Mapping[str, str], observed: Observed) -> Iterator[Promise]:
    read, after = given.get(READ.title, ""), observed.dnc_after
    yield Promise("the read gives the lead id", LEAD in read.replace(f"WEB-{LEAD}", ""))
    yield Promise("every result says SANDBOX", all(says_sandbox(text) for text in given.values()))
    yield Promise("a lead's words stand between marks", bool(read) and is_marked(read))
    yield Promise("the write is done", STOPPED in after.get(WRITE.title, ()))
    yield Promise("nothing guarded is sent unasked", SUPPRESSED in after.get(GUARDED.title, ()))
    yield Promise(
        "after a person's yes the same call goes through",
        AGAIN.title in after and SUPPRESSED not in after[AGAIN.title],
    )


def _beside(_wire: Wire, given: Mapping[str, str], observed: Observed) -> Iterator[Promise]:
    held = given.get(GUARDED.title, "")
    yield Promise("the held call's result has its approval code", approval_code(held) is not None)
    yield Promise("it names the command that a person types", command_in(held) is not None)
    answer = observed.answer
    yield Promise(
        "the command works as it is named, in a shell without settings",
        answer is not None and answer.code == 0 and not answer.needed_settings,
    )


def _forms(wire: Wire, _given: Mapping[str, str], observed: Observed) -> Iterator[Promise]:
    words = [call.word for call in wire.called(GUARDED.tool)]
    yield Promise("the question is drawn as a form", "form" in observed.screens)
    yield Promise("a no is told as a no", words[:1] == ["declined"])


def _views(wire: Wire, given: Mapping[str, str]) -> dict[str, str]:
    """Name the view that the model got of each result."""
    calls: dict[str, list[Called]] = {step.tool: wire.called(step.tool) for step in (READ, WRITE)}
    guarded = wire.called(GUARDED.tool)
    each = {
        READ.title: calls[READ.tool][:1],
        WRITE.title: calls[WRITE.tool][:1],
        GUARDED.title: guarded[:1],
        AGAIN.title: guarded[1:2],
    }
    return {
        title: view(text, each[title][0].sent) if each[title] else "neither"
        for title, text in given.items()
    }


def suppressed(sandbox: Path) -> frozenset[str]:
    """The numbers on the sandbox's do-not-call list; none where no server has begun."""
    if not sandbox.exists():
        return frozenset()
    database = sqlite3.connect(f"file:{sandbox}?mode=ro", uri=True)
    try:
        rows = database.execute("SELECT number FROM dnc").fetchall()
    finally:
        database.close()
    return frozenset(number for (number,) in rows)


def keep(folder: Path, verdict: Verdict) -> None:
    """Keep all of it as JSON: the requests that the model got, the tools, the screens."""
    content = _as_json(verdict) if isinstance(verdict, Ran) else asdict(verdict)
    text = json.dumps(content, indent=1, ensure_ascii=False, default=list)
    (folder / f"{verdict.key}.json").write_text(text, encoding="utf-8")


def _as_json(ran: Ran) -> dict[str, object]:
    return {
        "host": ran.name,
        "package": ran.package,
        "opened_with": ran.opened_with,
        "protocol": ran.protocol,
        "advertises_forms": ran.advertises_forms,
        "promises": {one.what: one.kept for one in ran.promises},
        "fault": ran.observed.fault,
        "given": ran.given,
        "views": ran.views,
        "guarded_calls": ran.guarded,
        "suppressed_after": {k: sorted(v) for k, v in ran.observed.dnc_after.items()},
        "person": asdict(ran.observed.answer) if ran.observed.answer else None,
        "screens": ran.observed.screens,
        "tools_presented": [asdict(tool) for tool in ran.model.tools],
        "requests": ran.model.requests,
    }
