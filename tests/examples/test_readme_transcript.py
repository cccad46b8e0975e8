"""The README's transcript is what a person sees who types it."""

import getpass
import re
from pathlib import Path

from terminals import run

README = Path(__file__).parents[2] / "README.md"
_PROMPT = "$ chasedata-mcp "
_ENTRY = re.compile(r"\b(?=[a-z0-9]*\d)[a-z0-9]{10}\b")
_TIME = re.compile(r"\d\d-\d\d \d\d:\d\d:\d\d")


def transcript() -> list[tuple[list[str], str]]:
    """Each command of the README's transcript, with what it prints there."""
    section = README.read_text("utf-8").partition("## What was done, and a way back")[2]
    block = section.split("```\n")[1]
    steps = (step.partition("\n") for step in block.split(_PROMPT)[1:])
    return [(words.split(), out) for words, _, out in steps]


def plainly(text: str, user: str) -> str:
    """On one line, without what differs each time: the entry's id, the time, the user."""
    same = _TIME.sub("TIME", _ENTRY.sub("ENTRY", text.replace(f"{user}/terminal", "WHO/terminal")))
    return " ".join(same.replace("\u2500", "").split())


def test_the_transcript_of_the_readme_is_what_is_printed(tmp_path: Path) -> None:
    steps = transcript()
    assert [words[0] for words, _ in steps] == ["call", "history", "undo"]
    settings = {"SANDBOX_FILE": str(tmp_path / "sandbox.sqlite3"), "STATE_DIR": str(tmp_path)}
    entry = ""
    for words, shown in steps:
        typed = [entry if _ENTRY.fullmatch(word) else word for word in words]
        ended = run(*typed, SANDBOX="1", **settings)
        assert plainly(ended.out, getpass.getuser()) == plainly(shown, "root")
        if words[0] == "history":
            (entry,) = _ENTRY.findall(ended.out)
