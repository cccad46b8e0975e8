"""How long a test waits for what surely comes, and a clock that it moves where time has to pass.

A test says nothing of how busy the machine is: no bound in tests is shorter than this, which
`setup/test_timeouts.py` holds.
"""

import asyncio
from typing import Any, Final

from typing_extensions import override

TIMEOUT: Final = 600.0
"""The seconds after which a test that hangs fails. One that holds never waits so long."""

PRESS_AGAIN: Final = 60.0
"""The seconds after which Ctrl-C is taken for missed; a process that has got it ends sooner."""


class MovableLoop(asyncio.SelectorEventLoop):
    """An event loop whose time a test moves on, and which otherwise goes as the machine's."""

    def __init__(self) -> None:
        super().__init__()
        self.ahead = 0.0

    @override
    def time(self) -> float:
        """Give the time in seconds, from any moment on."""
        return super().time() + self.ahead


MOVABLE: Final[tuple[str, dict[str, Any]]] = ("asyncio", {"loop_factory": MovableLoop})
"""The value of `anyio_backend` in tests that move the time."""


def pass_time(seconds: float = TIMEOUT) -> None:
    """Have so many seconds pass at once, by which every time limit that is shorter ends."""
    loop = asyncio.get_running_loop()
    assert isinstance(loop, MovableLoop)
    loop.ahead += seconds
