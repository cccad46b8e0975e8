"""A result as a model may see it: what the policy hides is gone, and its fields are named."""

from collections.abc import Iterable, Mapping
from typing import cast

from chasedata_mcp.redaction import HIDDEN, Redactor
from chasedata_mcp.tools.results import (
    AgentsResult,
    FoundAgent,
    FoundLead,
    InsertResult,
    LeadsResult,
    Result,
    ResultModel,
    UpdatedField,
    UpdateResult,
)


def redact_result(result: Result, redactor: Redactor) -> Result:
    """The result without what is hidden: values by their fields' names, numbers in any text.

    A lead's id stays, by which it is named in later calls; so does an empty field.
    """
    said = {
        "message": _text(result.message, redactor),
        "warnings": [_text(warning, redactor) for warning in result.warnings],
        "dialer_said": result.dialer_said and _text(result.dialer_said, redactor),
        "hint": result.hint and _text(result.hint, redactor),
        "question": result.question and _text(result.question, redactor),
    }
    return result.model_copy(update={**said, **_of_its_kind(result, redactor)})


def _of_its_kind(result: Result, redactor: Redactor) -> Mapping[str, object]:
    match result:
        case LeadsResult(leads=list() as leads) | InsertResult(leads=list() as leads):
            return _leads(leads, redactor)
        case UpdateResult(fields=list() as fields):
            return _fields(fields, redactor)
        case AgentsResult(agents=list() as agents):
            return {"agents": [_agent(agent, redactor) for agent in agents]}
        case _ if result.is_redacted_where_made:
            return {}
        case _:
            # A job's, or one that is thought of later: every text of its own.
            own = {name: value for name, value in result if name not in _KEPT}
            return {name: _texts(value, redactor) for name, value in own.items()}


def _leads(leads: Iterable[FoundLead], redactor: Redactor) -> Mapping[str, object]:
    redact: list[FoundLead] = []
    hidden: dict[str, None] = {}
    for lead in leads:
        fields = {name: _value(name, text, redactor) for name, text in lead.fields.items()}
        changed = [name for name, text in lead.fields.items() if fields[name] != text]
        hidden |= dict.fromkeys(_text(name, redactor) for name in changed)
        named = {_text(name, redactor): text for name, text in fields.items()}
        redact.append(lead.model_copy(update={"fields": named}))
    return {"leads": redact, "hidden": list(hidden) or None}


def _fields(fields: Iterable[UpdatedField], redactor: Redactor) -> Mapping[str, object]:
    redact = [
        field.model_copy(
            update={
                "name": _text(field.name, redactor),
                "old": field.old and _value(field.name, field.old, redactor),
                "new": field.new and _value(field.name, field.new, redactor),
            }
        )
        for field in fields
    ]
    pairs = zip(fields, redact, strict=True)
    hidden = [new.name for old, new in pairs if (old.old, old.new) != (new.old, new.new)]
    return {"fields": redact, "hidden": hidden or None}


def _agent(agent: FoundAgent, redactor: Redactor) -> FoundAgent:
    state = agent.state and _text(agent.state, redactor)
    return agent.model_copy(update={"name": _text(agent.name, redactor), "state": state})


def _texts(value: object, redactor: Redactor) -> object:
    """Redact the texts of a part of a result, whatever it is made of."""
    match value:
        case str():
            return _text(value, redactor)
        case list():
            return [_texts(one, redactor) for one in cast("list[object]", value)]
        case ResultModel():
            return value.model_copy(
                update={name: _texts(one, redactor) for name, one in value if name not in _IDS}
            )
        case _:
            return value


_IDS = frozenset({"job", "entry", "lead_id", "leads"})
"""The fields of a result by which something is named in later calls."""
_KEPT = frozenset({*Result.model_fields, *_IDS})


def _value(name: str, text: str, redactor: Redactor) -> str:
    return HIDDEN if text and redactor.hides_name(name) else _text(text, redactor)


def _text(text: str, redactor: Redactor) -> str:
    redact, _ = redactor.redact(text)
    return redact
