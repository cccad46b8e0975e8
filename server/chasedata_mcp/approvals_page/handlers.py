"""The page's handlers: who is signed in sees the questions, and answers them by plain forms."""

import hashlib
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Final

from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from chasedata_mcp.approvals_page.assets import asset
from chasedata_mcp.approvals_page.desk import Desk, Given, Person
from chasedata_mcp.approvals_page.forms import (
    HOME,
    ID,
    SESSIONS,
    SIGN_IN,
    Form,
    by_its_number,
    cookie,
    own_home,
    page_of,
    read_form,
    to_home,
    with_cookie,
    without_cookie,
)
from chasedata_mcp.approvals_page.messages import PLAIN, notice_of, tale_of
from chasedata_mcp.approvals_page.sessions import Entry, Notice, Session, Sessions, fresh_name
from chasedata_mcp.approvals_page.views import render
from chasedata_mcp.ledger import LedgerError

_WHY: Final = 200
_UNSENT: Final = 3600
"""Forms for the code that were never sent leave a cookie each, for so many seconds."""
_SEE_OTHER: Final = HTTPStatus.SEE_OTHER
Handler = Callable[[Request], Awaitable[Response]]


class Page:
    """The handlers of everything under `/approvals`.

    Args:
        desk: What is shown and done.
        reception: Who is signed in.
        by: The name that answers are recorded under: this machine's user.
    """

    def __init__(self, desk: Desk, reception: Sessions, by: str) -> None:
        self._desk = desk
        self._reception = reception
        self._person = Person(by, "on the approvals page")

    def routes(self) -> list[Route]:
        """The routes: those that anybody may open, and under `/s/` what is a session's own."""
        own = f"{SESSIONS}/{{place}}"
        return [
            Route(HOME, self._open),
            Route(f"{HOME}/", to_home),
            Route(f"{HOME}/q/{{id}}", self._open),
            Route(f"{SIGN_IN}/{{place}}", self._sign_in, methods=["POST"]),
            Route(f"{SIGN_IN}/{{place}}", to_home, methods=["GET"]),
            Route(own, self._seen(self._home)),
            Route(f"{own}/live", self._live),
            Route(f"{own}/sign-out", self._done(self._sign_out), methods=["POST"]),
            Route(f"{own}/freeze", self._done(self._freeze), methods=["POST"]),
            Route(f"{own}/grants/{{id}}", self._done(self._revoke), methods=["POST"]),
            Route(f"{own}/q/{{id}}", self._seen(self._question), methods=["GET"]),
            Route(f"{own}/q/{{id}}", self._done(self._answer), methods=["POST"]),
            Route(f"{HOME}/static/{{name}}", asset),
            Route("/", to_home),
        ]

    async def _open(self, request: Request) -> Response:
        """The form for the code; from here a script goes on to where this browser is signed in.

        No cookie is for this path: other ports of this machine have it too.
        """
        return self._sign_in_form(request, request.path_params.get("id", ""), None)

    def _seen(self, show: Callable[[Request, Session], Awaitable[Response]]) -> Handler:
        """A page for who is signed in; others are asked for the code."""

        async def handler(request: Request) -> Response:
            session = self._session(request)
            if session is None:
                question = request.path_params.get("id", "")
                return self._sign_in_form(request, question, None, over=True)
            self._reception.use(session)
            try:
                return await show(request, session)
            except (LedgerError, OSError) as error:
                return _broken(error)

        return handler

    def _session(self, request: Request) -> Session | None:
        """The session of a request: its cookie's, and on that cookie's path alone."""
        name = self._cookie(request)
        return None if name is None else self._reception.session(name)

    def _cookie(self, request: Request) -> str | None:
        """The cookie of a request, where it is on the path that the cookie is for."""
        name, place = cookie(request), str(request.path_params["place"])
        return name if name is not None and self._reception.is_place(name, place) else None

    def _done(self, do: Callable[[Request, Session, Form], Awaitable[str]]) -> Handler:
        """Something that is done, by whoever is signed in and sends a form of ours.

        What is to be done gives the address that is shown next.
        """

        async def handler(request: Request) -> Response:
            name, session = self._cookie(request), self._session(request)
            if name is None or session is None:
                return RedirectResponse(HOME, _SEE_OTHER)
            form = await read_form(request)
            if form is None or not self._reception.is_token(name, form.get("token", "")):
                return _NOT_OURS
            self._reception.use(session)
            try:
                return RedirectResponse(await do(request, session, form), _SEE_OTHER)
            except (LedgerError, OSError) as error:
                return _broken(error)

        return handler

    def _sign_in_form(
        self, request: Request, question: str, problem: str | None, *, over: bool = False
    ) -> Response:
        """The form for the code, with a cookie for the path that it is sent to.

        `over` is whether this is where somebody was signed in. Nobody is at the name `localhost`,
        which may lead to ::1 too, where another program can have the same port.
        """
        if (by_number := by_its_number(request)) is not None:
            return RedirectResponse(by_number, _SEE_OTHER)
        name = fresh_name()
        status = HTTPStatus.OK if problem is None else HTTPStatus.FORBIDDEN
        to = f"{SIGN_IN}/{self._reception.place(name)}"
        page = render(
            "sign_in.html",
            account=self._desk.account,
            home=HOME,
            to=to,
            question=question,
            problem=problem,
            over=over,
            token=self._reception.token(name),
        )
        return with_cookie(request, HTMLResponse(page, status), name, to, _UNSENT)

    async def _sign_in(self, request: Request) -> Response:
        form, name = await read_form(request), self._cookie(request)
        if form is None or name is None:
            return _NOT_OURS
        if not self._reception.is_token(name, form.get("token", "")):
            return _NOT_OURS
        question = form.get("question", "")
        question = question if ID.fullmatch(question) else ""
        entered = self._reception.sign_in(form.get("code", ""))
        if isinstance(entered, Entry):
            return self._sign_in_form(request, question, _PROBLEM[entered])
        home = f"{SESSIONS}/{self._reception.place(entered)}"
        to = RedirectResponse(f"{home}/q/{question}" if question else home, _SEE_OTHER)
        return with_cookie(request, without_cookie(request, to), entered, home)

    async def _sign_out(self, request: Request, _session: Session, _form: Form) -> str:
        self._reception.sign_out(cookie(request) or "")
        return own_home(request)

    async def _home(self, request: Request, session: Session) -> Response:
        return HTMLResponse(
            render(
                "home.html",
                **await self._everything(request, session),
                notice=_told(session),
                policy=await self._desk.policy(),
                by=self._person.by,
                until=session.ends,
            )
        )

    async def _question(self, request: Request, session: Session) -> Response:
        return HTMLResponse(
            render(
                "one.html",
                **await self._one(request, session, str(request.path_params["id"])),
                notice=_told(session),
                by=self._person.by,
                until=session.ends,
            )
        )

    async def _everything(self, request: Request, _session: Session) -> dict[str, object]:
        return {
            **self._frame(request),
            "questions": await self._desk.questions(),
            "grants": await self._desk.grants(),
            "history": await self._desk.history(),
            "frozen": await self._desk.frozen(),
            "alone": "",
            "live": f"{own_home(request)}/live",
        }

    async def _one(self, request: Request, _session: Session, name: str) -> dict[str, object]:
        question = await self._desk.by_id(name)
        return {
            **self._frame(request),
            "questions": [question] if question else [],
            "tale": None if question else tale_of(await self._desk.became(name)),
            "grants": await self._desk.grants(),
            "frozen": await self._desk.frozen(),
            "alone": name if ID.fullmatch(name) else "",
            "live": f"{own_home(request)}/live?question={name}",
        }

    def _frame(self, request: Request) -> dict[str, object]:
        return {
            "account": self._desk.account,
            "home": own_home(request),
            "enrolled": self._desk.has_second_factor,
            "token": self._reception.token(cookie(request) or ""),
        }

    async def _live(self, request: Request) -> Response:
        """The part of a page that changes by itself; watching doesn't lengthen a session."""
        session = self._session(request)
        if session is None:
            return PlainTextResponse("Signed out.\n", HTTPStatus.UNAUTHORIZED)
        name = request.query_params.get("question", "")
        try:
            if ID.fullmatch(name):
                values = await self._one(request, session, name)
                text = _live_part("live_one.html", values)
            else:
                values = await self._everything(request, session)
                text = _live_part("live.html", values)
        except (LedgerError, OSError) as error:
            return _broken(error)
        mark = f'"{hashlib.sha256(text.encode()).hexdigest()[:32]}"'
        if request.headers.get("if-none-match") == mark:
            return Response(status_code=HTTPStatus.NOT_MODIFIED, headers={"etag": mark})
        return HTMLResponse(text, headers={"etag": mark})

    async def _answer(self, request: Request, session: Session, form: Form) -> str:
        name = str(request.path_params["id"])
        if form.get("answer") == "decline":
            answered = await self._desk.decline(name, self._person)
        elif form.get("answer") == "approve":
            answered = await self._desk.approve(name, _given(form), self._person)
        else:
            return own_home(request)
        notice = notice_of(answered, name)
        if form.get("alone") != "1" or not ID.fullmatch(name):
            session.notice = notice
            return own_home(request)
        # The question's own page tells what became of it.
        session.notice = None if answered in PLAIN else notice
        return f"{own_home(request)}/q/{name}"

    async def _revoke(self, request: Request, session: Session, form: Form) -> str:
        ended = await self._desk.revoke(str(request.path_params["id"]), self._person)
        session.notice = Notice("Revoked." if ended else "It had ended already.", good=ended)
        return page_of(request, form)

    async def _freeze(self, request: Request, session: Session, form: Form) -> str:
        why = form.get("why", "").strip()[:_WHY] or "A person stopped everything."
        if not await self._desk.freeze(why, self._person):
            session.notice = Notice("Everything was stopped already.", good=True)
        return page_of(request, form)


_PROBLEM: Final = {
    Entry.WRONG: "That is not the code that the terminal shows.",
    Entry.WAIT: "Too many wrong codes. Wait half a minute, then use the new one on the terminal.",
}
_NOT_OURS: Final = PlainTextResponse(
    "This form is too old, or none of this page's. Nothing was done. Open the page again.\n",
    HTTPStatus.FORBIDDEN,
)


def _live_part(template: str, values: dict[str, object]) -> str:
    """What changes by itself: the button in the header, and what stands below it."""
    return render("stop.html", **values) + render(template, **values, notice=None)


def _given(form: Form) -> Given:
    return Given(
        confirm=form.get("confirm", "").strip(),
        offer=form.get("offer") or None,
        code=form.get("code", "").strip() or None,
    )


def _told(session: Session) -> Notice | None:
    """What is to be told now, and not again."""
    notice, session.notice = session.notice, None
    return notice


def _broken(error: Exception) -> Response:
    said = str(error) if isinstance(error, LedgerError) else "A file can't be used."
    return PlainTextResponse(
        f"{said}\nNothing was done; try again.\n", HTTPStatus.SERVICE_UNAVAILABLE
    )
