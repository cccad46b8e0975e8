"""Rows of approvals as the programs wrote them that are in use: read, and written the same."""

from dataclasses import astuple, replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from _support.ledger import NOON, Place
from chasedata_mcp.ledger import (
    Approval,
    AssuranceLevel,
    Ledger,
    Offer,
    Question,
    Typed,
    TypedKind,
)

pytestmark = pytest.mark.anyio
_COLUMNS = ("question", "calls", "known", "needs", "offers")
_TO_NUMBER = Offer(
    ("send_sms",),
    ("9545550123",),
    None,
    10,
    datetime(2026, 3, 2, 9, tzinfo=timezone(timedelta(hours=-5))),
    id="next",
    text="This one and the next 10 texts to 954-555-0123 until 09:00",
)
_OF_CAMPAIGN = Offer(
    ("send_sms",),
    None,
    "Spring",
    10,
    datetime(2026, 3, 2, 14, tzinfo=UTC),
    id="campaign",
    text="… to campaign “Spring” until 14:00",
)
_CALL = {
    "tool": "delete_dnc",
    "arguments": {"number": "9545550123"},
    "consequences": ["It can be called again."],
    "asked_by": [{"rule": "lost", "reason": "It is destructive."}],
    "warnings": [],
}


def _approval(question: Question, **other: object) -> Approval:
    ends = NOON + timedelta(minutes=5)
    asked = Approval(id="c1", digest="d1", caller="maria", question=question, asked=NOON, ends=ends)
    return replace(asked, **other)  # type: ignore[arg-type]  # any field


ROWS = [
    (
        _approval(
            Question(
                "Let the dialer call 954-555-0123 again?",
                Typed(TypedKind.PHONE, "9545550123"),
                again=True,
            ),
            calls=(_CALL,),
            known=("One lead has this number.", "Nobody asked."),
            needs=AssuranceLevel.SECOND_FACTOR,
            code="4p5qtzwk",
        ),
        (
            (
                '{"again":true,"text":"Let the dialer call 954-555-0123 again?",'
                '"typed":{"expected":"9545550123","kind":"phone number"}}'
            ),
            (
                '[{"arguments":{"number":"9545550123"},'
                '"asked_by":[{"reason":"It is destructive.","rule":"lost"}],'
                '"consequences":["It can be called again."],"tool":"delete_dnc","warnings":[]}]'
            ),
            r"One lead has this number.\nNobody asked.",
            "second_factor",
            "[]",
        ),
    ),
    (
        _approval(
            Question(
                "Text “Hi”?", None, tuple((one.id, one.text) for one in (_TO_NUMBER, _OF_CAMPAIGN))
            ),
            offers=(_TO_NUMBER, _OF_CAMPAIGN),
        ),
        (
            (
                r'{"offers":[["next","This one and the next 10 texts to 954-555-0123 until 09:00"],'
                r'["campaign","\u2026 to campaign \u201cSpring\u201d until 14:00"]],'
                r'"text":"Text \u201cHi\u201d?","typed":null}'
            ),
            "[]",
            "",
            "client",
            (
                r'[{"at_most":10,"campaign":null,"id":"next","numbers":["9545550123"],'
                r'"text":"This one and the next 10 texts to 954-555-0123 until 09:00",'
                r'"tools":["send_sms"],"until":"2026-03-02T09:00:00-05:00"},'
                r'{"at_most":10,"campaign":"Spring","id":"campaign","numbers":null,'
                r'"text":"\u2026 to campaign \u201cSpring\u201d until 14:00",'
                r'"tools":["send_sms"],"until":"2026-03-02T14:00:00+00:00"}]'
            ),
        ),
    ),
    (
        _approval(Question("Delete “Olé”?", Typed(TypedKind.NAME, "Olé"))),
        (
            (
                r'{"text":"Delete \u201cOl\u00e9\u201d?",'
                r'"typed":{"expected":"Ol\u00e9","kind":"list' + "'" + r's name"}}'
            ),
            "[]",
            "",
            "client",
            "[]",
        ),
    ),
]
"""Approvals, with the columns of their rows as version 0 of 2026-11-29 wrote them."""


@pytest.mark.parametrize(("approval", "row"), ROWS)
async def test_an_approval_is_written_as_it_always_was(
    place: Place, ledger: Ledger, approval: Approval, row: tuple[str, ...]
) -> None:
    await ledger.approvals.ask(approval)
    assert place.rows(f"SELECT {', '.join(_COLUMNS)} FROM ledger_consents") == [row]  # noqa: S608 - our own names


@pytest.mark.parametrize(("approval", "row"), ROWS)
async def test_a_row_of_before_is_read_in_full(
    place: Place, ledger: Ledger, approval: Approval, row: tuple[str, ...]
) -> None:
    await ledger.approvals.ask(replace(approval, question=Question("?"), calls=(), offers=()))
    for column, text in zip(_COLUMNS, row, strict=True):
        place.slip(f"UPDATE ledger_consents SET {column} = '{_quoted(text)}'")  # noqa: S608 - as above
    found = await ledger.approvals.get("c1")
    assert found == approval
    assert astuple(found) == astuple(approval)


@pytest.mark.parametrize(
    ("column", "text"),
    [
        ("question", '{"text":"Delete it?"}'),
        ("question", '{"text":7,"typed":null}'),
        ("question", '{"text":"Delete it?","typed":{"kind":"voice","expected":"Ana"}}'),
        ("question", '["text","typed"]'),
        ("question", "null"),
        ("calls", '[["a"]]'),
        ("needs", "two_persons"),
        ("offers", '[{"id":"next"}]'),
    ],
)
async def test_what_another_version_asked_has_no_words_to_say_yes_to(
    place: Place, ledger: Ledger, column: str, text: str
) -> None:
    approval, _ = ROWS[0]
    await ledger.approvals.ask(approval)
    place.slip(f"UPDATE ledger_consents SET {column} = '{_quoted(text)}'")  # noqa: S608 - as above
    found = await ledger.approvals.get("c1")
    assert found is not None
    assert not found.is_readable
    assert (found.id, found.digest, found.state) == ("c1", "d1", "asked")


def _quoted(text: str) -> str:
    return text.replace("'", "''")
