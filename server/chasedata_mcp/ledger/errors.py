"""Errors of the ledger.

ChasedataError
└── LedgerError
    ├── LedgerUnwritableError    nothing was recorded: nothing that changes anything may be sent
    ├── LedgerUnreadableError    nothing that is recorded can be shown
    ├── LedgerTooNewError        a newer version of this program made the store
    ├── LedgerElsewhereError     the store is of another environment
    ├── NoSuchEntryError         the ledger has no entry of this id
    └── EntryExistsError         the ledger has an entry of this id already
"""

from chasedata_mcp.errors import ChasedataError


class LedgerError(ChasedataError):
    """The ledger can't do what it was asked; the text holds no data of a call."""


class LedgerUnwritableError(LedgerError):
    """The store can't be written, so nothing was recorded."""


class LedgerUnreadableError(LedgerError):
    """The store can't be read."""


class LedgerTooNewError(LedgerError):
    """The store was made by a newer version of this program."""


class LedgerElsewhereError(LedgerError):
    """The store was made for another environment: sandbox and live never share one."""


class NoSuchEntryError(LedgerError):
    """The ledger has no entry of this id, or not of this kind."""


class EntryExistsError(LedgerError):
    """The ledger has an entry, or an approval, of this id already; nothing was recorded."""
