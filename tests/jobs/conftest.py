"""A served pipeline to a sandbox that stands for a live dialer, with the jobs on offer."""

from collections.abc import AsyncGenerator

import pytest

from _support.sandbox import a_sandbox_pipeline
from _support.served_pipeline import Served


@pytest.fixture
async def pipeline() -> AsyncGenerator[Served]:
    async with a_sandbox_pipeline() as opened:
        yield Served(opened.parts, opened.behind)
