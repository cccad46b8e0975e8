"""The client: posts a request and reads its answer, in time, in bounds, never twice by accident."""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from ssl import SSLContext
from types import TracebackType
from typing import TYPE_CHECKING, Self

import anyio
import anyio.lowlevel
import httpx

from chasedata_mcp.dialer import errors
from chasedata_mcp.dialer.endpoint import CallLimits, Endpoint
from chasedata_mcp.dialer.harmless_posts import HarmlessPosts
from chasedata_mcp.dialer.http_post import PostAddress, post_form
from chasedata_mcp.dialer.responses.answers import AnswerReader, HttpReply, PostedRequest
from chasedata_mcp.errors import CallError, Code
from chasedata_mcp.settings.scripts import Script
from chasedata_mcp.tools.answer_types import Answer
from chasedata_mcp.tools.request import Request

if TYPE_CHECKING:
    from tenacity import AsyncRetrying, RetryCallState

READS = frozenset({(Script.LEADS, "SearchLead"), (Script.CALLS, "AvailableInboundAgents")})
"""The calls that change nothing: the client's own list, whatever a request says of itself."""

# Not customers' data but words of the API itself, without which no refusal could be read.
_VOCABULARY = frozenset({"Action", "SearchField"})
_OURS = frozenset({"token", "accid"})

# Whatever else goes wrong, the request may have arrived.
_NOT_SENT: dict[type[httpx.HTTPError], str] = {
    httpx.ConnectTimeout: "no connection within the time",
    httpx.PoolTimeout: "too many calls were under way",
    httpx.ConnectError: "no connection, for its name, its port or its certificate",
    httpx.ProxyError: "the proxy did not let it through",
    httpx.UnsupportedProtocol: "its address has no known protocol",
}


Observe = Callable[[Request, HttpReply], None]
"""Takes a request and the reply to it, as it came."""


def ignore_reply(_request: Request, _reply: HttpReply) -> None:
    """Observe nothing."""


class Client:
    """Posts to one dialer for one account; close it, or use it in an `async with`.

    Args:
        target: The dialer and the account.
        limits: Time limits and bounds.
        transport: What carries the posts instead of the network.
        sleep: How the pause between two attempts is made.
        clock: The time in seconds, from any moment on.
        trust_env: Whether proxy and certificates may come from the environment.
        tls: How the dialer's certificate is checked, if not as usual.
        observe: Takes each request with the reply as it came.
    """

    def __init__(  # noqa: PLR0913 - collaborators, each with a default
        self,
        target: Endpoint,
        limits: CallLimits = CallLimits(),  # noqa: B008 - frozen
        *,
        transport: httpx.AsyncBaseTransport | None = None,
        sleep: Callable[[float], Awaitable[None]] = anyio.sleep,
        clock: Callable[[], float] = anyio.current_time,
        trust_env: bool = False,
        tls: SSLContext | None = None,
        observe: Observe = ignore_reply,
    ) -> None:
        self._target = target
        self._observe = observe
        self._limits = limits
        self._sleep = sleep
        self._clock = clock
        self._slots = anyio.Semaphore(limits.in_flight, fast_acquire=True)
        beside = limits.reads_in_flight
        self._read_slots = anyio.Semaphore(beside, fast_acquire=True) if beside else self._slots
        connections = limits.in_flight + beside
        self._transport = transport or _build_transport(connections, tls, trust_env=trust_env)
        self._reader = AnswerReader(target.load_profile())
        self._addresses = {script: PostAddress.of(target.build_url(script)) for script in Script}

    async def __aenter__(self) -> Self:
        """Enter the context; connections are opened by the first post."""
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close its connections."""
        await self.aclose()

    async def aclose(self) -> None:
        """Close the connections."""
        await self._transport.aclose()

    async def post(self, request: Request) -> Answer:
        """Post a request and return the dialer's answer.

        Once the post of a write has begun it is finished and its outcome returned, even to a caller
        that was cancelled meanwhile; the cancellation goes on at the caller's next await.

        Raises:
            CallError: It is not done, or nobody can tell.
            ValueError: The form has a name twice, or one that is the client's to give.
        """
        _check_names(request.form)
        reads = (request.script, request.form.get("Action")) in READS
        if self._target.read_only and not reads:
            raise errors.read_only()
        call = _PostedCall(
            request, self._record_request(request, read=reads), self._find_deadline(read=reads)
        )
        try:
            # The retries are set up once there is something to retry: it takes as long as a post.
            return await self._attempt(call)
        except errors.PassingError as error:
            failed = [error]
        return await self._build_retries(call)(self._attempt_again, call, failed)

    def _record_request(self, request: Request, *, read: bool) -> PostedRequest:
        sent = (value for name, value in request.form.items() if name not in _VOCABULARY)
        secrets = frozenset({self._target.token, *sent})
        return PostedRequest(request, self._target.name_script(request.script), read, secrets)

    def _find_deadline(self, *, read: bool) -> float:
        seconds = self._limits.read_seconds if read else self._limits.write_seconds
        return self._clock() + seconds

    def _build_retries(self, call: "_PostedCall") -> "AsyncRetrying":
        # Most servers never retry, and would hold 0.4 MB for it.
        from tenacity import AsyncRetrying, retry_if_exception_type  # noqa: PLC0415 - as above
        from tenacity.wait import wait_exponential, wait_random  # noqa: PLC0415 - as above

        def enough(state: "RetryCallState") -> bool:
            late = self._clock() + state.upcoming_sleep >= call.deadline
            return late or state.attempt_number >= self._limits.attempts

        return AsyncRetrying(
            sleep=self._sleep,
            retry=retry_if_exception_type(errors.PassingError),
            stop=enough,
            # At random, so that calls that failed together don't come back together.
            wait=wait_exponential(multiplier=0.2, max=2.0) + wait_random(0, 0.2),
            reraise=True,
        )

    async def _attempt_again(
        self, call: "_PostedCall", failed: list[errors.PassingError]
    ) -> Answer:
        """Attempt once more; the first failure is raised as the first attempt's."""
        if failed:
            raise failed.pop()
        return await self._attempt(call)

    async def _attempt(self, call: "_PostedCall") -> Answer:
        slots = self._read_slots if call.posted.read else self._slots
        await _take(slots, call.deadline - self._clock())
        try:
            reply = await self._exchange(call)
        finally:
            slots.release()
        return self._reader.read(call.posted, reply)

    async def _exchange(self, call: "_PostedCall") -> HttpReply:
        """Post once and read the body, shielded from cancellation where it is a write."""
        seconds = call.deadline - self._clock()
        if seconds <= 0:
            raise errors.not_reached(_NOT_SENT[httpx.PoolTimeout])
        progress = _ConnectionProgress()
        failure: CallError | None = None
        until = anyio.current_time() + seconds
        # A write in flight is finished and recorded, never interrupted (design.md).
        with anyio.CancelScope(shield=not call.posted.read, deadline=until) as scope:
            try:
                return await self._post_once(call.request, seconds, progress)
            except (httpx.HTTPError, UnicodeEncodeError) as error:
                failure = _build_failure(error, read=call.posted.read)
        if scope.cancelled_caught and progress.connecting:
            failure = errors.not_reached(_NOT_SENT[httpx.ConnectTimeout])
        # Raised out here, since the error of below holds the request, and so the token.
        raise failure or errors.no_answer("none within the time", read=call.posted.read)

    async def _post_once(
        self, request: Request, seconds: float, progress: "_ConnectionProgress"
    ) -> HttpReply:
        form = {"token": self._target.token, "accid": self._target.accid, **request.form}
        reply = await post_form(
            self._transport, self._addresses[request.script], form, seconds, progress.note
        )
        self._observe(request, reply)
        return reply

    def post_harmlessly(self) -> HarmlessPosts:
        """Make what posts the few requests of a probe, by the same connections."""
        return HarmlessPosts(self._target, self._transport, self._limits.read_seconds)


@dataclass(frozen=True, slots=True)
class _PostedCall:
    request: Request
    posted: PostedRequest
    deadline: float


class _ConnectionProgress:
    """The progress of a post, as far as the transport reports it."""

    connecting = False

    async def note(self, event: str, _info: object) -> None:
        """Note an event of the transport: it connects, or it writes the request."""
        match event.split("."):
            case ["connection", _, "started"]:
                self.connecting = True
            case [_, "send_request_headers", "started"]:
                self.connecting = False
            case _:
                pass


async def _take(slots: anyio.Semaphore, seconds: float) -> None:
    """Take one of the slots for calls in flight, waiting at most so many seconds."""
    await anyio.lowlevel.checkpoint_if_cancelled()
    try:
        slots.acquire_nowait()
    except anyio.WouldBlock:
        with anyio.move_on_after(seconds) as waiting:
            await slots.acquire()
        if waiting.cancelled_caught:
            raise errors.not_reached(_NOT_SENT[httpx.PoolTimeout]) from None


def _build_failure(error: httpx.HTTPError | UnicodeEncodeError, *, read: bool) -> CallError:
    for kind, why in _NOT_SENT.items():
        if isinstance(error, kind):
            return errors.not_reached(why)
    match error:
        case UnicodeEncodeError():
            return CallError(
                Code.INVALID_ARGUMENTS,
                "A value has half a character in it, which can't be sent. Nothing was sent.",
                hint="Write the value anew, without lone surrogates.",
            )
        case httpx.DecodingError():
            return errors.not_understood("its compression is broken", read=read)
        case httpx.TimeoutException():
            return errors.no_answer("none within the time", read=read)
        case _:
            return errors.no_answer("the connection broke", read=read)


def _check_names(names: Iterable[str]) -> None:
    """Refuse names that the client gives itself, in any case, and names that come twice."""
    folded = [name.casefold() for name in names]
    if len(set(folded)) < len(folded) or _OURS & set(folded):
        raise ValueError("A form has a name twice, or one that the client gives itself.")


def _build_transport(
    connections: int, tls: SSLContext | None, *, trust_env: bool
) -> httpx.AsyncBaseTransport:
    # Imported where there is a network to reach: a client of the embedded sandbox never does.
    from chasedata_mcp.dialer.transport import build_transport  # noqa: PLC0415 - as above

    context = tls or _build_tls(trust_env=trust_env)
    return build_transport(connections, context, trust_env=trust_env)


def _build_tls(*, trust_env: bool) -> SSLContext:
    context = httpx.create_ssl_context(trust_env=trust_env)
    if not trust_env:
        # Python lets the environment name a file for the keys of every connection.
        context.keylog_filename = None  # type: ignore[assignment]  # pyright: ignore[reportAttributeAccessIssue] - None turns it off
    return context
