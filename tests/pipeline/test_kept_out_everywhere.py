"""A sweep: calls of every family, and every row of the store, for what is kept out of it."""

import sqlite3
from contextlib import closing, suppress
from pathlib import Path

import pytest

from _support.pipeline import CALLER, yes_to
from _support.sandbox import SandboxPipeline, a_recorded_pipeline, seconds
from chasedata_mcp.approvals.models import Reply
from chasedata_mcp.errors import CallError
from chasedata_mcp.ledger.packed_texts import unpack
from chasedata_mcp.pipeline.pipeline import PendingApproval
from chasedata_mcp.pipeline.recorder import Keeping

pytestmark = pytest.mark.anyio
PHONE, CLIENT, ANOTHER = "9545550144", "NEW-7F3Q9", "3055550177"
STOPPED, TEXTED, RUNG, LISTED = "2125550131", "3055550132", "4075550133", "8135550134"
PHONES = (PHONE, ANOTHER, STOPPED, TEXTED, RUNG, LISTED)
LIST = {"agent": "Maria", "list_name": "Hush-List"}


async def every_family(pipeline: SandboxPipeline) -> None:
    """Calls of every family, done, refused, lost, asked about and undone."""
    await a_lead(pipeline)
    await persons(pipeline)
    lists = {**LIST, "phone": LISTED}
    await do(pipeline, "create_dial_list", **LIST)
    await do(pipeline, "add_dial_list_phone", **lists)
    await do(pipeline, "mark_dial_list_phone_dialed", **lists)
    await do(pipeline, "mark_dial_list_phone_undialed", **lists)
    await do(pipeline, "delete_dial_list_phone", **lists)
    await do(pipeline, "delete_dial_list", **LIST)
    await do(pipeline, "enable_playlist_filter", playlist="Solar-Main", filter_name="Florida-Only")
    await do(pipeline, "reload_playlist", playlist="Solar-Main")
    await do(pipeline, "update_skill_priority", skill="Hush-Skill", source="Web", priority=1)


async def a_lead(pipeline: SandboxPipeline) -> None:
    whole = {"client_id": CLIENT, "notes": "s3cret notes", "custom_fields": {"Plan": "s3cret plan"}}
    await do(
        pipeline, "insert_lead", campaign="Solar", primary_phone=PHONE, import_only=True, **whole
    )
    by_phone = {"search_field": "phone", "identifier": PHONE}
    by_client = {"search_field": "client_id", "identifier": CLIENT}
    (row,) = pipeline.rows("leads", ClientId=CLIENT)
    by_id = {"search_field": "lead_id", "identifier": str(row["LeadId"])}
    for by in (by_phone, by_client, by_id):
        await do(pipeline, "search_lead", **by, detailed=True)
        await do(pipeline, "update_lead", **by, city="Tampa", notes=f"s3cret {by['identifier']}")
    await do(pipeline, "search_lead", search_field="phone", identifier=ANOTHER)
    await do(pipeline, "update_lead", **by_client, primary_phone=ANOTHER)
    pipeline.set_faults("UpdateLead.php=drop_after*1")
    await do(pipeline, "update_lead", **by_client, primary_phone=PHONE, clear_fields=["notes"])
    await do(pipeline, "disposition_lead", lead_id=str(row["LeadId"]), disposition="SALE")


async def persons(pipeline: SandboxPipeline) -> None:
    await do(pipeline, "insert_dnc", number=STOPPED)
    await do(pipeline, "delete_dnc", number=STOPPED)
    text = {"from_number": "9545550195", "to_number": TEXTED, "message": f"s3cret text {TEXTED}"}
    await do(pipeline, "send_sms", **text)
    await do(pipeline, "send_sms", **text)
    await do(pipeline, "conference_call", agent="Lena", phone=RUNG)
    await do(pipeline, "available_inbound_agents", did="9545550195", call_id=PHONE)


async def do(pipeline: SandboxPipeline, tool: str, **arguments: object) -> None:
    """Carry a call out, with a yes where one is asked for; how it ends is not looked at."""
    pipeline.clock.move(seconds(1))
    action = pipeline.read(tool, arguments)
    with suppress(CallError):
        cleared = await pipeline.admit(action, CALLER)
        if isinstance(cleared, PendingApproval):
            reply = Reply(yes_to(cleared.approval.question))
            cleared = await pipeline.redeem(action, CALLER, cleared.approval.id, reply)
        await pipeline.send(cleared)


def kept_rows(place: Path) -> str:
    """Every row of every table but those of which docs/ledger.md says what they hold."""
    (path,) = place.glob("*.sqlite3")
    with closing(sqlite3.connect(path)) as store:
        names = store.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        return "\n".join(
            repr(row) if name != "ledger_events" else repr([*row[:4], unpack(row[4]), *row[5:]])
            for (name,) in names
            if name not in APART
            for row in store.execute(f'SELECT * FROM "{name}"')  # noqa: S608 - a table's own name
        )


APART = ("ledger_consents", "ledger_memory", "ledger_reservations", "ledger_grants")


def forms(value: str) -> list[str]:
    """A value as it may stand somewhere."""
    if not (value.isdecimal() and len(value) == 10):
        return [value]
    area, exchange, line = value[:3], value[3:6], value[6:]
    return [value, f"{area}-{exchange}-{line}", f"({area}) {exchange}-{line}"]


@pytest.mark.parametrize(
    ("hidden", "values"),
    [
        ("PrimaryPhone", PHONES),
        ("ClientId", (CLIENT,)),
        ("Number", (STOPPED,)),
        ("To", (TEXTED,)),
        ("Phone", (RUNG, LISTED)),
        ("Identifier", ('"identifier":"NEW', "_id/new", "client id \\u201cNEW")),
        ("LeadId", ('"1049"', "/1049", "id 1049", "lead 1049")),
        ("notes", ("s3cret notes", "s3cret 954", "s3cret NEW")),
        ("adv_Plan", ("s3cret plan",)),
        ("Plan", ("s3cret plan",)),
        ("Message", ("s3cret text",)),
        ("List", ("Hush-List", "hush-list")),
        ("Skill", ("Hush-Skill", "hush-skill")),
    ],
)
async def test_a_hidden_field_is_nowhere_in_the_ledger(
    tmp_path: Path, hidden: str, values: tuple[str, ...]
) -> None:
    async with a_recorded_pipeline(tmp_path, keeping=Keeping((hidden,), key=b"a key")) as pipeline:
        await every_family(pipeline)
        entries = await pipeline.entries()
        assert (await pipeline.ledger.verify()).problems == ()
    assert len(entries) >= 25
    rows = kept_rows(tmp_path)
    for form in [form for value in values for form in forms(value)]:
        assert form not in rows


async def test_what_the_sweep_looks_for_is_there_where_nothing_is_hidden(tmp_path: Path) -> None:
    async with a_recorded_pipeline(tmp_path) as pipeline:
        await every_family(pipeline)
    rows = kept_rows(tmp_path)
    for value in (*PHONES, CLIENT, "s3cret notes", "s3cret plan", "s3cret text", "Hush-List"):
        assert value in rows
    assert "hush-skill" in rows
    assert '"1049"' in rows
