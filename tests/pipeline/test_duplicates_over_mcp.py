"""The question about a twin, as a client of either era gets it."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from mcp.server.lowlevel import Server

from _support.conversations import (
    DECLINED,
    Answer,
    Person,
    accepted,
    client,
    code,
    each_era,
    text,
    told,
)
from _support.sandbox import TEXT, SandboxPipeline, a_recorded_pipeline
from chasedata_mcp.mcp_server.callers import caller_of
from chasedata_mcp.mcp_server.server import build

pytestmark = pytest.mark.anyio
QUESTION = (
    "Text 954-555-0123 now, from 954-555-0195: “Hello there”? The same text went to this number "
    "0 seconds ago."
)


def server_of(pipeline: SandboxPipeline) -> Server[Any]:
    return build(pipeline, caller_of("somebody"))


@each_era
async def test_a_second_text_is_asked_about_and_sent_on_a_yes(tmp_path: Path, era: str) -> None:
    person = Person(accepted({"confirm": True}))
    async with (
        a_recorded_pipeline(tmp_path) as pipeline,
        client(server_of(pipeline), era, person) as connected,
    ):
        person.clock = pipeline.clock
        first = await connected.call_tool("send_sms", dict(TEXT))
        assert (code(first), person.asked) == (None, [])
        second = await connected.call_tool("send_sms", dict(TEXT))
        assert code(second) is None
        assert [form.message for form in person.asked] == [QUESTION]
        assert len(pipeline.rows("texts")) == 2
        entries = await pipeline.entries()
    assert [told(result)["entry"] for result in (first, second)] == [one.id for one in entries]
    assert entries[1].intent.approval is not None
    assert entries[1].intent.approval.question == QUESTION


@each_era
@pytest.mark.parametrize("answer", [DECLINED, accepted({"confirm": False})], ids=["no", "unticked"])
async def test_a_second_text_is_not_sent_on_a_no(
    era: str, answer: Answer, pipeline: SandboxPipeline
) -> None:
    person = Person(answer)
    async with client(server_of(pipeline), era, person) as connected:

        def after_reading_it() -> Answer:
            pipeline.clock.move(timedelta(seconds=20))
            return answer

        person.answer = after_reading_it
        await connected.call_tool("send_sms", dict(TEXT))
        second = await connected.call_tool("send_sms", dict(TEXT))
        assert code(second) == "declined"
        assert len(pipeline.rows("texts")) == 1
        assert (await pipeline.entries())[-1].ending is not None


@each_era
async def test_a_client_that_can_not_ask_sends_it_once(era: str, pipeline: SandboxPipeline) -> None:
    async with client(server_of(pipeline), era) as connected:
        await connected.call_tool("send_sms", dict(TEXT))
        second = await connected.call_tool("send_sms", dict(TEXT))
        assert code(second) == "needs_confirmation"
        assert "this client can't ask one" in text(second)
        assert len(pipeline.rows("texts")) == 1
