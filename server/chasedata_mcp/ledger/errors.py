"""Errors of the ledger.

ChasedataError
└── LedgerError
    ├── LedgerUnwritableError    nothing was recorded: nothing that changes anything may be sent
    ├── LedgerUnreadableError    nothing that is recorded can be shown
    │   └── LedgerTooOldError    a version of this program that was never released made the store
    ├── LedgerTooNewError        a newer version of this program made the store
    ├── LedgerElsewhereError     the store is of another environment
    ├── BackupError              a backup can't be made or restored: nothing was changed
    ├── StoreInUseError          other processes have the store open
    ├── NoSuchEntryError         the ledger has no entry of this id
    └── EntryExistsError         the ledger has an entry of this id already
"""

import errno

from chasedata_mcp.errors import CallError, ChasedataError, Code

_NOT_REACHED = "its database can't be reached, or doesn't let this user in"
_NO_SCHEMA = (
    "its tables aren't there: they were removed, or CHASEDATA_LEDGER or its user's search_path "
    "names another schema"
)
_POOLER = (
    "a pooler before its database gives each transaction another connection: have "
    "CHASEDATA_LEDGER name the server itself"
)
# SQLite's extended result codes (sqlite.org/rescode.html), and PostgreSQL's SQLSTATE classes and
# codes (appendix A of its documentation), each by how it begins.
_FAILURES = {
    "SQLITE_FULL": "its disk is full",
    "SQLITE_READONLY": "it may only be read",
    "SQLITE_PERM": "it may not be opened",
    "SQLITE_CANTOPEN": "its file, or one beside it, can't be opened",
    "SQLITE_BUSY": "another process has held it too long",
    "SQLITE_IOERR_SHM": "its disk is full, or fails",
    "SQLITE_IOERR": "its disk fails",
    # SQLite calls a page so, too, that the disk fails to read (SQLITE_IOERR_CORRUPTFS).
    "SQLITE_CORRUPT": "its file is damaged, or its disk fails",
    "SQLITE_NOTADB": "its file is not a database",
    "08": _NOT_REACHED,
    "22P05": "its database's encoding lacks a character",
    "26": _POOLER,
    "3F": _NO_SCHEMA,
    "57P": _NOT_REACHED,
    "57014": "it takes too long to answer",
    "55P03": "another process has held it too long",
    "53100": "its disk is full",
    "25006": "it may only be read",
    "40001": "its server ended it for other work; try again",
    "42501": "its database doesn't give this user the right to: the user has to own its tables, or "
    "be granted SELECT to read and INSERT, UPDATE and DELETE to write them, and their sequences; "
    "and no policy of row-level security may hide a row from it",
    "42P01": _NO_SCHEMA,
    "42P05": _POOLER,
    "58030": "its disk fails",
    "XX001": "its files are damaged",
}

UNUSABLE_ADDRESS = (
    "The ledger's address can't be used: it has to be postgresql+psycopg://user@host/name, "
    "and the package psycopg has to be installed."
)


class LedgerError(ChasedataError):
    """The ledger can't do what it was asked; the text holds no data of a call."""


class LedgerUnwritableError(LedgerError):
    """The store can't be written, so nothing was recorded."""


class LedgerUnreadableError(LedgerError):
    """The store can't be read."""


class LedgerTooOldError(LedgerUnreadableError):
    """The store was made by a version of this program that was never released."""


class LedgerTooNewError(LedgerError):
    """The store was made by a newer version of this program."""


class LedgerElsewhereError(LedgerError):
    """The store was made for another environment: sandbox and live never share one."""


class BackupError(LedgerError):
    """A backup can't be made, or isn't one that can be restored; the store is what it was."""


class StoreInUseError(LedgerError):
    """Other processes have the store open, so that it can't be replaced."""


class NoSuchEntryError(LedgerError):
    """The ledger has no entry of this id, or not of this kind."""


class EntryExistsError(LedgerError):
    """The ledger has an entry, or an approval, of this id already; nothing was recorded."""


def describe_failure(error: Exception) -> str:
    """Describe why a database fails: by its code alone, since its own text may quote a row."""
    problem: str | None = getattr(error, "problem", None)
    if problem is not None:
        # A text of ours, of a server that must not be written.
        return problem
    name = getattr(error, "sqlite_errorname", None) or getattr(error, "sqlstate", None) or ""
    if not name and any(kind.__name__ == "OperationalError" for kind in type(error).__mro__):
        return _NOT_REACHED
    known = [words for code, words in _FAILURES.items() if name.startswith(code)]
    return known[0] if known else f"{type(error).__name__} {name or 'without a code'}"


def describe_disk(error: OSError) -> str:
    """Describe why a file can't be made or written."""
    match error.errno:
        case errno.ENOSPC | errno.EDQUOT:
            return "its disk is full"
        case errno.EROFS | errno.EACCES | errno.EPERM:
            return "it may only be read"
        case _:
            return "its disk fails"


class _LedgerRequired:
    """A block that uses the ledger, in which one that fails refuses the call.

    A class, since a generator's context costs three times as much and each call enters several.
    """

    def __enter__(self) -> None:
        """Begin to use the ledger."""

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        """End with the refusal, where the ledger failed."""
        if isinstance(error, LedgerError):
            raise refuse_without_ledger(error) from None


ledger_required = _LedgerRequired()


class UnrecordableError(CallError):
    """A call that the ledger can't take: nothing is sent without a record of it."""


def refuse_without_ledger(error: LedgerError) -> CallError:
    """Refuse a call because the ledger can't be used."""
    return UnrecordableError(
        Code.NOT_ALLOWED,
        f"{error} Nothing was sent.",
        hint="Tell the person who runs this server: CHASEDATA_STATE_DIR must be there with the "
        "ledger's file, or the database of CHASEDATA_LEDGER, be writable and have room on its "
        "disk. Nothing is sent without a record of it, not even a request not to be called: until "
        "then put such a number on the do-not-call list in the dialer. Searches still work.",
    )
