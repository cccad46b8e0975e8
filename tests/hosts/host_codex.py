"""Codex, by `codex exec` and at its screen; it speaks OpenAI Responses."""

import json
from collections.abc import Mapping

from hosting import Host, Launch, Place
from screens import Screen, wait_until
from story import GUARDED, SUPPRESSED_WRITTEN, TASK

_CONFIG = """\
model = "gpt-5.2"
model_provider = "scripted"
approval_policy = "{asks}"
sandbox_mode = "read-only"
check_for_update_on_startup = false

[analytics]
enabled = false

[model_providers.scripted]
name = "scripted"
base_url = "{model}/v1"
wire_api = "responses"
env_key = "SCRIPTED_KEY"

[mcp_servers.chasedata]
command = {command}
args = {words}
required = true
tool_timeout_sec = 120
default_tools_approval_mode = "{tools}"

[mcp_servers.chasedata.env]
{settings}

[projects.{work}]
trust_level = "trusted"
"""


ENVIRONMENT = {"SCRIPTED_KEY": "scripted"}


def _configure(place: Place, asks: str, tools: str) -> None:
    command, *words = place.server
    settings = "\n".join(f"{name} = {json.dumps(text)}" for name, text in place.settings.items())
    place.write(
        ".codex/config.toml",
        _CONFIG.format(
            model=place.model,
            asks=asks,
            tools=tools,
            command=json.dumps(command),
            words=json.dumps(words),
            settings=settings,
            work=json.dumps(str(place.work)),
        ),
    )


def _exec(place: Place) -> Launch:
    """Let every tool go: `exec` asks nobody and by itself lets nothing but reads go."""
    _configure(place, "never", "approve")
    return Launch(("codex", "exec", "--skip-git-repo-check", "--json", TASK), ENVIRONMENT)


def _screen(place: Place) -> Launch:
    _configure(place, "on-request", "auto")
    return Launch(("codex", "--no-daemon"), ENVIRONMENT)


def _talk(screen: Screen, given: Mapping[str, str], place: Place) -> None:
    wait_until(lambda: place.has_listed_tools)
    screen.wait_for("Ask Codex")
    screen.type(TASK)
    screen.press("Enter")
    screen.wait_for('run tool "insert_dnc"', keep="its own question")
    screen.press("Enter")
    screen.wait_for('run tool "delete_dnc"')
    screen.press("Enter")
    screen.wait_for("Type your answer", keep="form")
    screen.think()
    screen.press("Escape")
    wait_until(lambda: GUARDED.title in given)
    screen.wait_for('run tool "delete_dnc"')
    screen.press("Enter")
    screen.wait_for("Type your answer")
    screen.type(SUPPRESSED_WRITTEN)
    screen.press("Enter")


PACKAGES = ("@openai/codex",)
HOSTS = (
    Host("codex-exec", "Codex, `exec`", "npm", PACKAGES, _exec),
    Host("codex", "Codex", "npm", PACKAGES, _screen, _talk),
)
