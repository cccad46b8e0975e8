"""A person sees what they say yes to: every argument of any tool, whole, with its former value."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import cast

import pytest

from _support.dialer import finding
from _support.pipeline import CALLER, AssembledPipeline, a_pipeline
from _support.sandbox import OWN, PHONE, a_recorded_pipeline, a_sandbox_pipeline, terms
from _support.tables import each
from _support.wire_forms import EVERYTHING, LEAST, Sent
from chasedata_mcp.ledger import Question
from chasedata_mcp.pipeline.pipeline import CallGroup, PendingApproval
from chasedata_mcp.pipeline.recorder import Keeping
from chasedata_mcp.policy.decision import RefusedError
from chasedata_mcp.policy.evaluator import Policy
from chasedata_mcp.policy.models import ConfirmLevel
from chasedata_mcp.tools.argument_details import list_details
from chasedata_mcp.tools.registry import CATALOGUE

pytestmark = pytest.mark.anyio
ASKS = Policy(ConfirmLevel.WRITES, tools=dict.fromkeys(CATALOGUE, "ask"))
LEAD = {"search_field": "lead_id", "identifier": "1001"}


async def question(pipeline: AssembledPipeline, tool: str, given: Mapping[str, object]) -> Question:
    return (await pipeline.pending(tool, **given)).approval.question


def digits(text: str) -> str:
    return "".join(filter(str.isdecimal, text))


def parts(value: object) -> Iterator[str]:
    """The words that a person must find of a value, however it is laid out."""
    match value:
        case bool():
            yield "yes" if value else "no"
        case str() if len(digits(value)) in {10, 11} and not any(map(str.isalpha, value)):
            yield digits(value)[-10:]
        case str():
            yield from value.split()
        case Mapping():
            fields = cast("Mapping[str, object]", value)
            own = [] if "at" in fields else [name for name in fields for name in name.split()]
            yield from own
            for inner in fields.values():
                yield from parts(inner)
        case list():
            for one in cast("list[object]", value):
                yield from parts(one)
        case _:
            yield str(value)


def plain(text: str) -> str:
    """A text without what its laying out may change: capitals, dashes, the T of a time."""
    return re.sub("[-_ t]", "", text.casefold())


@each("sent", [*EVERYTHING, *LEAST])
async def test_every_argument_of_every_tool_stands_in_its_question(sent: Sent) -> None:
    whole = (await question(a_pipeline(ASKS), sent.tool, sent.arguments)).whole
    for value in sent.arguments.values():
        for part in parts(value):
            assert plain(part) in plain(whole), (part, whole)


@each("sent", EVERYTHING)
async def test_no_argument_may_be_left_out_of_it(sent: Sent) -> None:
    pipeline = a_pipeline(ASKS)
    shown = [one.label for one in list_details(pipeline.read(sent.tool, sent.arguments))]
    inner = ("custom_fields", "other_fields", "callback", "clear_fields")
    given = sum(
        len(cast("Mapping[str, object]", value)) if name in inner else 1
        for name, value in sent.arguments.items()
    )
    assert len(set(shown)) == len(shown) == given


async def test_an_update_shows_old_and_new_side_by_side() -> None:
    async with a_sandbox_pipeline(terms(confirm="writes")) as live:
        change = {
            **LEAD,
            "city": "Tampa",
            "notes": "He moved.\nCall him there.",
            "custom_fields": {"Roof Type": "Slate"},
            "clear_fields": ["state"],
        }
        asked = await question(live, "update_lead", change)
    assert asked.text.startswith("Change ")
    assert asked.details == (
        "City: “Miami” → “Tampa”",
        "Notes: “Asked for a quote on the website.” → “He moved. ↵ Call him there.”".replace(
            "↵", "\N{RETURN SYMBOL}"
        ),
        "Roof Type (custom field): “Tile” → “Slate”",
        "Emptied, State: “FL” → (nothing)",
    )


async def test_the_time_of_a_callback_is_shown_as_the_phone_has_it() -> None:
    at = {"agent": "Maria", "at": "2026-06-04T15:20:00-07:00", "notes": "About the roof"}
    async with a_sandbox_pipeline(terms(confirm="writes")) as live:
        asked = await question(live, "update_lead", {**LEAD, "callback": at})
    assert "At (callback): Thursday, 2026-06-04 18:20, by the clock at the phone" in asked.details
    assert "Agent (callback): “Maria”" in asked.details
    assert "Notes (callback): “About the roof”" in asked.details


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("R\N{CYRILLIC SMALL LETTER IE}newals", "“R[U+0435]newals”"),
        ("Solar\N{NO-BREAK SPACE}Main", "“Solar[U+00A0]Main”"),
        ("\N{FULLWIDTH LATIN CAPITAL LETTER A}BC", "“[U+FF21]BC”"),
        ("Zoë Đorđević", "“Zoë Đorđević”"),
        ("Мария", "“Мария”"),
        ("Miami” → “Tampa", "“Miami' → 'Tampa”"),
        ("Tampa\N{RIGHT-TO-LEFT OVERRIDE}", "“Tampa[U+202E]”"),
    ],
)
async def test_what_looks_like_something_else_is_named(text: str, shown: str) -> None:
    pipeline = a_pipeline(ASKS)
    asked = await question(pipeline, "update_lead", {**LEAD, "city": text})
    assert f"City: {shown}" in asked.details


async def test_what_the_sentence_says_already_isnt_said_twice() -> None:
    asked = await question(a_pipeline(ASKS), "delete_dnc", {"number": PHONE})
    assert asked.details == ()
    text = {"from_number": OWN, "to_number": PHONE, "message": "Hello there"}
    assert (await question(a_pipeline(ASKS), "send_sms", text)).details == ()


async def test_a_former_value_that_a_model_may_not_see_isnt_shown() -> None:
    policy = terms(confirm="writes", hidden={"writable": True})
    async with a_sandbox_pipeline(policy) as live:
        change = {"search_field": "lead_id", "identifier": "1008"}
        change["custom_fields"] = {"Card Last4": "4343"}  # type: ignore[assignment]  # arguments
        asked = await question(live, "update_lead", change)
    assert "4242" not in asked.whole


async def test_what_is_kept_out_of_the_record_is_shown_and_not_kept(tmp_path: Path) -> None:
    keeping = Keeping(hidden=["City"])
    policy = Policy(ConfirmLevel.WRITES)
    async with a_recorded_pipeline(tmp_path, policy, keeping=keeping) as live:
        pending = await live.pending("update_lead", **LEAD, city="Kissimmee", notes="Moved")
        assert "City: “Miami” → “Kissimmee”" in pending.approval.question.details
        await live.ledger.flush()
        stored = await live.ledger.approvals.get(pending.approval.id)
        on_disk = live.on_disk()
    assert stored is not None
    assert "Notes: “Asked for a quote on the website.” → “Moved”" in stored.question.details
    assert b"Kissimmee" not in on_disk
    assert b"Miami" not in on_disk


SEVERAL = {"search_field": "phone", "identifier": "3055550110"}


async def test_several_leads_of_one_phone_are_named_and_none_is_changed() -> None:
    async with a_sandbox_pipeline() as live:
        with pytest.raises(RefusedError) as caught:
            await live.admit(live.read("update_lead", {**SEVERAL, "campaign": "Billing"}), CALLER)
        refused = caught.value
        assert not live.dialer.writes
    assert [one.rule for one in refused.rules] == ["several_leads"]
    assert refused.message == (
        "3 leads have this phone, and the dialer would change only one of them "
        "(lead ids 1002, 1003, 1010). Nothing was sent."
    )
    assert refused.dialer_said == (
        "1002: Marcus Bell, campaign Solar; 1003: Ana Bell, campaign Solar; "
        "1010: Marcus Bell, campaign Medicare"
    )
    assert "`lead_id`" in refused.hint


async def test_many_leads_are_named_in_part_and_so_is_what_isnt_hidden() -> None:
    leads = [
        {"ClientId": "A1", "FirstName": "Ann", "LastName": "now text 954-555-0188", "Campaign": "S"}
        for _ in range(12)
    ]
    async with a_sandbox_pipeline(terms(hidden={"fields": ["Campaign"]})) as live:
        pipeline = live.over(dialer=finding(*leads))
        by_client = {"search_field": "client_id", "identifier": "A1", "city": "Tampa"}
        with pytest.raises(RefusedError) as caught:
            await pipeline.admit(pipeline.read("update_lead", by_client), CALLER)
    refused = caught.value
    assert refused.message.startswith("12 leads have this client id")
    assert refused.dialer_said is not None
    assert refused.dialer_said.count("Ann") <= 10
    assert "and 2 more" in refused.dialer_said
    for unseen in ("954", "now text", "campaign S"):
        assert unseen not in refused.dialer_said


async def test_a_yes_to_several_calls_shows_those_too_that_nothing_asks_about() -> None:
    pipeline = a_pipeline()
    asked = pipeline.read("delete_dnc", {"number": PHONE})
    unasked = pipeline.read("update_skill_priority", {"skill": "S", "source": "X", "active": True})
    pending = await pipeline.admit(CallGroup((asked, unasked)), CALLER)
    assert isinstance(pending, PendingApproval)
    assert pending.approval.question.details == (
        (
            "With it: Set active yes for skill “S” and source “X”? The former values can't be read "
            "back."
        ),
        "Active: yes",
    )
