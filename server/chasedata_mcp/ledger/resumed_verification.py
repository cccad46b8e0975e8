"""Verification that goes on from where the last one ended, by the note that it left."""

from dataclasses import replace

from chasedata_mcp.ledger.chain import read_end, read_pruned
from chasedata_mcp.ledger.checkpoints import Checkpoint
from chasedata_mcp.ledger.connection import Connection
from chasedata_mcp.ledger.store import Store
from chasedata_mcp.ledger.verification import (
    EarlierVerification,
    Progress,
    Resumption,
    Verification,
)
from chasedata_mcp.ledger.verified_place import (
    BrokenSealError,
    PlaceNote,
    PlaceNoteFile,
    VerifiedPlace,
)
from chasedata_mcp.ledger.verify import Heads, walk_along
from chasedata_mcp.ledger.verify import verify as verify_whole


def verify(store: Store, given: Checkpoint | None, how: Resumption | None) -> Verification:
    """Verify a store, all of it where nobody says how to go on."""
    return verify_whole(store, given) if how is None else _resume(store, given, how)


def read_last(store: Store, key: bytes) -> EarlierVerification | str | None:
    """Read which verification left the note beside a store, or say why that can't be used."""
    if store.checkpoint_file is None:
        return None
    note, problem = _read(PlaceNoteFile(store.checkpoint_file.path, key))
    return problem if note is None else note.describe()


def _resume(store: Store, given: Checkpoint | None, how: Resumption) -> Verification:
    """Verify a store behind the place that was noted, if that fits; from its beginning otherwise.

    What comes before that place is counted, and not read. Where nothing is wrong, the place of the
    head beside the store is noted: no power cut takes what comes before that. A place that was
    noted is a head, too, which whoever can change the store can't forge.
    """
    heads = Heads.read(store, given)
    file = (
        None
        if store.checkpoint_file is None
        else PlaceNoteFile(store.checkpoint_file.path, how.key)
    )
    note, problem = (None, None) if file is None else _read(file)
    if note is not None:
        heads = replace(heads, noted=note.place.checkpoint)
    place = None if note is None or how.is_whole else note.place
    found, reached, misfit = store.read(_walk, heads, place, how.progress)
    earlier = None if note is None or place is None or misfit else note.describe()
    if file is not None and reached is not None:
        file.write(PlaceNote(reached, how.now, earlier.whole_at if earlier else how.now))
    return replace(found, earlier=earlier, why_whole=problem or misfit)


def _read(file: PlaceNoteFile) -> tuple[PlaceNote | None, str | None]:
    """Read a note, or say why it can't be used."""
    try:
        return file.read(), None
    except BrokenSealError:
        return None, "the note of the last one was changed or damaged, or the API token is another"


def _walk(
    connection: Connection, heads: Heads, place: VerifiedPlace | None, progress: Progress
) -> tuple[Verification, VerifiedPlace | None, str | None]:
    """Verify from a noted place on, or from the beginning where it doesn't fit, and say why."""
    # It counts millions of rows by one statement.
    connection.lift_time_limits(600)
    misfit = None if place is None else _find_misfit(connection, place, heads)
    if place is None or misfit is not None:
        place, before = None, read_pruned(connection).count
    else:
        before = place.checkpoint.count
    events = max(0, read_end(connection).count - before)
    found, reached = walk_along(connection, heads, place, lambda done: progress(done, events))
    return found, reached, misfit


def _find_misfit(connection: Connection, place: VerifiedPlace, heads: Heads) -> str | None:
    try:
        return place.find_misfit(connection, heads.known)
    except connection.error:
        return "the database can't count what is in the store"
