import subprocess
from pathlib import Path

from _support.forks import forking_python
from _support.terminals import environment, unmeasured
from _support.timeouts import TIMEOUT

HERE = Path(__file__).parent
AGAIN = "cd tests && ../.venv/bin/python -m surface.public_surface --write"


def collected() -> list[str]:
    ended = subprocess.run(  # noqa: S603 - our own module
        [forking_python(), "-m", "surface.public_surface"],
        cwd=HERE.parent,
        env={**unmeasured(environment()), "PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        check=False,
        timeout=TIMEOUT,
        encoding="utf-8",
    )
    assert ended.returncode == 0, ended.stderr
    return ended.stdout.splitlines()


def moved(kept: list[str], found: list[str]) -> str:
    """The names that went and those that came, and what to do where that is meant."""
    went = [f"  - {line}" for line in kept if line not in set(found)]
    came = [f"  + {line}" for line in found if line not in set(kept)]
    return "\n".join(
        [
            "Public names moved. They went (-) and came (+):",
            *went,
            *came,
            f"If it is meant: {AGAIN}",
        ]
    )


def test_no_public_name_moved() -> None:
    kept = (HERE / "public_surface.txt").read_text("utf-8").splitlines()

    found = collected()

    assert found == kept, moved(kept, found)
