"""Rows of accounts: made where they are missing, changed in place."""

from sqlalchemy import Connection, insert, update

from chasedata_mcp.ledger.chain import encode
from chasedata_mcp.ledger.schema import ACCOUNTS


def change(connection: Connection, account: str, **values: object) -> None:
    """Set columns of an account's row; only for a transaction that keeps all other writers out."""
    ours = encode(account)
    setting = update(ACCOUNTS).where(ACCOUNTS.c.account == ours).values(**values)
    if connection.execute(setting).rowcount == 0:
        connection.execute(insert(ACCOUNTS), {"account": ours})
        connection.execute(setting)
