"""Loss of the DNC registry's numbers: noticed, and remembered until a person accepts it.

The store counts how many numbers an account has ever suppressed, and the file beside it has a copy
of that count. The file is written after the store, so that neither a crash nor another machine can
make the store's count the smaller one: only a loss can.
"""

from contextlib import suppress
from datetime import datetime

from chasedata_mcp.ledger import dnc_registry
from chasedata_mcp.ledger.admin_actions import AdminAction, record
from chasedata_mcp.ledger.chain import Chain, follows, read_end
from chasedata_mcp.ledger.checkpoints import Checkpoint
from chasedata_mcp.ledger.connection import Connection
from chasedata_mcp.ledger.dnc_counts import DncCounts, DncCountsFile
from chasedata_mcp.ledger.errors import LedgerError, LedgerUnwritableError
from chasedata_mcp.ledger.events import Draft, EventKind, format_time
from chasedata_mcp.ledger.store import Store


def read_counts_beside(store: Store) -> DncCounts:
    """Read the counts beside a store; read them before the store, which never falls behind them."""
    return (store.dnc_counts_file and store.dnc_counts_file.read()) or DncCounts()


def is_lost(store: Store, account: str) -> bool:
    """Say whether numbers of an account are gone that were not released."""
    return store.read(_is_lost, read_counts_beside(store), account)


def remember_loss(store: Store, connection: Connection, account: str) -> None:
    """Write a loss of an account's numbers to the file, ahead of numbers that would hide it."""
    counts = read_counts_beside(store)
    if store.dnc_counts_file is None or account in counts.lost:
        return
    if _is_lost(connection, counts, account):
        store.dnc_counts_file.try_write(counts.with_lost([account]))


def copy_count(store: Store, account: str) -> None:
    """Copy an account's count into the file, once the transaction that changed it is on disk."""
    if store.dnc_counts_file is not None:
        # The change itself is recorded: its call must not fail for the copy.
        with suppress(LedgerError):
            # It changes nothing in the store, so nothing waits for the disk.
            store.append_soon(_copy_count, store.dnc_counts_file, account)


def inspect(store: Store, checkpoint: Checkpoint | None) -> None:
    """Look for losses in the whole of a store that was just opened, and remember them.

    Args:
        store: The store.
        checkpoint: The one beside the store, as it was before the store was opened.
    """
    file = store.dnc_counts_file
    # Read first without a lock: mostly nothing has changed, and no other writer has to wait.
    if file is not None and store.read(_found, file, checkpoint) != file.read():
        with suppress(LedgerError):
            store.append(_write_found, file, checkpoint)


def accept(store: Store, account: str, by: str, now: datetime) -> bool:
    """Accept an account's registry as it is, on record; false where it has lost nothing.

    Raises:
        LedgerUnwritableError: The file can't be written, so the numbers still count as lost.
    """
    accepted = store.append(_record_acceptance, store, account, by, now)
    if accepted and store.dnc_counts_file is not None:
        store.append(_write_acceptance, store.dnc_counts_file, account)
    return accepted


def _copy_count(chain: Chain, file: DncCountsFile, account: str) -> None:
    counts = file.read() or DncCounts()
    ever = dnc_registry.count_ever(chain.connection, account)
    _write_if_changed(file, counts.with_counts({account: ever}))


def _write_found(chain: Chain, file: DncCountsFile, checkpoint: Checkpoint | None) -> None:
    _write_if_changed(file, _found(chain.connection, file, checkpoint))


def _write_if_changed(file: DncCountsFile, counts: DncCounts) -> None:
    if counts != file.read():
        file.try_write(counts)


def _record_acceptance(chain: Chain, store: Store, account: str, by: str, now: datetime) -> bool:
    if not _is_lost(chain.connection, read_counts_beside(store), account):
        return False
    left = dnc_registry.recount(chain.connection, account)
    body = {"account": account, "by": by, "remembered": left}
    chain.append([Draft.of(format_time(now), EventKind.ACCEPTED, body)])
    accepted = AdminAction(
        name="accept_loss",
        account=account,
        by=by,
        at=now,
        message="The do-not-call memory was accepted as it is, after it had lost numbers.",
        arguments={"numbers_left": left},
    )
    record(chain, accepted)
    return True


def _write_acceptance(chain: Chain, file: DncCountsFile, account: str) -> None:
    counts = file.read() or DncCounts()
    ever = dnc_registry.count_ever(chain.connection, account)
    try:
        file.write(counts.with_accepted(account, ever))
    except OSError as error:
        problem = error.strerror
    else:
        return
    raise LedgerUnwritableError(f"The file beside the ledger can't be written: {problem}.")


def _is_lost(connection: Connection, counts: DncCounts, account: str) -> bool:
    ever = dnc_registry.count_ever(connection, account)
    return counts.is_lost(account, ever) or dnc_registry.is_emptied(connection, account)


def _found(connection: Connection, file: DncCountsFile, checkpoint: Checkpoint | None) -> DncCounts:
    """Find the counts and the losses of a whole store, to be written beside it."""
    beside = file.read()
    if beside is None:
        # With a checkpoint of another chain, the store was replaced, and its numbers with it.
        is_another = checkpoint is not None and not follows(
            connection, read_end(connection), checkpoint
        )
        beside = DncCounts(others_lost=is_another)
    counts = dnc_registry.count_ever_by_account(connection)
    lost = {account for account in beside.ever if beside.is_lost(account, counts.get(account, 0))}
    short = dnc_registry.find_accounts_with_losses(connection)
    return beside.with_lost(lost | short).with_counts(counts)
