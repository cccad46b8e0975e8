"""Gemini CLI: `gemini -p`, which speaks Gemini's generateContent."""

from hosting import Host, Launch, Place
from story import TASK


def _launch(place: Place) -> Launch:
    place.write(
        ".gemini/settings.json",
        {
            "security": {"auth": {"selectedType": "gemini-api-key"}},
            "privacy": {"usageStatisticsEnabled": False},
            "telemetry": {"enabled": False},
            "general": {"enableAutoUpdate": False, "enableAutoUpdateNotification": False},
            "mcpServers": {"chasedata": place.mcp_json()},
        },
    )
    place.write(".gemini/trustedFolders.json", {str(place.work): "TRUST_FOLDER"})
    environment = {
        "GEMINI_API_KEY": "scripted",
        "GOOGLE_GEMINI_BASE_URL": place.model,
        "GEMINI_TELEMETRY_ENABLED": "false",
    }
    command = ("gemini", "-p", TASK, "--yolo", "--model", "gemini-2.5-flash")
    return Launch(command, environment)


HOSTS = (Host("gemini-cli", "Gemini CLI", "npm", ("@google/gemini-cli",), _launch),)
