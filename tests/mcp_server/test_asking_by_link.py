"""Clients that can open a link: they are sent to the approvals page, where it runs."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest
from mcp import Client
from mcp.client.context import ClientRequestContext
from mcp.shared.exceptions import MCPError
from mcp_types import (
    ElicitCompleteNotification,
    ElicitRequestParams,
    ElicitRequestURLParams,
    ElicitResult,
    ErrorData,
    Implementation,
    InputRequiredResult,
)

from _support.conversations import (
    CANCELLED,
    DECLINED,
    Json,
    code,
    each_era,
    legacy_wire,
    modern_wire,
    told,
)
from _support.served_pipeline import (
    DELETE,
    PAGE,
    SENT,
    Attended,
    an_attended_pipeline,
    history_policy,
)
from chasedata_mcp.app.out_of_band import WAIT
from chasedata_mcp.fields.assurance_level import AssuranceLevel
from chasedata_mcp.policy.models import RequiredAssurance

pytestmark = pytest.mark.anyio
WENT = ElicitResult(action="accept")
SURER = replace(history_policy(), yes=RequiredAssurance(destructive=AssuranceLevel.MACHINE))
CALL: Json = {"name": "delete_dnc", "arguments": dict(DELETE)}
LINKS_ONLY: Json = {"elicitation": {"url": {}}}


@dataclass
class Reader:
    """Somebody whose client opens links; `does` is what they do before it says that it did."""

    pipeline: Attended
    says: ElicitResult | ErrorData = field(default_factory=lambda: WENT)
    does: Callable[[], Awaitable[object]] | None = None
    after: float = 5
    sent_to: list[ElicitRequestURLParams] = field(default_factory=list[ElicitRequestURLParams])
    told: list[str] = field(default_factory=list[str])

    async def __call__(
        self,
        context: ClientRequestContext,  # noqa: ARG002 - the SDK's signature
        params: ElicitRequestParams,
    ) -> ElicitResult | ErrorData:
        assert isinstance(params, ElicitRequestURLParams)
        self.sent_to.append(params)
        self.pipeline.clock.move(timedelta(seconds=self.after))
        if self.does is not None:
            await self.does()
        return self.says

    async def hears(self, message: object) -> None:
        if isinstance(message, ElicitCompleteNotification):
            self.told.append(message.params.elicitation_id)


@asynccontextmanager
async def reading(reader: Reader, era: str) -> AsyncIterator[Client]:
    async with Client(
        reader.pipeline.server(),
        mode=era,
        elicitation_callback=reader,
        message_handler=reader.hears,
        client_info=Implementation(name="an assistant", version="1"),
    ) as connected:
        yield connected


@pytest.fixture
async def pipeline() -> AsyncIterator[Attended]:
    """A pipeline with a page, whose policy wants a surer yes than the client's."""
    async with an_attended_pipeline(SURER) as opened:
        opened.page = PAGE
        yield opened


@each_era
async def test_a_yes_on_the_page_lets_the_call_through(era: str, pipeline: Attended) -> None:
    reader = Reader(pipeline, does=pipeline.approve)
    async with reading(reader, era) as connected:
        assert code(await connected.call_tool("delete_dnc", dict(DELETE))) is None
    assert pipeline.dialer.writes == SENT
    assert pipeline.waited == 0


@each_era
async def test_the_link_leads_to_the_question_and_bears_nothing_else(
    era: str, pipeline: Attended
) -> None:
    reader = Reader(pipeline)
    async with reading(reader, era) as connected:
        await connected.call_tool("delete_dnc", dict(DELETE))
    [sent] = reader.sent_to
    question = await pipeline.open_question()
    assert sent.url == f"{PAGE}/approvals/q/{question.id}"
    assert question.code not in f"{sent.url}{sent.message}"
    assert "602-555-0121" in sent.message
    assert (sent.elicitation_id is None) is (era == "auto")


@each_era
async def test_the_call_waits_for_a_person_who_is_still_on_the_page(
    era: str, pipeline: Attended
) -> None:
    pipeline.meanwhile[30] = pipeline.approve
    async with reading(Reader(pipeline), era) as connected:
        assert code(await connected.call_tool("delete_dnc", dict(DELETE))) is None
    assert pipeline.waited == 30
    assert pipeline.dialer.writes == SENT


@each_era
@pytest.mark.parametrize("when", ["at once", "while it waits"])
async def test_a_no_on_the_page_ends_the_call(era: str, when: str, pipeline: Attended) -> None:
    reader = Reader(pipeline, does=pipeline.decline if when == "at once" else None)
    if when != "at once":
        pipeline.meanwhile[3] = pipeline.decline
    async with reading(reader, era) as connected:
        assert code(await connected.call_tool("delete_dnc", dict(DELETE))) == "declined"
    assert not pipeline.dialer.writes


@each_era
async def test_after_the_wait_the_code_is_given_out(era: str, pipeline: Attended) -> None:
    async with reading(Reader(pipeline), era) as connected:
        result = told(await connected.call_tool("delete_dnc", dict(DELETE)))
        assert result["code"] == "needs_confirmation"
        assert result["approval_code"] == (await pipeline.open_question()).code
        assert f"{PAGE}/approvals" in result["hint"]
        await pipeline.approve()
        assert code(await connected.call_tool("delete_dnc", dict(DELETE))) is None
    assert pipeline.dialer.writes == SENT


@each_era
@pytest.mark.parametrize("no", [DECLINED, CANCELLED], ids=["decline", "cancel"])
async def test_who_does_not_open_the_link_says_no(
    era: str, no: ElicitResult, pipeline: Attended
) -> None:
    async with reading(Reader(pipeline, no), era) as connected:
        assert code(await connected.call_tool("delete_dnc", dict(DELETE))) == "declined"
    assert pipeline.waited == 0
    assert not await pipeline.answers.questions()


@each_era
async def test_a_link_that_is_declined_at_once_is_no_answer(era: str, pipeline: Attended) -> None:
    pipeline.meanwhile[3] = pipeline.approve
    async with reading(Reader(pipeline, DECLINED, after=0), era) as connected:
        assert code(await connected.call_tool("delete_dnc", dict(DELETE))) is None
    assert pipeline.waited == 3


async def test_an_older_client_that_fails_to_open_it_waits_all_the_same(
    pipeline: Attended,
) -> None:
    pipeline.meanwhile[3] = pipeline.approve
    failing = Reader(pipeline, ErrorData(code=-32603, message="no browser"))
    async with reading(failing, "legacy") as connected:
        assert code(await connected.call_tool("delete_dnc", dict(DELETE))) is None
    assert pipeline.dialer.writes == SENT


async def test_an_older_client_is_told_when_the_question_is_answered(
    pipeline: Attended,
) -> None:
    reader = Reader(pipeline, does=pipeline.approve)
    async with reading(reader, "legacy") as connected:
        await connected.call_tool("delete_dnc", dict(DELETE))
        assert reader.told == [reader.sent_to[0].elicitation_id]


async def test_an_older_client_is_told_nothing_where_nobody_answered(
    pipeline: Attended,
) -> None:
    reader = Reader(pipeline)
    async with reading(reader, "legacy") as connected:
        await connected.call_tool("delete_dnc", dict(DELETE))
    assert not reader.told


@each_era
async def test_where_no_page_runs_it_waits_without_a_link(era: str, pipeline: Attended) -> None:
    pipeline.page = None
    reader = Reader(pipeline)
    async with reading(reader, era) as connected:
        result = told(await connected.call_tool("delete_dnc", dict(DELETE)))
    assert (result["code"], pipeline.waited) == ("needs_confirmation", WAIT)
    assert not reader.sent_to


@each_era
async def test_what_changes_while_the_page_is_open_is_asked_about_by_a_new_link(
    era: str, pipeline: Attended
) -> None:
    changes = iter([pipeline.another_lead, pipeline.approve])

    async def next_change() -> None:
        await next(changes)()

    async def approved_late() -> None:
        await pipeline.approve()

    pipeline.meanwhile[2] = approved_late
    reader = Reader(pipeline, does=next_change)
    async with reading(reader, era) as connected:
        assert code(await connected.call_tool("delete_dnc", dict(DELETE))) is None
    assert len(reader.sent_to) == 2
    assert pipeline.dialer.writes == SENT


async def test_a_newer_client_that_only_opens_links_is_sent_to_the_page() -> None:
    async with an_attended_pipeline() as pipeline:
        pipeline.page = PAGE
        async with modern_wire(pipeline.server(), LINKS_ONLY) as send:
            asked = await send("tools/call", CALL)
            request = asked["inputRequests"]["page"]
            assert request["method"] == "elicitation/create"
            assert request["params"]["mode"] == "url"
            assert set(request["params"]) == {"mode", "message", "url"}
            await pipeline.approve()
            again = {"page": {"action": "accept"}}
            second = {**CALL, "requestState": asked["requestState"], "inputResponses": again}
            result = await send("tools/call", second)
            assert result["structuredContent"]["outcome"] == "done"
            replayed = await send("tools/call", second)
        assert replayed["structuredContent"]["code"] == "needs_confirmation"
        assert pipeline.dialer.writes == SENT


async def test_an_older_client_that_only_opens_links_is_sent_to_the_page() -> None:
    sent: list[Json] = []
    async with an_attended_pipeline() as pipeline:
        pipeline.page = PAGE
        pipeline.meanwhile[2] = pipeline.approve

        def open_it(params: Json) -> Json:
            sent.append(params)
            return {"action": "accept"}

        async with legacy_wire(pipeline.server(), LINKS_ONLY, open_it) as send:
            answer = await send("tools/call", CALL)
        assert answer["result"]["structuredContent"]["outcome"] == "done"
        assert [params["mode"] for params in sent] == ["url"]
        assert pipeline.dialer.writes == SENT


async def test_an_answer_to_a_link_of_no_known_shape_is_no() -> None:
    async with an_attended_pipeline() as pipeline:
        pipeline.page = PAGE

        def misshapen(_: Json) -> Json:
            pipeline.clock.move(timedelta(seconds=4))
            return {"action": "went"}

        async with legacy_wire(pipeline.server(), LINKS_ONLY, misshapen) as send:
            answer = await send("tools/call", CALL)
        assert answer["result"]["structuredContent"]["code"] == "declined"
        assert not pipeline.dialer.writes


@pytest.mark.parametrize("misshapen", [{}, {"action": "went"}, None, True], ids=repr)
async def test_a_second_round_of_no_known_shape_is_no_yes(misshapen: object) -> None:
    async with an_attended_pipeline() as pipeline:
        pipeline.page = PAGE
        async with modern_wire(pipeline.server(), LINKS_ONLY) as send:
            asked = await send("tools/call", CALL)
            pipeline.clock.move(timedelta(seconds=4))
            again = {"inputResponses": {"page": misshapen}}
            try:
                second = {**CALL, **again, "requestState": asked["requestState"]}
                failed = (await send("tools/call", second))["structuredContent"]["code"]
            except MCPError as error:
                failed = str(error.code)
        assert failed in {"declined", "needs_confirmation", "-32602"}
        assert not pipeline.dialer.writes


async def test_a_form_sent_back_to_a_link_is_not_sure_enough(pipeline: Attended) -> None:
    async with reading(Reader(pipeline), "auto") as connected:
        asked = await connected.session.call_tool(
            "delete_dnc", dict(DELETE), allow_input_required=True
        )
        assert isinstance(asked, InputRequiredResult)
        forged = ElicitResult(action="accept", content={"confirm": "602-555-0121"})
        result = await connected.session.call_tool(
            "delete_dnc",
            dict(DELETE),
            request_state=asked.request_state,
            input_responses={"confirm": forged},
        )
    assert code(result) == "needs_confirmation"
    assert not pipeline.dialer.writes
