"""What a person is told of their answer, and of a question that is no longer open."""

from typing import Final

from chasedata_mcp.approvals_page.desk import Answered
from chasedata_mcp.approvals_page.sessions import Notice
from chasedata_mcp.ledger import ApprovalState

SENTENCE: Final = {
    Answered.APPROVED: "Approved. The assistant can go on.",
    Answered.APPROVED_LATE: (
        "Approved. The assistant's call has ended meanwhile: tell the assistant to call again, and "
        "it goes through once."
    ),
    Answered.APPROVED_WITHOUT_GRANT: (
        "Approved, this one call only: what you chose beside it had ended."
    ),
    Answered.DECLINED: "Declined. Nothing is sent.",
    Answered.MISTYPED: "That is not what has to be typed. Nothing was approved.",
    Answered.NOT_SURE_ENOUGH: "A code of your second factor is needed. Nothing was approved.",
    Answered.NOT_ENROLLED: (
        "There is no second factor on this machine: run chasedata-mcp second-factor enroll. "
        "Nothing was approved."
    ),
    Answered.WRONG_CODE: (
        "That code is wrong or was used before; wait for the next one. Nothing was approved."
    ),
    Answered.WAIT: "Too many codes were wrong. Wait five minutes. Nothing was approved.",
    Answered.CLOSED: (
        "That question is closed: it was answered before, or its time is over. "
        "Nothing was changed by this answer."
    ),
}
PLAIN: Final = frozenset({Answered.APPROVED, Answered.DECLINED})
"""Answers of which there is nothing to tell beside what became of the question."""
_GOOD: Final = PLAIN | {Answered.APPROVED_LATE, Answered.APPROVED_WITHOUT_GRANT}
_TALE: Final = {
    None: "There is no such question.",
    ApprovalState.ASKED: "Its time is over. If the call is still wanted, the assistant asks again.",
    ApprovalState.GRANTED: (
        "It was approved. You can go back to your assistant. If it has stopped waiting, tell it to "
        "call again."
    ),
    ApprovalState.DECLINED: "It was declined. You can go back to your assistant.",
    ApprovalState.SPENT: "It was approved, and the call was made.",
}


def notice_of(answered: Answered, question: str) -> Notice:
    """What is told on the next page; what is wrong is told beside its question."""
    good = answered in _GOOD
    beside = None if good or answered is Answered.CLOSED else question
    return Notice(SENTENCE[answered], good, beside)


def tale_of(state: ApprovalState | None) -> str:
    """What became of a question that takes no answer any more."""
    return _TALE[state]
