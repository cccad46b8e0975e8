"""Lists, playlists and skills through the pipeline against the sandbox: they do what they say."""

from collections.abc import AsyncIterator

import pytest

from _support.pipeline import DESTRUCTIVE
from _support.sandbox import Row, SandboxPipeline, a_sandbox_pipeline

pytestmark = pytest.mark.anyio


@pytest.fixture
async def pipeline() -> AsyncIterator[SandboxPipeline]:
    async with a_sandbox_pipeline(DESTRUCTIVE, environment="sandbox", read_back=False) as made:
        yield made


LISTED = {"agent": "Maria", "list_name": "Warm-Leads"}


async def test_create_dial_list_makes_an_empty_list(pipeline: SandboxPipeline) -> None:
    await pipeline.run("create_dial_list", agent="James", list_name="Callbacks")
    assert pipeline.row("dial_lists", agent="James", list="Callbacks")
    assert pipeline.rows("dial_list_phones", agent="James") == []


async def test_delete_dial_list_deletes_it_with_its_phones(pipeline: SandboxPipeline) -> None:
    await pipeline.run("delete_dial_list", **LISTED)
    assert pipeline.rows("dial_lists", agent="Maria") == []
    assert pipeline.rows("dial_list_phones", agent="Maria") == []


async def test_add_dial_list_phone_adds_it_once(pipeline: SandboxPipeline) -> None:
    for _ in range(2):
        await pipeline.run("add_dial_list_phone", **LISTED, phone="407 555 0177")
    assert pipeline.row("dial_list_phones", phone="4075550177")["dialed"] is False


async def test_delete_dial_list_phone_takes_it_off(pipeline: SandboxPipeline) -> None:
    await pipeline.run("delete_dial_list_phone", **LISTED, phone="954 555 0101")
    assert [row["phone"] for row in pipeline.rows("dial_list_phones")] == ["3055550110"]


async def test_a_phone_is_marked_dialed_and_undialed_again(pipeline: SandboxPipeline) -> None:
    phone = "954 555 0101"
    await pipeline.run("mark_dial_list_phone_dialed", **LISTED, phone=phone)
    assert pipeline.row("dial_list_phones", phone="9545550101")["dialed"] is True
    assert pipeline.row("dial_list_phones", phone="3055550110")["dialed"] is False
    await pipeline.run("mark_dial_list_phone_undialed", **LISTED, phone=phone)
    assert pipeline.row("dial_list_phones", phone="9545550101")["dialed"] is False


@pytest.mark.parametrize(
    ("tool", "filter_name", "staged"),
    [
        ("enable_playlist_filter", "Florida-Only", True),
        ("disable_playlist_filter", "New-Leads", False),
        ("assign_playlist_filter", "Web-Leads", None),
        ("remove_playlist_filter", "New-Leads", "gone"),
    ],
)
async def test_a_filter_is_staged_and_becomes_live_at_the_reload(
    pipeline: SandboxPipeline, tool: str, filter_name: str, staged: object
) -> None:
    def filters(stage: str) -> dict[str, bool]:
        rows = pipeline.rows("playlist_filters", stage=stage, playlist="Solar-Main")
        return {row["filter"]: row["enabled"] for row in rows}

    before = filters("live")
    await pipeline.run(tool, playlist="Solar-Main", filter_name=filter_name)
    after = filters("staged")
    assert after != before
    assert after.get(filter_name, "gone") == staged or (staged is None and filter_name in after)
    assert filters("live") == before
    await pipeline.run("reload_playlist", playlist="Solar-Main")
    assert filters("live") == after


async def test_a_skills_priority_is_staged_and_becomes_live_at_the_reload(
    pipeline: SandboxPipeline,
) -> None:
    def told(stage: str) -> Row:
        return pipeline.row("skill_sources", stage=stage, skill="Spanish", did="9545550190")

    await pipeline.run(
        "update_skill_priority",
        skill="Spanish",
        source="9545550190",
        priority=0,
        delay_seconds=40,
        active=False,
    )
    assert [told("staged")[key] for key in ("priority", "delay", "active")] == [0, 40, False]
    assert [told("live")[key] for key in ("priority", "delay", "active")] == [2, 15, True]
    await pipeline.run("reload_skills")
    assert [told("live")[key] for key in ("priority", "delay", "active")] == [0, 40, False]
