"""What is kept out of the ledger is still found again, is not undone, and is no card number."""

from pathlib import Path

import pytest

from _support.sandbox import TEXT, a_recorded_pipeline
from _support.transport import ACCID, BASE, TOKEN
from chasedata_mcp.app.composition import ledger_key
from chasedata_mcp.dialer import Endpoint
from chasedata_mcp.history.undo import (
    NotUndoable,
    UndoFacts,
    UndoSteps,
    find_lead_to_read,
    plan_undo,
)
from chasedata_mcp.pipeline.executor import reading_of
from chasedata_mcp.pipeline.recorder import Keeping

pytestmark = pytest.mark.anyio
STOPPED, LISTED = "2125550131", "8135550134"
LIST = {"agent": "Maria", "list_name": "Hush-List"}


async def test_calls_that_touch_the_same_hidden_thing_still_find_each_other(
    tmp_path: Path,
) -> None:
    async with a_recorded_pipeline(
        tmp_path, keeping=Keeping(("PrimaryPhone",), key=b"a key")
    ) as pipeline:
        by_phone = {"search_field": "phone", "identifier": "9545550101"}
        await pipeline.call("update_lead", **by_phone, city="Tampa")
        await pipeline.call("update_lead", **by_phone, city="Orlando")
        first, second = await pipeline.entries()
        assert [entry.id for entry in await pipeline.ledger.later_touching(first)] == [second.id]
    assert "lead:lead_id/1001" in first.intent.resource_keys
    hashed = [key for key in first.intent.resource_keys if key.startswith("lead:phone/~")]
    assert len(hashed) == 1
    assert hashed[0] in second.intent.resource_keys


async def test_the_same_value_has_another_hash_under_another_key(tmp_path: Path) -> None:
    found = []
    for key in (b"one", b"another"):
        async with a_recorded_pipeline(
            tmp_path / key.decode(), keeping=Keeping(("To",), key=key)
        ) as pipeline:
            await pipeline.call("send_sms", **TEXT)
            found.append((await pipeline.entry()).intent)
    one, another = found
    assert one.digest != another.digest
    assert set(one.resource_keys).isdisjoint(another.resource_keys)


async def test_a_twin_is_found_by_its_keyed_digest(tmp_path: Path) -> None:
    async with a_recorded_pipeline(
        tmp_path, keeping=Keeping(("To", "Message"), key=b"a key")
    ) as pipeline:
        await pipeline.call("send_sms", **TEXT)
        assert "The same text went to this number" in await pipeline.question("send_sms", **TEXT)


async def test_an_undo_that_needs_a_hidden_value_says_so(tmp_path: Path) -> None:
    async with a_recorded_pipeline(
        tmp_path, keeping=Keeping(("Number", "Phone"), key=b"a key")
    ) as pipeline:
        await pipeline.call("insert_dnc", number=STOPPED)
        await pipeline.call("create_dial_list", **LIST)
        await pipeline.call("add_dial_list_phone", **LIST, phone=LISTED)
        await pipeline.with_a_yes("delete_dial_list", **LIST)
        stopped, made, added, deleted = await pipeline.entries()
        for entry in (stopped, added):
            found = plan_undo(entry, UndoFacts())
            assert isinstance(found, NotUndoable)
            assert "hidden_fields" in found.reason
        again = plan_undo(deleted, UndoFacts(earlier=(made, added)))
    assert isinstance(again, UndoSteps)
    assert [step.action.name for step in again.steps] == ["create_dial_list"]
    assert any("hidden_fields" in sentence for sentence in again.notes)


async def test_an_update_found_by_a_hidden_phone_is_undone_by_the_lead_that_was_read(
    tmp_path: Path,
) -> None:
    async with a_recorded_pipeline(
        tmp_path, keeping=Keeping(("PrimaryPhone",), key=b"a key")
    ) as pipeline:
        await pipeline.call(
            "update_lead", search_field="phone", identifier="9545550101", city="Tampa"
        )
        entry = await pipeline.entry()
        search = find_lead_to_read(entry)
        assert search is not None
        now = reading_of(await pipeline.search(search))
        found = plan_undo(entry, UndoFacts(now=now))
    assert isinstance(found, UndoSteps)
    assert found.steps[0].arguments["city"] == "Miami"


async def test_an_update_of_a_lead_whose_id_is_hidden_is_not_undone(tmp_path: Path) -> None:
    async with a_recorded_pipeline(tmp_path, keeping=Keeping(("LeadId",))) as pipeline:
        await pipeline.call("update_lead", search_field="lead_id", identifier="1001", city="Tampa")
        await pipeline.call("search_lead", search_field="client_id", identifier="WEB-1001")
        updated, searched = await pipeline.entries()
        assert find_lead_to_read(updated) is None
        found = plan_undo(updated, UndoFacts())
    assert isinstance(found, NotUndoable)
    assert "hidden_fields" in found.reason
    assert searched.ending is not None
    assert searched.ending.answer == {"found": True, "leads": ["[…]"]}


def test_the_key_is_made_of_the_token_and_does_not_show_it() -> None:
    keys = [ledger_key(Endpoint(BASE, token, ACCID, {})) for token in (TOKEN, "another")]
    assert len({*keys, ledger_key(None)}) == 3
    assert all(len(key) == 32 and TOKEN.encode() not in key for key in keys)


CARD, SSN = "4111 1111 1111 1111", "123-45-6789"


async def test_card_and_social_security_numbers_are_never_in_the_ledger(tmp_path: Path) -> None:
    async with a_recorded_pipeline(tmp_path) as pipeline:
        one = {"search_field": "client_id", "identifier": "WEB-1001"}
        await pipeline.call("update_lead", **one, notes=f"paid with {CARD}")
        await pipeline.call("update_lead", **one, city="Tampa", custom_fields={"Plan": SSN})
        await pipeline.call("update_lead", **one, notes="paid")
        await pipeline.call("search_lead", search_field="client_id", identifier=SSN)
        await pipeline.call("send_sms", **{**TEXT, "message": f"Your card {CARD}?"})
        entries = await pipeline.entries()
        files = pipeline.on_disk()
    for value in (CARD, CARD.replace(" ", ""), SSN, SSN.replace("-", "")):
        assert value.encode() not in files
    for entry in entries[:3]:
        found = plan_undo(entry, UndoFacts())
        assert isinstance(found, NotUndoable)
        assert "social security" in found.reason


async def test_fields_that_look_like_payment_data_are_never_in_the_ledger(tmp_path: Path) -> None:
    async with a_recorded_pipeline(tmp_path) as pipeline:
        one = {"search_field": "client_id", "identifier": "WEB-1008"}
        await pipeline.call(
            "update_lead", **one, city="Tampa", custom_fields={"Card Last4": "4321"}
        )
        entry = await pipeline.entry()
    assert isinstance(entry.intent.before, dict)
    assert entry.intent.before["fields"]["adv_Card__Last4"] is None
    assert entry.intent.arguments == {
        **one,
        "city": "Tampa",
        "custom_fields": {"Card Last4": None},
    }
