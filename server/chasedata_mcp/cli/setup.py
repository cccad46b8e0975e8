"""`chasedata-mcp setup`: give the server to the hosts on this machine, or take it away again."""

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Final

import typer

from chasedata_mcp.app.composition import now
from chasedata_mcp.cli.command_errors import CommandError, UsageError, nearest
from chasedata_mcp.cli.exit_codes import Exit
from chasedata_mcp.cli.host_setup.changes import Change, Outcome, Refused, Unchanged, plan
from chasedata_mcp.cli.host_setup.hosts import HOSTS, Host, Server, UserMachine, this_machine
from chasedata_mcp.cli.host_setup.links import install_link
from chasedata_mcp.cli.host_setup.server_words import installed_from, server_words
from chasedata_mcp.cli.host_setup.toml_text import set_table
from chasedata_mcp.cli.screen import NAME, command, complain, out, print_line
from chasedata_mcp.cli.terminal_prompt import confirm
from chasedata_mcp.files.replacement import replace_file

HELP: Final = (
    "Give the server to the hosts on this machine: the sandbox first, which rings nobody.\n\n"
    "It looks for Claude Desktop, Claude Code, Codex, Gemini CLI, VS Code, Cursor and opencode, "
    "shows what it would change in the settings of each, and writes that once you have typed yes. "
    "What a file was is kept beside it; its other entries and comments stay. A file that it can't "
    "understand isn't touched.\n\n"
    "No token is written anywhere: with --live the entry names the file that holds it."
)
EXAMPLES: Final = (
    f"{NAME} setup",
    f"{NAME} setup codex cursor",
    f"{NAME} setup --print vscode",
    f"{NAME} setup --live --account test --token-file ~/token",
    f"{NAME} setup --remove",
)
_NOBODY: Final = "no host was found here; {} shows what to paste, for HOST one of {}"
_THEN: Final = "Then ask there: “Look up client id WEB-1001.”"
_THEN_LIVE: Final = (
    f"Whether your dialer answers, {NAME} doctor says, with the same two variables set."
)
_KEYS: Final = tuple(host.key for host in HOSTS)


def _complete(typed: str) -> list[str]:
    return [key for key in _KEYS if key.startswith(typed)]


def setup(  # noqa: PLR0913 - the command's options
    hosts: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[HOST]...",
            help=f"Of {', '.join(_KEYS)}; by default all that are here.",
            autocompletion=_complete,
        ),
    ] = None,
    *,
    print_for: Annotated[
        str | None,
        typer.Option(
            "--print",
            metavar="HOST",
            help="Print what to paste; write nothing.",
            autocompletion=_complete,
        ),
    ] = None,
    live: Annotated[
        bool, typer.Option("--live", help="Your own dialer, in place of the sandbox.")
    ] = False,
    account: Annotated[
        str | None,
        typer.Option("--account", metavar="ACCID", help="With --live: the account."),
    ] = None,
    token_file: Annotated[
        Path | None,
        typer.Option("--token-file", metavar="FILE", help="With --live: where the token is."),
    ] = None,
    replace: Annotated[
        bool, typer.Option("--replace", help="Take the place of an entry that isn't the sandbox's.")
    ] = False,
    remove: Annotated[bool, typer.Option("--remove", help="Take the entries away.")] = False,
) -> None:
    """Set the hosts up; the help of the command is `HELP`."""
    if remove and (live or print_for or replace):
        raise UsageError("--remove stands alone or with hosts")
    machine = this_machine()
    if print_for is not None:
        _print_entry(_named(print_for), machine, _server(live, account, token_file, printed=True))
        return
    server = None if remove else _server(live, account, token_file, printed=False)
    chosen = _choose(hosts or [], machine)
    outcomes = [
        plan(host, host.file(machine), host.write(server) if server else None, replace=replace)
        for host in chosen
    ]
    _show(outcomes)
    if not hosts:
        _name_others(chosen)
    _carry_out(outcomes, server)


def _choose(names: Sequence[str], machine: UserMachine) -> list[Host]:
    """Take the hosts that are named, else those that are here.

    Raises:
        CommandError: None is named, and none is here.
    """
    chosen = [_named(name) for name in names] or [one for one in HOSTS if one.is_here(machine)]
    if not chosen:
        how = command("setup --print HOST")
        raise CommandError(_NOBODY.format(how, ", ".join(_KEYS)), Exit.FAILED)
    return chosen


def _carry_out(outcomes: Sequence[Outcome], server: Server | None) -> None:
    """Write what can be written, and say what a person does by hand for the rest.

    Raises:
        typer.Exit: A file wasn't understood.
    """
    changes = [one for one in outcomes if isinstance(one, Change)]
    if changes:
        _write(changes, removes=server is None)
    if changes and server is not None:
        print_line(out(), _THEN_LIVE if server.variables else _THEN)
    refused = [one for one in outcomes if isinstance(one, Refused)]
    for one in refused:
        _explain(one, server)
    if refused:
        raise typer.Exit(Exit.FAILED)


def _named(name: str) -> Host:
    """Find a host by its key.

    Raises:
        UsageError: There is none of that name.
    """
    found = next((host for host in HOSTS if host.key == name), None)
    if found is None:
        known = f"; there are {', '.join(_KEYS)}"
        raise UsageError(f"no host is called {name}{nearest(name, _KEYS) or known}")
    return found


def _server(live: bool, account: str | None, token: Path | None, *, printed: bool) -> Server:  # noqa: FBT001 - the option's own value
    """Make what a host starts: the sandbox, or one's own dialer by the file that holds its token.

    Raises:
        UsageError: The account or the file is missing, or not asked for.
    """
    words = server_words(os.environ, source=installed_from())
    if not live:
        if account or token:
            raise UsageError("--account and --token-file belong to --live")
        return Server([*words, "--sandbox"])
    if not printed and (account is None or token is None):
        raise UsageError(
            "--live needs --account and --token-file, such as --account test --token-file "
            "~/.config/chasedata/token. Write the token into that file with an editor; only you "
            "should be able to read it. The token isn't an argument: others would see it there."
        )
    file = (token or Path("~/.config/chasedata/token")).expanduser().absolute()
    if not printed and not file.is_file():
        raise UsageError(f"there is no file {file}; write the token into it first")
    variables = {
        "CHASEDATA_TOKEN_FILE": str(file),
        "CHASEDATA_ACCID": account or "your-account",
    }
    return Server(words, variables)


def _show(outcomes: Sequence[Outcome]) -> None:
    screen = out()
    for one in outcomes:
        match one:
            case Change():
                made = "new" if one.before is None else "changed"
                print_line(screen, f"{one.host.name}: {one.file}, {made}", "bold")
                for line in one.diff():
                    style = {"+": "green", "-": "red"}.get(line[0], "dim")
                    print_line(screen, f"  {line}", style)
            case Unchanged():
                print_line(screen, f"{one.host.name}: {one.file} {one.why}.")
            case Refused():
                print_line(screen, f"{one.host.name}: {one.file} isn't touched: {one.why}.")


def _name_others(chosen: Sequence[Host]) -> None:
    others = [f"{host.name} ({host.key})" for host in HOSTS if host not in chosen]
    if others:
        print_line(out(), f"Not found here: {', '.join(others)}.", "dim")


def _write(changes: Sequence[Change], *, removes: bool) -> None:
    """Write each change after one yes to all of them.

    Raises:
        CommandError: There was no yes, or a file couldn't be written.
    """
    names = ", ".join(change.host.name for change in changes)
    files = "this file" if len(changes) == 1 else f"these {len(changes)} files"
    what = "take the server away from" if removes else "give the server to"
    confirm(f"Write {files}, to {what} {names}? What a file was is kept beside it.")
    failed = [change.host.name for change in changes if not _is_written(change, removes=removes)]
    if failed:
        raise CommandError(f"not written: {', '.join(failed)}; run it again", Exit.FAILED)


def _is_written(change: Change, *, removes: bool) -> bool:
    try:
        kept = replace_file(change.file, change.before, change.after, now())
    except OSError as error:
        complain(f"{change.host.name}: {change.file} is as it was: {error.strerror or error}")
        return False
    was = f" It was: {kept.name}." if kept else ""
    then = "" if removes else f" {change.host.then}"
    print_line(out(), f"✓ {change.host.name}.{was}{then}")
    return True


def _explain(refused: Refused, server: Server | None) -> None:
    """Say what a person does by hand where a file wasn't understood."""
    if server is None:
        complain(f"take the entry {' → '.join(refused.host.path)} out of {refused.file} by hand")
        return
    complain(f"put this into {refused.file} by hand:")
    print_line(out(), entry_text(refused.host, server))


def _print_entry(host: Host, machine: UserMachine, server: Server) -> None:
    screen = out()
    print_line(screen, entry_text(host, server))
    complain(f"for {host.name}, in {host.file(machine)}")
    if server.words[-1] == "--sandbox" and (link := install_link(host)):
        complain(f"or open this link, where uv is installed: {link}")


def entry_text(host: Host, server: Server) -> str:
    """Write a server as it stands in an otherwise empty file of the host."""
    entry = host.write(server)
    if host.is_toml:
        return set_table("", host.path, entry).rstrip()
    whole: object = entry
    for name in reversed(host.path):
        whole = {name: whole}
    return json.dumps(whole, indent=2, ensure_ascii=False)
