"""The policy in force: the policy file, its preset and the settings, and what is wrong with it."""

from chasedata_mcp.policy.loader.effective_policy import (
    DEFAULT,
    FILE,
    EffectivePolicy,
    of_file,
    policy_of,
)
from chasedata_mcp.policy.loader.policy_problems import PolicyFileError, PolicyProblem, leaves

__all__ = [
    "DEFAULT",
    "FILE",
    "EffectivePolicy",
    "PolicyFileError",
    "PolicyProblem",
    "leaves",
    "of_file",
    "policy_of",
]
