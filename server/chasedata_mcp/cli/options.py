"""The options and arguments that several commands take, each declared once."""

from pathlib import Path
from typing import Annotated

import typer

JSON, SANDBOX = "--json", "--sandbox"

Sandbox = Annotated[bool, typer.Option(SANDBOX, help="Use the embedded sandbox.")]
ResultAsJson = Annotated[
    bool, typer.Option(JSON, help="Print the structured result, one line of JSON.")
]
Port = Annotated[
    int, typer.Option("--port", min=0, max=65535, help="The port; 0 takes a free one.")
]
ToolName = Annotated[str, typer.Argument(metavar="TOOL", help="The tool's name.")]

# Where `approve` and `approvals` look for questions. They work without any: what a server has for
# settings is seldom set in the terminal that a person opens.
OnlySandbox = Annotated[
    bool, typer.Option(SANDBOX, help="Of the sandbox alone; without it, live comes first.")
]
AccountId = Annotated[
    str | None,
    typer.Option("--account", metavar="ACCID", help="Of this account alone.", show_default=False),
]
StateDirectory = Annotated[
    Path | None,
    typer.Option(
        "--state-dir",
        metavar="DIR",
        help="Where the server keeps its record, if it was told where.",
        show_default=False,
    ),
]
SettingsFile = Annotated[
    Path | None,
    typer.Option("--config", metavar="FILE", help="The server's settings.", show_default=False),
]
