"""DBOS at work in this process: a batch is a workflow and a chunk a step. It blocks.

The one module that imports DBOS, which takes a second: it is imported only where a batch runs.
"""

import json
import logging
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from threading import Event, Thread
from typing import Any, Final
from urllib.parse import quote

from dbos import DBOS, DBOSConfig, Serializer, SetEnqueueOptions
from sqlalchemy.exc import SQLAlchemyError
from typing_extensions import override

from chasedata_mcp.batches.dbos_databases import find_schema, make_engine
from chasedata_mcp.batches.errors import BatchError, BatchStoreError
from chasedata_mcp.batches.run_engine import START, Place, RunLeftError
from chasedata_mcp.batches.worker_lease import BEAT, WorkerLease
from chasedata_mcp.ledger.errors import describe_failure

CallChunk = Callable[[str, Place], Place | None]
"""Runs a chunk and returns the next place, None at the end; see `RunChunk`."""

_NAME: Final = "chasedata-mcp"
_VERSION: Final = "batches-2"
"""The version of the workflow: a process goes on only with runs of its own version."""
_POLL: Final = 0.2
"""The seconds between two looks into the queue."""
_LISTEN: Final = 0.5
"""The seconds between two looks for messages, of which there are none; DBOS's end waits so long."""
_SELDOM: Final = 3600.0
"""The seconds between two looks for scheduled workflows, of which there are none."""
_THREADS: Final = 4
_OLD: Final = 100
"""The most runs that ended which one start removes."""
_ANY_SERVER: Final = "postgresql://server/ledger"
"""Says to DBOS that the engine that it is given is PostgreSQL's."""
_LOG: Final = logging.getLogger("dbos")


class _AbandonedError(BaseException):
    """A step that is left.

    DBOS keeps the outcome of a step that ends with an exception, and not of one that ends with
    this: its workflow stays open, and goes on where the step began.
    """


class _Json(Serializer):
    """A serializer of JSON: DBOS itself pickles, and what is unpickled can be a program."""

    @override
    def serialize(self, data: Any) -> str:
        # Of an error only its kind, since its text may hold a customer's data.
        return json.dumps(data, default=lambda error: {"error": type(error).__name__})

    @override
    def deserialize(self, serialized_data: str) -> Any:
        match json.loads(serialized_data):
            case {"error": str() as kind, **others} if not others:
                return BatchError(kind)
            case found:
                return found


class DbosSession:
    """DBOS in this process, from its launch to its end.

    Args:
        store: The file of its store, or the address of a PostgreSQL database.
        queue: The name of the account's queue.
        lease: The name of this process.
        call_chunk: Runs a chunk.

    Raises:
        BatchStoreError: Its store can't be used.
    """

    def __init__(
        self, store: Path | str, queue: str, lease: WorkerLease, call_chunk: CallChunk
    ) -> None:
        self.lease, self.call_chunk = lease, call_chunk
        self._queue = queue
        is_file = isinstance(store, Path)
        self._address = f"sqlite:///{quote(str(store))}" if is_file else _ANY_SERVER
        self._engine = None if is_file else make_engine(str(store))
        self._ended = Event()
        self._alive = Thread(target=self._live, name="batch-worker-lease", daemon=True)
        _quieten()
        try:
            _open(self)
            self._launch()
        except BaseException as error:
            self.close()
            if not isinstance(error, SQLAlchemyError):
                raise
            problem = _describe(error)
        else:
            return
        raise BatchStoreError(f"The store of the runs of batches can't be used: {problem}.")

    def start(self, batch_id: str) -> None:
        """Put a batch into the queue, unless it is there or runs.

        Raises:
            BatchStoreError: It can't be.
        """
        try:
            with SetEnqueueOptions(deduplication_id=batch_id, duplication_policy="return-existing"):
                DBOS.enqueue_workflow(self._queue, _run_batch, batch_id)
        except SQLAlchemyError as error:
            problem = _describe(error)
        else:
            return
        raise BatchStoreError(f"The store of the runs of batches can't be used: {problem}.")

    def close(self) -> None:
        """End DBOS, and leave what it ran to whoever is there."""
        self._ended.set()
        if self._alive.is_alive():
            self._alive.join()
        DBOS.destroy()
        _close(self)
        if self._engine is not None:
            self._engine.dispose()
        with suppress(BatchStoreError):
            self.lease.release()

    def _launch(self) -> None:
        DBOS(config=self._configure())
        DBOS.listen_queues([self._queue])
        # Goes on, too, with what a process of this name left.
        DBOS.launch()
        # One batch of an account at a time, over all processes: its limits are then those of all.
        DBOS.register_queue(
            self._queue,
            global_concurrency=1,
            polling_interval_sec=_POLL,
            on_conflict="always_update",
        )
        self._forget_ended()
        self._alive.start()

    def _configure(self) -> DBOSConfig:
        return {
            "name": _NAME,
            "application_version": _VERSION,
            "executor_id": self.lease.name,
            "system_database_url": self._address,
            "system_database_engine": self._engine,
            "dbos_system_schema": find_schema(self._engine),
            "serializer": _Json(),
            "log_level": "CRITICAL",
            "enable_otlp": False,
            "use_listen_notify": False,
            "max_executor_threads": _THREADS,
            "notification_listener_polling_interval_sec": _LISTEN,
            "scheduler_polling_interval_sec": _SELDOM,
        }

    def _forget_ended(self) -> None:
        """Remove runs that have ended: what came of them is in the store of batches."""
        ended = ["SUCCESS", "ERROR", "CANCELLED"]
        old = DBOS.list_workflows(
            status=ended, queue_name=self._queue, limit=_OLD, load_input=False, load_output=False
        )
        if old:
            DBOS.delete_workflows([one.workflow_id for one in old])

    def _live(self) -> None:
        """Say that this process lives, and take over from those that are surely gone."""
        while not self._ended.wait(BEAT):
            with suppress(BatchStoreError, SQLAlchemyError):
                self.lease.keep()
                if self.lease.is_held:
                    self.lease.take_over(_recover)


_open_sessions: list[DbosSession] = []
"""The one that is open: DBOS has one in a process, and calls the functions below by their names."""


def _open(session: DbosSession) -> None:
    """Make a session the one of this process.

    Raises:
        BatchError: There is one already.
    """
    if _open_sessions:
        raise BatchError("This process runs the batches of another account already.")
    _open_sessions.append(session)


def _close(session: DbosSession) -> None:
    if session in _open_sessions:
        _open_sessions.remove(session)


@DBOS.workflow(name="run_batch", max_recovery_attempts=None)
def _run_batch(batch_id: str) -> None:
    """Run a batch chunk by chunk; DBOS keeps the place behind each."""
    # One that goes on when its session is over must not run in the next one.
    (session,) = _open_sessions

    def run_chunk(run_pass: int, after: int) -> list[int] | None:
        try:
            following = session.call_chunk(batch_id, Place(run_pass, after))
        except RunLeftError:
            raise _AbandonedError from None
        return None if following is None else [following.run_pass, following.after]

    place: list[int] | None = [START.run_pass, START.after]
    while place is not None:
        place = DBOS.run_step({"name": "run_chunk"}, run_chunk, *place)


def _recover(name: str) -> None:
    """Have the runs of a process that is gone put into the queue again."""
    # Its one call for that (3.4), which is why its minor version is pinned.
    recover = DBOS._recover_pending_workflows  # noqa: SLF001 - as above  # pyright: ignore[reportPrivateUsage] - as above
    recover([name])


def _quieten() -> None:
    """Keep DBOS's lines from standing among ours; what matters of them is said here."""
    _LOG.propagate = False
    if not _LOG.handlers:
        _LOG.addHandler(logging.NullHandler())


def _describe(error: SQLAlchemyError) -> str:
    """Describe a failure by the driver's code alone: its text may quote a row."""
    cause = getattr(error, "orig", None)
    return describe_failure(cause if isinstance(cause, Exception) else error)
