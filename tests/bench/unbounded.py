"""The policy of a benchmark: calls without end go on.

No cap and no frequency stops them, and nobody is asked for having read.
"""

from pathlib import Path

from chasedata_mcp.policy.models import Caps


def unbounded(place: Path) -> Path:
    """Write the policy's file into a directory, and give its path."""
    caps = "".join(f'{name} = "off"\n' for name in Caps.model_fields if name != "at_stop")
    path = place / "policy.toml"
    often = '[frequency]\nover = "off"\ntexts_in_24_hours = "off"\n'
    read = "[after_reading]\nminutes = 0\n"
    path.write_text(f"{often}{read}[caps]\n{caps}", encoding="utf-8")
    return path
