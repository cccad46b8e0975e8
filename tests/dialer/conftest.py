"""A loop whose time tests move on, since the client's time limits are tested."""

from typing import Any

import pytest

from _support.timeouts import MOVABLE


@pytest.fixture
def anyio_backend() -> tuple[str, dict[str, Any]]:
    return MOVABLE
