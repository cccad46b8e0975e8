"""The pages of a session: all questions, one of them, and the part that changes by itself."""

import hashlib
from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response

from chasedata_mcp.approvals_page.addresses import ID, session_home
from chasedata_mcp.approvals_page.answer_service import AnswerService
from chasedata_mcp.approvals_page.messages import closed_message
from chasedata_mcp.approvals_page.oversight import Oversight
from chasedata_mcp.approvals_page.page_templates import render
from chasedata_mcp.approvals_page.sessions import BrowserSession
from chasedata_mcp.approvals_page.sign_in import SignIn, unavailable
from chasedata_mcp.ledger import LedgerError
from chasedata_mcp.policy.rules.access import DIALER_GOES_ON


class Pages:
    """The handlers that show something.

    Args:
        answers: The open questions.
        oversight: The last calls, the freeze and the policy.
        sign_in: Finds the session of a request, and makes the tokens of forms.
        by: The name that answers are recorded under.
    """

    def __init__(
        self, answers: AnswerService, oversight: Oversight, sign_in: SignIn, by: str
    ) -> None:
        self._answers = answers
        self._oversight = oversight
        self._sign_in = sign_in
        self._by = by

    async def home(self, request: Request, session: BrowserSession) -> Response:
        """Show all questions."""
        values = await self._all_values(request)
        policy = await self._oversight.policy()
        return self._page("home.html", session, values | {"policy": policy})

    async def question(self, request: Request, session: BrowserSession) -> Response:
        """Show one question."""
        values = await self._question_values(request, str(request.path_params["id"]))
        return self._page("one.html", session, values)

    async def live(self, request: Request) -> Response:
        """Give the part of a page that changes by itself; watching doesn't lengthen a session."""
        if self._sign_in.session(request) is None:
            return PlainTextResponse("Signed out.\n", HTTPStatus.UNAUTHORIZED)
        try:
            text = await self._live_part(request)
        except (LedgerError, OSError) as error:
            return unavailable(error)
        # The page asks every 1.5 s, and mostly nothing has changed.
        mark = f'"{hashlib.sha256(text.encode()).hexdigest()[:32]}"'
        if request.headers.get("if-none-match") == mark:
            return Response(status_code=HTTPStatus.NOT_MODIFIED, headers={"etag": mark})
        return HTMLResponse(text, headers={"etag": mark})

    async def _live_part(self, request: Request) -> str:
        name = request.query_params.get("question", "")
        if ID.fullmatch(name):
            template, values = "live_one.html", await self._question_values(request, name)
        else:
            template, values = "live.html", await self._all_values(request)
        # The button that freezes stands in the header, the rest below it.
        return render("stop.html", **values) + render(template, **values, notice=None)

    def _page(self, template: str, session: BrowserSession, values: dict[str, object]) -> Response:
        frame = {"notice": session.take_notice(), "by": self._by, "until": session.ends}
        return HTMLResponse(render(template, **values, **frame))

    async def _all_values(self, request: Request) -> dict[str, object]:
        return {
            **await self._common_values(request),
            "questions": await self._answers.questions(),
            "history": await self._oversight.history(),
            "batches": await self._oversight.batches.lines(),
            "alone": "",
            "live": f"{session_home(request)}/live",
        }

    async def _question_values(self, request: Request, name: str) -> dict[str, object]:
        question = await self._answers.by_id(name)
        closed = None if question else closed_message(await self._answers.state(name))
        return {
            **await self._common_values(request),
            "questions": [question] if question else [],
            "tale": closed,
            "alone": name if ID.fullmatch(name) else "",
            "live": f"{session_home(request)}/live?question={name}",
        }

    async def _common_values(self, request: Request) -> dict[str, object]:
        return {
            "account": self._answers.account,
            "home": session_home(request),
            "enrolled": self._answers.second_factor.enrolled,
            "token": self._sign_in.token(request),
            "grants": await self._answers.grants(),
            "frozen": await self._oversight.frozen(),
            "goes_on": DIALER_GOES_ON,
            "waiting": await self._oversight.waiting(),
        }
