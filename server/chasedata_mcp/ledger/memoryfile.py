"""What the memory held, kept beside the store: so that one that was lost isn't taken for new."""

import json
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import cast

from sqlalchemy import Connection

from chasedata_mcp.ledger import memory
from chasedata_mcp.ledger.faults import LedgerError
from chasedata_mcp.ledger.headfile import clear_unfinished, replace_file
from chasedata_mcp.ledger.transactions import Transactions


class MemoryFile:
    """How many numbers each account's memory holds, in a file that is replaced as a whole.

    It may fall behind the store. What matters of it is whether there were any.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        clear_unfinished(path)

    def count(self, account: str) -> int:
        """How many there were; 0 where nobody has kept that, or it can't be read."""
        return self._read().get(account, 0)

    def keep(self, counts: Mapping[str, int]) -> None:
        """Keep the counts of some accounts; only for who keeps all other writers out."""
        before = self._read()
        after = {**before, **counts}
        if after != before:
            # No call fails for it; it would only be noticed less.
            with suppress(OSError):
                replace_file(self._path, json.dumps(after, sort_keys=True))

    def _read(self) -> dict[str, int]:
        try:
            kept: object = json.loads(self._path.read_text(encoding="ascii"))
        except (OSError, ValueError):
            return {}
        if not isinstance(kept, dict):
            return {}
        counts = cast("dict[str, object]", kept)
        return {account: count for account, count in counts.items() if isinstance(count, int)}


class Counts:
    """Has the file follow the store; where none is kept, this does nothing."""

    def __init__(self, transactions: Transactions, file: MemoryFile | None) -> None:
        self._do = transactions
        self._file = file

    def before(self, account: str) -> bool:
        """Whether there were any numbers in an account's memory, as far as the file knows."""
        return self._file is not None and self._file.count(account) > 0

    def lead(self, connection: Connection, account: str) -> None:
        """Say ahead of the store that nothing is left: after a crash in between, none look lost."""
        if self._file is not None and not memory.remembered(connection, account):
            self._file.keep({account: 0})

    def follow(self, account: str) -> None:
        """Keep an account's count, once what changed it is on disk."""
        file = self._file
        if file is None:
            return
        # What was recorded is, whatever becomes of this.
        with suppress(LedgerError):
            self._do.append(
                lambda chain: file.keep({account: memory.remembered(chain.connection, account)})
            )

    def catch_up(self) -> None:
        """Keep the counts that the file lacks, of a store that has them."""
        if self._file is not None:
            for account, count in self._do.read(memory.all_remembered).items():
                if count and not self.before(account):
                    self.follow(account)
