"""The record of a batch that was not run: refused by a rule, or declined by a person."""

from typing import Final, cast

from chasedata_mcp.batches.models import Batch
from chasedata_mcp.errors import CallError, Code
from chasedata_mcp.ledger import Ending, EntryKind, Environment, Intent, Ledger, Note, Ruling
from chasedata_mcp.ledger.models import fresh_id
from chasedata_mcp.pipeline.pipeline import Pipeline
from chasedata_mcp.tools.history import RUN_BATCH

_FINAL: Final = frozenset({Code.DECLINED, Code.NOT_ALLOWED})
"""The ends of a wish to run; a question that is still open is on record by itself."""


def note_refused_run(
    pipeline: Pipeline, ledger: Ledger, batch: Batch, caller: str, error: CallError
) -> None:
    """Record in the background that a batch was not run, as the refusal of any call is."""
    if error.code not in _FINAL:
        return
    account, now = pipeline.account, pipeline.now()
    intent = Intent(
        entry=fresh_id(),
        at=now,
        caller=caller,
        environment=cast("Environment", account.environment),
        account=account.accid,
        host=account.host,
        tool=RUN_BATCH,
        digest=f"batch {batch.id}",
        arguments={"batch_id": batch.id},
        verdict=(Ruling("batch", "refuse", error.message),),
    )
    ending = Ending(
        entry=intent.entry,
        at=now,
        outcome=error.info.outcome,
        message=error.message,
        milliseconds=0,
        code=error.code,
    )
    ledger.note(Note(EntryKind.REFUSAL, intent, ending))
