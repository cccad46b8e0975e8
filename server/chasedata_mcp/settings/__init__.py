"""The settings: `CHASEDATA_…` variables, or a TOML file; what isn't understood stops the start.

`values` has the types of single settings, `model` all of them, and `loader` reads both sources. The
package imports errors, scripts and text files alone.
"""

from chasedata_mcp.settings.files import expand_home
from chasedata_mcp.settings.loader import FILE_VARIABLE, load_settings
from chasedata_mcp.settings.model import BASE_URL, Settings
from chasedata_mcp.settings.values import IN_MEMORY, PREFIX, Toolset

__all__ = [
    "BASE_URL",
    "FILE_VARIABLE",
    "IN_MEMORY",
    "PREFIX",
    "Settings",
    "Toolset",
    "expand_home",
    "load_settings",
]
