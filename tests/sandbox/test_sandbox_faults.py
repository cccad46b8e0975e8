"""Faults on purpose."""

import anyio
import httpx
import pytest

from _support.tables import each
from _support.timeouts import pass_time
from chasedata_mcp.sandbox import ACCID, TOKEN
from chasedata_mcp.sandbox.app import create_app
from chasedata_mcp.sandbox.dialer import SandboxDialer
from chasedata_mcp.sandbox.embedded import BASE_URL, SandboxTransport
from chasedata_mcp.sandbox.faults import (
    Body,
    Delay,
    Drop,
    Fault,
    FaultEffect,
    Faults,
    HttpStatus,
    parse_faults,
)
from chasedata_mcp.sandbox.script_endpoint import ScriptEndpoint

OK = "<br><br>Result:  OK"
NUMBER = "9545550101"
SENT = {"token": TOKEN, "accid": ACCID, "Action": "InsertDnc", "Number": NUMBER}


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        ("", []),
        (" , ", []),
        ("TextOperations.php=drop_after*1", [Fault("TextOperations.php", Drop(after=True))]),
        ("LeadOperations.php=status:503*2", [Fault("LeadOperations.php", HttpStatus(503), 2)]),
        ("*=delay:0.5*3", [Fault("*", Delay(0.5), 3)]),
        ("*=delay:1", [Fault("*", Delay(1.0))]),
        (
            "*=drop, *=status_after:200",
            [Fault("*", Drop()), Fault("*", HttpStatus(200, after=True))],
        ),
        ("*=body:", [Fault("*", Body(""))]),
        ("*=body_after:a%2Cb%2A=c:d", [Fault("*", Body("a,b*=c:d", after=True))]),
    ],
)
def test_faults_are_read_from_text_and_written_back(text: str, faults: list[Fault]) -> None:
    assert parse_faults(text) == faults
    assert parse_faults(",".join(map(str, faults))) == faults


@each(
    "text, why",
    [
        ("drop", "is no fault"),
        ("Nothing.php=drop", "is no script of the dialer"),
        ("*=explode", "is no effect"),
        ("*=", "is no effect"),
        ("*=drop:1", "is no effect"),
        ("*=delay_after:1", "is no effect"),
        ("*=delay", "number of seconds"),
        ("*=delay:-1", "number of seconds"),
        ("*=delay:nan", "number of seconds"),
        ("*=delay:1e9", "number of seconds"),
        ("*=status:99", "from 200 to 599"),
        ("*=status:", "from 200 to 599"),
        ("*=status:٢٠٠", "from 200 to 599"),
        ("*=drop*0", "times"),
        ("*=drop*9999999", "times"),
        ("*=drop*x", "is no fault"),
        ("*=drop*1*2", "is no fault"),
    ],
)
def test_text_that_is_no_fault_is_refused_with_the_reason(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        parse_faults(text)


def test_faults_are_used_up_in_the_order_in_which_they_were_set() -> None:
    faults = Faults(parse_faults("InjectLead.php=drop*2,*=status:500"))
    faults.add(parse_faults("InjectLead.php=status:404"))
    assert faults.take("UpdateLead.php") == HttpStatus(500)
    assert faults.take("UpdateLead.php") is None
    assert [faults.take("InjectLead.php") for _ in range(4)] == [
        Drop(),
        Drop(),
        HttpStatus(404),
        None,
    ]
    assert faults.pending() == ()


def test_faults_are_cleared() -> None:
    faults = Faults(parse_faults("*=drop*9"))
    faults.clear()
    assert faults.take("InjectLead.php") is None


def is_done(dialer: SandboxDialer) -> bool:
    return NUMBER in [row["number"] for row in dialer.state()["dnc"]]


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("effect", "expected"),
    [
        (HttpStatus(503), (503, "", False)),
        (HttpStatus(503, after=True), (503, "", True)),
        (Body("<html>"), (200, "<html>", False)),
        (Body("<html>", after=True), (200, "<html>", True)),
        (Delay(0), (200, OK, True)),
    ],
)
async def test_a_fault_is_answered_once_for_the_dialer(
    client: httpx.AsyncClient,
    dialer: SandboxDialer,
    faults: Faults,
    effect: FaultEffect,
    expected: tuple[int, str, bool],
) -> None:
    faults.add([Fault("LeadOperations.php", effect)])
    reply = await client.post("LeadOperations.php", data=SENT)
    assert (reply.status_code, reply.text, is_done(dialer)) == expected
    assert (await client.post("LeadOperations.php", data=SENT)).text == OK


@pytest.mark.anyio
@pytest.mark.parametrize("after", [True, False])
@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_dropped_connection_is_seen_as_one(
    client: httpx.AsyncClient,
    dialer: SandboxDialer,
    faults: Faults,
    method: str,
    after: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    faults.add([Fault("*", Drop(after))])
    query, form = (SENT, None) if method == "GET" else (None, SENT)
    with pytest.raises(httpx.RemoteProtocolError):
        await client.request(method, "LeadOperations.php", params=query, data=form)
    assert is_done(dialer) is after
    assert (await client.post("LeadOperations.php", data=SENT)).text == OK


@pytest.mark.anyio
async def test_an_answer_that_is_too_late_is_a_read_timeout_and_the_work_is_done(
    client: httpx.AsyncClient,
    dialer: SandboxDialer,
    faults: Faults,
) -> None:
    faults.add(parse_faults("*=delay:3000"))

    async def impatient() -> None:
        with pytest.raises(httpx.ReadTimeout):
            await client.post("LeadOperations.php", data=SENT)

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(impatient)
        await anyio.wait_all_tasks_blocked()
        assert is_done(dialer)
        pass_time()


@pytest.mark.anyio
async def test_without_a_time_out_the_transport_waits(
    dialer: SandboxDialer,
) -> None:
    transport = SandboxTransport(create_app(dialer, faults=Faults(parse_faults("*=delay:0.01"))))
    async with httpx.AsyncClient(
        transport=transport,
        base_url=BASE_URL,
        timeout=None,  # noqa: S113 - that there is none is what is tested
    ) as client:
        assert (await client.post("LeadOperations.php", data=SENT)).text == OK


@pytest.mark.anyio
async def test_a_server_that_cannot_drop_says_so(dialer: SandboxDialer) -> None:
    async def nothing() -> dict[str, object]:
        return {"type": "http.disconnect"}

    async def nowhere(_: object) -> None:
        return None

    endpoint = ScriptEndpoint(dialer, Faults(parse_faults("*=drop")))
    scope = {
        "type": "http",
        "method": "GET",
        "query_string": b"",
        "headers": [],
        "path_params": {"script": "InjectLead.php"},
    }
    with pytest.raises(RuntimeError, match="can't drop"):
        await endpoint(scope, nothing, nowhere)
