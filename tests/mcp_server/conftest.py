"""The pipeline of the tests of questions that are answered beside the client."""

from collections.abc import AsyncGenerator

import pytest

from _support.served_pipeline import Attended, an_attended_pipeline


@pytest.fixture
async def pipeline() -> AsyncGenerator[Attended]:
    async with an_attended_pipeline() as opened:
        yield opened
