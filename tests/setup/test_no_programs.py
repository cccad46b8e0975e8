"""The server starts no program but its own reader of workbooks, and runs no text as code."""

import ast
from collections.abc import Iterator
from pathlib import Path

PACKAGE = Path(__file__).parents[2] / "server" / "chasedata_mcp"
STARTS = {
    *("system", "popen", "fork", "forkpty", "startfile", "posix_spawn", "posix_spawnp"),
    *("execl", "execle", "execlp", "execlpe", "execv", "execve", "execvp", "execvpe"),
    *("spawnl", "spawnle", "spawnlp", "spawnlpe", "spawnv", "spawnve", "spawnvp", "spawnvpe"),
    *("create_subprocess_exec", "create_subprocess_shell", "run_process", "open_process"),
}
RUNS = {"eval", "exec", "compile", "__import__"}
NEVER = {"pickle", "marshal", "shelve", "ctypes", "runpy", "code", "pty", "multiprocessing"}
HARMLESS = {
    # Writes a command for a person to type; starts nothing.
    ("approvals/program.py", "subprocess.list2cmdline"),
    # Reads a workbook, which is its input, by a module of this package.
    *(
        ("files/tables/spreadsheet.py", f"subprocess.{name}")
        for name in ("Popen", "PIPE", "DEVNULL")
    ),
}


def starts_or_runs(tree: ast.AST) -> Iterator[str]:
    """Yield the names in a module by which it would start a program or run text as code."""
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(value=ast.Name(id="subprocess"), attr=name):
                yield f"subprocess.{name}"
            case ast.Attribute(value=ast.Name(id="os" | "asyncio" | "anyio" as module), attr=name):
                yield from [f"{module}.{name}"] if name in STARTS else []
            case ast.Call(func=ast.Name(id=name)) if name in RUNS:
                yield name
            case ast.Import(names=names):
                yield from [one.name for one in names if one.name.partition(".")[0] in NEVER]
            case ast.ImportFrom(module=str(module), names=names):
                within = {"subprocess", *NEVER} if module != "os" else set()
                bad = module.partition(".")[0] in within
                yield from [f"{module}.{one.name}" for one in names if bad or one.name in STARTS]
            case _:
                pass


def test_no_module_starts_a_program_or_runs_text_as_code() -> None:
    found = {
        (file.relative_to(PACKAGE).as_posix(), name)
        for file in PACKAGE.rglob("*.py")
        for name in starts_or_runs(ast.parse(file.read_text("utf-8")))
    }
    assert found == HARMLESS


def test_every_way_to_start_one_would_be_found() -> None:
    for line in (
        "import os; os.system('x')",
        "import subprocess; subprocess.run(['x'])",
        "from subprocess import run",
        "from os import popen",
        "import anyio; anyio.run_process('x')",
        "eval('1')",
        "import pickle",
        "from multiprocessing import Process",
    ):
        assert list(starts_or_runs(ast.parse(line))), line
