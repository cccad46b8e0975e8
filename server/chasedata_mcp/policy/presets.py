"""The two presets of the policy: `unattended`, which holds without a file, and `attended`."""

from chasedata_mcp.policy.models import (
    DEFAULT_TOOLSETS,
    Cap,
    Caps,
    CapSteps,
    ConfirmLevel,
    PolicyTerms,
)


def _cap(hour: tuple[int, int], day: tuple[int, int]) -> Cap:
    return Cap(hour=CapSteps(ask=hour[0], stop=hour[1]), day=CapSteps(ask=day[0], stop=day[1]))


# The figures of both presets are this project's own: no law sets them (docs/policy.md).
UNATTENDED = PolicyTerms(
    preset="unattended",
    confirm=ConfirmLevel.DESTRUCTIVE,
    toolsets=DEFAULT_TOOLSETS,
    caps=Caps(
        contacted=_cap((60, 150), (400, 800)),
        made_callable=_cap((200, 1000), (1000, 5000)),
        texts=_cap((40, 100), (200, 400)),
        dnc_insertions=_cap((50, 200), (200, 500)),
        dnc_removals=_cap((3, 5), (5, 10)),
        dispositions=_cap((50, 200), (200, 500)),
        overwrites=_cap((50, 200), (200, 500)),
        deletions=_cap((20, 50), (50, 100)),
        batch_rows=_cap((5000, 5000), (8000, 8000)),
    ),
)
"""For an assistant that works while nobody looks: it asks only where it must, and stops early."""

ATTENDED = PolicyTerms(
    preset="attended",
    confirm=ConfirmLevel.OUTWARD,
    toolsets=DEFAULT_TOOLSETS,
    caps=Caps(
        contacted=_cap((100, 500), (500, 2000)),
        made_callable=_cap((500, 2000), (2000, 10_000)),
        texts=_cap((100, 500), (500, 2000)),
        dnc_insertions=_cap((200, 1000), (1000, 5000)),
        dnc_removals=_cap((5, 20), (10, 50)),
        dispositions=_cap((200, 1000), (1000, 5000)),
        overwrites=_cap((200, 1000), (1000, 5000)),
        deletions=_cap((50, 100), (100, 200)),
        batch_rows=_cap((9999, 9999), (9999, 20_000)),
    ),
)
"""For a person who works with an assistant: every contact asks, which grants make bearable."""

PRESETS = {"attended": ATTENDED, "unattended": UNATTENDED}
PRESET_SUMMARIES = {
    "unattended": "for an assistant that works while nobody looks: it asks only where it must, and "
    "stops early",
    "attended": "for a person who works with an assistant: whatever reaches somebody asks (grants "
    "make that bearable), and it stops late",
}
"""The presets in a line each."""
