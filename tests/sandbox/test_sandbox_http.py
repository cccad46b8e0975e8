"""The scripts over HTTP, in process."""

import httpx
import pytest

from chasedata_mcp.sandbox import ACCID, TOKEN
from chasedata_mcp.sandbox.dialer import SandboxDialer

pytestmark = pytest.mark.anyio

OK = "<br><br>Result:  OK"
LIST = {"Action": "CreateList", "Agent": "James", "List": "Monday"}


async def test_a_post_of_a_form_is_answered_as_text(
    client: httpx.AsyncClient,
    signed: dict[str, str],
) -> None:
    reply = await client.post("AgentDialListOperations.php", data=signed | LIST)
    assert (reply.status_code, reply.text) == (200, OK)
    assert reply.headers["content-type"] == "text/plain; charset=utf-8"
    assert reply.headers["x-content-type-options"] == "nosniff"


async def test_a_get_with_a_query_does_the_same(
    client: httpx.AsyncClient,
    dialer: SandboxDialer,
    signed: dict[str, str],
) -> None:
    reply = await client.get("DialListOperations.php", params=signed | LIST)
    assert reply.text == OK
    assert {"agent": "James", "list": "Monday"} in dialer.state()["dial_lists"]


async def test_a_refusal_has_status_200(client: httpx.AsyncClient) -> None:
    reply = await client.post("InjectLead.php", data={"token": "x"})
    assert (reply.status_code, reply.text) == (200, "<br><br>Result: Token is not valid")


async def test_form_and_query_are_read_together_and_the_form_counts(
    client: httpx.AsyncClient,
    dialer: SandboxDialer,
    signed: dict[str, str],
) -> None:
    reply = await client.post(
        "AgentDialListOperations.php",
        params=signed | {"Action": "CreateList", "List": "Query"},
        data={"Agent": "James", "List": "Form"},
    )
    assert reply.text == OK
    assert {"agent": "James", "list": "Form"} in dialer.state()["dial_lists"]


async def test_the_last_of_a_name_counts_and_odd_names_become_underscores(
    client: httpx.AsyncClient,
    dialer: SandboxDialer,
) -> None:
    form = (
        f"token={TOKEN}&accid={ACCID}&Campaign=Billing&Campaign=Solar&PrimaryPhone=9545550171"
        "&adv.Roof%20.Type=Slate"
    )
    reply = await client.post(
        "InjectLead.php",
        content=form,
        headers={"content-type": "application/x-www-form-urlencoded; charset=utf-8"},
    )
    assert reply.text == OK
    lead = dialer.state()["leads"][-1]
    assert (lead["Campaign"], lead["custom_fields"]) == ("Solar", {"adv_Roof__Type": "Slate"})


async def test_names_that_try_to_inject_are_what_they_are(
    client: httpx.AsyncClient,
    dialer: SandboxDialer,
    signed: dict[str, str],
) -> None:
    name = "x&Action=DeleteList&List=Warm-Leads"
    reply = await client.post("AgentDialListOperations.php", data=signed | LIST | {"List": name})
    assert reply.text == OK
    assert [row["list"] for row in dialer.state()["dial_lists"]] == [name, "Warm-Leads"]


async def test_text_beyond_ascii_comes_through(
    client: httpx.AsyncClient,
    signed: dict[str, str],
) -> None:
    notes = "Zoë 👋 \u202eabc\u0000 <b>"
    changed = {"SearchField": "LeadId", "Identifier": "1001", "Notes": notes}
    await client.post("UpdateLead.php", data=signed | changed)
    search = {"Action": "SearchLead", "Detailed": "1", **changed}
    reply = await client.post("LeadOperations.php", data=signed | search)
    assert reply.json()["Notes"] == notes


async def test_a_body_that_is_no_form_is_not_read(client: httpx.AsyncClient) -> None:
    reply = await client.post("InjectLead.php", json={"token": TOKEN})
    assert reply.text == "<br><br>Result: Token is not valid"


async def test_a_body_beyond_reason_is_refused(
    client: httpx.AsyncClient,
    dialer: SandboxDialer,
    signed: dict[str, str],
) -> None:
    before = dialer.state()
    changed = {"SearchField": "LeadId", "Identifier": "1001", "Notes": "x" * (32 * 1024 * 1024)}
    reply = await client.post("UpdateLead.php", data=signed | changed)
    assert reply.status_code == 413
    assert dialer.state() == before


@pytest.mark.parametrize("script", ["Nothing.php", "leadoperations.php", "InjectLead"])
async def test_an_unknown_script_is_not_found(client: httpx.AsyncClient, script: str) -> None:
    assert (await client.post(script)).status_code == 404


async def test_another_method_is_not_allowed(client: httpx.AsyncClient) -> None:
    assert (await client.put("InjectLead.php")).status_code == 405
