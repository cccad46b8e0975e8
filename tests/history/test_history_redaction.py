"""The policy in force hides what a laxer one put on record."""

import json
from collections.abc import Mapping
from pathlib import Path

import pytest
from mcp_types import TextResourceContents

from _support.conversations import each_era, text, told
from _support.served import SANDBOX, client_of
from chasedata_mcp.errors import Outcome
from chasedata_mcp.history.present import redact_page
from chasedata_mcp.ledger import EntryKind
from chasedata_mcp.redaction import DEFAULT_REDACTOR, HIDDEN
from chasedata_mcp.tools.history import HistoryEntry, HistoryResult

CARD = "4111-1111-1111-1111"
UPDATE = {
    "search_field": "client_id",
    "identifier": "WEB-1001",
    "notes": f"card {CARD}",
    "custom_fields": {"SSN": "secret-ssn", "Roof Type": "Tile"},
}
LAX = "[hidden]\nfields = []\nvalues = false\nwritable = true\n"


def page(arguments: Mapping[str, object], **more: object) -> HistoryResult:
    entry = HistoryEntry(
        id="1",
        at="2026-03-02T12:00:00Z",
        tool="update_lead",
        kind=EntryKind.WRITE,
        outcome=Outcome.DONE,
        message=f"Done for hunter2, {CARD}.",
        known="answered",
        who="maria",
        account="acme",
        arguments=dict(arguments),
        **more,
    )
    return HistoryResult(
        outcome=Outcome.DONE,
        environment="live",
        account="acme",
        message="1 entry.",
        warnings=[],
        entries=[entry],
    )


def shown(result: HistoryResult) -> HistoryEntry:
    seen = redact_page(result, DEFAULT_REDACTOR)
    assert seen.entries is not None
    return seen.entries[0]


def test_hidden_fields_and_numbers_are_hidden_wherever_an_entry_has_them() -> None:
    arguments = {
        "notes": f"card {CARD}",
        "limit": 5,
        "custom_fields": {"Password": "hunter2", "SSN": None, f"X{CARD}": "y"},
        "clear_fields": ["city", CARD],
    }
    question, rules = f"Write hunter2 and {CARD}?", {"confirm": f"hunter2 {CARD}"}
    entry = shown(page(arguments, question=question, rules=rules, dialer_said=f"no {CARD}"))
    assert entry.arguments == {
        "notes": f"card {HIDDEN}",
        "limit": 5,
        "custom_fields": {"Password": HIDDEN, "SSN": None, f"X{HIDDEN}": "y"},
        "clear_fields": ["city", HIDDEN],
    }
    whole = entry.model_dump_json()
    assert "hunter2" not in whole
    assert "1111" not in whole
    assert entry.dialer_said == f"no {HIDDEN}"


def test_a_lead_that_was_found_by_a_hidden_field_is_named_by_nothing() -> None:
    redactor = type(DEFAULT_REDACTOR)(("clientid",))
    seen = redact_page(page({"search_field": "client_id", "identifier": "hunter2"}), redactor)
    assert "hunter2" not in seen.model_dump_json()
    assert shown(page({"search_field": "phone", "identifier": "9545550101"})).arguments == {
        "search_field": "phone",
        "identifier": "9545550101",
    }


def test_where_nothing_is_hidden_a_page_stays_as_it_is() -> None:
    lax = page({"notes": CARD})
    assert redact_page(lax, None) is lax
    empty = lax.model_copy(update={"entries": None})
    assert redact_page(empty, DEFAULT_REDACTOR) is empty


@pytest.mark.anyio
@each_era
async def test_neither_the_tool_nor_the_resource_shows_what_was_recorded_before(
    era: str, tmp_path: Path
) -> None:
    (tmp_path / "lax.toml").write_text(LAX)
    kept = SANDBOX | {"CHASEDATA_STATE_DIR": str(tmp_path)}
    async with client_of(era, kept | {"CHASEDATA_POLICY": str(tmp_path / "lax.toml")}) as connected:
        assert told(await connected.call_tool("update_lead", UPDATE))["outcome"] == "done"
        lax = await connected.call_tool("list_history", {})
        assert CARD in text(lax)
    async with client_of(era, kept) as connected:
        page_of_it = await connected.call_tool("list_history", {})
        [content] = (await connected.read_resource("chasedata://history")).contents
    assert isinstance(content, TextResourceContents)
    said = text(page_of_it) + json.dumps(told(page_of_it)) + content.text
    assert "Tile" in said
    assert CARD not in said
    assert "secret-ssn" not in said
