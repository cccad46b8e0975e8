"""Skills and the numbers that they serve: changes are staged until a reload.

All refusals' texts are the project's own.
"""

from chasedata_mcp.sandbox.operations import Operation, OperationError

_SOURCE = "SELECT did FROM ring_groups WHERE did = :source OR name = :source"
_ADD = "INSERT OR IGNORE INTO skill_sources VALUES ('staged', ?, ?, 1, 0, 1)"
_SET = """
UPDATE skill_sources SET
    priority = coalesce(?, priority), delay = coalesce(?, delay), active = coalesce(?, active)
WHERE stage = 'staged' AND skill = ? AND did = ?"""
_CLEAR_LIVE = "DELETE FROM skill_sources WHERE stage = 'live'"
_COPY_STAGED = """
INSERT INTO skill_sources
SELECT 'live', skill, did, priority, delay, active FROM skill_sources WHERE stage = 'staged'"""
_MAX_DIGITS = 9


def update_priority(operation: Operation) -> None:
    """Stage priority, delay and status of a skill for a source, adding the pair where it is new.

    A new pair begins with priority 1, no delay and active. A source is a ring group's number, or
    its name: both are the project's own choice.
    """
    skill, source = operation.text("Skill"), {"source": operation.text("Source")}
    if operation.db.execute("SELECT 1 FROM skills WHERE name = ?", (skill,)).fetchone() is None:
        raise OperationError("Skill was not found.")
    if (found := operation.db.execute(_SOURCE, source).fetchone()) is None:
        raise OperationError("Source was not found.")
    active = operation.flag("Active") if "Active" in operation.sent else None
    change = (_number(operation, "Priority"), _number(operation, "Delay"), active)
    operation.db.execute(_ADD, (skill, found["did"]))
    operation.db.execute(_SET, (*change, skill, found["did"]))


def reload_skills(operation: Operation) -> None:
    """Make the staged skills the live ones, which decide where calls go."""
    operation.db.execute(_CLEAR_LIVE)
    operation.db.execute(_COPY_STAGED)


def _number(operation: Operation, name: str) -> int | None:
    text = operation.sent.get(name)
    if text is None:
        return None
    if not (text.isascii() and text.isdecimal() and len(text) <= _MAX_DIGITS):
        raise OperationError(f"{name} should be a whole number from 0.")
    return int(text)
