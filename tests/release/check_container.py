"""`make container`: what can be seen of the container where there is no daemon to build it.

hadolint and dclint read the files. Then the Dockerfile's own steps are taken in a plain directory,
in place of the base image, and what they made is started as the container starts it: as its user,
on a read-only system where only its volume can be written, without capabilities, as process 1.
This needs Linux and root; without them it is started plainly, and that is said. Not seen here: the
base images, the layers, Docker's own networks and volumes, and the database as a container.
"""

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import psutil
from clean_places import BUILD, ROOT, FailedError, run, run_in, say, scripts_of
from first_session import play

FILES: Final = ROOT / "examples" / "container"
TOOLS: Final = scripts_of(BUILD / "tools")
_DCLINT: Final = ROOT / "tests" / "release" / "node_modules" / "dclint" / "bin" / "dclint.cjs"
_PYTHONS: Final = ("/usr/bin/python3.13", "/usr/bin/python3.12", "/usr/bin/python3.11")
"""A Python that every user may run, as the base image's."""
_CONFINED: Final = """
mount --bind "$DATA" "$DATA"
mount -o remount,bind,ro /
mount -t tmpfs tmpfs /tmp
exec setpriv --reuid 10001 --regid 10001 --clear-groups --no-new-privs --bounding-set -all "$@"
"""


@dataclass
class Image:
    """What the Dockerfile's last stage is: where its programs are, and how they are started."""

    place: Path
    variables: dict[str, str] = field(default_factory=dict)

    @property
    def data(self) -> Path:
        return self.place / "data"

    def there(self, text: str) -> str:
        """Put the directory in place of the container's own paths."""
        return re.sub(r"(?<!\w)/(opt|data)\b", rf"{self.place}/\1", text)


def main() -> int:
    """Take every step, and give 1 if one fails."""
    try:
        for done in _steps():
            say(done)
    except FailedError as error:
        say(f"FAILED: {error}")
        return 1
    return 0


def _steps() -> Iterator[str]:
    run(TOOLS / "hadolint", FILES / "Dockerfile")
    yield "hadolint: well"
    allowed = ("--disable-rule", "no-build-and-image", "service-image-require-explicit-tag")
    run("node", _DCLINT, *sorted(FILES.glob("*.yaml")), "--quiet", *allowed)
    yield "dclint, by Compose's schema: well"
    # Another user has to come in, which the home directory refuses, and /tmp is the container's.
    with tempfile.TemporaryDirectory(prefix="container-", dir="/var/tmp") as place:
        image = Image(Path(place))
        image.place.chmod(0o755)
        _build(image)
        yield "built by the Dockerfile's steps, in a directory: well"
        confined = sys.platform == "linux" and os.geteuid() == 0
        play(_start(image, confined=confined, words=("--sandbox",)), {})
        yield f"a session over stdio, {_how(confined)}: well"
        _serve(image, confined=confined)
        yield f"HTTP, health check and the end by SIGTERM, {_how(confined)}: well"


def _how(confined: bool) -> str:  # noqa: FBT001 - a word of the sentence
    return "confined as the container" if confined else "NOT confined, for want of root on Linux"


def _instructions() -> Iterator[tuple[str, str]]:
    """Yield the instructions of the Dockerfile, each on one line."""
    text = (FILES / "Dockerfile").read_text(encoding="utf-8")
    lines = re.sub(r"^#.*\n", "", text, flags=re.MULTILINE).replace("\\\n", " ").splitlines()
    for line in filter(None, lines):
        word, _, rest = line.partition(" ")
        yield word, " ".join(rest.split())


def _build(image: Image) -> None:
    """Take the steps of both stages that make or name what is started."""
    work = image.place / "build"
    image.data.mkdir(parents=True)
    os.chown(image.data, 10001, 10001) if os.geteuid() == 0 else None
    last = False
    for word, rest in _instructions():
        last = last or (word == "FROM" and " AS " not in rest)
        match word:
            case "COPY" if not last:
                *sources, _ = rest.split()
                _copy(sources, work)
            case "COPY" if "--from" not in rest:
                shutil.copy(ROOT / rest.split()[0], image.place / "opt")
            case "RUN" if not last:
                run_in(work, ("sh", "-ec", image.there(rest)), {"PATH": _path(image)})
            case "ENV":
                pairs = (pair.partition("=") for pair in rest.split())
                image.variables |= {name: image.there(value) for name, _, value in pairs}
            case _:
                pass


def _copy(sources: list[str], work: Path) -> None:
    work.mkdir(exist_ok=True)
    for source in sources:
        found = list(ROOT.glob(source))
        if not found:
            raise FailedError(f"COPY finds no {source}: is there a wheel? make dist builds it")
        for path in found:
            shutil.copy(path, work)


def _path(image: Image) -> str:
    """Let `python` be the system's own, as in the base image."""
    own = image.place / "python"
    own.mkdir(exist_ok=True)
    python = next((one for one in _PYTHONS if Path(one).exists()), sys.executable)
    (own / "python").unlink(missing_ok=True)
    (own / "python").symlink_to(python)
    return f"{own}:/usr/bin:/bin"


def _start(image: Image, *, confined: bool, words: tuple[str, ...]) -> list[str]:
    """Give the command of the entry point with these words, in the image's variables alone."""
    path = image.variables["PATH"].replace("$PATH", "/usr/bin:/bin")
    variables = [f"{name}={value}" for name, value in {**image.variables, "PATH": path}.items()]
    plain = ["env", "-i", *variables, "chasedata-mcp", *words]
    if not confined:
        return plain
    namespaces = ("unshare", "--mount", "--pid", "--fork", "--mount-proc", "--kill-child")
    script = f"DATA={image.data}{_CONFINED}"
    return [*namespaces, "sh", "-ec", script, "sh", *plain]


def _serve(image: Image, *, confined: bool) -> None:
    """Serve over HTTP, ask for the health as Docker does, and stop it as Docker does."""
    words = ("serve", "--transport", "http", "--port", "8765", "--sandbox")
    command = _start(image, confined=confined, words=words)
    with subprocess.Popen(command, stderr=subprocess.PIPE, encoding="utf-8") as process:  # noqa: S603
        assert process.stderr is not None
        shown = process.stderr.readline()
        if "serves MCP at" not in shown:
            process.kill()
            raise FailedError(shown + process.stderr.read())
        first = psutil.Process(process.pid).children()[0].pid if confined else process.pid
        inside = ("nsenter", "--target", str(first), "--pid", "--mount") if confined else ()
        python, health = (
            image.place / "opt" / "chasedata-mcp" / "bin" / "python",
            image.place / "opt" / "health.py",
        )
        try:
            run(*inside, python, health)
        finally:
            os.kill(first, signal.SIGTERM)
        if code := process.wait(timeout=600):
            raise FailedError(f"it ended with {code}")


if __name__ == "__main__":
    sys.exit(main())
