"""The transcripts of the documents are what the server answers."""

import pytest

from transcripts.transcript import DOCUMENT, load_conversations, write_all

pytestmark = pytest.mark.anyio


async def test_the_transcripts_are_what_the_server_answers() -> None:
    assert await write_all() == DOCUMENT.read_text("utf-8"), "make transcripts writes them anew"


def test_there_are_ten_conversations_that_differ_in_what_they_call() -> None:
    conversations = load_conversations()
    called = [[step.tool for turn in one.turn for step in turn.calls] for one in conversations]
    assert len(conversations) == 10
    assert len({tuple(tools) for tools in called}) == 10
