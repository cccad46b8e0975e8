"""A lost call is settled as the sandbox has it, from any state."""

import anyio
from hypothesis import given, settings
from hypothesis import strategies as st

from _support.call_history import Call, CallHistory
from _support.pipeline import DESTRUCTIVE
from _support.sandbox import NOON, a_sandbox_pipeline
from chasedata_mcp.fields.context import ValidationContext
from chasedata_mcp.pipeline.settlement import Settlement, has_others, settle, settling_read
from chasedata_mcp.tools.answer_types import Lead, LeadsRead
from chasedata_mcp.tools.lead_snapshot import lookup_from_json
from chasedata_mcp.tools.registry import CATALOGUE
from chasedata_mcp.tools.results import LeadsResult

INSERTS = st.fixed_dictionaries(
    {
        "campaign": st.sampled_from(["Solar", "Billing", "Nowhere"]),
        "primary_phone": st.sampled_from(["9545550101", "4075550150"]),
        "import_only": st.booleans(),
    },
    optional={
        "client_id": st.sampled_from(["CRM-7", "WEB-1001"]),
        "first_name": st.sampled_from(["Dana", "Noor"]),
        "duplicates_check": st.sampled_from(["none", "all_campaigns"]),
    },
)
UPDATES = st.fixed_dictionaries(
    {"search_field": st.just("lead_id"), "identifier": st.sampled_from(["1001", "1008", "1049"])},
    optional={
        "city": st.sampled_from(["Miami", "Tampa"]),
        "campaign": st.sampled_from(["Solar", "Billing"]),
        "client_id": st.sampled_from(["CRM-7", "WEB-1001"]),
        "primary_phone": st.just("4075550150"),
        "custom_fields": st.sampled_from([{"Roof Type": "Slate"}, {"roof type": "Tin"}]),
        "other_fields": st.sampled_from([{"Fax": "3055550199"}, {"Email": "a@example.com"}]),
        "callback": st.just({"agent": "Maria", "at": "2026-08-23T14:20"}),
    },
).filter(lambda update: len(update) > 2)
CALLS = st.one_of(
    st.builds(Call, st.just("insert_lead"), INSERTS),
    st.builds(Call, st.just("update_lead"), UPDATES),
)


async def search(history: CallHistory, arguments: dict[str, object]) -> LeadsRead:
    result = await history.pipeline.run("search_lead", **arguments)
    assert isinstance(result, LeadsResult)
    return LeadsRead(tuple(Lead(lead.lead_id, lead.fields) for lead in result.leads or []))


@settings(max_examples=60)
@given(
    st.lists(CALLS, max_size=4),
    CALLS,
    st.sampled_from(["asked", "answered"]),
    st.lists(CALLS, max_size=1),
    st.booleans(),
)
def test_what_is_settled_is_what_happened(
    earlier: list[Call],
    lost: Call,
    where: str,
    later: list[Call],
    looked: bool,  # noqa: FBT001 - drawn
) -> None:
    async def check() -> None:
        async with a_sandbox_pipeline(
            DESTRUCTIVE, environment="sandbox", read_back=False
        ) as opened:
            history = CallHistory(opened)
            for call in earlier:
                await history.call(call)
            action = CATALOGUE[lost.tool].read(lost.arguments, ValidationContext(NOON))
            first = settling_read(action)
            seen = (
                await history.read(first.model_dump(exclude_none=True))
                if first and looked
                else None
            )
            call = Call(lost.tool, lost.arguments, "asked" if where == "asked" else "answered")
            entry = await history.call(call)
            before = lookup_from_json(entry.intent.before) or seen
            for call in later:
                await history.call(call)
            read = settling_read(action, before)
            if read is None:
                return
            answer = await search(history, read.model_dump(exclude_none=True))
            others = has_others(entry, history.entries)
            found = settle(action, before, answer, may_arrive=False, others=others)
            if isinstance(found, Settlement):
                assert found.outcome is history.truth[entry.seq]

    anyio.run(check)
