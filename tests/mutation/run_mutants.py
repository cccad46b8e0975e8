"""`make mutants`: change the code in one place after another, and see whether a test notices.

Words after the command are modules or packages under server/chasedata_mcp, for example
`approvals/service.py policy/rules`; without any, all of the policy, the approvals and the pipeline
are mutated, which takes hours. The tests are those of PACKAGES that are fast.
"""

import json
import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
BUILD: Final = ROOT / "build" / "mutants"
COPIED: Final = ("tests", "docs", "examples", "tool_schemas", "README.md", "pyproject.toml")

# The tests that notice most changes in a package, in a tenth of the time of all tests.
_OF_A_YES: Final = [
    "tests/approvals/test_approval_service.py",
    "tests/pipeline/test_recorded_approvals.py",
    "tests/pipeline/test_redeemed_approvals.py",
]
_OF_APPROVALS: Final = ("address", "program", "second_factor", "late", "surer")
_OF_GRANTS: Final = ("grants", "grants_of_a_campaign", "grants_scope", "questions")
PACKAGES: Final = {
    "approvals": [
        *_OF_A_YES,
        *(f"tests/approvals/test_approvals_{about}.py" for about in _OF_APPROVALS),
        *(f"tests/policy/test_{about}.py" for about in _OF_GRANTS),
    ],
    "pipeline": [*_OF_A_YES, "tests/pipeline"],
    "policy": ["tests/policy"],
}
# These start programs, which don't see the mutants, or last longer than all others together.
SLOW: Final = (
    "any_order or any_state or soak or kept_out_everywhere or target_lead_unread"
    " or policy_file_refused or effective_policy or a_reading_comes_back or aloud"
)

# How mutmut's own exit codes of a mutant read, where it wasn't killed.
UNDECIDED: Final = {0: "survived", 5: "no tests", 33: "no tests", None: "not run"}
_STRING: Final = re.compile(r'"(?:[^"\\\n]|\\.)*"')


def main(words: list[str]) -> int:
    """Mutate the modules named, and print the figures and what survived."""
    modules = sorted(_modules(words or list(PACKAGES)))
    packages = {module.parts[0] for module in modules}
    tests = sorted({place for package in packages for place in PACKAGES[package]})
    _copy(modules, tests)
    run = _mutmut("run", "--max-children", "2", quiet=False)
    if run.returncode == 0:
        _report(modules)
    return run.returncode


def _modules(words: list[str]) -> Iterator[Path]:
    """Give the modules, as paths under the package."""
    home = ROOT / "server" / "chasedata_mcp"
    for word in words:
        place = home / word
        for file in [place] if place.is_file() else place.rglob("*.py"):
            yield file.relative_to(home)


def _copy(modules: list[Path], tests: list[str]) -> None:
    """Copy the checkout, with the name for the sources that mutmut takes off a module's name."""
    shutil.rmtree(BUILD, ignore_errors=True)
    shutil.copytree(ROOT / "server", BUILD / "src")
    for name in COPIED:
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, BUILD / name)
    config = {
        "source_paths": ["src"],
        "only_mutate": [f"src/chasedata_mcp/{module.as_posix()}" for module in modules],
        "also_copy": [name for name in COPIED if name not in {"tests", "pyproject.toml"}],
        "pytest_add_cli_args_test_selection": tests,
        "pytest_add_cli_args": ["-p", "no:cacheprovider", "-p", "no:xdist", "-k", f"not ({SLOW})"],
    }
    project = BUILD / "pyproject.toml"
    text = project.read_text(encoding="utf-8")
    text = text.replace('pythonpath = ["tests"]', 'pythonpath = ["tests", "src"]')
    # What is a list or a string in JSON is the same in TOML.
    lines = [f"{key} = {json.dumps(value)}" for key, value in config.items()]
    lines.append("timeout_multiplier = 6.0")
    project.write_text("\n".join([text, "[tool.mutmut]", *lines, ""]), encoding="utf-8")


def _report(modules: list[Path]) -> None:
    """Print the table of modules, and each survivor that changes more than a text."""
    _say("| module | mutants | killed | survived | of which text only | no tests |")
    _say("|---|---|---|---|---|---|")
    shown: list[str] = []
    for module in modules:
        meta = BUILD / "mutants" / "src" / "chasedata_mcp" / f"{module}.meta"
        if not meta.is_file():
            continue
        codes = json.loads(meta.read_text(encoding="utf-8"))["exit_code_by_key"]
        counts = Counter(UNDECIDED.get(code, "killed") for code in codes.values())
        survivors = [name for name, code in codes.items() if UNDECIDED.get(code) == "survived"]
        diffs = [_mutmut("show", name, quiet=True).stdout for name in survivors]
        telling = [diff for diff in diffs if not _is_text_only(diff)]
        figures = [len(codes), counts["killed"], counts["survived"], len(diffs) - len(telling)]
        _say(f"| `{module}` | {' | '.join(map(str, [*figures, counts['no tests']]))} |")
        shown += telling
    _say("", *shown)


def _is_text_only(diff: str) -> bool:
    """Tell if all that differs stands in strings of more than a word, which people read."""
    lines = [line for line in diff.splitlines() if not line.startswith(("---", "+++"))]
    sides = ["\n".join(line[1:] for line in lines if line.startswith(sign)) for sign in "-+"]
    before, after = (
        _STRING.sub(lambda string: '""' if " " in string[0] else string[0], side) for side in sides
    )
    return before == after


def _mutmut(*words: str, quiet: bool) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).with_name("mutmut")), *words]
    output = subprocess.PIPE if quiet else None
    return subprocess.run(command, cwd=BUILD, check=False, stdout=output, text=True)  # noqa: S603 - ours


def _say(*lines: str) -> None:
    sys.stdout.write("\n".join(lines) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
