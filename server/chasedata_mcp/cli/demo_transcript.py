"""How the demo reads: a script of who says what, in two columns."""

import json
from collections.abc import Mapping

from rich.console import Console
from rich.rule import Rule
from rich.text import Text

from chasedata_mcp.cli.screen import hanging

_LABELS = 9
_OUTCOMES = {"done": "green", "refused": "red", "unknown": "yellow"}


class Transcript:
    """Prints a session while it is played."""

    def __init__(self, screen: Console) -> None:
        self._screen = screen

    def opening(self) -> None:
        """Say what is about to be seen."""
        told = Text.assemble(
            ("A morning at a call centre. ", "bold"),
            "A manager talks, an assistant calls tools of chasedata-mcp, and a person is asked "
            "before a protection or a list is lost. It runs on the embedded sandbox: no dialer is "
            "touched, every number is fictional.",
        )
        hanging(self._screen, Text(), told, indent=0)

    def connected(self, name: str, protocol: str, instructions: str, tools: int) -> None:
        """Say what the client learned when it connected."""
        self._screen.print()
        self._line("connects", f"{name} over stdio, MCP {protocol}, {tools} tools", "dim")
        self._line("is told", instructions.partition("\n")[0], "dim")

    def scene(self, number: int, title: str) -> None:
        """Begin a scene."""
        self._screen.print()
        self._screen.print(Rule(Text(f"{number}. {title}", style="bold"), align="left"))

    def wish(self, wish: str, tool: str, arguments: Mapping[str, object]) -> None:
        """Say what the manager wants, and which call the assistant makes of it."""
        self._screen.print()
        self._line("manager", wish, "bold")
        call = Text(tool, style="bold cyan")
        for name, value in arguments.items():
            call.append(f"\n  {name}: ", style="cyan").append(_written(value), style="default")
        self._line("calls", call)

    def question(self, message: str, form: str) -> None:
        """Show what a person is asked."""
        asked = Text(message, style="yellow")
        asked.append(f"\n[{form}]", style="dim yellow")
        self._line("is asked", asked)

    def reply(self, reply: str) -> None:
        """Show what the person did."""
        self._line("person", reply, "bold yellow")

    def answer(self, text: str, outcome: str) -> None:
        """Show what the assistant is told; the fields that are empty are left out."""
        kept = [line for line in text.splitlines() if not line.endswith(": ")]
        self._line("gets", "\n".join(kept), _OUTCOMES.get(outcome, ""))

    def moral(self, moral: str) -> None:
        """Say what a scene shows."""
        if moral:
            self._screen.print()
            self._line("", moral, "italic dim")

    def closing(self, lines: Mapping[str, str]) -> None:
        """Say how to go on; what is to be copied is never broken by the width."""
        self._screen.print()
        self._screen.print(Rule(Text("Your own client", style="bold"), align="left"))
        for told, command in lines.items():
            self._screen.print()
            hanging(self._screen, Text(), Text(told), indent=0)
            self._screen.print(Text(f"  {command}", style="cyan"), soft_wrap=True)

    def _line(self, label: str, told: str | Text, style: str = "") -> None:
        text = told if isinstance(told, Text) else Text(told, style=style)
        hanging(self._screen, Text(f"{label:>{_LABELS}}", style="dim"), text, indent=_LABELS + 2)


def _written(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
