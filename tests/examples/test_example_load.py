"""The loader: nothing is sent of a file that isn't fit, and no result is lost of one that is."""

import csv
import io
import os
import signal
import sys
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

import psutil
import pytest

from _support.forks import Forked, forked, forking_python
from _support.terminals import Ended, environment
from _support.timeouts import TIMEOUT

EXAMPLES = Path(__file__).parents[2] / "examples"
_PROGRAM = f"""
import runpy, signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
sys.executable = sys.argv.pop(1)
sys.argv[0] = {str(EXAMPLES / "load.py")!r}
runpy.run_path(sys.argv[0], run_name="__main__")
"""
HEADER = "client_id,primary_phone,campaign,last_name\n"
LATE = {"SANDBOX_FAULTS": "InjectLead.php=delay:3600*9"}
POSIX_ONLY = pytest.mark.skipif(sys.platform == "win32", reason="signals are POSIX's")


@dataclass(frozen=True)
class Loading:
    """A loader that runs: its process, its results as they come, and what it complains of."""

    process: Forked
    complaints: IO[str]

    @property
    def results(self) -> IO[str]:
        assert self.process.stdout is not None
        return self.process.stdout

    def ended(self) -> Ended:
        code = self.process.wait(TIMEOUT)
        out = "" if self.results.closed else self.results.read()
        self.complaints.seek(0)
        return Ended(code, out, self.complaints.read())


@contextmanager
def loading(*words: str, **settings: str) -> Generator[Loading]:
    with TemporaryFile("w+", encoding="utf-8") as complaints, Path(os.devnull).open() as nothing:
        all_words = [forking_python(), *words]
        streams = (os.dup(nothing.fileno()), None, os.dup(complaints.fileno()))
        with forked(_PROGRAM, all_words, environment(**settings), streams) as process:
            try:
                yield Loading(process, complaints)
            finally:
                process.kill()


def loaded(what: str, file: Path, **settings: str) -> tuple[Ended, list[dict[str, str]]]:
    with loading(what, str(file), **settings) as loader:
        ended = loader.ended()
    return ended, list(csv.DictReader(io.StringIO(ended.out)))


def a_file(tmp_path: Path, content: str | bytes) -> Path:
    file = tmp_path / "rows.csv"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return file


def test_leads_are_loaded_with_a_result_for_each_row() -> None:
    ended, rows = loaded("leads", EXAMPLES / "leads.csv")

    assert ended.code == 1
    assert [(row["line"], row["outcome"], row["code"]) for row in rows] == [
        ("2", "done", ""),
        ("3", "done", ""),
        ("4", "done", ""),
        ("5", "refused", "duplicate_lead"),
        ("6", "refused", "invalid_arguments"),
        ("7", "refused", "refused_by_dialer"),
    ]


def test_numbers_to_stop_calling_are_loaded_with_a_result_for_each_row() -> None:
    ended, rows = loaded("do-not-call", EXAMPLES / "do-not-call.csv")

    assert ended.code == 1
    assert [row["outcome"] for row in rows] == ["done", "done", "done", "refused"]


def test_a_lead_whose_answer_never_came_is_looked_up_and_not_sent_again(tmp_path: Path) -> None:
    one = a_file(tmp_path, HEADER + "CRM-1,(305) 555-0123,Solar,\n")

    ended, rows = loaded("leads", one, SANDBOX_FAULTS="InjectLead.php=drop_after", READ_BACK="0")

    assert ended.code == 0
    assert rows[0]["message"] == "No answer, but the lead is there."


def test_a_lead_that_is_not_there_stays_unknown(tmp_path: Path) -> None:
    for header, row in (
        ("client_id,primary_phone,campaign\n", "CRM-1,(305) 555-0123,Solar\n"),
        ("primary_phone,campaign\n", "(305) 555-0123,Solar\n"),
    ):
        one = a_file(tmp_path, header + row)
        ended, rows = loaded("leads", one, SANDBOX_FAULTS="InjectLead.php=drop")

        assert ended.code == 1
        assert (rows[0]["outcome"], rows[0]["code"]) == ("unknown", "no_answer")


@pytest.mark.parametrize(
    "content",
    [
        "\ufeffnumber\n6025550121\n".encode(),
        "number\r\n6025550121\r\n".encode("utf-16"),
        b'\n"number"\n\n , \n6025550121\n'.replace(b" , ", b"  "),
    ],
    ids=["a mark", "UTF-16", "empty lines"],
)
def test_a_file_of_any_system_is_loaded(tmp_path: Path, content: bytes) -> None:
    ended, rows = loaded("do-not-call", a_file(tmp_path, content))

    assert (ended.code, ended.err) == (0, "")
    assert [row["outcome"] for row in rows] == ["done"]


def test_windows_1252_is_read_and_said_aloud(tmp_path: Path) -> None:
    file = a_file(tmp_path, (HEADER + "CRM-1,3055550131,Solar,Müller\n").encode("cp1252"))

    ended, rows = loaded("leads", file)

    assert ended.code == 0
    assert "is read as Windows-1252" in ended.err
    assert [row["outcome"] for row in rows] == ["done"]


def test_a_row_is_named_by_the_line_where_it_begins(tmp_path: Path) -> None:
    rows = 'CRM-1,3055550131,Solar,"Mül\nler"\n\nCRM-2,3055550132,Solar,B\n'

    _, results = loaded("leads", a_file(tmp_path, HEADER + rows))

    assert [row["line"] for row in results] == ["2", "5"]


@pytest.mark.parametrize(
    ("what", "content", "said"),
    [
        ("do-not-call", "", "it is empty"),
        ("do-not-call", "number\n", "no rows"),
        ("do-not-call", "6025550121\n6025550122\n", "column number 1 is none of: number"),
        ("do-not-call", "number;name\n6025550121;A\n", "column number 1 is none of: number"),
        ("do-not-call", "nmber\n6025550121\n", 'column "nmber" is none of: number'),
        ("do-not-call", 'number\n"6025550121\n', "the row that begins in line 2 is not CSV"),
        ("do-not-call", b"number\n\x00\n", "it is neither UTF-8 nor UTF-16"),
        ("do-not-call", b"number\n\x81\n", "it is neither UTF-8 nor Windows-1252"),
        ("leads", "campaign,campaign,primary_phone\na,b,c\n", 'column "campaign" is there twice'),
        ("leads", "campaign,notes\na,b\n", 'column "primary_phone" is missing'),
        ("leads", "campaign,primary_phone,import_only\na,b,no\n", 'column "import_only" is none'),
        ("leads", f'{HEADER}1,2,3,"4\n4"\n1,2,3\n1,2,3,4,5\n1,2,3,4\n', "cells in line 4, 5"),
    ],
)
def test_nothing_is_sent_of_a_file_that_is_not_fit(
    tmp_path: Path, what: str, content: str | bytes, said: str
) -> None:
    ended, _ = loaded(what, a_file(tmp_path, content))

    assert (ended.code, ended.out) == (2, "")
    assert said in ended.err
    assert ended.err.endswith("Nothing was sent.\n")
    assert "Traceback" not in ended.err


def test_a_file_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    for file in (tmp_path / "none.csv", tmp_path):
        ended, _ = loaded("leads", file)
        assert (ended.code, ended.out) == (2, "")
        assert "it can't be read (" in ended.err


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"TOKN": "a-token"}, "The server did not start. Nothing was sent."),
        ({"READ_ONLY": "1"}, "The server's settings leave the tool out. Nothing was sent."),
    ],
)
def test_a_server_that_can_not_be_used_is_said_so(settings: dict[str, str], said: str) -> None:
    ended, rows = loaded("leads", EXAMPLES / "leads.csv", **settings)

    assert (ended.code, rows) == (1, [])
    assert said in ended.err
    assert "Traceback" not in ended.err


@POSIX_ONLY
@pytest.mark.parametrize("ending", ["the loader is interrupted", "the server is killed"])
def test_the_row_under_way_has_a_result_when_it_ends_in_the_middle(ending: str) -> None:
    with loading("leads", str(EXAMPLES / "leads.csv"), **LATE) as loader:
        loader.results.readline()
        if ending == "the loader is interrupted":
            loader.process.send_signal(signal.SIGINT)
        else:
            for server in psutil.Process(loader.process.pid).children():
                server.kill()
        ended = loader.ended()

    line, outcome, code, _ = next(csv.reader(io.StringIO(ended.out)))
    expected = {
        "the loader is interrupted": ("interrupted", 130),
        "the server is killed": ("no_server", 1),
    }
    assert (line, outcome) == ("2", "unknown")
    assert (code, ended.code) == expected[ending]
    assert "5 of 6 rows were not tried" in ended.err
    assert "Traceback" not in ended.err


@POSIX_ONLY
def test_a_result_that_can_not_be_written_is_said_and_nothing_more_is_sent() -> None:
    with loading("leads", str(EXAMPLES / "leads.csv")) as loader:
        loader.results.readline()
        loader.results.close()
        ended = loader.ended()

    assert ended.code == 1
    assert "Not written: " in ended.err
    assert "The results can't be written (Broken pipe)." in ended.err
    assert "Traceback" not in ended.err


def test_the_loader_says_how_it_is_used() -> None:
    with loading("agents") as loader:
        ended = loader.ended()

    assert ended.code == 1
    assert "python examples/load.py leads" in ended.err
