"""What a model may not see or write: fields by their names, card and social security numbers."""

from chasedata_mcp.redaction.field_names import DEFAULT_PATTERNS
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
    "KEEP_ADVICE",
    "Redactor",
    "explain_marks",
    "explain_refused_write",
]
