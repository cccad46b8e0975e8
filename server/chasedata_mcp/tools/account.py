"""The dialer's account, as every result names it."""

from dataclasses import dataclass
from typing import Literal

Environment = Literal["sandbox", "live", "none"]


@dataclass(frozen=True, slots=True)
class Account:
    """The dialer's account and its host; `host` is empty where nothing is configured."""

    environment: Environment
    accid: str = ""
    host: str = ""


NO_ACCOUNT = Account("none")
