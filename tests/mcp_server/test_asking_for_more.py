"""The wider yes that a form offers, as real clients of either era get it and send it back."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from typing_extensions import override

from _support.conversations import Answer, Person, accepted, client, code, each_era
from _support.sandbox import TEXT
from _support.served_pipeline import DELETE, Attended, an_attended_pipeline, history_policy
from chasedata_mcp.ledger.questions import ONLY
from chasedata_mcp.policy.models import ConfirmLevel

pytestmark = pytest.mark.anyio
PRIMITIVES = {"type", "title", "description", "enum"}


@pytest.fixture
async def pipeline() -> AsyncIterator[Attended]:
    async with an_attended_pipeline(history_policy(ConfirmLevel.OUTWARD)) as opened:
        yield opened


class Chooses(Person):
    """Somebody who says yes and chooses what is offered, by its place in the list."""

    def __init__(self, place: int) -> None:
        super().__init__(accepted({"confirm": True}))
        self._place = place

    @override
    async def __call__(self, *asked: Any) -> Answer:
        await super().__call__(*asked)
        also = self.asked[-1].requested_schema["properties"]["also"]["enum"][self._place]
        return accepted({"confirm": True, "also": also})


@each_era
async def test_the_form_keeps_to_the_schemas_that_the_protocol_allows(
    era: str, pipeline: Attended
) -> None:
    person = Person(accepted({"confirm": True}))
    person.clock = pipeline.clock
    async with client(pipeline.server(), era, person) as connected:
        await connected.call_tool("send_sms", dict(TEXT))
    [form] = person.asked
    schema = form.requested_schema
    Draft202012Validator.check_schema(schema)
    assert set(schema) == {"type", "properties", "required"}
    assert schema["required"] == ["confirm"]
    also = schema["properties"]["also"]
    assert set(also) <= PRIMITIVES
    assert also["type"] == "string"
    assert also["enum"][0] == ONLY
    assert "the next 10 texts" in also["enum"][1]


@each_era
async def test_the_wider_yes_lets_the_next_ones_through_unasked(
    era: str, pipeline: Attended
) -> None:
    person = Chooses(1)
    person.clock = pipeline.clock
    async with client(pipeline.server(), era, person) as connected:
        for words in ("Hello", "Are you there?", "Goodbye"):
            result = await connected.call_tool("send_sms", {**TEXT, "message": words})
            assert code(result) is None
    assert len(person.asked) == 1
    assert len(pipeline.dialer.writes) == 3
    [grant] = await pipeline.answers.grants()
    assert (grant.used, grant.at_most) == (2, 10)


@each_era
async def test_only_this_one_is_for_this_one(era: str, pipeline: Attended) -> None:
    person = Chooses(0)
    person.clock = pipeline.clock
    async with client(pipeline.server(), era, person) as connected:
        for words in ("Hello", "Are you there?"):
            result = await connected.call_tool("send_sms", {**TEXT, "message": words})
            assert code(result) is None
    assert len(person.asked) == 2
    assert not await pipeline.answers.grants()


@each_era
async def test_what_is_destructive_offers_nothing_more(era: str, pipeline: Attended) -> None:
    person = Person(accepted({"confirm": "602-555-0121"}))
    person.clock = pipeline.clock
    async with client(pipeline.server(), era, person) as connected:
        assert code(await connected.call_tool("delete_dnc", dict(DELETE))) is None
    assert set(person.asked[0].requested_schema["properties"]) == {"confirm"}


@each_era
async def test_a_choice_that_was_not_offered_is_no(era: str, pipeline: Attended) -> None:
    person = Person(accepted({"confirm": True, "also": "everything, for ever"}))
    person.clock = pipeline.clock
    async with client(pipeline.server(), era, person) as connected:
        assert code(await connected.call_tool("send_sms", dict(TEXT))) == "declined"
    assert not pipeline.dialer.writes
    assert not await pipeline.answers.grants()
