"""The page as HTML, from a template in which every value is escaped.

jinja2 loads slowly, so only the handler that shows the page imports this module.
"""

import unicodedata
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from chasedata_mcp.sandbox.faults import Fault
from chasedata_mcp.sandbox.identity import ACCID, TOKEN
from chasedata_mcp.sandbox.script_endpoint import LoggedRequest
from chasedata_mcp.sandbox.state import Row, State
from chasedata_mcp.sandbox.transcript import TRANSCRIPT

_INVISIBLE: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})
_KEPT: Final = "\n\t"
_ABSENT: Final = "not there"


def render_page(
    state: State,
    faults: Sequence[Fault],
    recent: Sequence[LoggedRequest],
    base: str,
) -> str:
    """Make the page. `base` is the address that it was opened at, without a path."""
    listed: dict[tuple[str, str], list[Row]] = {}
    for phone in state["dial_list_phones"]:
        listed.setdefault((phone["agent"], phone["list"]), []).append(phone)
    return _PAGE.render(
        base=base,
        accid=ACCID,
        token=TOKEN,
        state=state,
        faults=faults,
        recent=recent,
        scripts=list(TRANSCRIPT),
        dialed=sum(not entry["suppressed"] for entry in state["hot_queue"]),
        lead_phones={lead["LeadId"]: lead["PrimaryPhone"] for lead in state["leads"]},
        call_phones={call["agent"]: call["phone"] for call in state["calls"]},
        listed=listed,
        skills=_stages(state["skill_sources"], "did", "skill", _skill),
        filters=_stages(state["playlist_filters"], "playlist", "filter", _filter),
    )


def visible(text: str) -> str:
    """Write characters that can't be seen, or that reverse text, as their code points."""
    return "".join(
        f"[U+{ord(char):04X}]"
        if unicodedata.category(char) in _INVISIBLE and char not in _KEPT
        else char
        for char in text
    )


def _stages(
    rows: Sequence[Row],
    owner: str,
    member: str,
    describe: Callable[[Row], str],
) -> list[Mapping[str, str]]:
    """Put each pair's staged description beside its live one."""
    stages = {(row["stage"], row[owner], row[member]): describe(row) for row in rows}
    return [
        {
            "owner": one,
            "member": other,
            "staged": stages.get(("staged", one, other), _ABSENT),
            "live": stages.get(("live", one, other), _ABSENT),
        }
        for one, other in sorted({(one, other) for _, one, other in stages})
    ]


def _skill(row: Row) -> str:
    active = "active" if row["active"] else "off"
    return f"priority {row['priority']}, after {row['delay']} s, {active}"


def _filter(row: Row) -> str:
    return "on" if row["enabled"] else "off"


def _finalize(value: Any) -> Any:  # noqa: ANN401 - jinja2 hands over whatever a template shows
    """Write a value as text for people; only what the template itself made is markup."""
    match value:
        case Markup():
            return value
        case bool():
            return "yes" if value else "no"
        case None:
            return ""
        case _:
            return visible(str(value))


_PAGE: Final = Environment(
    loader=PackageLoader("chasedata_mcp.sandbox"),
    autoescape=True,
    finalize=_finalize,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
).get_template("page.html")
