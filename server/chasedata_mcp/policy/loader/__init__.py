"""The policy in force: the policy file, its preset and the settings, and what is wrong with it."""

from chasedata_mcp.policy.loader.in_force import DEFAULT, FILE, InForce, of_file, policy_of
from chasedata_mcp.policy.loader.problems import PolicyFileError, Problem, leaves

__all__ = [
    "DEFAULT",
    "FILE",
    "InForce",
    "PolicyFileError",
    "Problem",
    "leaves",
    "of_file",
    "policy_of",
]
