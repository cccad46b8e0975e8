"""The record of a request that was refused as a whole, before any call was made for it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from chasedata_mcp.errors import CallError
from chasedata_mcp.ledger import Ending, EntryKind, Environment, Intent, Json, Note, Ruling
from chasedata_mcp.ledger.models import fresh_id
from chasedata_mcp.tools.account import Account


@dataclass(frozen=True, slots=True)
class RefusedRequest:
    """A request that came to no call: to run a batch, or to take something back.

    Attributes:
        tool: The tool, as the history names it.
        digest: What makes two such requests the same.
        arguments: What it was given.
        caller: Who asked for it.
        rule: The rule that refused it, as the history names it.
        error: Why it was refused.
        numbers: The phones of what would have been taken back.
        resource_keys: Its things, as the ledger's keys.
    """

    tool: str
    digest: str
    arguments: Mapping[str, Json]
    caller: str
    rule: str
    error: CallError
    numbers: tuple[str, ...] = ()
    resource_keys: tuple[str, ...] = ()

    def build_note(self, account: Account, now: datetime) -> Note:
        """Make the note of the refusal for the ledger."""
        error = self.error
        intent = Intent(
            entry=fresh_id(),
            at=now,
            caller=self.caller,
            environment=cast("Environment", account.environment),
            account=account.accid,
            host=account.host,
            tool=self.tool,
            digest=self.digest,
            arguments=self.arguments,
            verdict=(Ruling(self.rule, "refuse", error.message),),
            numbers=self.numbers,
            resource_keys=self.resource_keys,
        )
        ending = Ending(
            entry=intent.entry,
            at=now,
            outcome=error.info.outcome,
            message=error.message,
            milliseconds=0,
            code=error.code,
        )
        return Note(EntryKind.REFUSAL, intent, ending)
