"""The results of tools, as callers get them."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema

from chasedata_mcp.errors import CallError, Changed, Code, Outcome, Retry
from chasedata_mcp.fields.sms_segments import Encoding
from chasedata_mcp.tools.account import Account, Environment
from chasedata_mcp.tools.answer_types import AnswerSummary, Expects, Lead
from chasedata_mcp.tools.marks import Untrusted, UntrustedName
from chasedata_mcp.tools.result_size import fit_leads


class ResultModel(BaseModel):
    """The base of what is published as an output schema."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Result(ResultModel):
    """The result of every tool, done or not; an error has the last four fields too."""

    outcome: Outcome
    """`done` also for a search that found nothing."""
    environment: Environment
    """`none` where nothing is configured."""
    account: str
    """The accid, empty where there is none."""
    message: str
    """What was done or is wrong."""
    warnings: list[str]
    dialer_said: Untrusted | None = None
    code: Code | None = None
    """How an error failed."""
    changed: Changed | None = None
    """Whether the dialer may have done something."""
    retry: Retry | None = None
    """Whether to send this call again."""
    hint: str | None = None
    """What to send or do instead."""
    entry: str | None = None
    """The ledger's entry of this call, for `undo`."""
    approval_code: str | None = None
    """For a person: chasedata-mcp approve CODE."""
    approval_expires: str | None = None
    """UTC."""
    question: Untrusted | None = None
    """The question that waits, with every argument."""

    says_what_changed: ClassVar[bool] = False
    """True where the message of a failure says itself what it changed."""
    is_redacted_where_made: ClassVar[bool] = False
    """True where what makes the result has redacted its own fields."""


def keep_common(result: Result) -> Result:
    """Keep of a result what every result has, without the fields of its kind."""
    return Result.model_validate({name: getattr(result, name) for name in Result.model_fields})


class FoundLead(ResultModel):
    """A lead that a search found: `fields` by wire name, none of them empty."""

    lead_id: Untrusted
    fields: dict[UntrustedName, Untrusted]


class LeadsResult(Result):
    """The result of a search."""

    # Absent from an error: an answer that can't be read is never "not found" (tools.md).
    found: bool | None = None
    leads: list[FoundLead] | None = None
    hidden: list[UntrustedName] | None = None
    """Fields whose values are hidden by policy."""


class UpdatedField(ResultModel):
    """A field of an update, as it reads afterwards."""

    name: UntrustedName
    fate: Literal["took", "dropped", "changed", "unknown"]
    old: Untrusted | None = None
    new: Untrusted | None = None


class UpdateResult(Result):
    """The result of an update, read back."""

    lead_id: Untrusted | None = None
    """The lead that was read back."""
    fields: list[UpdatedField] | None = None
    hidden: list[UntrustedName] | None = None
    """Fields whose values are hidden by policy."""


# A whole schema of either list, which update_lead and search_lead have, would stand there twice.
_AN_OBJECT = WithJsonSchema({"type": "object"})


class InsertResult(UpdateResult):
    """The result of an insert: its lead, and those of its fields that didn't take."""

    fields: list[Annotated[UpdatedField, _AN_OBJECT]] | None = None
    """Those that didn't take."""
    leads: list[Annotated[FoundLead, _AN_OBJECT]] | None = None
    """Those that have the phone already, as search_lead shows them."""


class DncResult(Result):
    """The result of a request not to be called."""

    suppressed: bool | None = None
    """This server reaches the number no more."""
    on_dialer_list: bool | None = None
    """False: it waits to be sent; absent: unknown."""


class SmsResult(Result):
    """The result of a text."""

    parts: Annotated[int, Field(ge=1)] | None = None
    """SMS that it was sent in."""
    encoding: Encoding | None = None


class FoundAgent(ResultModel):
    """An agent who can take a call."""

    name: Untrusted
    state: Untrusted | None = None


class AgentsResult(Result):
    """The result of asking who can take a call."""

    agents: list[FoundAgent] | None = None
    count: Annotated[int, Field(ge=0)] | None = None


RESULT_TYPES: Mapping[Expects, type[Result]] = {
    Expects.DONE: Result,
    Expects.LEADS: LeadsResult,
    Expects.AGENTS: AgentsResult,
}


def build_success(account: Account, summary: AnswerSummary, warnings: Sequence[str]) -> Result:
    """Build the result of a call that the dialer confirmed."""
    result = Result(
        outcome=Outcome.DONE,
        environment=account.environment,
        account=account.accid,
        message=summary.message,
        warnings=list(warnings),
        dialer_said=summary.dialer_said,
    )
    if summary.leads is not None:
        return _build_leads_result(result, summary.leads)
    if summary.agents is not None:
        agents = [FoundAgent(name=agent.name, state=agent.state) for agent in summary.agents]
        return AgentsResult(**dict(result), agents=agents, count=summary.count)
    if summary.count is not None:
        return AgentsResult(**dict(result), count=summary.count)
    if summary.parts is not None:
        parts, encoding = summary.parts.count, summary.parts.encoding
        return SmsResult(**dict(result), parts=parts, encoding=encoding)
    if summary.on_dialer_list is not None:
        listed = summary.on_dialer_list
        return DncResult(**dict(result), suppressed=True, on_dialer_list=listed)
    return result


def _build_leads_result(result: Result, found: tuple[Lead, ...]) -> LeadsResult:
    fields, note = fit_leads([_drop_empty(lead.fields) for lead in found])
    leads = [
        FoundLead(lead_id=lead.lead_id, fields=dict(shown))
        for lead, shown in zip(found, fields, strict=True)
    ]
    searched = LeadsResult(**dict(result), found=bool(leads), leads=leads)
    if note is None:
        return searched
    return searched.model_copy(update={"warnings": [*searched.warnings, note]})


def _drop_empty(fields: Mapping[str, str]) -> Mapping[str, str]:
    """Keep the fields that hold something: the empty ones were a quarter of a detailed result."""
    return {name: text for name, text in fields.items() if text and not text.isspace()}


def build_failure(account: Account, error: CallError) -> Result:
    """Build the result of a call that was not done, or whose outcome is unknown."""
    left = error.approvable
    failed = Result(
        outcome=error.info.outcome,
        environment=account.environment,
        account=account.accid,
        message=error.message,
        warnings=[],
        dialer_said=error.dialer_said,
        code=error.code,
        changed=error.info.changed,
        retry=error.info.retry,
        hint=error.hint,
        entry=error.entry,
        approval_code=None if left is None else left.code,
        approval_expires=None if left is None else _format_utc(left.until),
        question=None if left is None else left.question or None,
    )
    if error.duplicates:
        leads = [FoundLead(lead_id=lead_id, fields=dict(f)) for lead_id, f in error.duplicates]
        return InsertResult(**dict(failed), leads=leads)
    if not error.is_suppressed_here:
        return failed
    is_listed = None if error.info.outcome is Outcome.UNKNOWN else False
    return DncResult(**dict(failed), suppressed=True, on_dialer_list=is_listed)


def _format_utc(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


# The dialer's own words (wire.md, "Answers").
_DUPLICATE = "duplicated phone number. lead ignored."
_KNOWN_SENTENCES = frozenset(
    {
        _DUPLICATE,
        "campaign name should be specified",
        "no data to import",
        "no data to update",
        "groupid should be specified",
        "signing message error. please, contact support",
    }
)
"""The sentences that the vendor's own code has (source: wire.md, "Answers")."""


def is_vendors_sentence(text: str) -> bool:
    """Tell whether a text is, whole, a sentence of the vendor's own."""
    return text.casefold() in _KNOWN_SENTENCES


def is_repetition(dialer_said: str, message: str, code: str | None) -> bool:
    """Tell whether the dialer's text only says what the message says already."""
    folded = dialer_said.casefold()
    return folded in message.casefold() or (code == Code.DUPLICATE_LEAD and folded == _DUPLICATE)


def has_untrusted_quote(result: Result, *, reads: bool) -> bool:
    """Tell whether a result quotes the dialer in words that aren't known to be its own.

    What isn't understood may be a lead's notes, as may what is called a refusal of a read. One of
    a write is the dialer's own word.
    """
    if not reads and result.code is Code.REFUSED_BY_DIALER:
        return False
    quoted = result.dialer_said
    return quoted is not None and not is_vendors_sentence(quoted)
