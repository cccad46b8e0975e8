"""`chasedata-mcp undo`: take a call back, from the terminal."""

from contextlib import closing
from typing import Annotated

import typer

from chasedata_mcp import settings
from chasedata_mcp.app.state import ledger_directory
from chasedata_mcp.batches.errors import BatchError
from chasedata_mcp.cli import result_view
from chasedata_mcp.cli.call_session import TerminalSession, open_session
from chasedata_mcp.cli.exit_codes import exit_of
from chasedata_mcp.cli.ledger_access import find_environment
from chasedata_mcp.cli.options import ResultAsJson, Sandbox
from chasedata_mcp.cli.screen import NAME, out
from chasedata_mcp.cli.terminal_prompt import ask_at_terminal
from chasedata_mcp.ledger import Environment
from chasedata_mcp.settings import Settings
from chasedata_mcp.tools.results import Result

EXAMPLES = (f"{NAME} history", f"{NAME} undo 4k7zchzf2m")


def undo(
    entry: Annotated[
        str,
        typer.Argument(
            metavar="ID", help="The entry, as `history` shows it, or a batch, as `batch list` does."
        ),
    ],
    *,
    as_json: ResultAsJson = False,
    sandbox: Sandbox = False,
) -> None:
    """Take back an earlier call by making the opposite calls, or the rows of a batch.

    It refuses, and says why, where there is no way back or something has changed since. Where a
    person must say yes, it asks here.
    """
    found = settings.load_settings(sandbox=sandbox)
    environment = find_environment(found)  # it refuses where no ledger is kept
    with open_session(found, ask_at_terminal) as person:
        result = _undo_batch(found, environment, person, entry) or person.undo(entry)
    if as_json:
        typer.echo(result_view.as_json(result))
    else:
        result_view.show(result, out(), sandbox=sandbox)
    raise typer.Exit(exit_of(result))


def _undo_batch(
    found: Settings, environment: Environment, person: TerminalSession, batch_id: str
) -> Result | None:
    """Take the rows of a batch back; None where there is no batch of this id."""
    from chasedata_mcp.app.batch_undo import BatchUndo  # noqa: PLC0415 - as above
    from chasedata_mcp.app.batches import (  # noqa: PLC0415 - heavy, and seldom meant
        find_batch_store,
        make_batch_service,
    )

    store = find_batch_store(found.ledger or ledger_directory(found), environment)
    if store is None or person.ledger is None:
        return None
    with closing(store):
        service = make_batch_service(found, person.pipeline, person.ledger, store)
        try:
            view = person.portal.call(service.view, batch_id)
        except BatchError:
            return None
        return person.undo_batch(BatchUndo(person.pipeline, person.ledger, store), view)
