"""Findings on what writes did to the test lead, by how it read before and after."""

from collections.abc import Iterator, Mapping

from chasedata_mcp.dialer.probe.observations import Observations, ProbeStep, Sent
from chasedata_mcp.dialer.probe.search_shapes import read_body, unpack_fields
from chasedata_mcp.dialer.probe.verdicts import NO_RECORDS, FactFinding, Verdict, untold
from chasedata_mcp.fields.dispositions import says_do_not_call

_Fields = Mapping[str, str] | None
_READS = (
    *(ProbeStep.READ, ProbeStep.REREAD, ProbeStep.MOVED_READ, ProbeStep.MARKED),
    ProbeStep.UNMARKED,
)


def judge_leads(seen: Observations, refused: str) -> Iterator[FactFinding]:
    """Judge each fact on what a write does to a lead.

    Args:
        seen: The answers.
        refused: The words that were found round a refusal.
    """
    read = {step: _read_fields(seen, step, refused) for step in _READS}
    updated = read[ProbeStep.REREAD]
    moved = read[ProbeStep.MOVED_READ]
    yield _judge_update(updated, seen.sent.city)
    yield _judge_move(moved, seen.sent.second_campaign)
    yield _judge_custom_field(read[ProbeStep.READ], seen.sent)
    yield from _judge_mark(moved or updated, read[ProbeStep.MARKED], read[ProbeStep.UNMARKED])


def _judge_update(updated: _Fields, city: str) -> FactFinding:
    if updated is None:
        return untold("update", NO_RECORDS)
    if city in updated.values():
        return FactFinding("update", Verdict.HOLDS, "the field that was sent took")
    return FactFinding("update", Verdict.DIFFERS, "the field that was sent did not take")


def _judge_move(moved: _Fields, campaign: str) -> FactFinding:
    fact = "update-moves"
    if moved is None or not campaign:
        return untold(fact, "it needs --second-campaign, with test records")
    if campaign in moved.values():
        return FactFinding(fact, Verdict.HOLDS, "the lead reads as of the second campaign")
    return FactFinding(fact, Verdict.DIFFERS, "the lead doesn't read as of the second campaign")


def _judge_custom_field(read: _Fields, sent: Sent) -> FactFinding:
    fact = "custom-fields"
    if read is None or not sent.custom_field:
        return untold(fact, "it needs --custom-field, with test records")
    if read.get(sent.custom_field) == sent.custom_value:
        return FactFinding(fact, Verdict.HOLDS, "it came back under its name on the wire")
    if sent.custom_value in read.values():
        return FactFinding(fact, Verdict.DIFFERS, "it came back under another name")
    return FactFinding(fact, Verdict.DIFFERS, "it did not come back")


def _judge_mark(before: _Fields, marked: _Fields, after: _Fields) -> Iterator[FactFinding]:
    """Judge what the do-not-call list did to the lead, and what it left."""
    if before is None or marked is None:
        yield untold("dnc-mark", NO_RECORDS)
        yield untold("dnc-mark-stays", NO_RECORDS)
        return
    changed = {name: value for name, value in marked.items() if before.get(name) != value}
    if not changed:
        yield FactFinding("dnc-mark", Verdict.NEW, "no field shows it")
        yield untold("dnc-mark-stays", "no field shows the mark")
        return
    listed = ", ".join(f"{name} ({_describe_mark(value)})" for name, value in changed.items())
    yield FactFinding("dnc-mark", Verdict.NEW, f"it shows in {listed}")
    stays = after is not None and changed.items() <= after.items()
    verdict = Verdict.HOLDS if stays else Verdict.DIFFERS
    yield FactFinding("dnc-mark-stays", verdict, f"the mark {'stayed' if stays else 'went'}")


def _describe_mark(value: str) -> str:
    return value if says_do_not_call(value) else "another value"


def _read_fields(seen: Observations, step: ProbeStep, refused: str) -> _Fields:
    read = read_body(seen.body(step), refused)
    return None if read is None else unpack_fields(read.values, seen.sent.client_id)
