"""`make test-pythons`: commands and transports on every Python of 3.11 to 3.14 that is here.

Each has an environment of its own under build/pythons, installed from the lock and made anew when
the lock changes. Words after the command go to pytest in place of the smoke tests, for example
`tests` for the whole suite.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

from found import MINORS, Found, candidates, found

ROOT: Final = Path(__file__).parents[2]
BUILD: Final = ROOT / "build" / "pythons"
SMOKE: Final = ("-o", "pythonpath=tests tests/pythons", "tests/pythons")
_PIP: Final = ("-m", "pip", "--disable-pip-version-check")
_INSTALL: Final = (*_PIP, "install", "--quiet", "--no-user")
_LOCKED: Final = ("--require-hashes", "--no-deps", "-r", "requirements.lock")
_OURS: Final = ("--no-deps", "--no-build-isolation", "-e", ".")


def main(words: list[str]) -> int:
    """Test on each Python, and give 1 if anything fails on one."""
    pythons = found(candidates())
    for minor in MINORS:
        here = [f"{one.version} ({one.path})" for one in pythons if one.minor == minor]
        _say(f"Python 3.{minor}: {', '.join(here) or 'not found here, not tested'}")
    failed = [python.version for python in pythons if not _holds(python, words or [*SMOKE])]
    if failed:
        _say(f"It fails on Python {', '.join(failed)}.")
    elif pythons:
        _say(f"It works on Python {', '.join(python.version for python in pythons)}.")
    return 1 if failed else 0


def _holds(python: Found, words: list[str]) -> bool:
    environment = BUILD / python.version
    try:
        _ready(python, environment)
    except subprocess.CalledProcessError as error:
        _say(f"Python {python.version}: the lock can't be installed there: {error}")
        return False
    _say(f"Python {python.version}:")
    workers = ["-n", str((os.cpu_count() or 1) + 1)]
    command = [str(_python(environment)), "-m", "pytest", "-q", "-p", "no:cacheprovider", *workers]
    # The bytecode is kept, since the commands start often.
    environ = {**os.environ, "PYTHONDONTWRITEBYTECODE": ""}
    command += words
    ended = subprocess.run(command, cwd=ROOT, env=environ, check=False)  # noqa: S603 - our tests
    return ended.returncode == 0


def _ready(python: Found, environment: Path) -> None:
    """Make an environment from the lock, unless it is there and the lock is the same."""
    ready, key = environment / "ready", _key(python)
    if ready.is_file() and ready.read_text(encoding="utf-8") == key:
        return
    _say(f"Python {python.version}: installing the lock into {environment.relative_to(ROOT)} ...")
    shutil.rmtree(environment, ignore_errors=True)
    _run(python.path, "-m", "venv", environment)
    inside = _python(environment)
    _install(inside)
    _run(inside, *_INSTALL, *_OURS)
    _run(inside, *_PIP, "check")
    ready.write_text(key, encoding="utf-8")


def _install(inside: Path) -> None:
    """Install by uv, which takes two seconds of pip's twenty; by pip where only that is set up."""
    uv = Path(sys.executable).with_name("uv")
    by_uv = [str(uv), "pip", "install", "--quiet", "--python", str(inside), *_LOCKED]
    try:
        subprocess.run(by_uv, cwd=ROOT, check=True, stderr=subprocess.DEVNULL)  # noqa: S603 - of the lock
    except (OSError, subprocess.CalledProcessError):
        _run(inside, *_INSTALL, *_LOCKED)


def _key(python: Found) -> str:
    """Name all that an environment is made from."""
    made_from = [(ROOT / name).read_bytes() for name in ("requirements.lock", "pyproject.toml")]
    return hashlib.sha256(b"\0".join([python.path.encode(), bytes(ROOT), *made_from])).hexdigest()


def _python(environment: Path) -> Path:
    return environment / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")


def _run(*words: str | Path) -> None:
    subprocess.run(words, cwd=ROOT, check=True)  # noqa: S603 - our own words


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
