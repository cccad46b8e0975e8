"""opencode: `opencode run`, which speaks Chat Completions to a provider of one's own."""

from hosting import Host, Launch, Place
from story import TASK


def _launch(place: Place) -> Launch:
    provider = {
        "npm": "@ai-sdk/openai-compatible",
        "name": "scripted",
        "options": {"baseURL": f"{place.model}/v1", "apiKey": "scripted"},
        "models": {"scripted": {"name": "scripted", "tool_call": True}},
    }
    place.write(
        "work/opencode.json",
        {
            "autoupdate": False,
            "share": "disabled",
            "model": "scripted/scripted",
            "small_model": "scripted/scripted",
            "provider": {"scripted": provider},
            "mcp": {
                "chasedata": {
                    "type": "local",
                    "command": list(place.server),
                    "environment": place.settings,
                    "enabled": True,
                    "timeout": 120_000,
                }
            },
        },
    )
    environment = {
        "OPENCODE_DISABLE_AUTOUPDATE": "1",
        "OPENCODE_DISABLE_MODELS_FETCH": "1",
        "OPENCODE_DISABLE_LSP_DOWNLOAD": "1",
    }
    return Launch(("opencode", "run", "--format", "json", TASK), environment)


HOSTS = (Host("opencode", "opencode", "npm", ("opencode-ai",), _launch),)
