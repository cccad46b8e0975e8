"""Queries by principal: entries by any client of one person; and the entries that undo others."""

import pytest

from _support.ledger import done, ending, intent, refusal
from chasedata_mcp.errors import Outcome
from chasedata_mcp.ledger import Filter, Ledger

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("name", ["maria", "é", "a%b", "a_b", 'a"b', "日本", "a\\b", "a\x00b"])
async def test_a_principal_is_what_stands_before_the_slash(ledger: Ledger, name: str) -> None:
    mine = [await done(ledger, caller=f"{name}/{client}") for client in ("one", "two/3")]
    for other in (f"{name}x/one", f"x{name}/one", name, name.upper() + "!/one", "maria2/one"):
        await done(ledger, caller=other)
    page = await ledger.history(Filter(principal=name))
    assert [entry.id for entry in page.entries] == [call.entry for call in reversed(mine)]


async def test_what_took_entries_back_is_listed_for_many_at_once(ledger: Ledger) -> None:
    first, second, third = [await done(ledger) for _ in range(3)]
    undone = await done(ledger, undoes=first.entry)
    open_still = intent(undoes=first.entry)
    await ledger.intend(open_still)
    failed = intent(undoes=second.entry)
    await ledger.intend(failed)
    await ledger.finish(ending(failed.entry, Outcome.REFUSED))
    ledger.note(refusal(undoes=third.entry))
    await ledger.flush()

    asked = [first.entry, second.entry, third.entry, "nobody"]
    assert await ledger.undone_by(asked) == {first.entry: (undone.entry, open_still.entry)}
    assert await ledger.undone_by([]) == {}
