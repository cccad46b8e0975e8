"""The question about a twin, as a client of either era gets it."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from mcp.server.lowlevel import Server

from _support.conversations import (
    DECLINED,
    ERAS,
    Answer,
    Person,
    accepted,
    client,
    code,
    text,
    told,
)
from _support.kept import TEXT, Kept, kept
from chasedata_mcp.mcp_server.callers import caller_of
from chasedata_mcp.mcp_server.server import build

pytestmark = pytest.mark.anyio
each_era = pytest.mark.parametrize("era", ERAS)
QUESTION = (
    "Text 954-555-0123 now, from 954-555-0195: “Hello there”? The same text went to this number "
    "0 seconds ago."
)


def server_of(floor: Kept) -> Server[Any]:
    return build(floor.pipeline, caller_of("somebody"))


@each_era
async def test_a_second_text_is_asked_about_and_sent_on_a_yes(tmp_path: Path, era: str) -> None:
    person = Person(accepted({"confirm": True}))
    async with kept(tmp_path) as floor, client(server_of(floor), era, person) as connected:
        first = await connected.call_tool("send_sms", dict(TEXT))
        assert (code(first), person.asked) == (None, [])
        second = await connected.call_tool("send_sms", dict(TEXT))
        assert code(second) is None
        assert [form.message for form in person.asked] == [QUESTION]
        assert len(floor.rows("texts")) == 2
        entries = await floor.entries()
    assert [told(result)["entry"] for result in (first, second)] == [one.id for one in entries]
    assert entries[1].intent.approval is not None
    assert entries[1].intent.approval.question == QUESTION


@each_era
@pytest.mark.parametrize("answer", [DECLINED, accepted({"confirm": False})], ids=["no", "unticked"])
async def test_a_second_text_is_not_sent_on_a_no(tmp_path: Path, era: str, answer: Answer) -> None:
    person = Person(answer)
    async with kept(tmp_path) as floor, client(server_of(floor), era, person) as connected:

        def after_reading_it() -> Answer:
            floor.clock.move(timedelta(seconds=20))
            return answer

        person.answer = after_reading_it
        await connected.call_tool("send_sms", dict(TEXT))
        second = await connected.call_tool("send_sms", dict(TEXT))
        assert code(second) == "declined"
        assert len(floor.rows("texts")) == 1
        assert (await floor.entries())[-1].ending is not None


@each_era
async def test_a_client_that_can_not_ask_sends_it_once(tmp_path: Path, era: str) -> None:
    async with kept(tmp_path) as floor, client(server_of(floor), era) as connected:
        await connected.call_tool("send_sms", dict(TEXT))
        second = await connected.call_tool("send_sms", dict(TEXT))
        assert code(second) == "needs_confirmation"
        assert "this client can't ask one" in text(second)
        assert len(floor.rows("texts")) == 1
