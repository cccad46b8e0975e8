"""Batches as a person sees them on the approvals page: one that ran, and one that asks."""

import csv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Page

from _support.stdio_lines import Spoken, started

HEADER = ("Record ID - Contact", "First Name", "Last Name", "Phone Number", "City", "State/Region")
FIRST = ("Ann", "Ben", "Chidi", "Dolores", "Eva", "Farid", "Grace", "Hugo")
LAST = ("O'Hara", "Roy", "Silva", "Lopez", "Reyes", "Nguyen", "Hall", "Weiss")
THERE = ("51009999", "Eva", "Reyes", "(954) 555-0101", "Miami", "Florida")
"""The sandbox has a lead with this phone."""
SHORT = ("51009998", "Cy", "Short", "555-0123", "Tampa", "Florida")
SUPPRESSED = "7865550124"
STORED = {"campaign": "Solar", "import_only": True}
FLORIDA = (
    239,
    305,
    321,
    352,
    386,
    407,
    448,
    561,
    656,
    689,
    727,
    728,
    754,
    772,
    786,
    813,
    850,
    863,
    904,
    941,
)


class Assistant:
    """An assistant whose host shows no forms.

    Args:
        server: The server that it started.
    """

    def __init__(self, server: Spoken) -> None:
        self._server = server
        self._calls = 0
        info = {"name": "claude-desktop", "version": "1"}
        opening = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": info}
        server.send("initialize", 0, **opening)
        server.answer()
        server.send("notifications/initialized")

    def begin(self, tool: str, /, **arguments: object) -> int:
        """Make a call, and don't wait for its answer."""
        self._calls += 1
        self._server.send("tools/call", self._calls, name=tool, arguments=arguments)
        return self._calls

    def answer(self, call: int) -> dict[str, object]:
        """Wait for the answer to a call; others that come before are dropped."""
        while (came := self._server.answer()).get("id") != call:
            pass
        fields: dict[str, object] = came["result"]["structuredContent"]
        return fields

    def call(self, tool: str, /, **arguments: object) -> dict[str, object]:
        """Make a call, and wait for its answer."""
        return self.answer(self.begin(tool, **arguments))


@contextmanager
def assistant_with_files(environment: dict[str, str], files: Path) -> Iterator[Assistant]:
    """Start a server on the sandbox whose assistant may plan the files of a folder."""
    files.mkdir()
    _write_contacts(files / "old-web-leads.csv", 40, THERE)
    _write_contacts(files / "spring-fair.csv", 1963, *[THERE] * 22, *[SHORT] * 8)
    with started(environment | {"CHASEDATA_FILES_DIR": str(files)}, "--sandbox") as server:
        yield Assistant(server)


def show_batches(page: Page, assistant: Assistant) -> None:
    """Run one batch to its end, and have another one ask."""
    assistant.call("insert_dnc", number=SUPPRESSED)
    ran = _ask(assistant, "old-web-leads.csv")
    _approve(page)
    assistant.answer(ran)
    page.locator("#batches").get_by_text("finished").wait_for()
    _ask(assistant, "spring-fair.csv")
    page.get_by_text("To approve, type the count").wait_for()


def _ask(assistant: Assistant, file: str) -> int:
    planned = assistant.call("plan_batch", tool="insert_lead", file=file, common=STORED)
    return assistant.begin("run_batch", batch_id=planned["batch_id"])


def _approve(page: Page) -> None:
    count = page.locator("article .typed").inner_text()
    page.get_by_label("To approve, type the count").fill(count)
    page.get_by_role("button", name="Approve").click()


def _write_contacts(path: Path, count: int, *more: tuple[str, ...]) -> None:
    """Write contacts as HubSpot exports them, with numbers that nobody has."""
    with path.open("w", encoding="utf-8", newline="") as file:
        write = csv.writer(file)
        write.writerow(HEADER)
        for number in range(count):
            name = FIRST[number % len(FIRST)], LAST[number // len(FIRST) % len(LAST)]
            phone = f"({FLORIDA[number // 100]}) 555-01{number % 100:02}"
            write.writerow((f"5100{number:04}", *name, phone, "Miami", "Florida"))
        write.writerows(more)
