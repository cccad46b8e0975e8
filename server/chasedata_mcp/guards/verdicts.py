"""What a rule says of a call."""

from dataclasses import dataclass

from chasedata_mcp.guards.questions import Typed


@dataclass(frozen=True, slots=True)
class Allow:
    """The rule has nothing against it."""


@dataclass(frozen=True, slots=True)
class Ask:
    """A person must say yes first; `reason` is a sentence, `typed` what they must type."""

    rule: str
    reason: str
    typed: Typed | None = None


@dataclass(frozen=True, slots=True)
class Refuse:
    """Not allowed; `reason` is a sentence that names the setting or rule."""

    rule: str
    reason: str
    hint: str


Verdict = Allow | Ask | Refuse
