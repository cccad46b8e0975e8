"""What is wrong with a wheel or an sdist: its files, its metadata, the links of its page."""

import re
import tarfile
import tomllib
import zipfile
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
PACKAGE: Final = ROOT / "server" / "chasedata_mcp"
PROJECT: Final = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
_NEVER: Final = (".pyc", ".log", ".sqlite3", ".db", ".lock", ".orig")
_LINK: Final = re.compile(r"\]\(([^)\s]+)\)")
_HEADING: Final = re.compile(r"^#+ (.*)$", re.MULTILINE)
_CODE: Final = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
_SDIST: Final = ("pyproject.toml", "README.md", "LICENSE", "server/chasedata_mcp/py.typed")


def names_in_wheel(wheel: Path) -> set[str]:
    """List the files of a wheel."""
    with zipfile.ZipFile(wheel) as archive:
        return {name for name in archive.namelist() if not name.endswith("/")}


def metadata_of(wheel: Path) -> EmailMessage:
    """Read a wheel's metadata; its payload is the README as a package index shows it."""
    with zipfile.ZipFile(wheel) as archive:
        name = next(name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        return message_from_bytes(archive.read(name), policy=policy.default)


def check_wheel(wheel: Path) -> Iterator[str]:
    """Yield what is wrong with a wheel: a file too few or too many, or wrong metadata."""
    here, there = _files_of_package(), names_in_wheel(wheel)
    packed = {name for name in there if name.startswith("chasedata_mcp/")}
    yield from (f"the wheel lacks {name}" for name in sorted(here - packed))
    yield from (f"the wheel has {name}, which is not here" for name in sorted(packed - here))
    strange = {name for name in there - packed if ".dist-info/" not in name}
    yield from (f"the wheel has {name}, which is not the package's" for name in sorted(strange))
    if not any(name.endswith(".dist-info/licenses/LICENSE") for name in there):
        yield "the wheel has no licence"
    yield from _check_metadata(metadata_of(wheel))


def _files_of_package() -> set[str]:
    found = (path for path in PACKAGE.rglob("*") if path.is_file())
    return {
        path.relative_to(PACKAGE.parent).as_posix()
        for path in found
        if "__pycache__" not in path.parts and path.suffix not in _NEVER
    }


def _check_metadata(metadata: EmailMessage) -> Iterator[str]:
    wanted = {
        "Name": PROJECT["name"],
        "Version": PROJECT["version"],
        "Summary": PROJECT["description"],
        "Requires-Python": PROJECT["requires-python"],
        "License-Expression": PROJECT["license"],
        "Description-Content-Type": "text/markdown",
    }
    for name, value in wanted.items():
        if metadata[name] != value:
            yield f"the metadata says {name}: {metadata[name]}, not {value}"
    requires = {str(one) for one in metadata.get_all("Requires-Dist", [])}
    if len(requires) != len(PROJECT["dependencies"]):
        yield "the metadata requires something else than pyproject.toml"
    yield from check_links(metadata.get_content())


def check_links(readme: str) -> Iterator[str]:
    """Yield the links of the README that lead nowhere outside the repository.

    Those into the repository's own pages are looked up here: file and heading have to exist.
    """
    text = _CODE.sub("", readme)
    source = PROJECT["urls"]["Source"]
    pages = (
        f"{source}/blob/main/",
        source.replace("//github.", "//raw.githubusercontent.") + "/main/",
    )
    for target in dict.fromkeys(_LINK.findall(text)):
        if target.startswith("#"):
            if target[1:] not in _anchors(text):
                yield f"the README leads to {target}, which it doesn't have"
        elif not target.startswith("https://"):
            yield f"the README leads to {target}, which an index doesn't have"
        for page in pages:
            if target.startswith(page):
                yield from _check_page(target.removeprefix(page))


def _check_page(target: str) -> Iterator[str]:
    name, _, heading = target.partition("#")
    page = ROOT / name
    if not page.exists():
        yield f"the README leads to {name}, which is not here"
    elif heading and heading not in _anchors(_CODE.sub("", page.read_text(encoding="utf-8"))):
        yield f"the README leads to {target}, and {name} has no such heading"


def _anchors(text: str) -> set[str]:
    headings = _HEADING.findall(text)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def check_sdist(sdist: Path) -> Iterator[str]:
    """Yield what is wrong with an sdist: what a build needs and isn't there, or leads out of it."""
    with tarfile.open(sdist) as archive:
        members = archive.getmembers()
    top = f"{PROJECT['name'].replace('-', '_')}-{PROJECT['version']}/"
    names = {member.name.removeprefix(top) for member in members}
    yield from (f"the sdist lacks {name}" for name in _SDIST if name not in names)
    for member in members:
        if not member.name.startswith(top) or ".." in Path(member.name).parts:
            yield f"the sdist has {member.name}, outside of its folder"
        if not (member.isfile() or member.isdir()):
            yield f"the sdist has {member.name}, which is neither file nor folder"
        if member.name.endswith(_NEVER[:-2]) or "node_modules" in member.name:
            yield f"the sdist has {member.name}, which was made on this machine"
