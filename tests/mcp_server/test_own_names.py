"""A client that takes the name of this program's own commands is another caller all the same."""

import pytest

from _support.conversations import client, code, each_era
from _support.sandbox import TEXT
from _support.served_pipeline import PRINCIPAL, Attended, an_attended_pipeline
from chasedata_mcp.app.composition import policy_in_force
from chasedata_mcp.fields.format import OWN_CLIENTS
from chasedata_mcp.policy.presets import UNATTENDED

pytestmark = pytest.mark.anyio
READ = {"search_field": "lead_id", "identifier": "1005", "detailed": True}


async def test_no_client_passes_for_a_person_at_a_terminal(pipeline: Attended) -> None:
    for name in (*OWN_CLIENTS, "terminal ", "Terminal"):
        async with client(pipeline.server(), "auto", name=name) as connected:
            await connected.call_tool("search_lead", dict(READ))
    callers = {entry.intent.caller for entry in await pipeline.entries()}
    assert not callers & {f"{PRINCIPAL}/{name}" for name in OWN_CLIENTS}


@each_era
async def test_so_it_is_asked_after_reading_as_any_client(era: str) -> None:
    async with (
        an_attended_pipeline(policy_in_force(UNATTENDED)) as live,
        client(live.server(), era, name="terminal") as connected,
    ):
        await connected.call_tool("search_lead", dict(READ))
        assert code(await connected.call_tool("send_sms", dict(TEXT))) == "needs_confirmation"


@each_era
async def test_a_clients_name_is_kept_no_longer_than_a_name_is(
    era: str, pipeline: Attended
) -> None:
    async with client(pipeline.server(), era, name="n" * 60_000) as connected:
        await connected.call_tool("search_lead", dict(READ))
    (entry,) = await pipeline.entries()
    assert entry.intent.caller.startswith(f"{PRINCIPAL}/nnn")
    assert len(entry.intent.caller) == len(PRINCIPAL) + 1 + 100
