"""The demo's transcript: a script in two columns, speakers and what they say."""

import json
from collections.abc import Mapping

from rich.console import Console
from rich.rule import Rule
from rich.text import Text

from chasedata_mcp.cli.screen import print_hanging, print_line

_LABELS = 9
_OUTCOMES = {"done": "green", "refused": "red", "unknown": "yellow"}


class Transcript:
    """The script of a session, printed while it is played."""

    def __init__(self, screen: Console) -> None:
        self._screen = screen

    def opening(self) -> None:
        """Print what is about to be seen."""
        introduction = Text.assemble(
            ("A morning at a call centre. ", "bold"),
            "A manager talks, an assistant calls tools of chasedata-mcp, and a person is asked "
            "before a protection or a list is lost. It runs on the embedded sandbox: no dialer is "
            "touched, every number is fictional.",
        )
        print_hanging(self._screen, Text(), introduction, indent=0)

    def connected(self, name: str, protocol: str, instructions: str, tools: int) -> None:
        """Print what the client learned when it connected."""
        self._screen.print()
        self._line("connects", f"{name} over stdio, MCP {protocol}, {tools} tools", "dim")
        self._line("is told", instructions.partition("\n")[0], "dim")

    def scene(self, number: int, title: str) -> None:
        """Print the heading of a scene."""
        self._screen.print()
        self._screen.print(Rule(Text(f"{number}. {title}", style="bold"), align="left"))

    def wish(self, wish: str, tool: str, arguments: Mapping[str, object]) -> None:
        """Print the manager's wish, and the call that the assistant makes of it."""
        self._screen.print()
        self._line("manager", wish, "bold")
        call = Text(tool, style="bold cyan")
        for name, value in arguments.items():
            call.append(f"\n  {name}: ", style="cyan").append(_written(value), style="default")
        self._line("calls", call)

    def question(self, message: str, form: str) -> None:
        """Print the question that a person is asked."""
        asked = Text(message, style="yellow")
        asked.append(f"\n[{form}]", style="dim yellow")
        self._line("is asked", asked)

    def reply(self, reply: str) -> None:
        """Print the person's reply."""
        self._line("person", reply, "bold yellow")

    def answer(self, text: str, outcome: str) -> None:
        """Print the result that the assistant gets, without the empty fields of a lead."""
        kept = [line for line in text.splitlines() if not line.endswith(": ")]
        self._line("gets", "\n".join(kept), _OUTCOMES.get(outcome, ""))

    def moral(self, moral: str) -> None:
        """Print the moral of a scene."""
        if moral:
            self._screen.print()
            self._line("", moral, "italic dim")

    def closing(self, lines: Mapping[str, str]) -> None:
        """Print the next steps, with commands to copy that no width breaks."""
        self._screen.print()
        self._screen.print(Rule(Text("Your own client", style="bold"), align="left"))
        for heading, command in lines.items():
            self._screen.print()
            print_hanging(self._screen, Text(), Text(heading), indent=0)
            print_line(self._screen, f"  {command}", "cyan")

    def _line(self, label: str, content: str | Text, style: str = "") -> None:
        text = content if isinstance(content, Text) else Text(content, style=style)
        print_hanging(
            self._screen, Text(f"{label:>{_LABELS}}", style="dim"), text, indent=_LABELS + 2
        )


def _written(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
