"""Background writes: reads and refusals are queued without waiting, and written in batches."""

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from itertools import islice

from chasedata_mcp.ledger.event_bodies import draft_of_note
from chasedata_mcp.ledger.events import Draft
from chasedata_mcp.ledger.models import Note

Write = Callable[[Sequence[Draft], int], None]
Late = Callable[[], Note]
"""Makes a note, in the thread that writes it."""

_IN_A_ROW, _BREATH = 16, 0.0001
"""After this many drafts, others have the interpreter to themselves for this many seconds.

Python hands a thread that works on to another one only after five milliseconds, for which a call
would wait at each step of its way.
"""


class BackgroundWrites:
    """A bounded queue, and a thread that empties it into the store.

    What can't be queued or written is counted, and the count is written before the next batch.

    Args:
        write: Writes a batch and how many before it were lost; it blocks.
        batch: So many at most are written at once.
        at_most: So many wait at most; more are lost.
        pause: So many seconds a batch waits to grow.
        retry: So many seconds pass after a failure.
    """

    def __init__(
        self,
        write: Write,
        *,
        batch: int = 500,
        at_most: int = 10_000,
        pause: float = 0.5,
        retry: float = 1.0,
    ) -> None:
        self._write = write
        self._batch, self._at_most = batch, at_most
        self._pause, self._retry = pause, retry
        self._waiting: deque[Note | Late] = deque()
        self._drafts: deque[Draft] = deque()
        self._changed = threading.Condition()
        self._one_writer = threading.Lock()
        self._thread: threading.Thread | None = None
        self._closed = False
        self.lost = 0

    def add(self, note: Note | Late) -> None:
        """Queue one; this never waits for the store, and never fails."""
        with self._changed:
            if self._closed or len(self._waiting) + len(self._drafts) >= self._at_most:
                self.lost += 1
                return
            self._waiting.append(note)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="ledger notes", daemon=True)
                self._thread.start()
            if len(self._waiting) in {1, self._batch}:
                self._changed.notify_all()

    def flush(self) -> None:
        """Write all that waits now, or as much as the store takes; this blocks."""
        while (self._waiting or self._drafts) and self._write_some():
            pass

    def close(self) -> None:
        """Write what waits, once, and stop; this blocks."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        if self._thread is not None:
            self._thread.join()
        self.flush()

    def _run(self) -> None:
        while self._due():
            if not self._write_some():
                with self._changed:
                    self._changed.wait_for(self._is_closed, self._retry)

    def _due(self) -> bool:
        """Wait until a batch is due; false when there will be none."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._drafts or self._closed)
            self._changed.wait_for(self._full_or_closed, self._pause)
            return not self._closed

    def _full_or_closed(self) -> bool:
        return self._closed or len(self._waiting) >= self._batch

    def _is_closed(self) -> bool:
        return self._closed

    def _write_some(self) -> bool:
        """Write one batch; false where the store didn't take it."""
        with self._one_writer:
            self._draft()
            drafts, lost = list(islice(self._drafts, self._batch)), self.lost
            try:
                self._write(drafts, lost)
            except Exception:  # noqa: BLE001 - whatever it is, the thread goes on, to try again
                return False
            for _ in drafts:
                self._drafts.popleft()
            with self._changed:
                self.lost -= lost
            return True

    def _draft(self) -> None:
        """Make events of all that waits, so that it is made once, however often it is written."""
        for number in range(len(self._waiting)):
            draft = _draft(self._waiting[0])
            with self._changed:
                self._waiting.popleft()
                if draft is None:
                    self.lost += 1
                else:
                    self._drafts.append(draft)
            if number % _IN_A_ROW == _IN_A_ROW - 1:
                time.sleep(_BREATH)


def _draft(note: Note | Late) -> Draft | None:
    """Draft the event of a note; None where it can't be made, or holds what is not JSON."""
    try:
        return draft_of_note(note() if callable(note) else note)
    except Exception:  # noqa: BLE001 - whatever is wrong with one, the others are written
        return None
