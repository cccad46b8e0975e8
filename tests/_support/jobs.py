"""Jobs that a client does, whose two views are held against each other."""

from typing import Any

from _support.conversations import ERAS, Person, client, text, told, unmarked
from _support.served_pipeline import Served


async def do(
    pipeline: Served, job: str, person: Person | None = None, era: str = ERAS[0], /, **given: object
) -> dict[str, Any]:
    """Have a client do a job; gives the fields of the result, all of which the text says too."""
    if person is not None:
        person.clock = pipeline.clock
    async with client(pipeline.server(), era, person) as connected:
        result = await connected.call_tool(job, given)
    fields: dict[str, Any] = unmarked(told(result))
    for step in fields.get("steps", ()):
        assert all(line in text(result) for part in step.values() for line in part.split("\n"))
    assert all(line in text(result) for line in fields.get("left", ()))
    assert fields["message"] in text(result)
    return fields
