"""A yes to the next texts to a number is one to texts in other words, and to no repetition."""

import pytest

from _support.sandbox import ATTENDED, TEXT, TEXTS, a_sandbox_pipeline, minutes

pytestmark = pytest.mark.anyio


async def test_the_next_text_in_other_words_goes_and_the_same_one_asks() -> None:
    async with a_sandbox_pipeline(ATTENDED, duplicates_within=minutes(10)) as live:
        await live.grant(TEXTS)
        assert not await live.asks("send_sms", **TEXT)
        assert await live.asks("send_sms", **TEXT)
        assert not await live.asks("send_sms", **{**TEXT, "message": "Are you there?"})


async def test_after_a_lost_answer_nothing_goes_to_them_unasked() -> None:
    async with a_sandbox_pipeline(ATTENDED, duplicates_within=minutes(10)) as live:
        await live.grant(TEXTS)
        live.set_faults("TextOperations.php=drop_after*1")
        assert (await live.failure("send_sms", **TEXT)).code == "no_answer"
        assert await live.asks("send_sms", **{**TEXT, "message": "Are you there?"})
