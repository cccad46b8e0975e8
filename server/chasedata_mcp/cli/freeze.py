"""`chasedata-mcp freeze`: stop every write, at once and for every process on the store."""

from datetime import UTC, datetime
from functools import partial
from typing import Annotated

import typer
from rich.text import Text

from chasedata_mcp.cli.accounts import local, person, with_account
from chasedata_mcp.cli.ledger_access import SANDBOX_HELP
from chasedata_mcp.cli.screen import NAME, command, out
from chasedata_mcp.cli.usage_errors import UsageError
from chasedata_mcp.ledger import Frozen, Ledger

EXAMPLES = (f"{NAME} freeze", f'{NAME} freeze --why "the list from Monday is the wrong one"')
_UNSAID = "a person said so at the terminal"
_LONGEST = 500


def freeze(
    *,
    why: Annotated[
        str | None,
        typer.Option("--why", metavar="TEXT", help="A reason, shown to whoever goes on."),
    ] = None,
    sandbox: Annotated[bool, typer.Option("--sandbox", help=SANDBOX_HELP)] = False,
) -> None:
    """Stop everything but reads, at once: for every assistant and every process on this ledger.

    Nothing is asked. It holds until a person runs `policy rearm` at a terminal.
    """
    reason = _UNSAID if why is None else why.strip()
    if not reason or len(reason) > _LONGEST or not reason.isprintable():
        raise UsageError(f"--why takes a line of at most {_LONGEST} characters")
    before = with_account(partial(_frozen, why=reason), sandbox=sandbox)
    if before is not None:
        said = f"It was frozen before, {told(before)}"
    else:
        said = "Frozen. Nothing but reads goes through from now on."
    to_go_on = command("policy rearm", sandbox=sandbox)
    out().print(Text(f"{said} To go on: {to_go_on}"), soft_wrap=True)


async def _frozen(ledger: Ledger, account: str, why: str) -> Frozen | None:
    """Freeze; what froze it before, where something did."""
    if await ledger.freezes.freeze(account, why, person(), datetime.now(UTC)):
        return None
    return await ledger.freezes.frozen(account)


def told(frozen: Frozen) -> str:
    """Since when, by whom and why, as the end of a sentence."""
    return f"on {local(frozen.at)} by {frozen.by}: {frozen.why.rstrip('.')}."
