"""The messages about an answer, and about a question that is no longer open."""

from typing import Final

from chasedata_mcp.approvals_page.answer_service import AnswerResult
from chasedata_mcp.approvals_page.oversight import ResumeResult
from chasedata_mcp.approvals_page.sessions import Notice
from chasedata_mcp.ledger import ApprovalState

SENTENCE: Final = {
    AnswerResult.APPROVED: "Approved. The assistant can go on.",
    AnswerResult.APPROVED_LATE: (
        "Approved. The assistant's call has ended meanwhile: tell the assistant to call again, and "
        "it goes through once."
    ),
    AnswerResult.APPROVED_WITHOUT_GRANT: (
        "Approved, this one call only: what you chose beside it had ended."
    ),
    AnswerResult.DECLINED: "Declined. Nothing is sent.",
    AnswerResult.MISTYPED: "That is not what has to be typed. Nothing was approved.",
    AnswerResult.TOO_FAST: (
        "That came sooner than the question can be read, so it doesn't count. Nothing was "
        "approved: read the question, then answer it."
    ),
    AnswerResult.NOT_SURE_ENOUGH: "A code of your second factor is needed. Nothing was approved.",
    AnswerResult.NOT_ENROLLED: (
        "There is no second factor on this machine: run chasedata-mcp second-factor enroll. "
        "Nothing was approved."
    ),
    AnswerResult.WRONG_CODE: (
        "That code is wrong or was used before; wait for the next one. Nothing was approved."
    ),
    AnswerResult.WAIT: "Too many codes were wrong. Wait five minutes. Nothing was approved.",
    AnswerResult.FROZEN: (
        "Everything is stopped, so nothing can be approved now. The question stays open until its "
        "time is over: resume first, if that is right."
    ),
    AnswerResult.CLOSED: (
        "That question is closed: it was answered before, or its time is over. "
        "Nothing was changed by this answer."
    ),
}
RESUMED: Final = {
    ResumeResult.RESUMED: "Calls go through again.",
    ResumeResult.MISTYPED: "That is not yes. Everything is still stopped.",
    ResumeResult.STOPPED_ANEW: (
        "What you were shown is not what stops the calls now. Nothing was changed: look again."
    ),
    ResumeResult.NEEDS_CODE: (
        "A code of your second factor is needed. Everything is still stopped."
    ),
    ResumeResult.WRONG_CODE: (
        "That code is wrong or was used before; wait for the next one. Everything is still stopped."
    ),
    ResumeResult.WAIT: "Too many codes were wrong. Wait five minutes. Everything is still stopped.",
}
PLAIN: Final = frozenset({AnswerResult.APPROVED, AnswerResult.DECLINED})
"""Results that the closed question's own message says already."""
_GOOD: Final = PLAIN | {AnswerResult.APPROVED_LATE, AnswerResult.APPROVED_WITHOUT_GRANT}
_CLOSED_MESSAGE: Final = {
    None: "There is no such question.",
    ApprovalState.ASKED: "Its time is over. If the call is still wanted, the assistant asks again.",
    ApprovalState.GRANTED: (
        "It was approved. You can go back to your assistant. If it has stopped waiting, tell it to "
        "call again."
    ),
    ApprovalState.DECLINED: "It was declined. You can go back to your assistant.",
    ApprovalState.SPENT: "It was approved, and the call was made.",
}


def notice_of(result: AnswerResult, question: str) -> Notice:
    """Make the notice of the next page; a problem is shown beside its question."""
    good = result in _GOOD
    beside = None if good or result is AnswerResult.CLOSED else question
    return Notice(SENTENCE[result], good, beside)


def closed_message(state: ApprovalState | None) -> str:
    """Give the message about a question that takes no answer any more."""
    return _CLOSED_MESSAGE[state]
