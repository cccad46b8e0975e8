"""The actions of a session: answer a question, revoke a grant, stop a batch, freeze and resume."""

from typing import Final

from starlette.requests import Request

from chasedata_mcp.approvals_page.addresses import ID, page_of, session_home
from chasedata_mcp.approvals_page.answer_service import AnswerService, Approver, Confirmation
from chasedata_mcp.approvals_page.csrf import Form
from chasedata_mcp.approvals_page.messages import PLAIN, RESUMED, notice_of
from chasedata_mcp.approvals_page.oversight import Oversight, Resume, ResumeResult
from chasedata_mcp.approvals_page.sessions import BrowserSession, Notice
from chasedata_mcp.batches.errors import BatchError

_LONGEST_REASON: Final = 200
_STOPS: Final = (
    "The batch stops before its next row. Whoever goes on with it is asked for its count anew."
)
_GOES_ON: Final = "The batch wasn't stopped: try again, or stop everything, which stops it too."


class Actions:
    """The handlers that change something; each gives the address that is shown next.

    Args:
        answers: Records answers and ends grants.
        oversight: Freezes, and lets go on.
        by: The name that answers are recorded under.
    """

    def __init__(self, answers: AnswerService, oversight: Oversight, by: str) -> None:
        self._answers = answers
        self._oversight = oversight
        self._approver = Approver(by, "on the approvals page")

    async def answer(self, request: Request, session: BrowserSession, form: Form) -> str:
        """Record the answer to a question."""
        name = str(request.path_params["id"])
        if form.get("answer") == "decline":
            result = await self._answers.decline(name, self._approver)
        elif form.get("answer") == "approve":
            result = await self._answers.approve(name, _confirmation(form), self._approver)
        else:
            # No button of ours sends this; nothing is decided by a guess.
            return session_home(request)
        notice = notice_of(result, name)
        if form.get("alone") != "1" or not ID.fullmatch(name):
            session.notice = notice
            return session_home(request)
        # The question's own page says how it was answered.
        session.notice = None if result in PLAIN else notice
        return f"{session_home(request)}/q/{name}"

    async def revoke(self, request: Request, session: BrowserSession, form: Form) -> str:
        """End a grant."""
        ended = await self._answers.revoke(str(request.path_params["id"]), self._approver)
        session.notice = Notice("Revoked." if ended else "It had ended already.", good=ended)
        return page_of(request, form)

    async def stop_batch(self, request: Request, session: BrowserSession, form: Form) -> str:
        """Stop a batch between two rows."""
        try:
            stopped = await self._oversight.batches.stop(str(request.path_params["id"]))
        except BatchError as error:
            session.notice = Notice(f"{error} {_GOES_ON}", good=False)
        else:
            text = _STOPS if stopped else "The batch wasn't running any more."
            session.notice = Notice(text, good=stopped)
        return page_of(request, form)

    async def freeze(self, request: Request, session: BrowserSession, form: Form) -> str:
        """Stop every write of the account."""
        why = form.get("why", "").strip()[:_LONGEST_REASON] or "A person stopped everything."
        if not await self._oversight.freeze(why, self._approver):
            session.notice = Notice("Everything was stopped already.", good=True)
        return page_of(request, form)

    async def resume(self, request: Request, session: BrowserSession, form: Form) -> str:
        """Let the account's writes through again."""
        wish = Resume(form.get("seen", ""), form.get("confirm", "").strip(), _code(form))
        result = await self._oversight.resume(wish, self._approver, self._answers.second_factor)
        session.notice = Notice(RESUMED[result], good=result is ResumeResult.RESUMED)
        return page_of(request, form)


def _confirmation(form: Form) -> Confirmation:
    return Confirmation(
        confirm=form.get("confirm", "").strip(),
        offer=form.get("offer") or None,
        code=_code(form),
    )


def _code(form: Form) -> str | None:
    return form.get("code", "").strip() or None
