"""Rendering of the page's templates, in which every value is escaped."""

import hashlib
import re
from datetime import datetime
from typing import Final

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from chasedata_mcp.approvals.scopes import describe_scope
from chasedata_mcp.approvals_page.question_views import QuestionView
from chasedata_mcp.fields.escapes import name_unseen, name_unseen_in_line
from chasedata_mcp.ledger import Grant
from chasedata_mcp.tools.registry import CATALOGUE

_CODE: Final = re.compile("`([^`]+)`")


def _local(at: datetime) -> str:
    """Write a time by this machine's clock, since the page is read on it."""
    return at.astimezone().strftime("%H:%M")


def _day(at: datetime) -> str:
    return at.astimezone().strftime("%Y-%m-%d %H:%M")


def _title(tool: str) -> str:
    action = CATALOGUE.get(tool)
    return action.title if action else name_unseen(tool).replace("_", " ").capitalize()


def _scope(grant: Grant) -> str:
    """Describe the calls that a grant is for: `Send a text message, to campaign “Spring”`."""
    return describe_scope(grant, _title)


def _coded(sentence: str) -> Markup:
    """Mark up a sentence of ours, with the text in backticks as code."""
    # Every second piece was in backticks; all of them are escaped.
    pieces = [
        Markup("<code>{}</code>").format(piece) if at % 2 else escape(piece)
        for at, piece in enumerate(_CODE.split(sentence))
    ]
    return Markup("").join(pieces)


def _mark(content: tuple[QuestionView, bool, bool]) -> str:
    """Make a digest of a question's content, by which the page's script sees a change.

    The content is the question, whether there is a second factor, and whether all is stopped.
    """
    return hashlib.sha256(repr(content).encode()).hexdigest()[:16]


def _day_of(text: str) -> str:
    return _day(datetime.fromisoformat(text))


def _ended(sentence: str) -> str:
    """End a sentence that somebody may have left without a full stop."""
    return sentence if sentence.endswith((".", "!", "?")) else f"{sentence}."


def _environment() -> Environment:
    # Callers, arguments and names come from models and leads: a value that is not escaped, or an
    # undefined one shown as nothing, would be a way to mislead the person who says yes.
    made = Environment(
        loader=PackageLoader("chasedata_mcp.approvals_page"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    filters = {
        "local": _local,
        "day": _day,
        "scope": _scope,
        "title_of": _title,
        "seen": name_unseen,
        "line": name_unseen_in_line,
        "ended": _ended,
    }
    made.filters.update(filters)
    made.filters["day_of"] = _day_of
    made.filters["coded"] = _coded
    made.filters["mark"] = _mark
    return made


_TEMPLATES: Final = _environment()


def render(template: str, **values: object) -> str:
    """Render a page, or a part of one."""
    return _TEMPLATES.get_template(template).render(values)
