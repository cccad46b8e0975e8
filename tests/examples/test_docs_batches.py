"""The walk of docs/batches.md, from an export to the three files, is what a person sees."""

import re
import sys
from pathlib import Path

import pytest

from _support.terminals import answered, plain, run

PAGE = (Path(__file__).parents[2] / "docs" / "batches.md").read_text("utf-8")
WALK = PAGE.partition("## From an export")[2].partition("## Commands")[0]
BEFORE, EXPORT, PLANNED, RESULTS, FAILED = WALK.split("```\n")[1::2]
QUESTION = " ".join(line[2:] for line in WALK.splitlines() if line.startswith("> "))
_DIFFERS = re.compile(r"\b(?=[a-z0-9]*\d)[a-z0-9]{10}\b|\d{4}-\d\d-\d\d \d\d:\d\d UTC")


def same(text: str) -> str:
    """Put a text on one line, without ids, times, frames and alignment."""
    return _DIFFERS.sub("#", " ".join(re.sub(r"[│╭╮╰╯─]", " ", text).split()))


@pytest.mark.skipif(sys.platform == "win32", reason="a pty is POSIX's")
def test_the_walk_is_what_a_person_sees(tmp_path: Path) -> None:
    (tmp_path / "contacts.csv").write_text(EXPORT)
    kept = {
        "SANDBOX": "1",
        "STATE_DIR": str(tmp_path / "state"),
        "SANDBOX_FILE": str(tmp_path / "s"),
    }
    _, suppress = BEFORE.splitlines()
    run(*suppress.split()[2:], **kept)
    file, shared = str(tmp_path / "contacts.csv"), ("--set", "campaign=Solar", "--set")
    planned = run("batch", "plan", file, *shared, "import_only=true", **kept)
    assert same(planned.out) == same(PLANNED.partition("\n")[2])
    found = re.search(r"batch run (\w{10})", planned.out)
    assert found
    screen, ended = answered("batch", "run", found[1], typed="3\n", **kept)
    assert (ended.code, same(QUESTION) in same(plain(screen))) == (0, True)
    results = run("batch", "results", found[1], "--to", str(tmp_path / "out"), **kept)
    counts = [line.split()[0] for line in results.out.splitlines()]
    assert counts == [line.split()[0] for line in RESULTS.splitlines()[1:]]
    (failed,) = (tmp_path / "out").glob("*-failed.csv")
    assert failed.read_text("utf-8-sig").split() == FAILED.split()
