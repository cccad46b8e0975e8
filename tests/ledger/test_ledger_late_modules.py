"""The ledger's modules are imported by the threads that first use them, several at once too."""

import sys
import threading
from pathlib import Path
from types import SimpleNamespace

import pytest

from chasedata_mcp import ledger
from chasedata_mcp.ledger.async_store import LateModule

_NAME = "slowly_imported"
_SLOW = """
from import_events import begun, go_on

def work():
    return "half"

begun.set()
go_on.wait()

def work():
    return "whole"
"""


def test_a_module_that_another_thread_is_importing_is_used_as_a_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, go_on = threading.Event(), threading.Event()
    events = SimpleNamespace(begun=begun, go_on=go_on)
    monkeypatch.setitem(sys.modules, "import_events", events)
    monkeypatch.setattr(ledger, "__path__", [*ledger.__path__, str(tmp_path)])
    (tmp_path / f"{_NAME}.py").write_text(_SLOW, encoding="utf-8")
    late = LateModule(_NAME)
    importing = threading.Thread(target=late.work)
    importing.start()
    begun.wait()
    work = late.work
    go_on.set()
    importing.join()
    assert work() == late.work() == "whole"
    del sys.modules[f"{ledger.__name__}.{_NAME}"]
