"""Whatever a client of the newer era sends, in whatever order: one yes, one call, or nothing."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import anyio
from hypothesis import given, settings
from hypothesis import strategies as st
from mcp.shared.exceptions import MCPError
from mcp_types import CallToolResult

from _support.conversations import DECLINED, Person, accepted, client, first_round, second_round
from _support.examples import GUARDED, Guarded
from _support.ledger import close_ledgers
from _support.pipeline import a_pipeline
from chasedata_mcp.approvals.lifetimes import LIFE


@dataclass(frozen=True)
class Ask:
    guarded: Guarded


@dataclass(frozen=True)
class Wait:
    minutes: int


@dataclass(frozen=True)
class Answer:
    """An answer to one of the questions before: whether it is right, and for which call."""

    which: int
    right: bool
    other: Guarded | None
    altered: bool


@dataclass
class Asked:
    state: str
    guarded: Guarded
    until: datetime
    open: bool = True


_OTHERS = st.sampled_from([None, None, None, *GUARDED])
STEPS = st.lists(
    st.builds(Ask, st.sampled_from(GUARDED))
    | st.builds(Wait, st.sampled_from([1, 2, 5]))
    | st.builds(
        Answer,
        st.integers(0, 5),
        st.sampled_from([True, True, False]),
        _OTHERS,
        st.sampled_from([False, False, False, True]),
    ),
    max_size=25,
)


@settings(max_examples=60)
@given(STEPS)
def test_nothing_is_sent_without_a_yes_of_its_own(steps: list[Ask | Wait | Answer]) -> None:
    anyio.run(_played, [Ask(GUARDED[0]), *steps])


async def _played(steps: list[Ask | Wait | Answer]) -> None:
    pipeline, book = a_pipeline(), list[Asked]()
    due: list[dict[str, str]] = []
    async with client(pipeline, "auto", Person(DECLINED)) as connected:
        for step in steps:
            match step:
                case Ask(guarded):
                    state = await first_round(connected, guarded)
                    book.append(Asked(state, guarded, pipeline.clock.time + LIFE))
                    # Long enough to read it: a bare yes that comes sooner is nobody's.
                    pipeline.clock.move(timedelta(seconds=30))
                case Wait(minutes):
                    pipeline.clock.move(timedelta(minutes=minutes))
                case Answer(which, right, other, altered):
                    asked = book[which % len(book)]
                    guarded = other or asked.guarded
                    state = (
                        asked.state[:-2] + asked.state[-2:].swapcase() if altered else asked.state
                    )
                    content = guarded.right if right else {"confirm": "wrong"}
                    bound = guarded is asked.guarded and state == asked.state
                    in_time = pipeline.clock.time < asked.until
                    good = bound and right and asked.open and in_time
                    was_open = asked.open
                    # The ledger closes no question whose time is over.
                    if bound and in_time and (good or not right):
                        asked.open = False
                    due += [dict(guarded.form)] if good else []
                    try:
                        result = await second_round(connected, guarded, state, accepted(content))
                    except MCPError:
                        assert not bound
                    else:
                        if isinstance(result, CallToolResult):
                            assert result.is_error is not good
                            continue
                        # After a wrong answer a person is asked once more, by a question anew.
                        assert (bound, right, was_open) == (True, False, True)
                        assert result.request_state is not None
                        anew = Asked(result.request_state, guarded, pipeline.clock.time + LIFE)
                        book.append(anew)
                        pipeline.clock.move(timedelta(seconds=30))
            assert pipeline.dialer.forms == due
    close_ledgers()
