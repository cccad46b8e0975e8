"""Claude Code, by `claude -p` and at its screen; it speaks Anthropic Messages."""

from collections.abc import Mapping

from hosting import Host, Launch, Place
from screens import Screen, wait_until
from story import GUARDED, SUPPRESSED_WRITTEN, TASK

KEY = "scripted"
ENVIRONMENT = {
    "ANTHROPIC_API_KEY": KEY,
    "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
    "DISABLE_AUTOUPDATER": "1",
    "DISABLE_TELEMETRY": "1",
    "DISABLE_ERROR_REPORTING": "1",
}


_TOOLS = ("--allowedTools", "mcp__chasedata")


def _configured(place: Place) -> tuple[str, ...]:
    config = place.write("mcp.json", {"mcpServers": {"chasedata": place.mcp_json()}})
    return ("--mcp-config", str(config), "--strict-mcp-config", *_TOOLS)


def _launch(place: Place, *words: str) -> Launch:
    return Launch(
        ("claude", *words, *_configured(place)), {**ENVIRONMENT, "ANTHROPIC_BASE_URL": place.model}
    )


def _print(place: Place) -> Launch:
    return _launch(place, "-p", TASK, "--output-format", "stream-json", "--verbose")


def _screen(place: Place) -> Launch:
    """Leave out what a first start asks: the theme, the key, and trust in the folder."""
    place.write(
        ".claude.json",
        {
            "hasCompletedOnboarding": True,
            "customApiKeyResponses": {"approved": [KEY], "rejected": []},
            "projects": {str(place.work): {"hasTrustDialogAccepted": True}},
        },
    )
    return _launch(place)


def _talk(screen: Screen, given: Mapping[str, str], place: Place) -> None:
    wait_until(lambda: place.has_listed_tools)
    screen.wait_for("shift+tab")
    screen.type(TASK)
    screen.press("Enter")
    screen.wait_for("requests your input", keep="form")
    screen.think()
    screen.press("Down", "Down", "Enter")
    wait_until(lambda: GUARDED.title in given)
    screen.wait_for("requests your input")
    screen.type(SUPPRESSED_WRITTEN)
    screen.press("Down", "Enter")


PACKAGES = ("@anthropic-ai/claude-code",)
HOSTS = (
    Host("claude-code-print", "Claude Code, `-p`", "npm", PACKAGES, _print),
    Host("claude-code", "Claude Code", "npm", PACKAGES, _screen, _talk),
)
