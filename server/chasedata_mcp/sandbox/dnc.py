"""The do-not-call list: numbers that go on it mark leads, numbers that come off unmark none."""

import sqlite3

from chasedata_mcp.sandbox.operations import Operation, ten_digits


def is_on_dnc(db: sqlite3.Connection, phone_digits: str) -> bool:
    """Tell whether a number is on the list."""
    row = db.execute("SELECT 1 FROM dnc WHERE number = ?", (phone_digits,)).fetchone()
    return row is not None


def insert_dnc(operation: Operation) -> None:
    """Put a number on the list, once, and mark every lead that bears it."""
    number = ten_digits(operation, "Number")
    operation.db.execute("INSERT OR IGNORE INTO dnc VALUES (?, ?)", (number, operation.stamp()))
    # By digits: the list has ten, a lead's phone may be stored with dashes.
    operation.db.execute("UPDATE leads SET dnc = 1 WHERE phone_digits = ?", (number,))


def delete_dnc(operation: Operation) -> None:
    """Take a number off the list; leads that it marked stay marked.

    A number that isn't on it is no error, which is the project's own choice.
    """
    operation.db.execute("DELETE FROM dnc WHERE number = ?", (ten_digits(operation, "Number"),))
