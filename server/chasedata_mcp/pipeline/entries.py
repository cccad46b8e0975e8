"""A call and its outcome in the form that the ledger records, without what is kept out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import cast

from chasedata_mcp.ledger import (
    FREE_TEXT,
    ApprovalSummary,
    Ending,
    Environment,
    Intent,
    Json,
    Reservation,
    Ruling,
    fresh_id,
)
from chasedata_mcp.pipeline.call import Call
from chasedata_mcp.pipeline.record_redaction import RecordRedactor, RedactedCall
from chasedata_mcp.tools import effect_records as effects
from chasedata_mcp.tools.account import Account
from chasedata_mcp.tools.argument_details import CALLBACK_TIME, ArgumentDetail
from chasedata_mcp.tools.base import Action
from chasedata_mcp.tools.free_text import find_free_text
from chasedata_mcp.tools.lead_snapshot import LeadSnapshot
from chasedata_mcp.tools.results import LeadsResult, Result


@dataclass(frozen=True, slots=True)
class Entries:
    """The maker of one account's entries; `out` redacts what is kept out."""

    account: Account
    out: RecordRedactor

    def digest(self, action: Action) -> str:
        """Hash what makes two calls the same: the tool, what would be sent, where to."""
        account = [self.account.environment, self.account.accid, self.account.host]
        return self.out.sealed([action.name, action.sent_form, account])

    def redacted(self, call: Call) -> RedactedCall:
        """Make the redactor of all that is recorded of a call."""
        return self.out.of_call(call.action, call.before)

    def both(
        self, call: Call, result: Result, began: datetime, ended: datetime
    ) -> tuple[Intent, Ending]:
        """A call that changed nothing, and what came of it."""
        out = self.redacted(call)
        intent = self.intent(call, began, out)
        return intent, build_ending((intent.entry, call), result, (began, ended), out)

    def redact_details(self, call: Call) -> tuple[ArgumentDetail, ...]:
        """Make of a call's details those that may be kept."""
        out = self.redacted(call)
        return tuple([out.detail(call.action, one) for one in call.details])

    def describe_call(self, call: Call) -> dict[str, Json]:
        """Show a person what may be kept of a call beside its question."""
        out, details = self.redacted(call), self.redact_details(call)
        return {
            "tool": call.action.name,
            "arguments": out.arguments(call.action),
            "consequences": [
                out.text(one) for one in effects.describe_further_effects(call.action)
            ],
            "asked_by": [
                {"rule": ask.rule, "reason": out.text(ask.reason)} for ask in call.asked_by
            ],
            "warnings": [out.text(warning) for warning in call.action.list_notes()],
            "protects": call.action.only_protects,
            "former": {one.label: one.old for one in details if one.old},
            "times": {one.label: one.value for one in details if one.wire == CALLBACK_TIME},
        }

    def suppression(
        self, tool: str, calls: Sequence[Call], at: datetime, step: str, also: Mapping[str, Json]
    ) -> Intent:
        """Make the intent of suppressing the numbers of several requests before any is sent."""
        outs = [(call.action, self.redacted(call)) for call in calls]
        numbers = dict.fromkeys(number for action, out in outs for number in out.numbers(action))
        return Intent(
            entry=fresh_id(),
            at=at,
            caller=calls[0].caller,
            environment=cast("Environment", self.account.environment),
            account=self.account.accid,
            host=self.account.host,
            tool=tool,
            digest=self.out.sealed([tool, [call.action.sent_form for call in calls]]),
            arguments={"phones": len(calls), **also},
            effects=[
                out.texts(effects.effect_to_json(one))
                for action, out in outs
                for one in action.suppressions
            ],
            numbers=tuple(numbers),
            row=step,
        )

    def intent(self, call: Call, at: datetime, out: RedactedCall) -> Intent:
        """Make the record of a call that is about to be sent, or was."""
        action, before = call.action, call.before
        lead_id = before.lead_id if isinstance(before, LeadSnapshot) else None
        return Intent(
            entry=fresh_id(),
            at=at,
            caller=call.caller,
            environment=cast("Environment", self.account.environment),
            account=self.account.accid,
            host=self.account.host,
            tool=action.name,
            digest=self.digest(action),
            arguments=out.arguments(action),
            effects=[out.texts(effects.effect_to_json(one)) for one in action.effects],
            verdict=_rulings(call, out),
            approval=_approval(call, out),
            form=out.form(action),
            numbers=tuple(dict.fromkeys([*out.numbers(action), *call.lead_numbers])),
            resource_keys=out.resource_keys(action, lead_id),
            before=out.reading(before),
            undoes=call.undoes,
            row=call.row or call.step,
        )


def build_reservation_of(
    call: Call, out: RedactedCall, duplicate_within: timedelta | None
) -> Reservation:
    """Give what a call claims in the transaction of its intent."""
    claimed = call.reserve or Reservation()
    return replace(
        claimed,
        units=out.units(call.action, claimed.units),
        duplicate_within=duplicate_within,
        aware_of=call.aware_of,
        untouched_since=call.untouched_since,
        resends=call.resends,
        row_entry=call.row_entry,
    )


def build_ending(
    sent: tuple[str, Call],
    result: Result,
    times: tuple[datetime, datetime],
    out: RedactedCall,
    shown: Result | None = None,
) -> Ending:
    """Make the record of a call's outcome.

    Args:
        sent: Its entry and the call.
        result: The outcome.
        times: When it began and ended.
        out: What redacts it.
        shown: The result that its caller gets to see, where it says more.
    """
    entry, call = sent
    began, ended = times
    return Ending(
        entry=entry,
        at=ended,
        outcome=result.outcome,
        message=out.text(result.message),
        milliseconds=round((ended - began).total_seconds() * 1000),
        code=result.code,
        answer=build_answer(call, shown or result, out),
    )


IN_FORCE = "policy"
"""The ruling that tells what the whole policy said, and which one it was."""


def _rulings(call: Call, out: RedactedCall) -> tuple[Ruling, ...]:
    rulings = [Ruling(ask.rule, "ask", out.text(ask.reason)) for ask in call.asked_by]
    rulings += [Ruling(no.rule, "refuse", out.text(no.reason)) for no in call.refused_by]
    if call.granted:
        rulings.append(Ruling("grant", "allow", f"Said yes to beforehand ({call.granted})."))
    decisions = [one.decision for one in rulings]
    decision = next((one for one in ("refuse", "ask") if one in decisions), "allow")
    return (*rulings, *([Ruling(IN_FORCE, decision, call.policy)] if call.policy else []))


def _approval(call: Call, out: RedactedCall) -> ApprovalSummary | None:
    given = call.approval
    return given and replace(given, question=out.text(given.question))


_ANSWERED_WITH = frozenset({"dialer_said", "warnings", "found", "count"})


def build_answer(call: Call, result: Result, out: RedactedCall) -> Json:
    """Make the record of what a result says beside its outcome."""
    answer = {name: out.texts(value) for name, value in result if name in _ANSWERED_WITH and value}
    reads = call.action.hints.read_only
    if sources := find_free_text(call.keep_shown(result), reads=reads):
        answer[FREE_TEXT] = out.sources(sources)
    if isinstance(result, LeadsResult) and result.leads is not None:
        answer["leads"] = out.leads([lead.lead_id for lead in result.leads])
    return answer
