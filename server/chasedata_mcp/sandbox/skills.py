"""Skills and the numbers that they serve: changes are staged until a reload.

All refusals' texts are the project's own.
"""

from chasedata_mcp.sandbox.operations import Order, Refused

_SOURCE = "SELECT did FROM ring_groups WHERE did = :source OR name = :source"
_ADD = "INSERT OR IGNORE INTO skill_sources VALUES ('staged', ?, ?, 1, 0, 1)"
_SET = """
UPDATE skill_sources SET
    priority = coalesce(?, priority), delay = coalesce(?, delay), active = coalesce(?, active)
WHERE stage = 'staged' AND skill = ? AND did = ?"""
_OFF = "DELETE FROM skill_sources WHERE stage = 'live'"
_ON = """
INSERT INTO skill_sources
SELECT 'live', skill, did, priority, delay, active FROM skill_sources WHERE stage = 'staged'"""
_LONGEST = 9


def update_priority(order: Order) -> None:
    """Stage priority, delay and status of a skill for a source, adding the pair where it is new.

    A new pair begins with priority 1, no delay and active. A source is a ring group's number, or
    its name: both are the project's own choice.
    """
    skill, source = order.text("Skill"), {"source": order.text("Source")}
    if order.db.execute("SELECT 1 FROM skills WHERE name = ?", (skill,)).fetchone() is None:
        raise Refused("Skill was not found.")
    if (found := order.db.execute(_SOURCE, source).fetchone()) is None:
        raise Refused("Source was not found.")
    active = order.flag("Active") if "Active" in order.sent else None
    change = (_number(order, "Priority"), _number(order, "Delay"), active)
    order.db.execute(_ADD, (skill, found["did"]))
    order.db.execute(_SET, (*change, skill, found["did"]))


def reload_skills(order: Order) -> None:
    """Make what is staged decide where calls go."""
    order.db.execute(_OFF)
    order.db.execute(_ON)


def _number(order: Order, name: str) -> int | None:
    text = order.sent.get(name)
    if text is None:
        return None
    if not (text.isascii() and text.isdecimal() and len(text) <= _LONGEST):
        raise Refused(f"{name} should be a whole number from 0.")
    return int(text)
