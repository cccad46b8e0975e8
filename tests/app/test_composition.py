"""From settings to a dialer: which one is meant, how it is named, and what is refused."""

from pathlib import Path

import httpx
import pytest
import respx

from _support.pipeline import yes_to
from chasedata_mcp.app.composition import load_policy, opened
from chasedata_mcp.app.dialer import line
from chasedata_mcp.approvals.models import Reply
from chasedata_mcp.errors import CallError, Code, SettingsError
from chasedata_mcp.pipeline.pipeline import Cleared, PendingApproval
from chasedata_mcp.policy.models import ConfirmLevel
from chasedata_mcp.sandbox import ACCID, TOKEN
from chasedata_mcp.settings import load_settings
from chasedata_mcp.settings.scripts import Script
from chasedata_mcp.tools.account import NO_ACCOUNT, Account
from chasedata_mcp.tools.results import Result

pytestmark = pytest.mark.anyio

LIVE = {"CHASEDATA_TOKEN": "T0K3N-0F-MINE", "CHASEDATA_ACCID": "acme"}
OF_THE_SANDBOX = {"CHASEDATA_TOKEN": TOKEN, "CHASEDATA_ACCID": ACCID}
EMBEDDED = {"CHASEDATA_SANDBOX": "1"}


def at(url: str) -> dict[str, str]:
    return {"CHASEDATA_BASE_URL": url}


def test_without_anything_there_is_no_dialer() -> None:
    found = line(load_settings({}))
    assert (found.account, found.target) == (NO_ACCOUNT, None)


def test_a_base_address_alone_is_no_dialer() -> None:
    assert line(load_settings(at("https://a.example/"))).target is None


def test_the_embedded_sandbox_is_asked_for_and_says_so() -> None:
    found = line(load_settings(EMBEDDED))
    assert found.account == Account("sandbox", ACCID)
    assert found.target is not None
    assert (found.target.token, found.target.accid, found.target.is_on_loopback) == (
        TOKEN,
        ACCID,
        True,
    )


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:8080/HttpImport/",
        "http://localhost:8080/x",
        "http://[::1]:9/",
        "https://127.0.0.1/",
    ],
)
def test_the_sandboxs_credentials_on_loopback_are_the_sandbox_on_a_port(url: str) -> None:
    found = line(load_settings({**OF_THE_SANDBOX, **at(url)}))
    assert (found.account.environment, found.account.accid) == ("sandbox", ACCID)
    assert found.account.host == url.split("/")[2]
    assert found.target is not None
    assert found.target.build_url(Script.LEADS) == url.rstrip("/") + "/LeadOperations.php"


@pytest.mark.parametrize(
    "url",
    [
        *("https://api.chasedatacorp.com/HttpImport/", "https://sandbox.example/"),
        *("https://localhost.example/", "https://127.0.0.1.example/"),
    ],
)
def test_the_sandboxs_credentials_anywhere_else_are_refused(url: str) -> None:
    with pytest.raises(SettingsError, match="the sandbox is reached on loopback only"):
        line(load_settings({**OF_THE_SANDBOX, **at(url)}))


def test_the_sandboxs_credentials_without_an_address_are_refused() -> None:
    with pytest.raises(SettingsError, match="CHASEDATA_BASE_URL is not an address of this machine"):
        line(load_settings(OF_THE_SANDBOX))


@pytest.mark.parametrize(
    "credentials",
    [LIVE, {**OF_THE_SANDBOX, "CHASEDATA_ACCID": "acme"}, {**LIVE, "CHASEDATA_ACCID": ACCID}],
)
@pytest.mark.parametrize(
    "url", ["https://api.example.com:444/HttpImport/", "http://127.0.0.1:8080/"]
)
def test_anybody_elses_credentials_are_a_live_dialer(credentials: dict[str, str], url: str) -> None:
    found = line(load_settings({**credentials, **at(url)}))
    accid = credentials["CHASEDATA_ACCID"]
    assert found.account == Account("live", accid, url.split("/")[2])


def test_an_account_is_the_same_in_either_case_and_sent_as_it_was_given() -> None:
    given = {**LIVE, "CHASEDATA_ACCID": "ACME", **at("https://API.Example.com/HttpImport/")}
    found = line(load_settings(given))
    assert (
        found.account
        == line(load_settings({**LIVE, **at("https://api.example.com/HttpImport/")})).account
    )
    assert found.target is not None
    assert found.target.accid == "ACME"


def test_a_live_dialer_is_the_vendors_unless_another_is_named(tmp_path: Path) -> None:
    path = tmp_path / "token"
    path.write_text("T0K3N-0F-MINE\n", encoding="utf-8")
    environ = {"CHASEDATA_TOKEN_FILE": str(path), "CHASEDATA_ACCID": "acme"}
    found = line(load_settings(environ))
    assert found.account == Account("live", "acme", "api.chasedatacorp.com")
    assert found.target is not None
    assert found.target.token == "T0K3N-0F-MINE"
    assert "T0K3N" not in repr(found)


@pytest.mark.parametrize(
    "url",
    [
        *("http://api.chasedatacorp.com/HttpImport/", "http://10.0.0.1/", "http://0.0.0.0/"),
        *("http://localhost.example/", "ftp://127.0.0.1/", "api.example.com", "https:///x"),
        *("https://s3cr3t:pw@a.example/", "https://a.example/?s3cr3t", "https://a.example/#s3cr3t"),
        *("https://a.example:0/", "https://a.example:99999/", "https://exämple.com/"),
    ],
)
def test_an_address_that_could_lose_the_token_is_refused(url: str) -> None:
    with pytest.raises(SettingsError) as caught:
        line(load_settings({**LIVE, **at(url)}))
    assert str(caught.value).startswith("CHASEDATA_BASE_URL")
    assert "s3cr3t" not in str(caught.value)
    assert "T0K3N" not in str(caught.value)


def test_a_token_that_can_not_be_read_stops_the_start() -> None:
    environ = {"CHASEDATA_TOKEN_FILE": "/nowhere/at/all", "CHASEDATA_ACCID": "acme"}
    with pytest.raises(SettingsError, match="CHASEDATA_TOKEN_FILE names a file"):
        line(load_settings(environ))


def test_faults_that_there_are_not_stop_the_start() -> None:
    with pytest.raises(SettingsError, match="CHASEDATA_SANDBOX_FAULTS: "):
        line(load_settings({**EMBEDDED, "CHASEDATA_SANDBOX_FAULTS": "what?"}))
    assert line(
        load_settings({**EMBEDDED, "CHASEDATA_SANDBOX_FAULTS": "LeadOperations.php=drop*1"})
    ).target


def test_scripts_and_read_only_reach_the_client() -> None:
    environ = {**LIVE, "CHASEDATA_SCRIPT_TEXTS": "Texts.php", "CHASEDATA_READ_ONLY": "1"}
    target = line(load_settings(environ)).target
    assert target is not None
    assert target.read_only is True
    assert target.build_url(Script.TEXTS).endswith("/HttpImport/Texts.php")


@pytest.mark.parametrize("level", list(ConfirmLevel))
def test_the_policy_is_that_of_the_settings(level: ConfirmLevel) -> None:
    environ = {"CHASEDATA_CONFIRM": level.value, "CHASEDATA_TOOLSETS": "leads,dnc"}
    policy = load_policy(load_settings({**environ, "CHASEDATA_READ_ONLY": "1"}))
    assert (policy.level, policy.read_only) == (level, True)
    assert policy.toolsets == {"leads", "dnc"}
    assert load_policy(load_settings(environ)).read_only is False


async def call(environ: dict[str, str], tool: str, **arguments: object) -> Result:
    async with opened(load_settings(environ)) as found:
        action = found.pipeline.read(tool, arguments)
        cleared = await found.pipeline.admit(action, "tests")
        if isinstance(cleared, PendingApproval):
            yes = Reply(yes_to(cleared.approval.question))
            cleared = await found.pipeline.redeem(action, "tests", cleared.approval.id, yes)
        assert isinstance(cleared, Cleared)
        return await found.pipeline.send(cleared)


async def test_the_embedded_sandbox_is_used_and_says_so() -> None:
    result = await call(EMBEDDED, "search_lead", search_field="lead_id", identifier="1001")
    assert (result.outcome, result.environment, result.account) == ("done", "sandbox", ACCID)
    assert "1 lead found" in result.message


async def test_the_embedded_sandbox_keeps_its_state_in_a_file(tmp_path: Path) -> None:
    environ = {**EMBEDDED, "CHASEDATA_SANDBOX_FILE": str(tmp_path / "state.db")}
    await call(environ, "create_dial_list", agent="James", list_name="Mine")
    with pytest.raises(CallError) as caught:
        await call(environ, "create_dial_list", agent="James", list_name="Mine")
    assert caught.value.code is Code.REFUSED_BY_DIALER


async def test_a_file_that_holds_no_sandbox_stops_the_start(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("none of it")
    for file in (tmp_path / "nowhere" / "state.db", tmp_path / "notes.txt"):
        environ = {**EMBEDDED, "CHASEDATA_SANDBOX_FILE": str(file)}
        with pytest.raises(SettingsError, match="CHASEDATA_SANDBOX_FILE names what") as caught:
            await call(environ, "search_lead", search_field="lead_id", identifier="1001")
        assert file.name not in str(caught.value)


async def test_each_file_of_a_sandbox_has_a_record_of_its_own(tmp_path: Path) -> None:
    one, other = ({**EMBEDDED, "CHASEDATA_SANDBOX_FILE": str(tmp_path / n)} for n in ("a", "b"))
    text = {"from_number": "9545550195", "to_number": "3055550123", "message": "Hi"}
    await call(one, "insert_dnc", number="3055550123")
    assert (await call(other, "send_sms", **text)).outcome == "done"
    with pytest.raises(CallError, match="must not be called"):
        await call(one, "send_sms", **text)


async def test_the_embedded_sandbox_has_the_faults_that_are_set() -> None:
    environ = {**EMBEDDED, "CHASEDATA_SANDBOX_FAULTS": "LeadOperations.php=drop*1"}
    with pytest.raises(CallError) as caught:
        await call(environ, "insert_dnc", number="9545550123")
    assert caught.value.code is Code.NO_ANSWER


async def test_a_number_of_a_country_that_is_not_allowed_is_refused_until_it_is() -> None:
    text = {"from_number": "9545550195", "to_number": "876-555-0123", "message": "Hi"}
    with pytest.raises(CallError) as caught:
        await call(EMBEDDED, "send_sms", **text)
    assert caught.value.code is Code.INVALID_ARGUMENTS
    result = await call({**EMBEDDED, "CHASEDATA_COUNTRIES": "US,CA,JM"}, "send_sms", **text)
    assert result.outcome == "done"


async def test_without_a_dialer_every_call_says_what_to_set() -> None:
    async with opened(load_settings({})) as found:
        assert await found.names() == {}
        with pytest.raises(CallError) as caught:
            found.pipeline.read("search_lead", {"search_field": "lead_id", "identifier": "1"})
    assert caught.value.code is Code.NOT_CONFIGURED
    for setting in ("CHASEDATA_TOKEN", "CHASEDATA_ACCID", "CHASEDATA_SANDBOX=1"):
        assert setting in caught.value.hint


async def test_the_names_of_the_embedded_sandbox_are_told() -> None:
    async with opened(load_settings(EMBEDDED)) as found:
        names = await found.names()
        assert names["playlists"] == ["Medicare-Main", "Solar-Main"]
        # The names are those of the dialer that the calls reach, whichever comes first.
        action = found.pipeline.read(
            "search_lead", {"search_field": "lead_id", "identifier": "1001"}
        )
        cleared = await found.pipeline.admit(action, "tests")
        assert isinstance(cleared, Cleared)
        assert (await found.pipeline.send(cleared)).outcome == "done"
        assert await found.names() == names


async def test_a_live_dialer_tells_no_names_and_is_not_asked() -> None:
    async with opened(load_settings({**LIVE, **at("https://nowhere.invalid/")})) as found:
        assert await found.names() == {}


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (httpx.Response(200, json={"agents": ["Maria"]}), {"agents": ["Maria"]}),
        (httpx.Response(404, json={}), {}),
        (httpx.Response(302, headers={"location": "http://127.0.0.1:9/"}), {}),
        (httpx.Response(200, text="<html>"), {}),
        (httpx.Response(200, json=5), {}),
        (httpx.ConnectError("refused"), {}),
        (httpx.ReadTimeout("late"), {}),
    ],
    ids=["names", "not found", "moved", "a page", "a number", "nobody there", "late"],
)
async def test_a_sandbox_on_a_port_is_asked_for_its_names_without_the_token(
    answer: httpx.Response | Exception, expected: dict[str, object]
) -> None:
    environ = {**OF_THE_SANDBOX, **at("http://127.0.0.1:8080/HttpImport/")}
    with respx.mock() as network:
        asked = network.get("http://127.0.0.1:8080/sandbox/names.json").mock(side_effect=[answer])
        async with opened(load_settings(environ)) as found:
            assert await found.names() == expected
    request = asked.calls.last.request
    assert (asked.call_count, request.content) == (1, b"")
    assert TOKEN not in f"{request.url} {request.headers}"
