"""Rows that are run down a pipeline to a sandbox."""

from collections.abc import AsyncIterator

import pytest

from _support.row_runs import Running
from _support.sandbox import a_sandbox_pipeline


@pytest.fixture
async def running() -> AsyncIterator[Running]:
    async with a_sandbox_pipeline() as pipeline:
        yield Running(pipeline)
