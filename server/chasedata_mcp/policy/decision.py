"""What a rule says of a call."""

from dataclasses import dataclass
from typing import Final

from chasedata_mcp.approvals.questions import Typed


@dataclass(frozen=True, slots=True)
class Allow:
    """The rule has nothing against it."""


ALLOWED: Final = Allow()
"""The one that rules give."""


@dataclass(frozen=True, slots=True)
class Ask:
    """A person must say yes first; `reason` is a sentence, `typed` what they must type.

    A yes given beforehand to several calls (a grant) answers it where it is `grantable`. A reason
    that is `plain` from the question isn't said in it again. One that is a `fact` is what a yes
    depends on: if it is another one by the time of the yes, the person is asked again.
    """

    rule: str
    reason: str
    typed: Typed | None = None
    grantable: bool = False
    plain: bool = False
    fact: bool = False


@dataclass(frozen=True, slots=True)
class Refuse:
    """Not allowed; `reason` is a sentence that names the setting or rule."""

    rule: str
    reason: str
    hint: str


Verdict = Allow | Ask | Refuse
