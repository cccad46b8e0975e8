"""The request that the pipeline hands to the client."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from chasedata_mcp.settings.scripts import Script
from chasedata_mcp.tools.answer_types import Expects


@dataclass(frozen=True, slots=True)
class Request:
    """One post: `form` has everything but the token and the accid, in order."""

    script: Script
    form: Mapping[str, str] = field(repr=False)
    expects: Expects

    @property
    def reads(self) -> bool:
        """True where the answer is what was asked for; everything else changes something."""
        return self.expects is not Expects.DONE
