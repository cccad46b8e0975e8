"""Groups of appends: works on the chain in one transaction, each of which has its own outcome."""

from collections.abc import Sequence

from chasedata_mcp.ledger.chain import Chain
from chasedata_mcp.ledger.connection import Database
from chasedata_mcp.ledger.errors import EntryExistsError
from chasedata_mcp.ledger.writes import AnyAppend


def run_group(chain: Chain, database: Database, group: Sequence[AnyAppend]) -> None:
    """Do works on the chain in their order; of several, one that fails is undone by itself."""
    if len(group) == 1:
        group[0].run(chain)
        return
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
    chain.end = end
    chain.store.expire_next_time()
