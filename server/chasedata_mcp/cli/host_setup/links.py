"""Links that a person opens to have a host install the server; the host asks them itself.

VS Code takes `vscode:mcp/install`, Cursor `cursor://anysphere.cursor-deeplink/mcp/install`. Pages
that show a README let neither through, so both makers have an address that leads on to it.
"""

import json
from base64 import b64encode
from collections.abc import Callable
from typing import Final
from urllib.parse import quote

from chasedata_mcp.cli.host_setup.hosts import HOSTS, NAME, Entry, Host, Server

BY_UVX: Final = Server(("uvx", "chasedata-mcp", "--sandbox"))
"""What a link installs: a page doesn't know where on a machine the server is."""


def _vscode(entry: Entry) -> str:
    config = quote(_compact(entry), safe="")
    return f"https://vscode.dev/redirect/mcp/install?name={NAME}&config={config}"


def _cursor(entry: Entry) -> str:
    config = quote(b64encode(_compact(entry).encode()).decode(), safe="")
    return f"https://cursor.com/en/install-mcp?name={NAME}&config={config}"


def _compact(entry: Entry) -> str:
    return json.dumps(entry, separators=(",", ":"))


_LINKS: Final[dict[str, Callable[[Entry], str]]] = {"vscode": _vscode, "cursor": _cursor}


def install_link(host: Host, server: Server = BY_UVX) -> str | None:
    """Make the link for a host, None where it knows none."""
    make = _LINKS.get(host.key)
    return make(host.write(server)) if make else None


def render_links() -> str:
    """Render a link for each host that knows one, as a line of Markdown."""
    links = ((host.name, install_link(host)) for host in HOSTS)
    return " · ".join(f"[Install in {name}]({link})" for name, link in links if link) + "\n"
