"""The dialer's address, the account that calls it, and the bounds of its calls."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from types import MappingProxyType
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from typing_extensions import override

from chasedata_mcp.settings.scripts import NAME_PATTERN, Script

if TYPE_CHECKING:
    from chasedata_mcp.settings.wire.profile import WireProfile

# RFC 1122, section 3.2.1.3, and RFC 4291, section 2.5.3.
_LOOPBACK = (ip_network("127.0.0.0/8"), ip_network("::1/128"))
# Printable ASCII without what could bear a name and password, a query or a fragment.
_PLAIN_ADDRESS = re.compile(r"[!-~]+")
_ODD = re.compile(r"[@?#\\]")
_ORDINARY = re.compile(
    r"https?://(?:localhost|127\.0\.0\.1|(?:[a-z0-9-]+\.)+[a-z]{2,})(?::\d{1,5})?/[A-Za-z0-9/_-]*"
)


def _load_shipped_profile() -> "WireProfile":
    # It takes 5 ms to import, which is the first call's and not the start's.
    from chasedata_mcp.settings.wire import loader  # noqa: PLC0415 - as above

    return loader.load_shipped_profile()


@dataclass(frozen=True, slots=True)
class Endpoint:
    """The dialer that is called and the account that calls it.

    `base_url` is https, or http on loopback, and is kept with one slash at its end. A script that
    `scripts` doesn't name is called as the profile says, which is loaded by the first call.

    Raises:
        ValueError: One of them can't be used; the sentence quotes none of them.
    """

    base_url: str
    token: str
    accid: str
    scripts: Mapping[Script, str]
    read_only: bool = False
    load_profile: "Callable[[], WireProfile]" = _load_shipped_profile

    def __post_init__(self) -> None:
        """Refuse what could take the token elsewhere."""
        _check_address(self.base_url)
        if not self.token or not self.accid:
            raise ValueError("A token and an accid are needed.")
        for script, name in self.scripts.items():
            if not re.fullmatch(NAME_PATTERN, name):
                raise ValueError(f"{script.setting} has to be letters and .php at the end.")
        object.__setattr__(self, "base_url", self.base_url.rstrip("/") + "/")
        object.__setattr__(self, "scripts", MappingProxyType(dict(self.scripts)))

    @override
    def __repr__(self) -> str:
        """Show all but the token."""
        return f"Target(base_url={self.base_url!r}, accid={self.accid!r}, token=...)"

    @property
    def is_on_loopback(self) -> bool:
        """True where the dialer is on this machine."""
        return _is_loopback(urlsplit(self.base_url).hostname or "")

    def name_script(self, script: Script) -> str:
        """Name a script as this dialer calls it."""
        return self.scripts.get(script) or self.load_profile().scripts[script]

    def build_url(self, script: Script) -> str:
        """Build the address of a script."""
        return self.base_url + self.name_script(script)


@dataclass(frozen=True, slots=True)
class CallLimits:
    """Seconds that a call may take with all its attempts, and the number of calls in flight.

    The times and the number are those that integrators use (source: wire.md).
    """

    read_seconds: float = 10.0
    write_seconds: float = 15.0
    in_flight: int = 15
    reads_in_flight: int = 0
    """The reads that may be in flight beside those; with 0 they are among them."""
    attempts: int = 3

    def __post_init__(self) -> None:
        """Refuse bounds that would let nothing through."""
        if not (0 < self.read_seconds < _DAY and 0 < self.write_seconds < _DAY):
            raise ValueError("The time limits have to be above 0 and below a day.")
        if self.in_flight < 1 or self.attempts < 1 or self.reads_in_flight < 0:
            raise ValueError("At least one call in flight and one attempt are needed.")


_DAY = 86_400


def _check_address(url: str) -> None:
    if not _PLAIN_ADDRESS.fullmatch(url) or _ODD.search(url):
        raise ValueError(
            "The base address has to be plain ASCII, without user name, query or fragment."
        )
    try:
        parts = urlsplit(url)
        sound = parts.port != 0 and (_is_ordinary(url) or _has_host_for_httpx(url))
    except ValueError:
        raise ValueError("The base address can't be read as one.") from None
    if not parts.hostname or not sound:
        raise ValueError("The base address has to have a host, and no port 0.")
    # The token is in every post: over HTTPS, or never off this machine (design.md, rule 10).
    if parts.scheme != "https" and not (parts.scheme == "http" and _is_loopback(parts.hostname)):
        raise ValueError("The base address has to be https, or http on this machine's loopback.")


def _is_ordinary(url: str) -> bool:
    """Tell whether every reader of addresses reads this one alike."""
    return _ORDINARY.fullmatch(url) is not None and "xn--" not in url


def _has_host_for_httpx(url: str) -> bool:
    # Imported for an odd address only: httpx and what comes with it are a tenth of a start.
    import httpx  # noqa: PLC0415 - as above

    try:
        return bool(httpx.URL(url).host)
    except httpx.InvalidURL:
        return False


def _is_loopback(host: str) -> bool:
    return host == "localhost" or any(_parse_address(host) in network for network in _LOOPBACK)


def _parse_address(host: str) -> IPv4Address | IPv6Address:
    try:
        return ip_address(host)
    except ValueError:
        # A name that is no address: outside every loopback network.
        return IPv4Address(0)
