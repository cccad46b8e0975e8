"""The loader: the policy file, its preset and the settings make the policy in force."""

from chasedata_mcp.policy.loader.effective_policy import (
    DEFAULT,
    FILE,
    EffectivePolicy,
    load_policy,
    load_policy_file,
)
from chasedata_mcp.policy.loader.policy_problems import (
    PolicyFileError,
    PolicyProblem,
    list_key_paths,
)

__all__ = [
    "DEFAULT",
    "FILE",
    "EffectivePolicy",
    "PolicyFileError",
    "PolicyProblem",
    "list_key_paths",
    "load_policy",
    "load_policy_file",
]
