"""The documents lead somewhere: to files that are there, and to headings that are in them."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted(
    path
    for path in [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("examples/**/*.md")]
    if path.is_file()
)
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_CODE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
_HEADING = re.compile(r"^#+ (.*)$", re.MULTILINE)


def links(document: Path) -> Iterator[tuple[str, str]]:
    """The file and the heading of each link that stays in the repository."""
    for target in _LINK.findall(_CODE.sub("", document.read_text("utf-8"))):
        if "://" not in target and not target.startswith("mailto:"):
            path, _, heading = target.partition("#")
            yield path, heading


def anchors(document: Path) -> set[str]:
    """The headings of a document as links name them."""
    headings = _HEADING.findall(_CODE.sub("", document.read_text("utf-8")))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_there_are_documents() -> None:
    assert {path.name for path in DOCUMENTS} >= {
        "README.md",
        "policy.md",
        "policy-file.md",
        "CONTRIBUTING.md",
    }


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_of_a_document_leads_somewhere(document: Path) -> None:
    for path, heading in links(document):
        target = (document.parent / path).resolve() if path else document
        assert target.is_relative_to(ROOT), path
        assert target.exists(), path
        assert not heading or heading in anchors(target), f"{path}#{heading}"


def test_the_readme_of_the_package_leads_somewhere_without_the_repository() -> None:
    command = [sys.executable, "-m", "hatchling", "metadata"]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, check=True, text=True)  # noqa: S603 - the build backend
    metadata = json.loads(ended.stdout)
    targets = _LINK.findall(_CODE.sub("", metadata["readme"]["text"]))

    assert f"{metadata['urls']['Source']}/blob/main/docs/policy.md" in targets
    assert [target for target in targets if not target.startswith("https://")] == []
