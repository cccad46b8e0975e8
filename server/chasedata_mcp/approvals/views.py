"""What the page shows, made of templates in which every value is escaped."""

from datetime import datetime
from typing import Final

from jinja2 import Environment, PackageLoader, StrictUndefined

from chasedata_mcp.actions import CATALOGUE
from chasedata_mcp.approvals.shown import seen
from chasedata_mcp.fields import shown
from chasedata_mcp.ledger import Grant

_NUMBERS: Final = 5


def _local(at: datetime) -> str:
    """The time by this machine's clock: the page is read on it."""
    return at.astimezone().strftime("%H:%M")


def _day(at: datetime) -> str:
    return at.astimezone().strftime("%Y-%m-%d %H:%M")


def _title(tool: str) -> str:
    action = CATALOGUE.get(tool)
    return action.title if action else seen(tool).replace("_", " ").capitalize()


def _scope(grant: Grant) -> str:
    """Which calls a grant is for: `Send SMS, to campaign “Spring”`."""
    what = shown.listed([_title(tool) for tool in grant.tools])
    if grant.campaign is not None:
        what += f", to campaign {shown.name(seen(grant.campaign))}"
    if grant.numbers is not None:
        few = [shown.phone(seen(number)) for number in grant.numbers[:_NUMBERS]]
        rest = len(grant.numbers) - len(few)
        what += f", to {shown.listed([*few, f'{rest} more'] if rest > 0 else few)}"
    return what


def _day_of(text: str) -> str:
    return _day(datetime.fromisoformat(text))


def _environment() -> Environment:
    made = Environment(
        loader=PackageLoader("chasedata_mcp.approvals"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    filters = {"local": _local, "day": _day, "scope": _scope, "title_of": _title, "seen": seen}
    made.filters.update(filters)
    made.filters["day_of"] = _day_of
    return made


_TEMPLATES: Final = _environment()


def render(template: str, **values: object) -> str:
    """A page, or the part of one."""
    return _TEMPLATES.get_template(template).render(values)
