"""No bound of a test is about how busy the machine is: each is `TIMEOUT` or an event."""

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from _support.timeouts import PRESS_AGAIN, TIMEOUT

TESTS = Path(__file__).parents[1]
MEASURES = {"bench", "faults", "release", "soak"}
"""Benchmarks are about time, and so are a stranger's first call, races and stores that somebody
holds; what they wait for is bounded as in tests."""

BOUNDED = {
    "communicate",
    "fail_after",
    "join",
    "move_on_after",
    "result",
    "select",
    "set_default_navigation_timeout",
    "set_default_timeout",
    "settimeout",
    "wait",
    "wait_for",
}
NAMED = {"deadline", "read_timeout", "read_timeout_seconds", "timeout"}
OVER_HTTP = {"AsyncClient", "Client", "delete", "get", "head", "post", "put", "request", "stream"}
"""What waits five seconds where nobody says how long."""
CLOCKS = {"current_time", "monotonic", "monotonic_ns", "perf_counter", "perf_counter_ns"}
"""The wall's; the time that a process was at work is little the longer where others work too."""


OTHERS = {"hosts", "node_modules"}
"""No tests: programs of others, and what drives those that may hang."""


def files() -> list[Path]:
    return [file for file in TESTS.rglob("*.py") if OTHERS.isdisjoint(file.parts)]


def number(node: ast.expr, constants: Mapping[str, float]) -> float | None:
    """The number that is written there, or that a constant of the file has."""
    match node:
        case ast.Constant(value=int() | float() as value):
            return float(value)
        case ast.Name(id=name):
            return constants.get(name)
        case ast.UnaryOp(operand=operand):
            return number(operand, constants)
        case ast.BinOp(left=left, right=right):
            sides = number(left, constants), number(right, constants)
            return None if None in sides else max(side for side in sides if side)
        case _:
            return None


def constants_of(tree: ast.Module) -> dict[str, float]:
    """The numbers that a file gives a name."""
    given: dict[str, float] = {}
    for statement in tree.body:
        match statement:
            case (
                ast.Assign(targets=[ast.Name(id=name)], value=ast.expr() as value)
                | ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value)
            ):
                if (found := number(value, given)) is not None:
                    given[name] = found
            case _:
                pass
    return given


def bounds(source: str, *, measures: bool = False) -> list[str]:
    """Each place of a file that depends on the speed of the machine, with its line."""
    tree = ast.parse(source)
    constants = constants_of(tree)
    found = list[str]()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            found += [f"{node.lineno}: {why}" for why in _of_call(node, constants)]
        if isinstance(node, ast.Attribute | ast.Name) and not measures:
            name = node.attr if isinstance(node, ast.Attribute) else node.id
            if name in CLOCKS:
                found.append(f"{node.lineno}: {name}")
    return found


def _of_call(call: ast.Call, constants: Mapping[str, float]) -> Iterator[str]:
    match call.func:
        case ast.Attribute(value=ast.Name(id="httpx" | "httpx2"), attr=name):
            if name in OVER_HTTP and "timeout" not in {one.arg for one in call.keywords}:
                yield f"{name} without a timeout"
        case ast.Attribute(attr=name) | ast.Name(id=name):
            pass
        case _:
            name = ""
    given = [(one.arg, one.value) for one in call.keywords if one.arg in NAMED]
    if name in BOUNDED:
        given += [(name, value) for value in call.args]
    for what, value in given:
        if 0 < (number(value, constants) or 0) < TIMEOUT:
            yield f"{what} of {ast.unparse(value)}"


def test_no_test_fails_for_how_busy_the_machine_is() -> None:
    for file in files():
        name = file.relative_to(TESTS)
        measures = name.parts[0] in MEASURES
        assert bounds(file.read_text(encoding="utf-8"), measures=measures) == [], name


@pytest.mark.parametrize(
    "line",
    [
        "process.communicate(timeout=30)",
        "process.wait(30)",
        "process.wait(2 * 15)",
        "wait_for(task, 30.0)",
        "with anyio.fail_after(5): pass",
        "with move_on_after(0.02): pass",
        "server.settimeout(5)",
        "select.select([ours], [], [], 30)",
        "context.set_default_timeout(500)",
        "sending.result(timeout=30)",
        "given(deadline=200)",
        "httpx.get(url)",
        "httpx2.AsyncClient(trust_env=False)",
        "assert time.monotonic() - began < 30",
        "SOON = 30\nprocess.wait(SOON)",
        "SOON: Final = 30\nprocess.wait(timeout=SOON)",
    ],
)
def test_each_kind_of_bound_is_found(line: str) -> None:
    assert len(bounds(line)) == 1


@pytest.mark.parametrize(
    "line",
    [
        "process.communicate(timeout=TIMEOUT)",
        "process.wait()",
        "process.wait(0)",
        "process.wait(timeout=seconds)",
        "AT_MOST = 900\nprocess.wait(AT_MOST)",
        "httpx.get(url, timeout=TIMEOUT)",
        "given(deadline=None)",
        "' '.join(words)",
        "assert answers.get(5) == 1",
    ],
)
def test_what_waits_for_as_long_as_it_takes_is_none(line: str) -> None:
    assert bounds(line) == []


def test_the_bound_is_minutes() -> None:
    assert TIMEOUT >= 10 * PRESS_AGAIN >= 600
