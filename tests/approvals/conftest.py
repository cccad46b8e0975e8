"""The open approvals of an account, and a browser that is signed in on the page over them."""

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from _support.approval_pages import Visit, signed_in
from _support.open_approvals import Approvals, open_approvals


@pytest.fixture
async def approvals(tmp_path: Path) -> AsyncGenerator[Approvals]:
    async with open_approvals(tmp_path) as opened:
        yield opened


@pytest.fixture
async def somebody(tmp_path: Path) -> AsyncGenerator[Visit]:
    async with signed_in(tmp_path) as visitor:
        yield visitor
