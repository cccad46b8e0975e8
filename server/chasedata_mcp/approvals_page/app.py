"""The page as an ASGI app: on a port of its own, or beside another one under `/approvals`."""

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import Route

from chasedata_mcp.approvals_page.actions import Actions
from chasedata_mcp.approvals_page.addresses import HOME, SESSIONS, to_home
from chasedata_mcp.approvals_page.answer_service import AnswerService
from chasedata_mcp.approvals_page.assets import asset
from chasedata_mcp.approvals_page.csrf import RESPONSE_HEADERS, SameOrigin
from chasedata_mcp.approvals_page.oversight import Oversight
from chasedata_mcp.approvals_page.pages import Pages
from chasedata_mcp.approvals_page.sessions import Sessions
from chasedata_mcp.approvals_page.sign_in import SignIn
from chasedata_mcp.web.loopback import LoopbackGuard, OriginPolicy


def approvals_app(
    answers: AnswerService,
    oversight: Oversight,
    sessions: Sessions,
    origins: OriginPolicy,
    *,
    by: str,
) -> Starlette:
    """Make the app that serves everything under `/approvals`, and sends `/` there.

    It checks hosts and origins itself, and asks for its own code: what is beside it on the same
    port hands it every request for `/approvals` and `/approvals/...` as it is.

    Args:
        answers: The open questions, and the answers to them.
        oversight: The last calls, the freeze and the policy.
        sessions: The people who are signed in; it shows its codes on the terminal.
        origins: The page's own hosts and origins.
        by: The name that answers are recorded under: this machine's user.
    """
    sign_in = SignIn(answers.account, sessions)
    pages = Pages(answers, oversight, sign_in, by)
    actions = Actions(answers, oversight, by)
    own = f"{SESSIONS}/{{place}}"
    routes = [
        *sign_in.routes(),
        Route(own, sign_in.page(pages.home)),
        Route(f"{own}/live", pages.live),
        Route(f"{own}/sign-out", sign_in.action(sign_in.sign_out), methods=["POST"]),
        Route(f"{own}/freeze", sign_in.action(actions.freeze), methods=["POST"]),
        Route(f"{own}/resume", sign_in.action(actions.resume), methods=["POST"]),
        Route(f"{own}/batches/{{id}}", sign_in.action(actions.stop_batch), methods=["POST"]),
        Route(f"{own}/grants/{{id}}", sign_in.action(actions.revoke), methods=["POST"]),
        Route(f"{own}/q/{{id}}", sign_in.page(pages.question), methods=["GET"]),
        Route(f"{own}/q/{{id}}", sign_in.action(actions.answer), methods=["POST"]),
        Route(f"{HOME}/static/{{name}}", asset),
        Route("/", to_home),
    ]
    rule = SameOrigin(origins).refusal
    return Starlette(routes=routes, middleware=[Middleware(LoopbackGuard, rule, RESPONSE_HEADERS)])
