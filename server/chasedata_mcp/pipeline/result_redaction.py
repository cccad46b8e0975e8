"""A result as a model may see it: what the policy hides is gone, and its fields are named."""

from collections.abc import Iterable, Mapping

from chasedata_mcp.redaction import HIDDEN, Redactor
from chasedata_mcp.tools.results import (
    AgentsResult,
    FoundAgent,
    FoundLead,
    LeadsResult,
    Result,
    UpdatedField,
    UpdateResult,
)


def veil_result(result: Result, veil: Redactor) -> Result:
    """The result without what is hidden: values by their fields' names, numbers in any text.

    A lead's id stays, by which it is named in later calls; so does an empty field.
    """
    said = {
        "message": _text(result.message, veil),
        "warnings": [_text(warning, veil) for warning in result.warnings],
        "dialer_said": result.dialer_said and _text(result.dialer_said, veil),
        "hint": result.hint and _text(result.hint, veil),
    }
    return result.model_copy(update={**said, **_of_its_kind(result, veil)})


def _of_its_kind(result: Result, veil: Redactor) -> Mapping[str, object]:
    match result:
        case LeadsResult(leads=list() as leads):
            return _leads(leads, veil)
        case UpdateResult(fields=list() as fields):
            return _fields(fields, veil)
        case AgentsResult(agents=list() as agents):
            return {"agents": [_agent(agent, veil) for agent in agents]}
        case _:
            return {}


def _leads(leads: Iterable[FoundLead], veil: Redactor) -> Mapping[str, object]:
    veiled: list[FoundLead] = []
    hidden: dict[str, None] = {}
    for lead in leads:
        fields = {name: _value(name, text, veil) for name, text in lead.fields.items()}
        changed = [name for name, text in lead.fields.items() if fields[name] != text]
        hidden |= dict.fromkeys(_text(name, veil) for name in changed)
        named = {_text(name, veil): text for name, text in fields.items()}
        veiled.append(lead.model_copy(update={"fields": named}))
    return {"leads": veiled, "hidden": list(hidden) or None}


def _fields(fields: Iterable[UpdatedField], veil: Redactor) -> Mapping[str, object]:
    veiled = [
        field.model_copy(
            update={
                "name": _text(field.name, veil),
                "old": field.old and _value(field.name, field.old, veil),
                "new": field.new and _value(field.name, field.new, veil),
            }
        )
        for field in fields
    ]
    pairs = zip(fields, veiled, strict=True)
    hidden = [new.name for old, new in pairs if (old.old, old.new) != (new.old, new.new)]
    return {"fields": veiled, "hidden": hidden or None}


def _agent(agent: FoundAgent, veil: Redactor) -> FoundAgent:
    state = agent.state and _text(agent.state, veil)
    return agent.model_copy(update={"name": _text(agent.name, veil), "state": state})


def _value(name: str, text: str, veil: Redactor) -> str:
    return HIDDEN if text and veil.hides_name(name) else _text(text, veil)


def _text(text: str, veil: Redactor) -> str:
    veiled, _ = veil.veiled(text)
    return veiled
