"""The run in words: on the terminal, and as the tables of docs/clients.md."""

import platform
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from evidence import Ran, Skipped, Verdict
from story import GUARDED, READ

_BEGIN, _END = "<!-- hosts -->", "<!-- /hosts -->"
_LONG = 10
_COLUMNS = (
    *("host", "package", "opens with", "speaks", "shows a form"),
    *("the model gets", "`delete_dnc`", "promises"),
)
_HEAD = (f"| {' | '.join(_COLUMNS)} |", "|---" * len(_COLUMNS) + "|")


def word(verdict: Verdict) -> str:
    """The verdict in a word, with its reason."""
    match verdict:
        case Skipped(reason=reason):
            return f"SKIPPED: {reason}"
        case Ran(broken=[]):
            return "PASS"
        case Ran(broken=broken):
            return f"DIFFERS: not so: {'; '.join(broken)}"


def summary(verdicts: Sequence[Verdict]) -> Iterator[str]:
    """The run, a line a host."""
    yield ""
    for verdict in verdicts:
        yield f"{verdict.name}: {word(verdict)}"
        if isinstance(verdict, Ran):
            yield f"    {verdict.opened_with}, {verdict.protocol}; delete_dnc: {_guarded(verdict)}"


def write(document: Path, verdicts: Sequence[Verdict]) -> None:
    """Put the tables between the document's marks."""
    text = document.read_text(encoding="utf-8")
    before, _, rest = text.partition(_BEGIN)
    _, _, after = rest.partition(_END)
    section = "\n".join(_section(verdicts))
    document.write_text(f"{before}{_BEGIN}\n{section}\n{_END}{after}", encoding="utf-8")


def _section(verdicts: Sequence[Verdict]) -> Iterator[str]:
    on = datetime.now(UTC).date().isoformat()
    ours = f"chasedata-mcp {version('chasedata-mcp')}"
    ground = f"Python {platform.python_version()}, on {platform.system()}"
    yield f"Seen on {on} with {ours} and {ground}."
    yield ""
    yield from _HEAD
    yield from (_row(verdict) for verdict in verdicts)
    for verdict in verdicts:
        if isinstance(verdict, Ran) and (screen := verdict.observed.screens.get("form")):
            yield f"\nThe question in {verdict.name}:\n\n```\n{_form(screen)}\n```"


def _row(verdict: Verdict) -> str:
    match verdict:
        case Skipped(name=name, reason=reason):
            return f"| {name} | | | | | | skipped: {reason} | |"
        case Ran():
            kept = "; ".join(f"not kept: {one.splitlines()[0]}" for one in verdict.broken) or "kept"
            cells = (
                *(verdict.name, verdict.package, verdict.opened_with, verdict.protocol),
                *(_shows(verdict), _gets(verdict.views), _guarded(verdict), kept),
            )
            return f"| {' | '.join(cells)} |"


def _gets(views: Mapping[str, str]) -> str:
    """Name the view of a result, and that of a refusal where it is another."""
    result, refusal = views.get(READ.title, "nothing"), views.get(GUARDED.title, "nothing")
    return result if result == refusal else f"{result}; of a refusal {refusal}"


def _shows(ran: Ran) -> str:
    if "form" in ran.observed.screens:
        return "yes"
    return "no, though it says so" if ran.advertises_forms else "no"


def _guarded(ran: Ran) -> str:
    """Each call in turn: how long it waited, and what it was answered."""
    if not ran.guarded:
        return "kept back by the host"
    if ran.observed.at_a_screen:
        who = ("asked in the host, a no", "asked in the host, the number typed")
    else:
        who = ("", "a yes on the terminal")
    told = [
        f"{f'{before}: ' if before else ''}{_waited(seconds)}`{answer}`"
        for before, (answer, seconds) in zip(who, ran.guarded, strict=False)
    ]
    return "; ".join(told)


def _waited(seconds: float) -> str:
    return f"waits about {round(seconds, -1):.0f} s, " if seconds > _LONG else ""


def _form(screen: str) -> str:
    """The picture without what stands above the question, and without its empty lines."""
    lines = [line.rstrip() for line in screen.splitlines() if line.strip()]
    at = next((i for i, line in enumerate(lines) if "602-555-0199" in line and "?" in line), 0)
    return "\n".join(lines[max(at - 1, 0) :])
