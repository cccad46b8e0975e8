"""Values of asking a person: the calls that a yes is for, and the reply that comes back."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, cast

from chasedata_mcp.approvals.lifetimes import LIFE, LIFE_OUT_OF_BAND
from chasedata_mcp.ledger import Approval, AssuranceLevel, Json, Offer, Question

# A person reads a code out and types it, so nothing in it looks or sounds like anything else.
_CODE_ALPHABET: Final = "23456789abcdefghjkmnpqrstvwxyz"
# 30 ** 8 codes, of which one is open for 15 minutes: nobody guesses it in its time.
_CODE_LENGTH: Final = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalRequest:
    """Calls that need one yes, as far as the yes depends on them.

    `digest` is of the calls with everything that the yes is for, `caller` who made them. `question`
    is None where nothing has to be asked any more. `rules` are those that ask, a set for each call;
    `calls` is what a person is shown of each. `known` are facts that the yes depends on, `needs`
    how sure it must be, `offers` the wider answers.
    """

    digest: str
    caller: str
    question: Question | None
    rules: tuple[frozenset[str], ...]
    calls: tuple[Mapping[str, Json], ...] = ()
    known: tuple[str, ...] = ()
    needs: AssuranceLevel = AssuranceLevel.CLIENT
    offers: tuple[Offer, ...] = ()

    def approval(
        self, question: Question, account: str, now: datetime, *, out_of_band: bool
    ) -> Approval:
        """Make the approval of a question that is put now; one out of band has a code."""
        life = LIFE_OUT_OF_BAND if out_of_band else LIFE
        letters = [secrets.choice(_CODE_ALPHABET) for _ in range(_CODE_LENGTH * out_of_band)]
        return Approval(
            id=secrets.token_urlsafe(16),
            digest=self.digest,
            caller=self.caller,
            question=question,
            asked=now,
            ends=now + life,
            account=account,
            code="".join(letters),
            calls=self.calls,
            known=self.known,
            needs=self.needs,
            offers=self.offers,
        )

    def is_covered_by(self, approval: Approval) -> bool:
        """Say whether a yes to an approval is one to all that is asked now, by what is known now.

        Fewer rules may ask now than did then: some ask for a while only, such as after a lead's
        text was read.
        """
        typed = self.question.typed if self.question else None
        then = [_rules_shown(call) for call in approval.calls]
        return (
            approval.is_readable
            and approval.known == self.known
            and typed in {None, approval.question.typed}
            and len(then) == len(self.rules)
            and all(rules <= asked for rules, asked in zip(self.rules, then, strict=True))
        )

    def is_sure_enough(self, approval: Approval) -> bool:
        """Say whether a yes on record is as sure as it has to be."""
        return (approval.sureness or AssuranceLevel.CLIENT) >= self.needs


def _rules_shown(call: Mapping[str, Json]) -> set[str]:
    asked = cast("Sequence[Mapping[str, Json]]", call.get("asked_by") or ())
    return {str(one.get("rule")) for one in asked}


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer as it came back from a person: a filled-in form, or none where they declined.

    `dismissed` is one that was closed without an answer.
    """

    content: Mapping[str, object] | None
    how: str = "through the client"
    sureness: AssuranceLevel = AssuranceLevel.CLIENT
    dismissed: bool = False


DECLINED: Final = Reply(None)
DISMISSED: Final = Reply(None, dismissed=True)
