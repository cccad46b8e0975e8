"""The tool that takes an entry of the history back."""

from typing import Annotated

from chasedata_mcp.action import Effect
from chasedata_mcp.fields.text import Text
from chasedata_mcp.history.tool import HistoryTool


class Undo(
    HistoryTool, title="Undo an earlier change", effect=Effect.OUTWARD, idempotent=False, loses=True
):
    """Takes back an earlier call by the opposite calls; a person may be asked, as for those.

    list_history lists entries. Refuses, with the reason, where there is no way back or something
    changed since. A text, a call or a new lead can't be taken back.
    """

    entry: Annotated[str, Text(20)]
    """The entry's id."""
