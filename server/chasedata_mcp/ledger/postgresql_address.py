"""The address of a PostgreSQL database, and the parameters of a connection to it."""

import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final, Self

from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict

from chasedata_mcp.ledger.errors import UNUSABLE_ADDRESS, LedgerUnwritableError

_CONNECTION: Final[Mapping[str, str]] = {
    # A server that is gone without a word is noticed by what it doesn't acknowledge
    # (section 34.1.2 of PostgreSQL's documentation), in milliseconds and seconds.
    "tcp_user_timeout": "5000",
    "keepalives": "1",
    "keepalives_idle": "5",
    "keepalives_interval": "2",
    "keepalives_count": "2",
}
"""Parameters of a connection, where the address doesn't set them."""
_SECONDS: Final = ("4", "2")
"""`connect_timeout` for each address of one host, `localhost` has two, and of several hosts."""
_SCHEMES: Final = ("postgresql+psycopg://", "postgresql://")
_PORTS: Final = re.compile(r"[\d,]*")
_WHOLE_PAGES: Final = "whole_pages=1"


@dataclass(frozen=True, slots=True)
class Address:
    """The address of a database.

    Attributes:
        parameters: The parameters of a connection.
        whole_pages: Its storage never writes half a page, so that `full_page_writes` may be off.
    """

    parameters: Mapping[str, Any]
    whole_pages: bool

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `postgresql+psycopg://user:password@host:port/name?parameters`, or without +psycopg.

        Raises:
            LedgerUnwritableError: It is none that can be used.
        """
        given = None
        main, _, query = text.partition("?")
        pairs = query.split("&")
        rest = "&".join(pair for pair in pairs if pair != _WHOLE_PAGES)
        scheme = next((one for one in _SCHEMES if main.startswith(one)), None)
        if scheme is not None:
            with suppress(ProgrammingError):
                given = conninfo_to_dict(f"postgresql://{main.removeprefix(scheme)}?{rest}")
        if given is None or not _PORTS.fullmatch(str(given.get("port", ""))):
            # Raised out of the driver's error, which quotes a part of the address.
            raise LedgerUnwritableError(UNUSABLE_ADDRESS)
        has_several = "," in f"{given.get('host', '')}{given.get('hostaddr', '')}"
        usual = {"connect_timeout": _SECONDS[has_several], **_CONNECTION}
        # Else the user's or the environment's encoding is taken, which may lack characters.
        return cls({**usual, **given, "client_encoding": "UTF8"}, _WHOLE_PAGES in pairs)
