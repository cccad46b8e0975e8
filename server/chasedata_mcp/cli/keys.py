"""`chasedata-mcp keys`: the keys of clients over HTTP, made, listed and revoked."""

from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Annotated, TypeVar

import typer
from rich.text import Text

from chasedata_mcp import settings
from chasedata_mcp.app.composition import now
from chasedata_mcp.app.machine_user import machine_user
from chasedata_mcp.app.state import directory
from chasedata_mcp.cli.command_errors import CommandError, UsageError
from chasedata_mcp.cli.exit_codes import Exit
from chasedata_mcp.cli.screen import NAME, err, local_time, make_table, out, print_json, print_line
from chasedata_mcp.mcp_server.http_keys import HttpKey, HttpKeys, KeyNameError

T = TypeVar("T")

HELP = (
    "List, make or revoke the keys of clients over HTTP.\n\n"
    "Each key is a principal of its own: its history, its grants and the yeses to its calls are "
    "apart from those of every other key. A server that runs minds a change at once."
)
EXAMPLES = (
    f"{NAME} keys",
    f"{NAME} keys make crm",
    f"{NAME} keys revoke crm",
)


def keys(
    context: typer.Context,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print each as a line of JSON.")] = False,
) -> None:
    """List the keys that were made, without the keys themselves."""
    if context.invoked_subcommand is not None:
        if as_json:
            raise UsageError(f"options stand behind `{context.invoked_subcommand}`")
        return
    found = _use(lambda kept: kept.all())
    if as_json:
        for key in found:
            print_json(as_data(key))
    elif found:
        _show(found)
    else:
        out().print("There are no named keys.")


def make(
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="A name for it, such as the client's: crm.")
    ],
) -> None:
    """Make a key and print it, this once: only its hash is kept."""
    try:
        key = _use(lambda kept: kept.make(name, machine_user(), now()))
    except KeyNameError as error:
        raise UsageError(f"the name of a key {error}") from None
    print_line(out(), key)
    print_line(err(), f"Key {name} was made, and is not shown again.")
    print_line(err(), "A client sends it with every request: Authorization: Bearer KEY")
    print_line(err(), f"To end it: {NAME} keys revoke {name}")


def revoke(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The key to revoke.")],
) -> None:
    """Revoke a key at once, in servers that run too, without a question."""
    if not _use(lambda kept: kept.revoke(name, now())):
        raise UsageError(f"no key of this name lets anybody in; `{NAME} keys` lists them")
    print_line(out(), f"Revoked: {name}. Nobody comes in with it any more.")


def as_data(key: HttpKey) -> dict[str, str | None]:
    """Make the JSON of a key, without its hash; times with their offset."""
    ended = None if key.revoked is None else key.revoked.isoformat()
    data = {**asdict(key), "made": key.made.isoformat(), "revoked": ended}
    del data["hash"]
    return {**data, "principal": key.principal}


def _use(work: Callable[[HttpKeys], T]) -> T:
    """Work on the keys of this user.

    Raises:
        CommandError: Their file can't be used.
    """
    try:
        return work(HttpKeys(directory(settings.load_settings())))
    except OSError as error:
        raise CommandError(f"{error}; nothing changed", Exit.FAILED) from None


def _show(found: Sequence[HttpKey]) -> None:
    table = make_table("name", "made", "by", "revoked", unwrapped=2)
    for key in found:
        ended = "" if key.revoked is None else local_time(key.revoked)
        table.add_row(key.name, local_time(key.made), Text(key.by), ended)
    out().print(table)
