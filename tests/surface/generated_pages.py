"""Parts of the documents that are made of the command line: `docs/cli.md`, and links of README.md.

They are committed, and `test_generated_pages.py` compares. After a change of a command:

    cd tests && ../.venv/bin/python -m surface.generated_pages --write
"""

import re
import sys
from collections.abc import Iterator
from enum import Enum
from pathlib import Path
from typing import Any, Final

from typer.main import get_command

from chasedata_mcp.cli.app import app
from chasedata_mcp.cli.exit_codes import Exit
from chasedata_mcp.cli.host_setup.links import render_links
from chasedata_mcp.cli.schemas import insert_tables

AGAIN: Final = "cd tests && ../.venv/bin/python -m surface.generated_pages --write"
ROOT: Final = Path(__file__).parents[2]
_HEAD: Final = """\
# The command line

Every command with its options, as `--help` shows them. This page is made of the commands:
`make generated` holds it current.

Settings are variables of the environment or a file, for every command alike:
[settings.md](settings.md). Without a command, and with `--sandbox` alone, the server serves over
standard input and output. The tools' own options are those of their schemas: `chasedata-mcp call
TOOL --help`.
"""
_COMPLETION: Final = """\
## Completion in the shell

```
chasedata-mcp --install-completion    # for the shell that you are in: bash, zsh, fish or PowerShell
chasedata-mcp --show-completion       # prints it, to be put where you want it
```

Open a new terminal then. Commands, options and the hosts of `setup` complete.
"""


def pages() -> dict[Path, str]:
    """Make each document anew, from its text where only a part of it is made."""
    readme = ROOT / "README.md"
    links = {"install-links": render_links}
    return {
        ROOT / "docs" / "cli.md": "\n".join(_cli()),
        readme: insert_tables(readme.read_text("utf-8"), links),
    }


def _cli() -> Iterator[str]:
    yield _HEAD
    commands = list(_commands(get_command(app), "chasedata-mcp"))
    for name, command in commands:
        yield f"- [`{name}`](#{name.replace(' ', '-')}): {_sentence(command)}"
    yield ""
    yield _COMPLETION
    for name, command in commands:
        yield from _section(name, command)
    yield "## Exit codes\n"
    yield "| code | meaning |\n|---|---|"
    yield from (f"| {code.value} | {code.meaning} |" for code in Exit)
    yield ""


def _commands(command: Any, name: str) -> Iterator[tuple[str, Any]]:  # noqa: ANN401 - typer keeps its types to itself
    yield name, command
    for word in sorted(getattr(command, "commands", {})):
        yield from _commands(command.commands[word], f"{name} {word}")


def _section(name: str, command: Any) -> Iterator[str]:  # noqa: ANN401 - as above
    yield f"## {name}\n"
    arguments = [one for one in command.params if one.param_type_name == "argument"]
    options = [one for one in command.params if one.param_type_name == "option"]
    words = [_metavar(one) for one in arguments]
    if getattr(command, "commands", None):
        words.append("COMMAND")
    yield f"```\n{' '.join([name, *(['[OPTIONS]'] if options else []), *words])}\n```\n"
    yield f"{_text(command.help)}\n"
    if arguments or options:
        yield "| | |\n|---|---|"
        yield from (f"| `{_metavar(one)}` | {_cell(one)} |" for one in arguments)
        yield from (f"| {_names(one)} | {_cell(one)} |" for one in options)
        yield ""
    if examples := _examples(command.epilog):
        yield "```\n" + "\n".join(examples) + "\n```\n"


def _names(option: Any) -> str:  # noqa: ANN401 - as above
    value = "" if option.is_flag or option.count else f" {_metavar(option)}"
    return ", ".join(f"`{one}{value}`" for one in (*option.opts, *option.secondary_opts))


def _metavar(parameter: Any) -> str:  # noqa: ANN401 - as above
    if parameter.metavar:
        return str(parameter.metavar)
    kind = parameter.type_descriptor.annotation
    if isinstance(kind, type(Enum)):
        return "|".join(str(one.value) for one in kind)
    if parameter.param_type_name == "argument":
        return str(parameter.name).upper()
    return {int: "NUMBER", float: "NUMBER", Path: "FILE"}.get(kind, "TEXT")


def _cell(parameter: Any) -> str:  # noqa: ANN401 - as above
    text = _text(getattr(parameter, "help", "")).replace("\n", " ").replace("|", "\\|")
    default = parameter.default
    default = getattr(default, "value", default)
    if isinstance(default, bool) or default is None or not parameter.show_default:
        return text
    return f"{text} By default {default}." if isinstance(default, str | int | float) else text


def _text(text: str | None) -> str:
    """Take the marks of rich's markup out of a help text."""
    return re.sub(r"\\(?=\[)", "", text or "")


def _sentence(command: Any) -> str:  # noqa: ANN401 - as above
    first = _text(command.help).partition("\n")[0]
    return re.split(r"(?<=[.:;])\s", first)[0].rstrip(".:;")


def _examples(epilog: str | None) -> list[str]:
    """Find the examples below the help, which stand before the exit codes."""
    block = (epilog or "").partition("[bold]Examples[/bold]\n")[2].partition("\n \n")[0]
    return [_text(line.strip()) for line in block.splitlines()]


def main(words: list[str]) -> int:
    """Write the documents, or say which aren't as they are made."""
    stale = {file: text for file, text in pages().items() if _read(file) != text}
    for file, text in stale.items():
        if words == ["--write"]:
            file.write_text(text, encoding="utf-8", newline="\n")
        else:
            sys.stderr.write(f"{file.relative_to(ROOT)} is not what the commands make\n")
    if not stale or words == ["--write"]:
        return 0
    sys.stderr.write(f"mend it with: {AGAIN}\n")
    return 1


def _read(file: Path) -> str:
    return file.read_text("utf-8") if file.exists() else ""


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
