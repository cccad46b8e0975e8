"""Signing in and out, and the wrappers that admit a page or a form to a session."""

from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Final

from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from chasedata_mcp.approvals_page.addresses import (
    HOME,
    ID,
    SEE_OTHER,
    SESSIONS,
    SIGN_IN,
    numeric_address,
    session_home,
    to_home,
)
from chasedata_mcp.approvals_page.cookies import cookie, with_cookie, without_cookie
from chasedata_mcp.approvals_page.csrf import Form, FormTokens, read_form
from chasedata_mcp.approvals_page.page_templates import render
from chasedata_mcp.approvals_page.sessions import (
    BrowserSession,
    Sessions,
    SignInProblem,
    new_cookie,
)
from chasedata_mcp.ledger import LedgerError
from chasedata_mcp.tools.account import Account

# Each opening of the page makes a cookie for a path of its own: browsers would collect them.
_UNSENT: Final = 3600
"""The seconds that the cookie of a sign-in form lasts which is never sent."""
Handler = Callable[[Request], Awaitable[Response]]
PageHandler = Callable[[Request, BrowserSession], Awaitable[Response]]
FormHandler = Callable[[Request, BrowserSession, Form], Awaitable[str]]
"""Does something, and gives the address that is shown next."""


class SignIn:
    """The way into a session: the form for the code, and the check of each later request.

    Args:
        account: The account that the page is about, for its header.
        sessions: The people who are signed in.
    """

    def __init__(self, account: Account, sessions: Sessions) -> None:
        self._account = account
        self._sessions = sessions
        self._tokens = FormTokens()

    def routes(self) -> list[Route]:
        """Give the routes that anybody may open."""
        return [
            Route(HOME, self._open),
            Route(f"{HOME}/", to_home),
            Route(f"{HOME}/q/{{id}}", self._open),
            Route(f"{SIGN_IN}/{{place}}", self._sign_in, methods=["POST"]),
            Route(f"{SIGN_IN}/{{place}}", to_home, methods=["GET"]),
        ]

    def page(self, show: PageHandler) -> Handler:
        """Make the handler of a page for a session; without one it asks for the code."""

        async def handler(request: Request) -> Response:
            session = self.session(request)
            if session is None:
                question = request.path_params.get("id", "")
                return self._form(request, question, None, over=True)
            self._sessions.use(session)
            try:
                return await show(request, session)
            except (LedgerError, OSError) as error:
                return unavailable(error)

        return handler

    def action(self, act: FormHandler) -> Handler:
        """Make the handler of a form that a session's own page sends."""

        async def handler(request: Request) -> Response:
            name, session = self._cookie(request), self.session(request)
            if name is None or session is None:
                return RedirectResponse(HOME, SEE_OTHER)
            form = await read_form(request)
            if form is None or not self._tokens.is_valid(name, form.get("token", "")):
                return _FOREIGN_FORM
            self._sessions.use(session)
            try:
                return RedirectResponse(await act(request, session, form), SEE_OTHER)
            except (LedgerError, OSError) as error:
                return unavailable(error)

        return handler

    def session(self, request: Request) -> BrowserSession | None:
        """Find the session of a request: its cookie's, and on that cookie's path alone."""
        name = self._cookie(request)
        return None if name is None else self._sessions.session(name)

    def token(self, request: Request) -> str:
        """Make the token of the forms on the page that answers a request."""
        return self._tokens.token(cookie(request) or "")

    async def sign_out(self, request: Request, _session: BrowserSession, _form: Form) -> str:
        """End the session of a request."""
        self._sessions.sign_out(cookie(request) or "")
        return session_home(request)

    def _cookie(self, request: Request) -> str | None:
        """Give the cookie of a request, where it is on the path that the cookie is for."""
        name, path = cookie(request), str(request.path_params["place"])
        return name if name is not None and self._sessions.is_path_of(name, path) else None

    async def _open(self, request: Request) -> Response:
        # A script on it goes on to where this browser is signed in: no cookie is for this path,
        # since other ports of this machine have it too.
        return self._form(request, request.path_params.get("id", ""), None)

    def _form(
        self,
        request: Request,
        question: str,
        problem: str | None,
        *,
        visitor: str | None = None,
        over: bool = False,
    ) -> Response:
        """Show the form for the code, with a cookie for the path that it is sent to.

        `visitor` is the cookie of somebody who sent it before; `over` says that a session was here,
        which has ended.
        """
        if (by_number := numeric_address(request)) is not None:
            return RedirectResponse(by_number, SEE_OTHER)
        name = visitor or new_cookie()
        status = HTTPStatus.OK if problem is None else HTTPStatus.FORBIDDEN
        to = f"{SIGN_IN}/{self._sessions.path_of(name)}"
        page = render(
            "sign_in.html",
            account=self._account,
            home=HOME,
            to=to,
            question=question,
            problem=problem,
            over=over,
            token=self._tokens.token(name),
        )
        return with_cookie(request, HTMLResponse(page, status), name, to, _UNSENT)

    async def _sign_in(self, request: Request) -> Response:
        form, name = await read_form(request), self._cookie(request)
        if form is None or name is None:
            return _FOREIGN_FORM
        if not self._tokens.is_valid(name, form.get("token", "")):
            return _FOREIGN_FORM
        question = form.get("question", "")
        question = question if ID.fullmatch(question) else ""
        entered = self._sessions.sign_in(form.get("code", ""), name)
        if isinstance(entered, SignInProblem):
            return self._form(request, question, _PROBLEM[entered], visitor=name)
        home = f"{SESSIONS}/{self._sessions.path_of(entered)}"
        to = RedirectResponse(f"{home}/q/{question}" if question else home, SEE_OTHER)
        return with_cookie(request, without_cookie(request, to), entered, home)


def unavailable(error: Exception) -> Response:
    """Answer where the ledger or a file can't be used."""
    message = str(error) if isinstance(error, LedgerError) else "A file can't be used."
    return PlainTextResponse(
        f"{message}\nNothing was done; try again.\n", HTTPStatus.SERVICE_UNAVAILABLE
    )


_PROBLEM: Final = {
    SignInProblem.WRONG: "That is not the code that the terminal shows.",
    SignInProblem.WAIT: (
        "Too many wrong codes. Wait half a minute, then try the one on the terminal again."
    ),
}
_FOREIGN_FORM: Final = PlainTextResponse(
    "This form is too old, or none of this page's. Nothing was done. Open the page again.\n",
    HTTPStatus.FORBIDDEN,
)
