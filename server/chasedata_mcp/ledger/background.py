"""Background writes: reads and refusals are queued without waiting, and written in batches."""

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import islice

from chasedata_mcp.ledger.event_bodies import draft_note
from chasedata_mcp.ledger.events import Draft
from chasedata_mcp.ledger.models import Note

Write = Callable[[Sequence[Draft], int], None]
Late = Callable[[], Note]
"""A function that makes a note, in the thread that writes it."""

_IN_A_ROW, _BREATH = 16, 0.0001
"""After this many drafts, other threads have the interpreter for this many seconds.

Python takes it from a thread that works only after 5 ms (`sys.getswitchinterval`), for which a call
would wait at each step of its way. Of the reads without a ledger, 0.91 and 0.92 with sixteen drafts
in a row, 0.88 and 0.85 with four; `make bench ROWS=embedded` notices the loss.
"""


class BackgroundWrites:
    """A bounded queue, and a thread that empties it into the store.

    Notes that can't be queued or written are counted, and the count is written before the next
    batch.

    Args:
        write: Writes a batch and the number of notes that were lost before it; it blocks.
        batch: The most notes that are written at once.
        at_most: The most notes that wait; more are lost.
        pause: The seconds for which a batch waits to grow.
        retry: The seconds between a failure and the next attempt.
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
        """Queue a note; this never waits for the store, and never fails."""
        with self._changed:
            if self._closed or len(self._waiting) + len(self._drafts) >= self._at_most:
                self.lost += 1
                return
            self._waiting.append(note)
            if self._thread is None:
                # A daemon, so that a process whose ledger nobody closed can end.
                self._thread = threading.Thread(target=self._run, name="ledger notes", daemon=True)
                self._thread.start()
            # The thread has something to do then; to wake it for each note costs every read.
            if len(self._waiting) in {1, self._batch}:
                self._changed.notify_all()

    def flush(self) -> None:
        """Write the notes that wait, or as many as the store takes; this blocks."""
        while (self._waiting or self._drafts) and self._write_some():
            pass

    def close(self) -> None:
        """Write the notes that wait, if the store takes them, and stop; this blocks."""
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
            except Exception:  # noqa: BLE001 - any error: the thread goes on, and tries again
                return False
            # Only now, so that a batch that failed is written with the next one.
            for _ in drafts:
                self._drafts.popleft()
            with self._changed:
                self.lost -= lost
            return True

    def _draft(self) -> None:
        """Draft the events of all notes that wait, once, however often they have to be written."""
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
    """Draft the event of a note; None where the note can't be made, or isn't JSON."""
    try:
        return draft_note(note() if callable(note) else note)
    except Exception:  # noqa: BLE001 - any error of one note: the others are written
        return None


def date_note(note: Note | Late, ahead: timedelta) -> Note:
    """Date a note by the store's own time as well, which is so far ahead of the clock."""
    made = note() if callable(note) else note
    intent, ending = made.intent, made.ending
    return replace(
        made,
        intent=replace(intent, store_time=intent.at + ahead),
        ending=replace(ending, store_time=ending.at + ahead),
    )
