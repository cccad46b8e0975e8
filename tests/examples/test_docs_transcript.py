"""The transcript in the documents is what a person sees who types it."""

import getpass
import json
import re
from pathlib import Path

from _support.terminals import run

DOCUMENT = Path(__file__).parents[2] / "docs" / "ledger.md"
_PROMPT = "$ chasedata-mcp "
_TIME = re.compile(r"\d\d-\d\d \d\d:\d\d:\d\d(?: [A-Z]{2,5})?")


def transcript() -> list[tuple[list[str], str]]:
    """Each command of the document's transcript, with what it prints there."""
    section = DOCUMENT.read_text("utf-8").partition("## What was done, and a way back")[2]
    block = section.split("```\n")[1]
    steps = (step.partition("\n") for step in block.split(_PROMPT)[1:])
    return [(words.split(), out) for words, _, out in steps]


def plainly(text: str, user: str, entry: str) -> str:
    """On one line, without what differs each time: the entry's id, the time, the user."""
    # The document shows a terminal; without one the commands are a script's.
    who = re.sub(rf"{re.escape(user)}/(?:terminal|script)", "WHO/terminal", text)
    same = _TIME.sub("TIME", who)
    return " ".join(same.replace(entry, "ENTRY").replace("\u2500", "").split())


def test_the_transcript_of_the_documents_is_what_is_printed(tmp_path: Path) -> None:
    steps = transcript()
    (call, called), (listing, listed), (undo, undone) = steps
    shown = undo[-1]
    assert [words[0] for words, _ in steps] == ["call", "history", "undo"]
    settings = {"SANDBOX": "1", "SANDBOX_FILE": str(tmp_path / "box"), "STATE_DIR": str(tmp_path)}

    def is_printed(words: list[str], expected: str, entry: str) -> None:
        printed = run(*words, **settings).out
        told = plainly(printed, getpass.getuser(), entry)
        assert told == plainly(expected, "root", shown)

    is_printed(call, called, shown)
    entry = json.loads(run("history", "--json", **settings).out)["id"]
    is_printed(listing, listed, entry)
    is_printed(["undo", entry], undone, entry)
