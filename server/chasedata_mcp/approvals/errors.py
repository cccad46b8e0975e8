"""Refusals of calls that nobody has said yes to."""

from collections.abc import Mapping

from chasedata_mcp.errors import CallError, Code
from chasedata_mcp.ledger import Approval, AssuranceLevel, Question


class NotApprovedError(Exception):
    """Calls that no yes clears, with the error that their caller gets.

    `approval` is the answer that goes on record with the refusal, None where none was found that
    is about these calls.
    """

    def __init__(self, error: CallError, approval: Approval | None = None) -> None:
        super().__init__(error.message)
        self.error = error
        self.approval = approval


class SupersededError(Exception):
    """A question in the place of which `anew` is asked; the sentence `why` gives the reason.

    `approval` is the answer that goes on record with the refusal, as for `NotApprovedError`.
    """

    def __init__(self, anew: Approval, why: str, approval: Approval | None = None) -> None:
        super().__init__(why)
        self.anew = anew
        self.why = why
        self.approval = approval


def refuse_unconfirmed(problem: str) -> CallError:
    """Refuse a call that a person has not said yes to."""
    return CallError(
        Code.NEEDS_CONFIRMATION,
        f"{problem} Nothing was sent.",
        hint="Call the tool again, with the same arguments, to have the person asked anew.",
    )


def refuse_unsure(needs: AssuranceLevel) -> CallError:
    """Refuse a yes that the policy wants to be surer."""
    how = {
        AssuranceLevel.CLIENT: "through the client",
        AssuranceLevel.MACHINE: (
            "on this machine, with `chasedata-mcp approve` or the approvals page"
        ),
        AssuranceLevel.SECOND_FACTOR: (
            "with a code of the second factor, by `chasedata-mcp approve`"
        ),
    }[needs]
    return CallError(
        Code.NEEDS_CONFIRMATION,
        f"The policy wants this yes to be given {how}. Nothing was sent.",
        hint="Call the tool again, with the same arguments; the person is told how to say yes.",
    )


def refuse_declined(
    question: Question, content: Mapping[str, object] | None = None, *, dismissed: bool = False
) -> CallError:
    """Refuse a call whose question got anything but a yes, by what was filled in, if anything."""
    if dismissed:
        return CallError(
            Code.DECLINED,
            "The person closed the question without an answer. Nothing was sent.",
            hint="Ask the person whether they still want this, and call again only if they do.",
        )
    answer = (
        f"The person typed something other than the {question.typed.kind.value}, twice."
        if question.typed and question.is_mistyped(content)
        else "The person said no."
    )
    return CallError(
        Code.DECLINED,
        f"{answer} Nothing was sent.",
        hint="Don't try again or look for another way; ask the person what they want instead.",
    )
