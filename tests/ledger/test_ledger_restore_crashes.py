"""A restore that is killed at any point: the store is the one from before or the restored one."""

from pathlib import Path

import pytest

from _support.forks import Child
from _support.restores import FileStore
from chasedata_mcp.ledger import Checkpoint
from chasedata_mcp.ledger.restores import GapSource

pytestmark = pytest.mark.anyio
KILLS = 3
RESTORING = """
import json, os
from pathlib import Path
from _support.restores import FileStore
given = json.loads(os.environ["GIVEN"])
store = FileStore(Path(given["store"]))
while True:
    for name in ("older", "newer"):
        store.restore(Path(given[name]))
        print("restored", flush=True)
"""


async def test_a_killed_restore_leaves_one_store_or_the_other(tmp_path: Path) -> None:
    store = FileStore(tmp_path / "state")
    await store.record(2)
    older = store.back_up("older")
    await store.record(40)
    newer = store.back_up("newer")
    ends = {Checkpoint.parse((path / store.files.head.name).read_text()) for path in (older, newer)}
    for kill in range(KILLS):
        given = {"store": str(store.files.directory), "older": str(older), "newer": str(newer)}
        with Child(RESTORING, **given) as child:
            # The one that is killed is under way, at whatever point.
            for _ in range(1 + kill % 2):
                assert child.hears() == "restored"
            child.kill()
        verified = await store.verify()
        assert verified.sound
        assert verified.restores[-1].backup.checkpoint in ends
        # What is left of it is in nobody's way.
        restore = store.restore(newer).restore
        assert restore.gap.known_by is GapSource.STORE
        left = {".restoring", ".part", ".new"}
        assert not [name for name in store.names() if any(end in name for end in left)]
        assert (await store.verify()).behind == 0
