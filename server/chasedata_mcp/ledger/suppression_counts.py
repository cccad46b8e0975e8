"""Counts of the numbers in each account's suppression file, by which a shrunken file is noticed.

They stand in the file beside the store, with the counts of the DNC registry. A store in memory has
none: there a count is remembered for as long as the process lives, by the suppression file itself.
"""

from chasedata_mcp.ledger.admin_actions import AdminAction, record
from chasedata_mcp.ledger.chain import Chain
from chasedata_mcp.ledger.dnc_counts import DncCounts
from chasedata_mcp.ledger.dnc_loss import read_counts_beside
from chasedata_mcp.ledger.dnc_models import AcceptedFile
from chasedata_mcp.ledger.errors import LedgerUnwritableError
from chasedata_mcp.ledger.store import Store


def find_most(store: Store, account: str, path: str) -> int:
    """Find the most numbers that a file had since a person accepted it; 0 where none is known."""
    return read_counts_beside(store).count_in_file(account, path)


def remember(store: Store, account: str, path: str, count: int) -> None:
    """Remember the count of a file, if it is the most that the file had."""
    if store.dnc_counts_file is not None and _is_more(
        read_counts_beside(store), account, path, count
    ):
        store.append(_remember, store, account, path, count)


def accept(store: Store, account: str, accepted: AcceptedFile) -> None:
    """Accept a file with the numbers that it has, on record.

    Raises:
        LedgerUnwritableError: The file beside the store can't be written.
    """
    store.append(_accept, store, account, accepted)


def _remember(_: Chain, store: Store, account: str, path: str, count: int) -> None:
    # Read anew: nobody else writes the file within this transaction.
    counts = read_counts_beside(store)
    if store.dnc_counts_file is not None and _is_more(counts, account, path, count):
        store.dnc_counts_file.try_write(counts.with_file(account, path, count))


def _is_more(counts: DncCounts, account: str, path: str, count: int) -> bool:
    if not counts.knows_file(account, path):
        return True
    return count > counts.count_in_file(account, path)


def _accept(chain: Chain, store: Store, account: str, accepted: AcceptedFile) -> None:
    counts = read_counts_beside(store)
    before = counts.count_in_file(account, accepted.path)
    action = AdminAction(
        name="accept_suppression_file",
        account=account,
        by=accepted.by,
        at=accepted.at,
        message="The suppression file was accepted with fewer numbers than it had.",
        arguments={"numbers": accepted.count, "before": before},
    )
    record(chain, action)
    if store.dnc_counts_file is None:
        return
    try:
        store.dnc_counts_file.write(counts.with_file(account, accepted.path, accepted.count))
    except OSError as error:
        problem = error.strerror
    else:
        return
    raise LedgerUnwritableError(f"The file beside the ledger can't be written: {problem}.")
