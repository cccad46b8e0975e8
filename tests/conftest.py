"""What every test may use, and what none has to pay."""

import gc
import json
from collections.abc import Iterator, Mapping
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, is_hypothesis_test, settings
from jsonschema import Draft202012Validator

from _support import forks
from _support.hang_watch import HangWatch
from _support.ledger import close_ledgers
from _support.postgresql import a_server

# How busy a machine is says nothing of what is tested.
settings.register_profile("unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("unhurried")
_NUMBERS = count()
_LONGEST = {"test_cli_demo.py", "test_lock.py", "test_makefile.py", "test_soak_small.py"}
_TABLES = {
    "test_asking_answers.py",
    "test_bad_texts.py",
    "test_hostile_leads.py",
    "test_hostile_values.py",
    "test_kept_out_everywhere.py",
    "test_ledger_clocks_at_random.py",
    "test_redeemed_approvals.py",
    "test_target_lead_unread.py",
    "test_tools_errors.py",
    "test_undo_asking.py",
    "test_undo_each_action.py",
    "test_wire_forms.py",
    "test_working_day.py",
}
"""Long tables and long days, which reach no line or branch that others don't (2026-11, all 8,840
tests by coverage's contexts): a sixth of the time in which lines are measured."""
_HANG_WATCH = pytest.StashKey[HangWatch]()


def pytest_configure(config: pytest.Config) -> None:
    if not config.getoption("usepdb"):  # who looks into a test takes time
        config.stash[_HANG_WATCH] = HangWatch()


def pytest_unconfigure(config: pytest.Config) -> None:
    if watch := config.stash.get(_HANG_WATCH, None):
        watch.end()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    if watch := item.config.stash.get(_HANG_WATCH, None):
        watch.begin_test()


@pytest.hookimpl(trylast=True)
def pytest_exception_interact(node: pytest.Item | pytest.Collector) -> None:
    if watch := node.config.stash.get(_HANG_WATCH, None):
        watch.set_anew()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what waits longest, lest one worker is at it when the others have ended.

    And leave random examples and long tables out of the measured lines: what counts is reached by
    named cases. Tracing makes them half as slow again, and of random ones the figure would differ.
    """
    items.sort(key=lambda item: item.path.name not in _LONGEST)
    for item in items:
        is_random = isinstance(item, pytest.Function) and is_hypothesis_test(item.obj)
        if is_random or item.path.name in _TABLES:
            item.add_marker("no_cover")


def pytest_collection_finish() -> None:
    """Look for garbage less often, and never among modules and tests: a sixth of the time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session", autouse=True)
def _states(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Where no test but one that is for a whole session finds its state, and nobody's home is."""
    with pytest.MonkeyPatch.context() as environment:
        place = tmp_path_factory.mktemp("state")
        environment.setenv("XDG_STATE_HOME", str(place))
        # A server that a client starts has the home, and no other variable.
        for home in ("HOME", "USERPROFILE", "LOCALAPPDATA"):
            environment.setenv(home, str(place))
        yield place


@pytest.fixture(autouse=True)
def _state_of_its_own(_states: Path) -> Iterator[None]:
    """Give each test a user's state of its own: ledgers, sandboxes, and never the developer's."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("XDG_STATE_HOME", str(_states / f"test-{next(_NUMBERS)}"))
        yield


@pytest.fixture(autouse=True)
def _ledgers_in_memory_end() -> Iterator[None]:
    """Close what a test opened, though a pipeline to a dialer of a test's own is closed nowhere."""
    yield
    close_ledgers()


@pytest.fixture(scope="session", autouse=True)
def _schemas_checked_once() -> Iterator[None]:
    """Check a schema the first time: the SDK's client does for every tool of every session."""
    check, sound = Draft202012Validator.check_schema, set[str]()

    def checked(schema: Mapping[str, Any] | bool, *other: Any, **named: Any) -> None:  # noqa: ANN401, FBT001 - as in jsonschema
        written = json.dumps([schema, repr((other, named))])
        if written not in sound:
            check(schema, *other, **named)
            sound.add(written)

    with pytest.MonkeyPatch.context() as checking:
        checking.setattr(Draft202012Validator, "check_schema", checked)
        yield


@pytest.fixture(scope="session", autouse=True)
def _forks_end() -> Iterator[None]:
    """End the process that others were forked from, if there was one."""
    yield
    if forks.warm.cache_info().currsize:
        forks.warm().end()


@pytest.fixture(scope="session")
def postgresql(testrun_uid: str) -> Iterator[str]:
    """The address of a PostgreSQL server, one for all workers, that ends with the last of them."""
    with a_server(f"ledger-{testrun_uid}", synchronous_commit="off") as server:
        yield server.get_uri()
