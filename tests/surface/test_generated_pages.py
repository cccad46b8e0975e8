"""The documents show the commands as they are, and links that install what setup writes."""

import json
from base64 import b64decode
from urllib.parse import parse_qs, urlsplit

from chasedata_mcp.cli.host_setup.hosts import HOSTS
from chasedata_mcp.cli.host_setup.links import BY_UVX, install_link
from surface.generated_pages import AGAIN, ROOT, pages


def test_the_pages_are_what_the_commands_make() -> None:
    stale = [file.name for file, text in pages().items() if file.read_text("utf-8") != text]

    assert not stale, f"{stale} differ; mend it with: {AGAIN}"


def test_the_readmes_links_install_what_setup_writes() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    decoded = {}
    for host in HOSTS:
        if link := install_link(host):
            assert f"]({link})" in readme
            query = {name: text for name, [text] in parse_qs(urlsplit(link).query).items()}
            assert query["name"] == host.path[-1]
            config = query["config"]
            decoded[host.key] = json.loads(config if config[0] == "{" else b64decode(config))
    by_uvx = {"command": "uvx", "args": ["chasedata-mcp", "--sandbox"]}

    assert decoded == {host.key: host.write(BY_UVX) for host in HOSTS if host.key in decoded}
    assert decoded == {"vscode": {"type": "stdio", **by_uvx}, "cursor": by_uvx}
