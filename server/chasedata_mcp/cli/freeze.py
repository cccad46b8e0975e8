"""`chasedata-mcp freeze`: stop every write, at once and for every process on the store."""

from functools import partial
from typing import Annotated

import typer

from chasedata_mcp.app.composition import now
from chasedata_mcp.cli.ledger_access import with_account
from chasedata_mcp.cli.option_values import read_line
from chasedata_mcp.cli.options import Sandbox
from chasedata_mcp.cli.screen import NAME, command, local_time, out, print_line
from chasedata_mcp.cli.terminal_prompt import person
from chasedata_mcp.ledger import Frozen, Ledger
from chasedata_mcp.policy.rules.access import DIALER_GOES_ON

EXAMPLES = (f"{NAME} freeze", f'{NAME} freeze --why "the list from Monday is the wrong one"')
_NO_REASON_GIVEN = "a person said so at the terminal"
_LONGEST = 500


def freeze(
    *,
    why: Annotated[
        str | None,
        typer.Option("--why", metavar="TEXT", help="A reason, shown to whoever goes on."),
    ] = None,
    sandbox: Sandbox = False,
) -> None:
    """Stop all calls at once: for every assistant and every process on this ledger.

    Only reads go through, and what keeps somebody from being called, such as insert_dnc.
    Nothing is asked. It holds until a person resumes, with `policy rearm` at a terminal or on the
    approvals page. The dialer itself goes on with its campaigns: only in the dialer can these be
    paused.
    """
    # No question, and no terminal needed: what stops writes must work from a script and in haste.
    reason = _NO_REASON_GIVEN if why is None else read_line("--why", why, _LONGEST)
    before = with_account(partial(_freeze, why=reason), sandbox=sandbox)
    if before is not None:
        message = f"It was frozen before, on {describe_freeze(before)}"
    else:
        message = (
            "Frozen. From now on only reads go through, and what keeps somebody from being called."
        )
    print_line(
        out(),
        f"{message} {DIALER_GOES_ON} To go on: {command('policy rearm', sandbox=sandbox)}",
    )


async def _freeze(ledger: Ledger, account: str, why: str) -> Frozen | None:
    """Freeze the account; return the earlier freeze, where there is one, which stays."""
    if await ledger.freezes.freeze(account, why, person(), now()):
        return None
    return await ledger.freezes.frozen(account)


def describe_freeze(frozen: Frozen) -> str:
    """Say since when, by whom and why, as the end of a sentence: `2026-03-02 12:00 UTC by …`."""
    return f"{local_time(frozen.at)} by {frozen.by}: {frozen.why.rstrip('.')}."
