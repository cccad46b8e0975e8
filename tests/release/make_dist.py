"""`make dist`: wheel and sdist, built, checked, and started wherever a user may install them.

They come to `dist/`. Nothing is published. What is installed takes the dependencies that the
package registry serves today, as a user's installation does, and not those of the lock.
"""

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Final

from clean_places import BUILD, ROOT, UV, FailedError, run, run_in, say, scripts_of
from dist_contents import PROJECT, check_sdist, check_wheel
from first_session import play
from found import candidates, found

DIST: Final = ROOT / "dist"
TOOLS: Final = scripts_of(BUILD / "tools")
_SETTINGS: Final = {"CHASEDATA_SANDBOX_FILE": ":memory:"}
_SAYS: Final = f"chasedata-mcp {PROJECT['version']}"


def main() -> int:
    """Take every step, and give 1 if one failed."""
    shutil.rmtree(DIST, ignore_errors=True)
    failed = [name for name, step in steps() if not _holds(name, step)]
    if failed:
        say(f"Not fit to be published: {', '.join(failed)}.")
        return 1
    say(f"Built and checked: {', '.join(sorted(path.name for path in DIST.iterdir()))}, in dist/.")
    return 0


def _holds(name: str, step: Callable[[], None]) -> bool:
    try:
        step()
    except FailedError as error:
        say(f"{name}: FAILED\n{error}")
        return False
    say(f"{name}: well")
    return True


def steps() -> Iterator[tuple[str, Callable[[], None]]]:
    """Yield every step with its name; each needs those before it."""
    yield "built, twice the same", build
    yield "contents, metadata and links", check_contents
    yield "twine check --strict", check_by_twine
    for python in found(candidates()):
        yield f"wheel on Python {python.version}", partial(install_wheel, python.path)
    yield "sdist by pip", install_sdist
    yield "uvx", start_by_uvx
    yield "pipx", start_by_pipx


def build() -> None:
    """Build both, and once more to see that the same bytes come out."""
    again = BUILD / "again"
    for place in (DIST, again):
        shutil.rmtree(place, ignore_errors=True)
        words = (sys.executable, "-m", "hatchling", "build", "-d", place)
        run_in(ROOT, words, {"SOURCE_DATE_EPOCH": _time_of_commit()})
    for path in DIST.iterdir():
        if path.read_bytes() != (again / path.name).read_bytes():
            raise FailedError(f"{path.name} isn't the same when it is built again")


def _time_of_commit() -> str:
    """Give the time of the last commit, which is that of all files in the archives."""
    asked = ("git", "log", "-1", "--format=%ct")
    said = subprocess.run(asked, cwd=ROOT, capture_output=True, check=False, encoding="utf-8")  # noqa: S603
    return said.stdout.strip() or "1764374400"


def wheel() -> Path:
    """Give the one wheel that was built."""
    [built] = DIST.glob("*.whl")
    return built


def check_contents() -> None:
    """Compare what the archives hold with what is here."""
    [sdist] = DIST.glob("*.tar.gz")
    problems = [*check_wheel(wheel()), *check_sdist(sdist)]
    if problems:
        raise FailedError("\n".join(problems))


def check_by_twine() -> None:
    """Render the README as a package index does, and check the metadata."""
    run(TOOLS / "twine", "check", "--strict", *sorted(DIST.iterdir()))


def install_wheel(python: str) -> None:
    """Install the wheel alone into an environment without anything, and serve from it."""
    place = BUILD / "bare"
    run(UV, "venv", "--clear", "--quiet", "--python", python, place)
    run(UV, "pip", "install", "--quiet", "--python", place, wheel())
    _works(place)


def install_sdist() -> None:
    """Install from the sources by pip, which builds them in an environment of its own."""
    place = BUILD / "of-sdist"
    [sdist] = DIST.glob("*.tar.gz")
    run(sys.executable, "-m", "venv", "--clear", place)
    run(scripts_of(place) / "python", "-m", "pip", "install", "--quiet", sdist)
    _works(place)


def _works(environment: Path) -> None:
    command = scripts_of(environment) / "chasedata-mcp"
    _says(run(command, "version"))
    run(scripts_of(environment) / "python", "-m", "chasedata_mcp", "doctor", "--sandbox")
    play((command, "--sandbox"), _SETTINGS)


def _says(said: str) -> None:
    if not said.startswith(f"{_SAYS}\n"):
        raise FailedError(f"`chasedata-mcp version` says {said!r}")


def start_by_uvx() -> None:
    """Start the wheel as `uvx chasedata-mcp` starts what an index has."""
    words = (UV, "tool", "run", "--from", wheel(), "chasedata-mcp")
    _says(run(*words, "version"))
    play((*words, "--sandbox"), _SETTINGS)


def start_by_pipx() -> None:
    """Install the wheel as `pipx install chasedata-mcp` installs what an index has."""
    places = {"PIPX_HOME": str(BUILD / "pipx"), "PIPX_BIN_DIR": str(BUILD / "pipx" / "bin")}
    run(TOOLS / "pipx", "install", "--force", wheel(), **places)
    command = BUILD / "pipx" / "bin" / "chasedata-mcp"
    _says(run(command, "version"))
    play((command, "--sandbox"), _SETTINGS)


if __name__ == "__main__":
    sys.exit(main())
