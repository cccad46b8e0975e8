"""Count what one call runs through: functions and modules of ours, up to the post and in all.

`python tests/bench/path_length.py`. Every Python call into the package is counted while a client in
memory makes one `insert_lead` (stored), one `search_lead`, and one `delete_dnc` that a person
approves. The server is warm: nothing is counted that only a first call does. A comprehension, which
has a frame of its own up to Python 3.11, is counted apart from the functions.
"""

import sys
import tempfile
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

import anyio
from mcp import Client
from mcp.client.context import ClientRequestContext
from mcp_types import ElicitRequestParams, ElicitResult
from rich.console import Console
from rich.table import Table

import chasedata_mcp
from chasedata_mcp.app.composition import opened
from chasedata_mcp.mcp_server.callers import caller_of
from chasedata_mcp.mcp_server.server import build
from chasedata_mcp.mcp_server.server_context import server_context_of
from chasedata_mcp.settings import load_settings

_OURS = str(Path(chasedata_mcp.__file__).parent)
_SANDBOX = f"{_OURS}/sandbox/"
_NUMBER = "2125550104"
_LEAD = {"campaign": "Solar", "primary_phone": "9545550177", "import_only": True}
CALLS: Mapping[str, Mapping[str, Any]] = {
    "insert_lead": _LEAD,
    "search_lead": {"search_field": "phone", "identifier": "9545550101"},
    "delete_dnc": {"number": _NUMBER},
}


@dataclass
class CallPath:
    """The functions of ours that ran, without the sandbox's: it stands in for the network.

    It is set before any thread starts, so that the ledger's are counted too, and counts only while
    it is `on`.
    """

    functions: set[CodeType] = field(default_factory=set[CodeType])
    on: bool = False

    def __call__(self, frame: FrameType, event: str, _arg: object) -> None:
        """Take a call down, as `sys.setprofile` reports it."""
        file = frame.f_code.co_filename
        if self.on and event == "call" and file.startswith(_OURS) and not file.startswith(_SANDBOX):
            self.functions.add(frame.f_code)

    @property
    def comprehensions(self) -> set[CodeType]:
        """The comprehensions, generator expressions and lambdas among them."""
        return {code for code in self.functions if code.co_name.startswith("<")}

    @property
    def modules(self) -> set[str]:
        """The files that the functions stand in."""
        return {code.co_filename for code in self.functions}


async def _types_the_number(
    context: ClientRequestContext, params: ElicitRequestParams
) -> ElicitResult:
    del context, params
    return ElicitResult(action="accept", content={"confirm": _NUMBER})


async def trace(path: CallPath, tool: str, arguments: Mapping[str, Any], place: Path) -> None:
    """Make the call once to warm up and once to be counted, on a sandbox of its own."""
    settings = load_settings(
        {
            "CHASEDATA_SANDBOX": "1",
            "CHASEDATA_SANDBOX_FILE": str(place / f"{tool}.sqlite3"),
            "CHASEDATA_STATE_DIR": str(place),
        }
    )
    async with opened(settings) as way:
        server = build(way.pipeline, caller_of("tester"), server_context_of(way, settings))
        async with Client(server, mode="legacy", elicitation_callback=_types_the_number) as client:
            warm = {**arguments, "primary_phone": "9545550178"} if tool == "insert_lead" else {}
            await client.call_tool(tool, warm or dict(arguments))
            path.functions.clear()
            path.on = True
            result = await client.call_tool(tool, dict(arguments))
            path.on = False
            if result.is_error:
                raise SystemExit(f"{tool} failed: {result.structured_content}")


async def main() -> None:
    """Trace the three calls and print how long their paths are."""
    table = Table("call", "functions", "comprehensions", "modules")
    path = CallPath()
    threading.setprofile(path)
    sys.setprofile(path)
    with tempfile.TemporaryDirectory() as place:
        for tool, arguments in CALLS.items():
            await trace(path, tool, arguments, Path(place))
            named = len(path.functions) - len(path.comprehensions)
            table.add_row(tool, str(named), str(len(path.comprehensions)), str(len(path.modules)))
    Console().print(table)


if __name__ == "__main__":
    anyio.run(main)
