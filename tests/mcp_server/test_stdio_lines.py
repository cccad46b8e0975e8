"""Lines as they really come: none is lost without a word, and the server goes on after each."""

import json
from contextlib import ExitStack

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from _support.stdio_lines import spoken
from _support.timeouts import TIMEOUT

SURROGATE = (
    rb'{"jsonrpc":"2.0","id":4,"method":"tools/call","params":'
    rb'{"name":"search_lead","arguments":{"identifier":"\ud83d"}}}'
)
ODD_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=8,
)
METHODS = st.sampled_from(["ping", "initialize", "tools/list", "tools/call", "notifications/x"])
MESSAGES = st.fixed_dictionaries(
    {},
    optional={
        "jsonrpc": st.just("2.0") | ODD_JSON,
        "id": st.integers() | st.text(max_size=3) | ODD_JSON,
        "method": METHODS | ODD_JSON,
        "params": st.dictionaries(st.sampled_from(["_meta", "name", "requestId"]), ODD_JSON)
        | ODD_JSON,
        "result": ODD_JSON,
        "error": ODD_JSON,
    },
)


def cut(pair: tuple[str, int]) -> str:
    return pair[0][: pair[1]]


JSON_LINES = (MESSAGES | st.lists(MESSAGES, max_size=3) | ODD_JSON).map(json.dumps)
LINES = st.binary(max_size=50) | (
    JSON_LINES | st.tuples(JSON_LINES, st.integers(0, 80)).map(cut)
).map(str.encode)


def test_each_line_that_cannot_be_parsed_is_answered_and_the_server_goes_on() -> None:
    asked = {
        b'{"jsonrpc":"2.0","id":5,"method":"ping","params":[]}': (5, -32602),
        b'{"jsonrpc":"2.0","id":1.0,"method":"ping"}': (1, -32600),
        SURROGATE: (4, -32700),
        b'{"id":6,"method":"ping"}': (6, -32600),
        b'{"jsonrpc":"2.0","id":7,"method":"pi': (7, -32700),
        b"\xff\xfe": (None, -32700),
        b"[" * 100_000: (None, -32700),
        b'{"jsonrpc":"2.0","id":8,"method":"ping","params":{"a":"' + b"x" * 9_000_000: (8, -32600),
    }
    with spoken() as server:
        for line, (message_id, code) in asked.items():
            server.say(line)
            (answer,) = server.answers()
            assert (answer["id"], answer["error"]["code"]) == (message_id, code)
        status, complaints = server.end()

    assert status == 0
    assert complaints.count("a line from the client was answered with an error") == len(asked)


def test_a_line_over_four_megabytes_is_answered_before_it_ends_and_the_rest_is_dropped() -> None:
    beginning = b'{"jsonrpc":"2.0","id":"long","method":"ping","params":{"a":"'
    with spoken() as server:
        for known, begun in (("long", beginning), (None, b"x")):
            server.say(begun + b"x" * 4 * 1024 * 1024, end=b"")
            answer = server.answer()
            assert (answer["id"], answer["error"]["code"]) == (known, -32600)
            assert "longer than 4 MB" in answer["error"]["message"]
            server.say(b"x" * 5 * 1024 * 1024)
            assert server.answers() == []
        assert server.end()[0] == 0


def test_a_bad_response_or_notification_is_told_on_standard_error_alone() -> None:
    with spoken() as server:
        server.say(b'{"jsonrpc":"2.0","id":"hunter2","result":[]}')
        server.say(b'{"jsonrpc":"2.0","method":"notifications/progress","params":"hunter2"}')
        assert server.answers() == []
        _, complaints = server.end()

    assert complaints.count("was not answered") == 2
    assert "hunter2" not in complaints


def test_a_byte_order_mark_line_ends_of_windows_and_empty_lines_do_no_harm() -> None:
    with spoken() as server:
        server.say(b"\xef\xbb\xbf", end=b"")
        server.say(b'{"jsonrpc":"2.0","id":1,"method":"ping"}', end=b"\r\n\r\n  \n")
        assert [answer["id"] for answer in server.answers()] == [1]
        assert server.end() == (0, "")


def test_a_last_line_without_an_end_is_answered_and_so_is_all_that_was_asked() -> None:
    with spoken() as server:
        server.initialize()
        sought = {"search_field": "client_id", "identifier": "WEB-1001"}
        for number in range(20):
            server.send("tools/call", number, name="search_lead", arguments=sought)
        server.say(b'{"jsonrpc":"2.0","id":20,"method":"ping"}', end=b"")
        out, _ = server.process.communicate(timeout=TIMEOUT)

    answers = [json.loads(line) for line in out.splitlines()]
    assert sorted(answer["id"] for answer in answers) == list(range(21))
    assert all("result" in answer for answer in answers)


def test_a_message_comes_in_pieces_and_several_come_at_once() -> None:
    line = b'{"jsonrpc":"2.0","id":%d,"method":"ping"}\n'
    with spoken() as server:
        for byte in line % 1:
            server.say(bytes([byte]), end=b"")
        server.say(b"".join(line % number for number in range(2, 500)), end=b"")
        assert len(server.answers()) == 499


def test_an_answer_of_more_than_a_pipe_holds_comes_whole() -> None:
    with spoken() as server:
        server.initialize()
        for number in range(10):
            server.send("tools/list", number)
        assert all(len(answer["result"]["tools"]) > 20 for answer in server.answers())


def test_whatever_lines_come_a_ping_is_answered_after_them() -> None:
    with ExitStack() as servers:
        server = servers.enter_context(spoken(LOG_LEVEL="error"))

        @settings(max_examples=100, suppress_health_check=list(HealthCheck))
        @given(st.lists(LINES, min_size=1, max_size=4))
        @example([b'{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"_meta":null}}'])
        def holds(lines: list[bytes]) -> None:
            for line in lines:
                server.say(line)
            server.answers()

        holds()
        assert server.end()[0] == 0


@pytest.mark.parametrize("version", ["2024-11-05", "2025-06-18", "2025-11-25"])
def test_a_version_that_is_served_is_agreed_to(version: str) -> None:
    with spoken() as server:
        assert server.initialize(version)["result"]["protocolVersion"] == version


def test_the_version_with_batches_is_not_agreed_to_but_one_that_its_clients_speak() -> None:
    with spoken() as server:
        agreed = server.initialize("2025-03-26")["result"]["protocolVersion"]
        server.say(b'[{"jsonrpc":"2.0","id":1,"method":"ping"}]')
        (answer,) = server.answers()
        server.send("tools/list", 2)
        (listed,) = server.answers()

    assert agreed == "2024-11-05"
    assert (answer["id"], answer["error"]["code"]) == (1, -32600)
    assert all("annotations" in tool for tool in listed["result"]["tools"])
