"""Loss of the DNC registry's numbers: noticed, and kept in mind until a person accepts it.

The store counts how many numbers an account has ever suppressed, and the file beside it keeps that
count. Neither a crash nor another machine makes the store's the smaller one.
"""

from contextlib import suppress
from datetime import datetime

from sqlalchemy import Connection, select

from chasedata_mcp.ledger import dnc_registry
from chasedata_mcp.ledger.admin_actions import AdminAction, record
from chasedata_mcp.ledger.chain import Chain, end_of
from chasedata_mcp.ledger.checkpoints import Checkpoint
from chasedata_mcp.ledger.dnc_counts import DncCounts, DncCountsFile
from chasedata_mcp.ledger.errors import LedgerError, LedgerUnwritableError
from chasedata_mcp.ledger.events import Draft, EventKind, format_time
from chasedata_mcp.ledger.schema import EVENTS
from chasedata_mcp.ledger.store import Store


def counts_beside(store: Store) -> DncCounts:
    """Read what is kept; to be read before the store, which never falls behind it."""
    return (store.registry_file and store.registry_file.read()) or DncCounts()


def is_lost(store: Store, account: str) -> bool:
    """Say whether numbers of an account are gone that were not released."""
    return store.read(_is_lost, counts_beside(store), account)


def keep_loss(store: Store, connection: Connection, account: str) -> None:
    """Keep that an account's numbers are lost, ahead of what would make them look whole again."""
    kept = counts_beside(store)
    if store.registry_file is None or account in kept.lost:
        return
    if _is_lost(connection, kept, account):
        store.registry_file.keep(kept.with_lost([account]))


def follow(store: Store, account: str) -> None:
    """Keep an account's count, once what changed it is on disk."""
    if store.registry_file is not None:
        # The change itself stays recorded, whatever becomes of this.
        with suppress(LedgerError):
            store.append(_follow, store.registry_file, account)


def inspect(store: Store, checkpoint: Checkpoint | None) -> None:
    """Look at the whole of a store that was just opened, and keep what is found.

    Args:
        store: The one to look at.
        checkpoint: The one beside the store, as it was before that was opened.
    """
    file = store.registry_file
    # Mostly nothing has changed, and then nobody is kept from writing.
    if file is not None and store.read(_found, file, checkpoint) != file.read():
        with suppress(LedgerError):
            store.append(_keep_found, file, checkpoint)


def accept(store: Store, account: str, by: str, now: datetime) -> bool:
    """Take an account's registry as it is, and put that on record; false where none is lost.

    Raises:
        LedgerUnwritableError: That can't be kept, so it is lost still.
    """
    accepted = store.append(_record_acceptance, store, account, by, now)
    if accepted and store.registry_file is not None:
        store.append(_keep_acceptance, store.registry_file, account)
    return accepted


def _follow(chain: Chain, file: DncCountsFile, account: str) -> None:
    kept = file.read() or DncCounts()
    _keep(file, kept.with_counts({account: dnc_registry.ever(chain.connection, account)}))


def _keep_found(chain: Chain, file: DncCountsFile, checkpoint: Checkpoint | None) -> None:
    _keep(file, _found(chain.connection, file, checkpoint))


def _keep(file: DncCountsFile, counts: DncCounts) -> None:
    if counts != file.read():
        file.keep(counts)


def _record_acceptance(chain: Chain, store: Store, account: str, by: str, now: datetime) -> bool:
    if not _is_lost(chain.connection, counts_beside(store), account):
        return False
    left = dnc_registry.recount(chain.connection, account)
    body = {"account": account, "by": by, "remembered": left}
    chain.append([Draft.of(format_time(now), EventKind.ACCEPTED, body)])
    accepted = AdminAction(
        name="accept_loss",
        account=account,
        by=by,
        at=now,
        message="What the memory of who must not be called still has was taken for all there is.",
        arguments={"numbers_left": left},
    )
    record(chain, accepted)
    return True


def _keep_acceptance(chain: Chain, file: DncCountsFile, account: str) -> None:
    kept = file.read() or DncCounts()
    try:
        file.write(kept.with_accepted(account, dnc_registry.ever(chain.connection, account)))
    except OSError as error:
        problem = error.strerror
    else:
        return
    raise LedgerUnwritableError(f"The file beside the ledger can't be written: {problem}.")


def _is_lost(connection: Connection, kept: DncCounts, account: str) -> bool:
    ever = dnc_registry.ever(connection, account)
    return kept.is_lost(account, ever) or dnc_registry.is_emptied(connection, account)


def _found(connection: Connection, file: DncCountsFile, checkpoint: Checkpoint | None) -> DncCounts:
    """Find what there is to keep of a whole store."""
    kept = file.read()
    if kept is None:
        is_another = checkpoint is not None and not _follows(connection, checkpoint)
        kept = DncCounts(others_lost=is_another)
    counts = dnc_registry.ever_by_account(connection)
    lost = {account for account in kept.ever if kept.is_lost(account, counts.get(account, 0))}
    short = dnc_registry.accounts_with_numbers_missing(connection)
    return kept.with_lost(lost | short).with_counts(counts)


def _follows(connection: Connection, checkpoint: Checkpoint) -> bool:
    """Say whether a store goes on from a checkpoint, as far as it still has that event."""
    same = select(EVENTS.c.hash).where(EVENTS.c.seq == checkpoint.count)
    found = connection.execute(same).scalar()
    return checkpoint.count <= end_of(connection).count and found in {checkpoint.hash, None}
