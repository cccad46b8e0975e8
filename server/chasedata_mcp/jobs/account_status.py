"""The job `status`: how the account stands, for whoever begins or wonders why nothing goes."""

from collections.abc import AsyncIterator, Mapping
from typing import Final

from chasedata_mcp.errors import Outcome
from chasedata_mcp.fields.format import format_count
from chasedata_mcp.ledger import (
    Approval,
    FactQuery,
    Filter,
    Ledger,
    ledger_required,
    read_principal,
)
from chasedata_mcp.pipeline.errors import stopped_since
from chasedata_mcp.pipeline.pipeline import Pipeline
from chasedata_mcp.policy.caps import CapLimits, build_cap_limits
from chasedata_mcp.policy.rules.usage_caps import describe_count
from chasedata_mcp.tools.jobs.job_results import StatusResult

_LISTED: Final = 5
_QUESTION: Final = 160
"""The most characters of a question that waits; whoever answers it sees it whole."""


async def read_status(
    pipeline: Pipeline, ledger: Ledger, caller: str, *, own: bool
) -> StatusResult:
    """Read how the account stands; questions and unknown outcomes as one caller may see them.

    Raises:
        CallError: The ledger can't be read.
    """
    account, now = pipeline.account, pipeline.now()
    principal = read_principal(caller) if own else None
    with ledger_required:
        frozen = await ledger.freezes.frozen(account.accid)
        waiting = [
            one
            for one in await ledger.approvals.pending(account.accid, now)
            if principal is None or read_principal(one.caller) == principal
        ]
        which = Filter(account=account.accid, principal=principal)
        unknown = await ledger.unsettled(which, limit=_LISTED)
        unknowns = await ledger.count_unsettled(which)
        requests = await ledger.dnc_registry.count_waiting(account.accid)
        names = sum((await pipeline.names.count()).values())
        caps = [line async for line in _list_caps(pipeline, ledger)]
    stopped = (
        f"All writes are stopped {stopped_since(frozen)}." if frozen else "Nothing is stopped."
    )
    sentences = [
        _describe_account(pipeline),
        stopped,
        format_count(len(waiting), "question waits for a yes.", "questions wait for a yes."),
        format_count(unknowns, "outcome is unknown.", "outcomes are unknown."),
        f"{format_count(requests, 'request', 'requests')} not to be called still to be sent.",
        f"{format_count(names, 'name is', 'names are')} known (find_names).",
        *([] if caps else ["No cap has counted anything today."]),
    ]
    return StatusResult(
        outcome=Outcome.DONE,
        environment=account.environment,
        account=account.accid,
        message=" ".join(sentences),
        warnings=[one for one in (ledger.failing, pipeline.names.find_problem()) if one],
        caps=caps or None,
        waiting=[_describe_question(one) for one in waiting[:_LISTED]] or None,
        unknown=[f"{one.id} ({one.intent.tool})" for one in unknown] or None,
    )


def _describe_account(pipeline: Pipeline) -> str:
    account, policy = pipeline.account, pipeline.policy
    where = "the sandbox" if account.environment == "sandbox" else "the live dialer"
    read_only = "; only lookups are offered" if policy.read_only else ""
    level = f"A person is asked at the level {policy.level.value}{read_only}."
    return f"Account {account.accid} on {where}. {level}"


async def _list_caps(pipeline: Pipeline, ledger: Ledger) -> AsyncIterator[str]:
    caps = pipeline.policy.caps
    by_cap: Mapping[str, CapLimits] = {} if caps is None else build_cap_limits(caps)
    limits = [limit for asks, stops in by_cap.values() for limit in (stops or asks)]
    query = FactQuery(account=pipeline.account.accid, caller="", now=pipeline.now(), limits=limits)
    counts = (await ledger.facts(query)).counts
    for limit, count in zip(limits, counts, strict=True):
        if count:
            yield f"{describe_count(limit, count)}, of {limit.at_most} ({limit.name})"


def _describe_question(waiting: Approval) -> str:
    first = waiting.question.text.splitlines()[0] if waiting.question.text else ""
    code = f"{waiting.code}: " if waiting.code else ""
    cut = first if len(first) <= _QUESTION else f"{first[:_QUESTION]}…"
    return f"{code}{cut}"
