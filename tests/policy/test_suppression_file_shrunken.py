"""A suppression file that lost many of its numbers stops what reaches somebody, until accepted."""

import os
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from _support.pipeline import CALLER, AssembledPipeline, a_suppression_file
from _support.sandbox import OWN, a_sandbox_pipeline, terms
from chasedata_mcp.app.composition import suppression_of
from chasedata_mcp.ledger import AcceptedFile
from chasedata_mcp.policy.suppression_file import SuppressionFile

pytestmark = pytest.mark.anyio
NUMBERS = [f"95455501{last:02}" for last in range(100)]
FREE = "3055550110"
TEXT = {"from_number": OWN, "to_number": FREE, "message": "Hello there"}
LONG_AGO_NS = 1_000_000_000_000_000_000


def write(path: Path, count: int, *, at: int = 0) -> Path:
    """Write so many numbers into the file, some time ago."""
    path.write_text("".join(f"{number}\n" for number in NUMBERS[:count]))
    os.utime(path, ns=(LONG_AGO_NS + at, LONG_AGO_NS + at))
    return path


@asynccontextmanager
async def a_process(place: Path, file: Path | None) -> AsyncGenerator[AssembledPipeline]:
    """Open a pipeline on the ledger in a directory, with this suppression file."""
    async with a_sandbox_pipeline(ledger=place / "state", suppression=file) as pipeline:
        yield pipeline


async def passes(pipeline: AssembledPipeline) -> bool:
    """Tell whether somebody who isn't in the file may be texted."""
    preview = await pipeline.preview(pipeline.read("send_sms", TEXT), CALLER)
    assert {refusal.rule for refusal in preview.refused} <= {"suppressed"}
    return not preview.refused


async def accept(pipeline: AssembledPipeline, file: Path | None, count: int) -> None:
    counts = pipeline.ledger.dnc_registry.file_counts(pipeline.account.accid)
    path = "" if file is None else str(file)
    await counts.accept(AcceptedFile(path, count, "maria/terminal", pipeline.clock()))


@pytest.mark.parametrize(
    ("had", "left", "goes_on"),
    [
        (10, 10, True),
        (10, 9, True),
        (10, 8, False),
        (9, 8, False),
        (100, 90, True),
        (100, 89, False),
    ],
)
async def test_it_may_lose_the_set_share_of_its_numbers_and_no_more(
    tmp_path: Path, *, had: int, left: int, goes_on: bool
) -> None:
    file = write(tmp_path / "own.txt", had)
    async with a_process(tmp_path, file) as pipeline:
        assert await passes(pipeline)
        write(file, left, at=1)
        assert await passes(pipeline) is goes_on


@pytest.mark.parametrize("had", [1, 2, 100])
async def test_an_empty_file_is_a_loss_whatever_the_share(tmp_path: Path, had: int) -> None:
    path = write(tmp_path / "own.txt", had)
    async with a_sandbox_pipeline(ledger=tmp_path / "state") as pipeline:
        counts = pipeline.ledger.dnc_registry.file_counts(pipeline.account.accid)
        file = SuppressionFile(path, counts=counts, largest_shrink=0.999)
        await file.numbers()
        assert not file.problem
        path.write_text("# nothing left\n")
        await file.numbers()
        assert "has 0 numbers and had" in file.problem


async def test_the_refusal_says_what_happened_and_who_goes_on(tmp_path: Path) -> None:
    file = write(tmp_path / "own.txt", 100)
    async with a_process(tmp_path, file) as pipeline:
        assert await passes(pipeline)
        write(file, 3, at=1)
        assert await pipeline.refused_by("send_sms", **TEXT) == {"suppressed"}
        error = await pipeline.failure("send_sms", **TEXT)
        assert "The suppression file has 3 numbers and had 100" in error.message
        assert "`chasedata-mcp policy rearm`" in error.message
        assert NUMBERS[0] not in error.message
        # What reaches nobody goes on.
        await pipeline.suppress(FREE)
        await pipeline.call("search_lead", search_field="phone", identifier=FREE)


async def test_it_is_remembered_over_a_restart_and_by_every_process(tmp_path: Path) -> None:
    file = write(tmp_path / "own.txt", 100)
    async with a_process(tmp_path, file) as first:
        assert await passes(first)
    write(file, 50, at=1)
    async with a_process(tmp_path, file) as first, a_process(tmp_path, file) as second:
        assert not await passes(first)
        assert not await passes(second)
        await accept(first, file, 50)
        assert await passes(first)
        assert await passes(second)
    async with a_process(tmp_path, file) as later:
        assert await passes(later)
        entry = await later.newest()
        assert entry.intent.tool == "accept_suppression_file"
        assert entry.intent.arguments == {"numbers": 50, "before": 100}


async def test_one_that_is_whole_again_needs_no_person(tmp_path: Path) -> None:
    file = write(tmp_path / "own.txt", 100)
    async with a_process(tmp_path, file) as pipeline:
        assert await passes(pipeline)
        write(file, 20, at=1)
        assert not await passes(pipeline)
        write(file, 100, at=2)
        assert await passes(pipeline)


async def test_many_small_losses_are_one_great_one(tmp_path: Path) -> None:
    file = write(tmp_path / "own.txt", 100)
    async with a_process(tmp_path, file) as pipeline:
        for at, left in enumerate((100, 95, 90)):
            write(file, left, at=at)
            assert await passes(pipeline)
        write(file, 86, at=9)
        assert not await passes(pipeline)
        await accept(pipeline, file, 86)
        # From then on its share is of what was accepted.
        assert await passes(pipeline)
        write(file, 78, at=10)
        assert await passes(pipeline)
        write(file, 77, at=11)
        assert not await passes(pipeline)


async def test_what_it_has_grown_to_counts(tmp_path: Path) -> None:
    file = write(tmp_path / "own.txt", 10)
    async with a_process(tmp_path, file) as pipeline:
        assert await passes(pipeline)
        write(file, 100, at=1)
        assert await passes(pipeline)
        write(file, 10, at=2)
        assert not await passes(pipeline)


@pytest.mark.parametrize(("other", "goes_on"), [(100, True), (90, True), (89, False), (0, False)])
async def test_another_file_that_the_policy_names_is_held_against_the_one_before(
    tmp_path: Path, *, other: int, goes_on: bool
) -> None:
    async with a_process(tmp_path, write(tmp_path / "own.txt", 100)) as pipeline:
        assert await passes(pipeline)
    another = write(tmp_path / "another.txt", other)
    async with a_process(tmp_path, another) as pipeline:
        assert await passes(pipeline) is goes_on
        await accept(pipeline, another, other)
        assert await passes(pipeline)
    # Whoever goes on with the first file isn't asked anew.
    async with a_process(tmp_path, tmp_path / "own.txt") as pipeline:
        assert await passes(pipeline)
    async with a_process(tmp_path, another) as pipeline:
        assert await passes(pipeline)


async def test_a_policy_that_names_none_any_more_is_a_loss_until_a_person_says_so(
    tmp_path: Path,
) -> None:
    async with a_process(tmp_path, write(tmp_path / "own.txt", 100)) as pipeline:
        assert await passes(pipeline)
    async with a_process(tmp_path, None) as pipeline:
        error = await pipeline.failure("send_sms", **TEXT)
        assert "names no suppression file, and the last one had 100" in error.message
        await accept(pipeline, None, 0)
        assert await passes(pipeline)
    async with a_process(tmp_path, None) as pipeline:
        assert await passes(pipeline)


async def test_without_a_file_nothing_is_remembered_or_missed(tmp_path: Path) -> None:
    async with a_process(tmp_path, None) as pipeline:
        assert await passes(pipeline)
    kept = (tmp_path / "state" / "memory-live.json").read_bytes()
    assert b"files" not in kept


async def test_a_file_that_is_being_written_keeps_what_it_had_until_it_stands(
    tmp_path: Path,
) -> None:
    path = write(tmp_path / "own.txt", 100)
    async with a_sandbox_pipeline(ledger=tmp_path / "state") as pipeline:
        counts = pipeline.ledger.dnc_registry.file_counts(pipeline.account.accid)
        now = [path.stat().st_ctime_ns + 10_000_000_000]
        file = SuppressionFile(path, lambda: now[0], counts=counts)
        assert len(await file.numbers()) == 100
        write(path, 95, at=1)
        now[0] = path.stat().st_ctime_ns + 1_000_000_000
        assert len(await file.numbers()) == 100
        now[0] += 2_000_000_000
        assert len(await file.numbers()) == 95
        assert not file.problem


async def test_one_that_an_editor_replaces_by_another_name_is_held_against_what_it_had(
    tmp_path: Path,
) -> None:
    file = write(tmp_path / "own.txt", 100)
    async with a_process(tmp_path, file) as pipeline:
        assert await passes(pipeline)
        write(tmp_path / "own.txt~", 100, at=1).replace(file)
        assert await passes(pipeline)
        write(tmp_path / "own.txt~", 30, at=2).replace(file)
        assert not await passes(pipeline)


async def test_the_share_is_the_policys(tmp_path: Path) -> None:
    path = write(tmp_path / "own.txt", 100)
    named = terms(do_not_call={"suppression_file": str(path), "largest_shrink": 0.5})
    async with a_sandbox_pipeline(ledger=tmp_path / "state") as pipeline:
        file = suppression_of(named, pipeline.ledger, pipeline.account.accid)
        await file.numbers()
        write(path, 50, at=1)
        await file.numbers()
        assert not file.problem
        write(path, 49, at=2)
        await file.numbers()
        assert file.shrunken is not None
        assert (file.shrunken.left, file.shrunken.most) == (49, 100)


async def test_each_account_of_a_ledger_has_a_file_of_its_own(tmp_path: Path) -> None:
    file = write(tmp_path / "own.txt", 100)
    async with a_process(tmp_path, file) as pipeline:
        assert await passes(pipeline)
        other = a_suppression_file(
            write(tmp_path / "another.txt", 1), pipeline.ledger, type(pipeline.account)("live", "x")
        )
        await other.numbers()
        assert not other.problem
