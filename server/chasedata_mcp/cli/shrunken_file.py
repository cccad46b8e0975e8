"""A suppression file that lost many of its numbers: found, and accepted by a person (`rearm`)."""

from functools import partial

from chasedata_mcp.app.composition import now, suppression_of
from chasedata_mcp.cli.command_errors import UsageError
from chasedata_mcp.cli.ledger_access import with_account
from chasedata_mcp.cli.screen import out
from chasedata_mcp.cli.terminal_prompt import confirm, person
from chasedata_mcp.ledger import AcceptedFile, Ledger
from chasedata_mcp.policy.models import PolicyTerms
from chasedata_mcp.policy.suppression_file import ShrunkenFile


async def find_shrunken_file(
    ledger: Ledger, account: str, terms: PolicyTerms
) -> ShrunkenFile | None:
    """Find the loss of the suppression file that a policy names, if it has lost too many."""
    file = suppression_of(terms, ledger, account)
    await file.numbers()
    return file.shrunken


def accept_shrunken_file(seen: ShrunkenFile, terms: PolicyTerms, *, sandbox: bool) -> None:
    """Accept a suppression file with the numbers that it has, once a person confirms it.

    Raises:
        UsageError: It changed meanwhile.
    """
    confirm(
        f"{seen.what_happened}. It may have been cut off, emptied or exchanged, so nothing that "
        f"reaches anybody goes through. If you can, bring its numbers back. Go on with "
        f"{seen.left:,}?"
    )
    if not with_account(partial(_accept, terms=terms, seen=seen), sandbox=sandbox):
        raise UsageError("the suppression file changed meanwhile. Nothing was accepted")
    out().print("The suppression file is taken as it is.")


async def _accept(ledger: Ledger, account: str, terms: PolicyTerms, seen: ShrunkenFile) -> bool:
    """Accept the file that the person saw; false where it has other numbers by now."""
    if await find_shrunken_file(ledger, account, terms) != seen:
        return False
    counts = ledger.dnc_registry.file_counts(account)
    await counts.accept(AcceptedFile(seen.path, seen.left, person(), now()))
    return True
