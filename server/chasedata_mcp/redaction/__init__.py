"""Redaction of what a model may not see or write: hidden fields, card numbers, SSNs."""

from chasedata_mcp.redaction.hidden_field_names import DEFAULT_PATTERNS, IDENTITY_PATTERNS
from chasedata_mcp.redaction.redactor import (
    DEFAULT_REDACTOR,
    HIDDEN,
    KEEP_ADVICE,
    Redactor,
    explain_marks,
    explain_refused_write,
)

__all__ = [
    "DEFAULT_PATTERNS",
    "DEFAULT_REDACTOR",
    "HIDDEN",
    "IDENTITY_PATTERNS",
    "KEEP_ADVICE",
    "Redactor",
    "explain_marks",
    "explain_refused_write",
]
