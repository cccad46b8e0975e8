"""The page under /sandbox/: it shows the dialer's state, resets it and sets faults."""

from dataclasses import asdict
from importlib.resources import files
from typing import Final
from urllib.parse import parse_qsl, quote

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from chasedata_mcp.sandbox.dialer import SandboxDialer
from chasedata_mcp.sandbox.faults import Fault, Faults, parse_faults
from chasedata_mcp.sandbox.script_endpoint import ScriptEndpoint

HOME: Final = "/sandbox/"

# The page shows what leads hold, some of it hostile on purpose, so it has no scripts at all.
_HEADERS: Final = {
    "content-security-policy": (
        "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    ),
    "x-frame-options": "DENY",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-store",
}


class SandboxPage:
    """The handlers of everything under /sandbox/."""

    def __init__(self, dialer: SandboxDialer, faults: Faults, endpoint: ScriptEndpoint) -> None:
        self._dialer = dialer
        self._faults = faults
        self._endpoint = endpoint

    def routes(self) -> list[Route]:
        """Give the routes."""
        return [
            Route(HOME, self._home),
            Route("/sandbox/style.css", self._style),
            Route("/sandbox/state.json", self._state),
            Route("/sandbox/names.json", self._names),
            Route("/sandbox/reset", self._reset, methods=["POST"]),
            Route("/sandbox/faults", self._set_faults, methods=["POST"]),
            Route("/", self._root),
        ]

    async def _root(self, _: Request) -> Response:
        return _redirect_home()

    async def _home(self, request: Request) -> Response:
        # jinja2 is loaded when somebody first looks: the embedded sandbox never shows its page.
        from chasedata_mcp.sandbox.views import render_page  # noqa: PLC0415

        # Plain HTTP on loopback; the guard has checked the host.
        base = f"http://{request.headers['host']}"
        state, recent = self._dialer.state(), self._endpoint.recent()
        text = render_page(state, self._faults.pending(), recent, base)
        return Response(text, headers=_HEADERS, media_type="text/html")

    async def _style(self, _: Request) -> Response:
        css = files("chasedata_mcp.sandbox").joinpath("style.css").read_text("utf-8")
        return Response(css, headers=_HEADERS, media_type="text/css")

    async def _state(self, _: Request) -> Response:
        faults = [str(fault) for fault in self._faults.pending()]
        recent = [asdict(request) for request in self._endpoint.recent()]
        state = {**self._dialer.state(), "faults": faults, "recent": recent}
        return JSONResponse(state, headers=_HEADERS)

    async def _names(self, _: Request) -> Response:
        return JSONResponse(self._dialer.names(), headers=_HEADERS)

    async def _reset(self, _: Request) -> Response:
        self._dialer.reset()
        self._faults.clear()
        self._endpoint.forget()
        return _redirect_home()

    async def _set_faults(self, request: Request) -> Response:
        """Set faults from a form, as text or in parts, after `clear` where that is sent."""
        form = dict(
            parse_qsl((await request.body()).decode("utf-8", "replace"), keep_blank_values=True)
        )
        try:
            faults = parse_faults(form.get("faults", "")) + _faults_from_fields(form)
        except ValueError as error:
            return PlainTextResponse(str(error), 400, headers=_HEADERS)
        if "clear" in form:
            self._faults.clear()
        self._faults.add(faults)
        return _redirect_home()


def _faults_from_fields(form: dict[str, str]) -> list[Fault]:
    if "script" not in form:
        return []
    effect, value = form.get("effect", ""), form.get("value", "").strip()
    if not effect.startswith("drop"):
        effect += ":" + quote(value, safe=".")
    return parse_faults(f"{form['script']}={effect}*{form.get('times', '1')}")


def _redirect_home() -> Response:
    return RedirectResponse(HOME, 303, headers=_HEADERS)
