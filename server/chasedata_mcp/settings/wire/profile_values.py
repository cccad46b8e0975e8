"""A profile as values by table and key, as its file has them."""

from dataclasses import asdict
from typing import Any

from chasedata_mcp.settings.wire.profile import WireProfile


def list_values(profile: WireProfile) -> dict[str, dict[str, Any]]:
    """List the values of a profile by table and key."""
    return {
        "scripts": {script.value: name for script, name in profile.scripts.items()},
        "answers": asdict(profile.answers),
        "sentences": {kind.value: said for kind, said in profile.sentences.items()},
        "search": asdict(profile.search),
        "agents": asdict(profile.agents),
    }
