"""Groups of appends: works on the chain in one transaction, each of which has its own outcome."""

from collections.abc import Sequence

from chasedata_mcp.ledger.chain import Chain
from chasedata_mcp.ledger.connection import Database
from chasedata_mcp.ledger.errors import EntryExistsError
from chasedata_mcp.ledger.writes import AnyAppend


class OneFailedError(Exception):
    """One work of several failed by itself: nothing of the transaction may stay."""


def run_group(chain: Chain, database: Database, group: Sequence[AnyAppend]) -> None:
    """Do works on the chain in their order, all or none.

    Raises:
        OneFailedError: One of several failed, and the others wouldn't have: see `run_each`.
    """
    if len(group) == 1:
        group[0].run(chain)
        return
    try:
        for write in group:
            write.run(chain)
    except database.conflict:
        pass
    except database.error:
        raise
    except Exception:  # noqa: BLE001, S110 - any error of one: it comes again by itself
        pass
    else:
        return
    chain.store.expire_next_time()
    raise OneFailedError


def run_each(chain: Chain, database: Database, group: Sequence[AnyAppend]) -> None:
    """Do works on the chain in their order; one that fails is undone by itself.

    That takes two more statements for each, and hardly any ever fails.
    """
    for write in group:
        _attempt(chain, database, write)


def build_exists_error() -> EntryExistsError:
    """Make the error of something that is there already."""
    return EntryExistsError("The ledger has something of this id already.")


def _attempt(chain: Chain, database: Database, write: AnyAppend) -> None:
    """Do one work of several, and undo it where it fails."""
    end = chain.end
    chain.connection.run("SAVEPOINT work")
    try:
        write.run(chain)
    except database.conflict:
        write.fail(build_exists_error())
    except database.error:
        raise
    except Exception as error:  # noqa: BLE001 - any error of one: the others are written
        write.fail(error)
    else:
        chain.connection.run("RELEASE work")
        return
    chain.connection.run("ROLLBACK TO work")
    chain.connection.run("RELEASE work")
    chain.go_back(end)
    chain.store.expire_next_time()
