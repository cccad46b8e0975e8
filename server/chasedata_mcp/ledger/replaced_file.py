"""A store's file that another one replaced: the store goes on with it only if nothing is lost."""

from collections.abc import Sequence
from contextlib import suppress

from chasedata_mcp.ledger.chain import follows, read_end
from chasedata_mcp.ledger.checkpoints import Checkpoint
from chasedata_mcp.ledger.connection import Connection
from chasedata_mcp.ledger.engine import make_file_store, prepare
from chasedata_mcp.ledger.errors import LedgerUnreadableError, LedgerUnwritableError
from chasedata_mcp.ledger.models import Environment
from chasedata_mcp.ledger.schema import read_version
from chasedata_mcp.ledger.store import Store
from chasedata_mcp.ledger.store_file import StoreFile

_GONE = "Put it back, with the files -wal and -shm beside it."
_LOG_LEFT = (
    "The files -wal and -shm beside it are of the one before: put them and that one back, or move "
    "them away."
)
_OTHER_LOG = "Another program opened it meanwhile: restart every server that uses it."
_SHORT = (
    "It doesn't hold all that was recorded. Put the right one back; to go on with this one, "
    "restart every server and look with `chasedata-mcp ledger verify` at what is missing."
)


def reopen(store: Store) -> Store:
    """Open the file that is where a store's own was, and close the store.

    The file has to go on from all that was ever written to the store, as a whole copy does and an
    older one or a new file doesn't.

    Raises:
        LedgerError: There is no such file. The store stays as it was: it can be read.
    """
    file, beside = store.file, store.checkpoint_file
    problem = None if file is None else file.find_problem()
    if file is None or problem is None:
        return store
    if not file.path.exists():
        raise _displaced(problem, _GONE)
    is_its_own = file.is_in_place()
    if not is_its_own and file.has_left_its_log():
        # SQLite would add what is in it to the other file, which it doesn't fit
        # (sqlite.org/howtocorrupt.html, section 4).
        raise _displaced(problem, _LOG_LEFT)
    if is_its_own and file.has_another_log():
        # The index of the log, which SQLite shares by its name, is of that one by now.
        raise _displaced(problem, _OTHER_LOG)
    heads = [store.read(read_end), beside.read() if beside else None]
    if is_its_own:
        # Its log is lost: the last connection that is closed writes what only that had to the file.
        store.close()
    other = make_file_store(
        StoreFile(file.path), store.environment, beside.path if beside else None, store.time
    )
    if not _is_whole(other, heads):
        raise _displaced(problem, _SHORT)
    store.close()
    return prepare(other)


def _is_whole(other: Store, heads: Sequence[Checkpoint | None]) -> bool:
    """Tell whether a store goes on from all of these heads; it is closed where it doesn't."""
    is_whole = False
    try:
        # One that can't be read, or isn't a database, is none to go on with either.
        with suppress(LedgerUnreadableError):
            is_whole = other.read(_goes_on_from, other.environment, heads)
    finally:
        if not is_whole:
            other.close()
    return is_whole


def _goes_on_from(
    connection: Connection, environment: Environment, heads: Sequence[Checkpoint | None]
) -> bool:
    if read_version(connection, environment) is None:
        return False
    end = read_end(connection)
    return all(head is None or follows(connection, end, head) for head in heads)


def _displaced(problem: str, remedy: str) -> LedgerUnwritableError:
    return LedgerUnwritableError(f"The ledger can't be written: {problem}. {remedy}")
