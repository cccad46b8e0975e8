"""The row of an account: made where it is missing, changed in place."""

from sqlalchemy import Connection, insert, update

from chasedata_mcp.ledger.chain import indexed
from chasedata_mcp.ledger.schema import ACCOUNTS


def change(connection: Connection, account: str, **values: object) -> None:
    """Set columns of an account's row; only for a transaction that keeps all other writers out."""
    ours = indexed(account)
    setting = update(ACCOUNTS).where(ACCOUNTS.c.account == ours).values(**values)
    if connection.execute(setting).rowcount == 0:
        connection.execute(insert(ACCOUNTS), {"account": ours})
        connection.execute(setting)
