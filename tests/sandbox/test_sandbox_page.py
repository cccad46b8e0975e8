"""The page under /sandbox/: its tables, its forms and the files beside it."""

from collections.abc import AsyncGenerator, Callable
from html.parser import HTMLParser
from typing import Any

import httpx
import pytest
from typing_extensions import override

from _support.timeouts import TIMEOUT
from chasedata_mcp.sandbox import TOKEN
from chasedata_mcp.sandbox.app import create_app
from chasedata_mcp.sandbox.dialer import SandboxDialer
from chasedata_mcp.sandbox.embedded import SandboxTransport
from chasedata_mcp.sandbox.faults import Body, Delay, Drop, Fault, Faults, parse_faults
from chasedata_mcp.sandbox.script_endpoint import LoggedRequest
from chasedata_mcp.sandbox.state import State
from chasedata_mcp.sandbox.views import render_page, visible

pytestmark = pytest.mark.anyio

HOSTILE = (
    "<script>alert(1)</script><img src=x onerror=alert(1)>\"'><svg/onload=alert(1)>"
    "&lt;b&gt; javascript:alert(1) \u202eflip\u2066\u200b\x07"
)


@pytest.fixture
async def client(dialer: SandboxDialer, faults: Faults) -> AsyncGenerator[httpx.AsyncClient]:
    transport = SandboxTransport(create_app(dialer, faults=faults))
    async with httpx.AsyncClient(
        timeout=TIMEOUT, transport=transport, base_url="http://localhost"
    ) as client:
        yield client


class Seen(HTMLParser):
    """Everything that a browser would take for an element or for text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.elements: list[tuple[str, list[tuple[str, str | None]]]] = []
        self.text = ""
        self.feed(text)
        self.close()

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes.update(name for name, _ in attrs)
        self.elements.append((tag, attrs))

    @override
    def handle_data(self, data: str) -> None:
        self.text += data


async def fill(client: httpx.AsyncClient, signed: dict[str, str], text: str) -> None:
    """Put a text wherever a caller can put one."""
    lead = {"SearchField": "LeadId", "Identifier": "1001"}
    fields = ("FirstName", "LastName", "Notes", "CallStatus", "ClientId", "adv_Roof__Type")
    callback = {
        "CallbackAgent": "Maria",
        "CallbackDate": "03/03/2026 10:00:00",
        "CallbackNotes": text,
    }
    short = text[:50]
    sent = dict.fromkeys(fields, short) | {"Notes": text, "PrimaryPhone": "9 " + short[:40]}
    await client.post("/HttpImport/UpdateLead.php", data=signed | lead | sent | callback)
    named = {"Action": "CreateList", "Agent": "Maria", "List": text}
    await client.post("/HttpImport/AgentDialListOperations.php", data=signed | named)
    said = {"Action": "SendSms", "From": "9545550195", "To": "9545550101", "Message": text}
    await client.post("/HttpImport/TextOperations.php", data=signed | said)
    await client.post("/HttpImport/InjectLead.php", data=signed | {text: text})


async def test_the_page_shows_hostile_text_as_text(
    client: httpx.AsyncClient,
    faults: Faults,
    signed: dict[str, str],
) -> None:
    plain = Seen((await client.get("/sandbox/")).text)
    await fill(client, signed, HOSTILE)
    faults.add([Fault("InjectLead.php", Body(HOSTILE))])
    reply = await client.get("/sandbox/")
    seen = Seen(reply.text)
    assert seen.tags - plain.tags <= {"code", "tr", "td"}
    assert not seen.tags & {"script", "img", "svg"}
    assert not any(name.startswith("on") for name in seen.attributes)
    assert seen.text.count("<script>alert(1)</script>") >= 5
    assert seen.text.count("javascript:alert(1) [U+202E]flip[U+2066][U+200B][U+0007]") >= 3
    assert not set("\u202e\u2066\u200b\x07") & set(reply.text)


async def test_the_page_shows_what_the_dialer_holds(
    client: httpx.AsyncClient,
    signed: dict[str, str],
) -> None:
    await client.post(
        "/HttpImport/InjectLead.php",
        data=signed | {"Campaign": "Solar", "PrimaryPhone": "2065550188"},
    )
    await client.post(
        "/HttpImport/SkillListOperations.php",
        data=signed
        | {"Action": "UpdatePriority", "Skill": "Sales", "Source": "9545550190", "Active": "0"},
    )
    await client.post(
        "/HttpImport/PlaylistOperations.php",
        data=signed | {"Action": "AssignFilter", "Playlist": "Solar-Main", "Filter": "Web-Leads"},
    )
    await client.post(
        "/HttpImport/AgentDialListOperations.php",
        data=signed
        | {
            "Action": "PhoneDialed",
            "Agent": "Maria",
            "List": "Warm-Leads",
            "Phone": "9545550101",
        },
    )
    await client.post(
        "/HttpImport/CallOperations.php",
        data=signed | {"Action": "ConferenceCall", "Agent": "Lena", "Phone": "9545550121"},
    )
    text = Seen((await client.get("/sandbox/")).text).text
    for expected in (
        "held back: dnc",
        "priority 1, after 0 s, off",
        "waits for reload",
        "not there",
        "wrap up",
        "9545550121",
        "WEB-1005",
    ):
        assert expected in text, expected


async def test_the_page_runs_nothing_and_is_framed_by_nobody(client: httpx.AsyncClient) -> None:
    reply = await client.get("/sandbox/")
    assert reply.headers["content-type"] == "text/html; charset=utf-8"
    policy = reply.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; style-src 'self';")
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert reply.headers["x-content-type-options"] == "nosniff"
    assert reply.headers["referrer-policy"] == "no-referrer"
    seen = Seen(reply.text)
    assert not seen.tags & {"script", "style", "iframe", "object"}
    assert not any(name == "style" or name.startswith("on") for name in seen.attributes)


async def test_the_style_is_served_from_its_own_path(client: httpx.AsyncClient) -> None:
    reply = await client.get("/sandbox/style.css")
    assert reply.headers["content-type"].startswith("text/css")
    assert "prefers-color-scheme" in reply.text


async def test_the_root_leads_to_the_page(client: httpx.AsyncClient) -> None:
    reply = await client.get("/")
    assert (reply.status_code, reply.headers["location"]) == (303, "/sandbox/")


async def test_state_and_names_are_there_as_json(
    client: httpx.AsyncClient,
    dialer: SandboxDialer,
    faults: Faults,
) -> None:
    faults.add(parse_faults("*=delay:0*2"))
    reply = await client.get("/sandbox/state.json")
    state = reply.json()
    assert reply.headers["cache-control"] == "no-store"
    assert state["faults"] == ["*=delay:0*2"]
    assert state["leads"] == dialer.state()["leads"]
    assert (await client.get("/sandbox/names.json")).json() == dialer.names()


async def test_recent_calls_come_newest_first_without_the_token(
    client: httpx.AsyncClient,
    faults: Faults,
    signed: dict[str, str],
) -> None:
    await client.get("/HttpImport/SkillListOperations.php", params=signed | {"Action": "Reload"})
    faults.add(parse_faults("*=status:503"))
    await client.post("/HttpImport/LeadOperations.php", data=signed | {"Action": "x" * 1000})
    reply = await client.get("/sandbox/state.json")
    newest, oldest = reply.json()["recent"]
    assert oldest == {
        "at": "2026-03-02T17:00:00+00:00",
        "method": "GET",
        "script": "SkillListOperations.php",
        "sent": {"accid": "sandbox", "Action": "Reload"},
        "answered": "<br><br>Result:  OK",
        "fault": "",
    }
    assert (newest["fault"], newest["answered"]) == ("status:503", "")
    assert newest["sent"]["Action"] == "x" * 300
    assert TOKEN not in reply.text


async def test_only_so_many_calls_are_kept(
    client: httpx.AsyncClient,
    signed: dict[str, str],
) -> None:
    for _ in range(60):
        await client.post("/HttpImport/LeadOperations.php", data=signed)
    assert len((await client.get("/sandbox/state.json")).json()["recent"]) == 50


async def test_a_reset_forgets_everything(
    client: httpx.AsyncClient,
    dialer: SandboxDialer,
    faults: Faults,
    signed: dict[str, str],
) -> None:
    before = dialer.state()
    lead = {"Campaign": "Solar", "PrimaryPhone": "9545550171"}
    await client.post("/HttpImport/InjectLead.php", data=signed | lead)
    faults.add(parse_faults("*=drop"))
    reply = await client.post("/sandbox/reset")
    assert (reply.status_code, reply.headers["location"]) == (303, "/sandbox/")
    assert (dialer.state(), faults.pending()) == (before, ())
    assert (await client.get("/sandbox/state.json")).json()["recent"] == []


@pytest.mark.parametrize(
    ("form", "set_faults"),
    [
        ({"faults": "*=drop*2,InjectLead.php=delay:0.5"}, "*=drop*2,InjectLead.php=delay:0.5*1"),
        ({"script": "*", "effect": "delay", "value": "0.5", "times": "3"}, "*=delay:0.5*3"),
        ({"script": "*", "effect": "drop", "value": "0.5", "times": "1"}, "*=drop*1"),
        ({"script": "*", "effect": "status", "value": " 503 "}, "*=status:503*1"),
        ({"script": "*", "effect": "body", "value": "a,b*c", "times": "1"}, "*=body:a%2Cb%2Ac*1"),
        ({}, ""),
    ],
)
async def test_faults_are_set_over_http_behind_those_that_are_there(
    client: httpx.AsyncClient,
    faults: Faults,
    form: dict[str, str],
    set_faults: str,
) -> None:
    faults.add([Fault("*", Delay(0))])
    reply = await client.post("/sandbox/faults", data=form)
    assert reply.status_code == 303
    assert ",".join(map(str, faults.pending()[1:])) == set_faults


async def test_faults_are_cleared_over_http(client: httpx.AsyncClient, faults: Faults) -> None:
    faults.add([Fault("*", Delay(0))])
    await client.post("/sandbox/faults", data={"clear": "1", "faults": "*=drop"})
    assert faults.pending() == (Fault("*", Drop()),)


@pytest.mark.parametrize(
    "form",
    [{"faults": "*=explode"}, {"script": "*"}, {"script": "*", "effect": "drop", "times": "x"}],
)
async def test_a_fault_that_is_none_is_refused_and_nothing_is_cleared(
    client: httpx.AsyncClient,
    faults: Faults,
    form: dict[str, str],
) -> None:
    faults.add([Fault("*", Delay(0))])
    reply = await client.post("/sandbox/faults", data=form | {"clear": "1"})
    assert reply.status_code == 400
    assert reply.headers["content-type"].startswith("text/plain")
    assert faults.pending() == (Fault("*", Delay(0)),)


@pytest.mark.parametrize("path", ["/sandbox/reset", "/sandbox/faults"])
async def test_nothing_is_changed_by_a_get(client: httpx.AsyncClient, path: str) -> None:
    assert (await client.get(path)).status_code == 405


async def test_a_long_table_is_cut_and_says_so(dialer: SandboxDialer) -> None:
    state = dialer.state()
    state["leads"] = state["leads"] * 5
    seen = Seen(render_page(state, (), (), "http://127.0.0.1:1"))
    assert f"And {len(state['leads']) - 200} more, in state.json." in seen.text


def filled(value: Any, text: str) -> Any:  # noqa: ANN401 - any value of the state
    """Put a text wherever there is one; only the stage of a row decides where it is shown."""
    match value:
        case str():
            return text
        case list():
            return [filled(item, text) for item in value]
        case dict():
            return {
                name: kept if name == "stage" else filled(kept, text)
                for name, kept in value.items()
            }
        case _:
            return value


def page_of(text: str, state: State) -> str:
    held = {table: filled(rows, text) for table, rows in state.items()}
    for lead in held["leads"]:
        lead["custom_fields"] = {text: text}
    request = LoggedRequest(text, text, text, {text: text}, text, text)
    return render_page(held, [Fault(text, Body(text))], [request], f"http://{text}")


async def test_no_value_of_any_table_becomes_markup(
    ask: Callable[..., str], dialer: SandboxDialer
) -> None:
    booked = {"CallbackAgent": "Maria", "CallbackDate": "03/03/2026 10:00:00"}
    ask("InjectLead.php", Campaign="Solar", PrimaryPhone="2065550187", **booked)
    ask("CallOperations.php", Action="ConferenceCall", Agent="Lena", Phone="9545550121")
    sms = {"From": "9545550195", "To": "9545550101", "Message": "Hello", "Agent": "Maria"}
    ask("TextOperations.php", Action="SendSms", **sms)
    state = dialer.state()
    assert all(state.values())

    plain, hostile = page_of("harmless, and as long as a time", state), page_of(HOSTILE, state)

    seen, expected = Seen(hostile), Seen(plain)
    assert seen.elements == expected.elements
    assert seen.text.count("<script>") == expected.text.count("harmless") > 500
    assert not set("\u202e\u2066\u200b\x07") & set(hostile)


def test_characters_that_cannot_be_seen_are_written_as_their_code_points() -> None:
    assert visible("a\nb\tc\u2028\u200b") == "a\nb\tc[U+2028][U+200B]"
