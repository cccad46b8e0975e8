"""The posts of the client: how many, within which time, and after a caller was cancelled."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

import anyio
import httpx
import pytest
from typing_extensions import override

from _support.tables import each
from _support.timeouts import TIMEOUT, pass_time
from chasedata_mcp import __version__
from chasedata_mcp.dialer import CallLimits, Client, Endpoint
from chasedata_mcp.errors import CallError, Code, Outcome, Retry
from chasedata_mcp.settings.scripts import Script
from chasedata_mcp.tools.answer_types import Acknowledged, Expects, Lead, LeadsRead
from chasedata_mcp.tools.request import Request

pytestmark = pytest.mark.anyio

TOKEN = "D7C84300-0000-4DC9-B70F-A1D89B927F51"
BASE = "https://dialer.example/HttpImport/"
TARGET = Endpoint(BASE, TOKEN, "test", {})
OK = "<br><br>Result:  OK"
FOUND = '{"id": 42, "LeadExists": true}'
WRITE = Request(Script.LEADS, {"Action": "InsertDnc", "Number": "9545550123"}, Expects.DONE)
READ = Request(
    Script.LEADS,
    {"Action": "SearchLead", "SearchField": "Phone", "Identifier": "9545550123"},
    Expects.LEADS,
)

Handler = Callable[[httpx.Request], httpx.Response]


@dataclass
class Time:
    """A clock that only pauses move."""

    now: float = 0.0
    pauses: list[float] = field(default_factory=list[float])

    def clock(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.now += seconds


@dataclass
class Dialer:
    """A transport that answers with the given bodies and faults, the last one for ever."""

    answers: list[str | int | Exception]
    time: Time = field(default_factory=Time)
    takes: float = 0.0
    posts: list[httpx.Request] = field(default_factory=list[httpx.Request])

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.posts.append(request)
        self.time.now += self.takes
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        match answer:
            case str():
                return httpx.Response(200, text=answer)
            case int():
                return httpx.Response(answer, text="")
            case _:
                raise answer

    def client(self, target: Endpoint = TARGET, limits: CallLimits | None = None) -> Client:
        return Client(
            target,
            limits or CallLimits(),
            transport=httpx.MockTransport(self),
            sleep=self.time.sleep,
            clock=self.time.clock,
        )


async def failure(client: Client, request: Request) -> CallError:
    async with client:
        with pytest.raises(CallError) as raised:
            await client.post(request)
    return raised.value


async def test_a_call_is_a_form_in_order_posted_to_its_script() -> None:
    dialer = Dialer([OK])
    form = {"Campaign": "A&Action=DeleteList", "FirstName": "Zoë ☎", "adv_X": "", "Notes": "a\nb"}
    async with dialer.client() as client:
        assert await client.post(Request(Script.INSERT, form, Expects.DONE)) == Acknowledged()
    (post,) = dialer.posts
    assert post.method == "POST"
    assert str(post.url) == BASE + "InjectLead.php"
    assert post.headers["content-type"] == "application/x-www-form-urlencoded"
    sent = parse_qsl(post.content.decode("ascii"), keep_blank_values=True, strict_parsing=True)
    assert sent == [("token", TOKEN), ("accid", "test"), *form.items()]


async def test_the_token_is_in_the_body_and_nowhere_else() -> None:
    dialer = Dialer([OK])
    async with dialer.client() as client:
        await client.post(WRITE)
    (post,) = dialer.posts
    assert TOKEN.encode() in post.content
    assert TOKEN not in str(post.url)
    assert TOKEN not in repr(post.headers.raw)
    assert post.headers["user-agent"] == f"chasedata-mcp/{__version__}"


async def test_a_renamed_script_is_posted_to_by_its_name() -> None:
    dialer = Dialer([OK])
    target = Endpoint(BASE, TOKEN, "test", {Script.LEADS: "Leads.php"})
    async with dialer.client(target) as client:
        await client.post(WRITE)
    assert str(dialer.posts[0].url) == BASE + "Leads.php"


async def test_cookies_are_not_kept() -> None:
    seen: list[str | None] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request.headers.get("cookie"))
        return httpx.Response(200, text=OK, headers={"Set-Cookie": "session=1; Path=/"})

    async with Client(TARGET, transport=httpx.MockTransport(answer)) as client:
        await client.post(WRITE)
        await client.post(WRITE)
    assert seen == [None, None]


@pytest.mark.parametrize("status", [301, 302, 307, 308])
async def test_a_redirect_is_not_followed(status: int) -> None:
    posts: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        posts.append(request)
        return httpx.Response(status, headers={"Location": "https://elsewhere.example/"})

    client = Client(TARGET, transport=httpx.MockTransport(answer))
    failed = await failure(client, READ)
    assert failed.code is Code.NOT_UNDERSTOOD
    assert len(posts) == 1


@pytest.mark.parametrize(
    "names", [{"token": "x"}, {"ACCID": "x"}, {"Token": "x"}, {"Action": "a", "action": "b"}]
)
async def test_a_name_that_could_stand_for_another_is_not_sent(names: Mapping[str, str]) -> None:
    dialer = Dialer([OK])
    async with dialer.client() as client:
        with pytest.raises(ValueError, match="twice"):
            await client.post(Request(Script.LEADS, names, Expects.DONE))
    assert not dialer.posts


async def test_half_a_character_is_refused_and_not_sent() -> None:
    dialer = Dialer([OK])
    request = Request(Script.INSERT, {"Notes": "secret \ud800"}, Expects.DONE)
    failed = await failure(dialer.client(), request)
    assert failed.code is Code.INVALID_ARGUMENTS
    assert "secret" not in failed.message + failed.hint
    assert not dialer.posts


async def test_a_body_of_more_than_8_mb_is_not_understood() -> None:
    dialer = Dialer([OK + " " * (8 * 1024 * 1024)])
    failed = await failure(dialer.client(), WRITE)
    assert failed.code is Code.NOT_UNDERSTOOD


async def test_broken_compression_is_not_understood() -> None:
    def answer(_request: httpx.Request) -> httpx.Response:
        stream = httpx.ByteStream(b"no gzip")
        return httpx.Response(200, headers={"Content-Encoding": "gzip"}, stream=stream)

    failed = await failure(Client(TARGET, transport=httpx.MockTransport(answer)), WRITE)
    assert failed.code is Code.NOT_UNDERSTOOD


# Read-only: the third gate.

READ_ONLY = Endpoint(BASE, TOKEN, "test", {}, read_only=True)


@pytest.mark.parametrize(
    "request_",
    [
        WRITE,
        Request(Script.INSERT, {"Campaign": "A"}, Expects.DONE),
        Request(Script.INSERT, {"Action": "SearchLead"}, Expects.LEADS),
        Request(Script.LEADS, {"Action": "DeleteDnc"}, Expects.LEADS),
        Request(Script.LEADS, {"Action": "searchlead"}, Expects.LEADS),
        Request(Script.LEADS, {}, Expects.LEADS),
        Request(Script.CALLS, {"Action": "ConferenceCall"}, Expects.AGENTS),
        Request(Script.SKILLS, {"Action": "Reload"}, Expects.AGENTS),
    ],
)
async def test_a_read_only_client_sends_no_write_whatever_it_says_of_itself(
    request_: Request,
) -> None:
    dialer = Dialer([OK])
    failed = await failure(dialer.client(READ_ONLY), request_)
    assert failed.code is Code.NOT_ALLOWED
    assert "CHASEDATA_READ_ONLY" in failed.message
    assert not dialer.posts


async def test_a_read_only_client_reads() -> None:
    dialer = Dialer([FOUND])
    async with dialer.client(READ_ONLY) as client:
        assert await client.post(READ) == LeadsRead((Lead("42"),))
        agents = Request(
            Script.CALLS, {"Action": "AvailableInboundAgents", "DID": "3055550100"}, Expects.AGENTS
        )
        dialer.answers = ["2"]
        await client.post(agents)
    assert len(dialer.posts) == 2


# Attempts.

SURELY_NOT_SENT = [
    httpx.ConnectError("refused"),
    httpx.ConnectTimeout("late"),
    httpx.PoolTimeout("full"),
    httpx.ProxyError("no"),
    httpx.UnsupportedProtocol("gopher"),
]
MAY_HAVE_ARRIVED = [
    httpx.ReadTimeout("late"),
    httpx.WriteTimeout("late"),
    httpx.ReadError("reset"),
    httpx.WriteError("broken pipe"),
    httpx.CloseError("odd"),
    httpx.RemoteProtocolError("gone"),
    httpx.LocalProtocolError("odd"),
]
NOT_PASSED_ON = "<br><br>Result: CURL error[7]: Failed to connect"


@each("request_", [READ, WRITE])
@each("fault", [*SURELY_NOT_SENT, NOT_PASSED_ON])
async def test_what_surely_was_not_sent_is_tried_three_times(
    request_: Request, fault: Exception | str
) -> None:
    dialer = Dialer([fault])
    failed = await failure(dialer.client(), request_)
    assert failed.code is Code.NOT_REACHED
    assert failed.info.retry is Retry.SAFE
    assert len(dialer.posts) == 3
    first, second = dialer.time.pauses
    assert 0 < first < second < 2


@pytest.mark.parametrize("fault", MAY_HAVE_ARRIVED, ids=repr)
async def test_a_write_that_may_have_arrived_is_never_sent_again(fault: Exception) -> None:
    dialer = Dialer([fault, OK])
    failed = await failure(dialer.client(), WRITE)
    assert failed.code is Code.NO_ANSWER
    assert failed.info.outcome is Outcome.UNKNOWN
    assert len(dialer.posts) == 1


@pytest.mark.parametrize("fault", MAY_HAVE_ARRIVED, ids=repr)
async def test_a_read_that_got_no_answer_is_tried_three_times(fault: Exception) -> None:
    dialer = Dialer([fault])
    failed = await failure(dialer.client(), READ)
    assert failed.code is Code.NO_ANSWER
    assert failed.info.outcome is Outcome.REFUSED
    assert failed.info.retry is Retry.SAFE
    assert len(dialer.posts) == 3


@pytest.mark.parametrize("status", [502, 503, 504])
async def test_a_read_is_tried_again_when_a_gateway_answers_and_a_write_is_not(status: int) -> None:
    reading, writing = Dialer([status]), Dialer([status])
    assert (await failure(reading.client(), READ)).code is Code.NOT_UNDERSTOOD
    assert (await failure(writing.client(), WRITE)).code is Code.NOT_UNDERSTOOD
    assert (len(reading.posts), len(writing.posts)) == (3, 1)


async def test_an_attempt_that_goes_well_ends_the_attempts() -> None:
    dialer = Dialer([httpx.ConnectError("no"), FOUND])
    async with dialer.client() as client:
        assert await client.post(READ) == LeadsRead((Lead("42"),))
    assert len(dialer.posts) == 2


@each("request_", [READ, WRITE])
@each(
    "answer", ["<br><br>Result: CURL error[500]: The lead is not known", "odd", 500, 401, 404, 301]
)
async def test_what_was_answered_is_not_tried_again(request_: Request, answer: str | int) -> None:
    dialer = Dialer([answer])
    await failure(dialer.client(), request_)
    assert len(dialer.posts) == 1


@pytest.mark.parametrize(("takes", "posts"), [(11.0, 1), (9.9, 1), (5.0, 2), (0.0, 3)])
async def test_attempts_end_with_the_time_of_the_whole_call(takes: float, posts: int) -> None:
    dialer = Dialer([httpx.ReadError("reset")], takes=takes)
    await failure(dialer.client(), READ)
    assert len(dialer.posts) == posts


async def test_the_number_of_attempts_can_be_set() -> None:
    dialer = Dialer([httpx.ConnectError("no")])
    await failure(dialer.client(limits=CallLimits(attempts=1)), READ)
    assert len(dialer.posts) == 1


async def test_an_error_holds_neither_the_request_nor_what_was_sent() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        raise httpx.ReadError(request.content.decode(), request=request)

    failed = await failure(Client(TARGET, transport=httpx.MockTransport(answer)), WRITE)
    assert failed.__cause__ is None
    chain: BaseException | None = failed
    while chain is not None:
        assert not isinstance(chain, httpx.HTTPError)
        assert TOKEN not in repr(chain)
        chain = chain.__context__


# In flight.


class Gate(httpx.AsyncBaseTransport):
    """A dialer that holds every call until it is opened, and counts."""

    def __init__(self, body: str = OK) -> None:
        self.opened = anyio.Event()
        self.entered = anyio.Event()
        self.inside = self.most = self.ended = 0
        self._body = body

    @override
    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        await request.aread()
        self.inside += 1
        self.most = max(self.most, self.inside)
        self.entered.set()
        try:
            await self.opened.wait()
            self.ended += 1
        finally:
            self.inside -= 1
        return httpx.Response(200, text=self._body)


@pytest.mark.parametrize("most", [1, 15])
async def test_no_more_calls_are_in_flight_than_allowed(most: int) -> None:
    gate = Gate()
    client = Client(TARGET, CallLimits(in_flight=most), transport=gate)
    async with client, anyio.create_task_group() as tasks:
        for _ in range(40):
            tasks.start_soon(client.post, WRITE)
        await anyio.wait_all_tasks_blocked()
        assert gate.inside == most
        gate.opened.set()
    assert gate.most == most
    assert gate.ended == 40


async def test_reads_have_places_beside_the_others_where_they_are_given_some() -> None:
    for beside, inside in ((0, 15), (4, 19)):
        gate = Gate()
        limits = CallLimits(in_flight=15, reads_in_flight=beside)
        client = Client(TARGET, limits, transport=gate)

        async def post(request: Request, client: Client = client) -> None:
            with suppress(CallError):  # what the gate answers is no lead
                await client.post(request)

        async with client, anyio.create_task_group() as tasks:
            for request in [WRITE, READ] * 40:
                tasks.start_soon(post, request)
            await anyio.wait_all_tasks_blocked()
            assert gate.inside == inside
            gate.opened.set()
        assert (gate.most, gate.ended) == (inside, 80)


async def test_a_call_that_finds_no_place_in_time_is_not_sent() -> None:
    gate = Gate()
    client = Client(TARGET, CallLimits(write_seconds=2 * TIMEOUT, in_flight=1), transport=gate)

    async def read() -> None:
        with pytest.raises(CallError) as raised:
            await client.post(READ)
        assert raised.value.code is Code.NOT_REACHED
        gate.opened.set()

    async with client, anyio.create_task_group() as tasks:
        tasks.start_soon(client.post, WRITE)
        await gate.entered.wait()
        tasks.start_soon(read)
        await anyio.wait_all_tasks_blocked()
        pass_time()
    assert gate.ended == 1


@pytest.mark.parametrize(("request_", "read"), [(READ, True), (WRITE, False)])
async def test_a_dialer_that_says_nothing_is_waited_for_no_longer_than_the_limit(
    request_: Request, *, read: bool
) -> None:
    failed = await failure(Client(TARGET, transport=Connecting()), request_)
    assert failed.code is Code.NO_ANSWER
    assert failed.read is read


class Connecting(httpx.AsyncBaseTransport):
    """A network on which no answer comes, and which says how far each connection has come."""

    def __init__(self, *events: str) -> None:
        self._events = events

    @override
    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        for event in self._events:
            await request.extensions["trace"](event, {})
        pass_time()
        await anyio.sleep_forever()
        raise AssertionError


@pytest.mark.parametrize(
    ("events", "code"),
    [
        (["connection.connect_tcp.started"], Code.NOT_REACHED),
        (["connection.connect_tcp.complete", "connection.start_tls.started"], Code.NOT_REACHED),
        (
            ["connection.connect_tcp.started", "http11.send_request_headers.started"],
            Code.NO_ANSWER,
        ),
        ([], Code.NO_ANSWER),
    ],
)
async def test_time_that_ends_while_still_connecting_ends_a_call_that_was_not_sent(
    events: list[str], code: Code
) -> None:
    failed = await failure(Client(TARGET, transport=Connecting(*events)), WRITE)
    assert failed.code is code


async def test_a_call_whose_time_is_up_when_it_gets_its_place_is_not_sent() -> None:
    time = iter([0.0, 0.0, 99.0, 99.0])
    dialer = Dialer([OK])
    client = Client(TARGET, transport=httpx.MockTransport(dialer), clock=lambda: next(time))
    assert (await failure(client, WRITE)).code is Code.NOT_REACHED
    assert not dialer.posts


# Cancelling.


async def test_a_write_in_flight_is_finished_and_told_before_the_cancelling_goes_on() -> None:
    gate = Gate()
    told: list[object] = []
    went_on: list[bool] = []

    async def write() -> None:
        told.append(await client.post(WRITE))
        await anyio.lowlevel.checkpoint()
        went_on.append(True)

    client = Client(TARGET, transport=gate)
    async with client, anyio.create_task_group() as tasks:
        tasks.start_soon(write)
        await gate.entered.wait()
        tasks.cancel_scope.cancel()
        with anyio.CancelScope(shield=True):
            await anyio.wait_all_tasks_blocked()
            assert gate.inside == 1
            gate.opened.set()
    assert told == [Acknowledged()]
    assert not went_on


async def test_a_cancelled_write_still_obeys_its_time_limit() -> None:
    gate = Gate()
    failures: list[CallError] = []

    async def write() -> None:
        try:
            await client.post(WRITE)
        except CallError as failed:
            failures.append(failed)

    client = Client(TARGET, transport=gate)
    async with client, anyio.create_task_group() as tasks:
        tasks.start_soon(write)
        await gate.entered.wait()
        tasks.cancel_scope.cancel()
        pass_time()
    assert [failed.code for failed in failures] == [Code.NO_ANSWER]


async def test_a_read_in_flight_is_cancelled_at_once() -> None:
    gate = Gate(FOUND)
    client = Client(TARGET, transport=gate)
    async with client, anyio.create_task_group() as tasks:
        tasks.start_soon(client.post, READ)
        await gate.entered.wait()
        tasks.cancel_scope.cancel()
    assert (gate.inside, gate.ended) == (0, 0)


async def test_a_write_that_waits_for_its_place_is_cancelled_and_never_sent() -> None:
    gate = Gate()
    client = Client(TARGET, CallLimits(in_flight=1), transport=gate)
    async with client, anyio.create_task_group() as tasks:
        tasks.start_soon(client.post, WRITE)
        await gate.entered.wait()
        async with anyio.create_task_group() as waiting:
            waiting.start_soon(client.post, WRITE)
            await anyio.wait_all_tasks_blocked()
            waiting.cancel_scope.cancel()
        gate.opened.set()
    assert gate.ended == 1


async def test_a_cancelled_call_gives_its_place_back() -> None:
    gate = Gate(FOUND)
    client = Client(TARGET, CallLimits(in_flight=1), transport=gate)
    async with client:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(client.post, READ)
            await gate.entered.wait()
            tasks.cancel_scope.cancel()
        gate.opened.set()
        assert await client.post(READ) == LeadsRead((Lead("42"),))


async def test_a_call_that_was_cancelled_before_it_began_is_not_sent() -> None:
    dialer = Dialer([OK])
    client = dialer.client()
    with anyio.CancelScope() as scope:
        scope.cancel()
        await client.post(WRITE)
    await client.aclose()
    assert not dialer.posts


def test_a_client_can_be_made_before_there_is_a_loop() -> None:
    dialer = Dialer([OK])
    client = dialer.client()

    async def use() -> object:
        async with client:
            return await client.post(WRITE)

    assert anyio.run(use) == Acknowledged()
