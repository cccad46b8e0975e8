"""A list that was written once: its bytes are sent, and they are what would be written."""

import json

from hypothesis import given
from hypothesis import strategies as st
from mcp_types import JSONRPCResponse

from chasedata_mcp.mcp_server.written_json import WrittenList, write_response

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**9), 10**9) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=8,
)
RESULTS = st.dictionaries(st.text(max_size=5), VALUES, max_size=3)


@given(RESULTS, st.lists(VALUES, max_size=3), st.integers() | st.text(max_size=5))
def test_a_response_reads_as_if_the_list_were_any_other(
    rest: dict[str, object], values: list[object], message_id: int | str
) -> None:
    def response(tools: object) -> JSONRPCResponse:
        return JSONRPCResponse(jsonrpc="2.0", id=message_id, result={**rest, "tools": tools})

    plain = response(values).model_dump_json(by_alias=True, exclude_unset=True)
    written = write_response(response(WrittenList(values)))
    assert json.loads(written) == json.loads(plain)
    assert write_response(response(values)) == plain.encode()


def test_the_bytes_are_those_that_were_written_before() -> None:
    tools = WrittenList([{"name": "é"}])
    tools.text = b"[the very bytes]"
    response = JSONRPCResponse(jsonrpc="2.0", id=1, result={"ttlMs": 5, "tools": tools})
    assert write_response(response) == (
        b'{"jsonrpc":"2.0","id":1,"result":{"ttlMs":5,"tools":[the very bytes]}}'
    )


def test_whatever_does_not_know_takes_it_for_a_list() -> None:
    response = JSONRPCResponse(jsonrpc="2.0", id=1, result={"tools": WrittenList([1, "é"])})
    assert json.loads(response.model_dump_json())["result"] == {"tools": [1, "é"]}
