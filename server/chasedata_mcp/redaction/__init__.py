"""What a model may not see or write: fields by their names, card and social security numbers."""

from chasedata_mcp.redaction.field_names import DEFAULT_PATTERNS
from chasedata_mcp.redaction.redactor import (
    DEFAULT_VEIL,
    HIDDEN,
    TO_KEEP,
    Redactor,
    marked,
    refused_to_write,
)

__all__ = [
    "DEFAULT_PATTERNS",
    "DEFAULT_VEIL",
    "HIDDEN",
    "TO_KEEP",
    "Redactor",
    "marked",
    "refused_to_write",
]
