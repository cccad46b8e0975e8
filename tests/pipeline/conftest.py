"""The pipeline of a sandbox whose ledger is in a directory."""

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from _support.sandbox import SandboxPipeline, a_recorded_pipeline


@pytest.fixture
async def pipeline(tmp_path: Path) -> AsyncGenerator[SandboxPipeline]:
    async with a_recorded_pipeline(tmp_path) as opened:
        yield opened
