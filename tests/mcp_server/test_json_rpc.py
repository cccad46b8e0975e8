"""Which error answers what can't be read, and what is never answered."""

import json
from typing import Any

import pytest
from mcp_types import JSONRPCNotification, JSONRPCRequest

from _support.tables import each
from chasedata_mcp.mcp_server.json_rpc import LONGEST, UnreadableMessageError, read_message

PARSE_ERROR, INVALID_REQUEST, INVALID_PARAMS = -32700, -32600, -32602
DEEP = "[" * 100_000


def answered(text: bytes) -> list[tuple[Any, int]]:
    with pytest.raises(UnreadableMessageError) as caught:
        read_message(text)
    answers = [json.loads(answer) for answer in caught.value.answers]
    assert all(answer["jsonrpc"] == "2.0" for answer in answers)
    return [(answer["id"], answer["error"]["code"]) for answer in answers]


def request(*, end: str = "}", **changed: str) -> bytes:
    members = {"jsonrpc": '"2.0"', "id": "5", "method": '"ping"', **changed}
    written = ",".join(f'"{name}":{text}' for name, text in members.items() if text)
    return ("{" + written + end).encode()


@pytest.mark.parametrize("params", ["[]", '"text"', "5", "true", "[{}]"])
def test_params_that_are_no_object_are_invalid(params: str) -> None:
    assert answered(request(params=params)) == [(5, INVALID_PARAMS)]


@pytest.mark.parametrize("written", ["1.0", "1.5", "1e3", "-0.5"])
def test_an_id_that_is_a_number_and_no_integer_is_answered_with_itself(written: str) -> None:
    assert answered(request(id=written)) == [(json.loads(written), INVALID_REQUEST)]


@pytest.mark.parametrize("written", ["null", "true", "false", "{}", "[5]", "1e999"])
def test_an_id_that_is_none_is_answered_with_null(written: str) -> None:
    assert answered(request(id=written)) == [(None, INVALID_REQUEST)]


@pytest.mark.parametrize(
    "changed",
    [{"jsonrpc": ""}, {"jsonrpc": '"1.0"'}, {"jsonrpc": "2.0"}, {"method": ""}, {"method": "7"}],
)
def test_a_request_of_the_wrong_form_is_answered_with_its_id(changed: dict[str, str]) -> None:
    assert answered(request(**changed)) == [(5, INVALID_REQUEST)]


@pytest.mark.parametrize(
    "value",
    [
        r'{"a":"\ud83d"}',
        r'{"\udc00":1}',
        '{"a":NaN}',
        '{"a":-Infinity}',
        f'{{"a":{"9" * 5_000}}}',
        f'{{"a":{DEEP}',
        '{"a":"cut',
        '{"a":"\x00"}',
        '{"a":nul}',
    ],
)
def test_params_that_are_no_json_are_answered_with_the_id_that_stands_before(value: str) -> None:
    assert answered(request(params=value)) == [(5, PARSE_ERROR)]


@pytest.mark.parametrize("value", [r'{"a":"\ud83d"}', '{"a":NaN}', f'{{"a":{"9" * 5_000}}}'])
def test_an_id_behind_what_only_the_parser_refuses_is_found_too(value: str) -> None:
    text = f'{{"params":{value},"method":"ping","id":"seven","jsonrpc":"2.0"}}'
    assert answered(text.encode()) == [("seven", PARSE_ERROR)]


def test_bytes_that_are_not_utf_8_are_refused_and_not_replaced() -> None:
    for wrong in (b"\xff", b"\xc3", b"\xed\xa0\xbd", b"M\xfcller"):
        assert answered(
            b'{"jsonrpc":"2.0","id":5,"method":"ping","params":{"a":"%b"}}' % wrong
        ) == [(5, PARSE_ERROR)]


@pytest.mark.parametrize(
    "text",
    [b"noise", b"\x00", b"{", b'{"', b'{"jsonrpc":"2.0","id":1', b'{"id":', DEEP.encode(), b"[1,"],
)
def test_what_is_no_json_and_names_no_id_is_answered_with_null(text: bytes) -> None:
    assert answered(text) == [(None, PARSE_ERROR)]


@pytest.mark.parametrize("text", [b"5", b"null", b'"text"', b"{}", b'{"jsonrpc":"2.0"}', b"[]"])
def test_json_that_is_no_message_is_answered_with_null(text: bytes) -> None:
    assert answered(text) == [(None, INVALID_REQUEST)]


@each(
    "text",
    [
        b'{"jsonrpc":"2.0","id":1,"result":[]}',
        b'{"jsonrpc":"2.0","id":1.0,"result":{}}',
        b'{"jsonrpc":"2.0","id":1,"error":"text"}',
        b'{"id":1,"result":{}}',
        b'{"jsonrpc":"2.0","id":1,"result":{"a":NaN}}',
        b'{"jsonrpc":"2.0","id":1,"result":{"a":"cut',
        b'{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":',
        b'{"jsonrpc":"2.0","method":"notifications/cancelled","params":[]}',
        b'{"jsonrpc":"2.0","method":"notifications/cancelled","params":{',
        b'{"jsonrpc":"2.0","method":5}',
        b'{"method":"ping"}',
        b'[{"jsonrpc":"2.0","id":1,"result":{}},{"jsonrpc":"2.0","method":"ping"}]',
    ],
)
def test_a_response_or_a_notification_is_never_answered(text: bytes) -> None:
    assert answered(text) == []


def test_each_request_of_a_batch_is_answered_since_somebody_waits_for_it() -> None:
    batch = b'[{"id":1,"method":"ping"},{"id":"b","method":"ping"},{"id":3,"result":{}},7]'
    assert answered(batch) == [(1, INVALID_REQUEST), ("b", INVALID_REQUEST)]


def owed(text: bytes) -> tuple[bytes, ...]:
    try:
        read_message(text)
    except UnreadableMessageError as error:
        return error.answers
    return ()


def test_two_servers_that_are_connected_to_each_other_come_to_rest() -> None:
    for text in (b"noise", b"[]", request(id="1.5"), request(id="null"), request(params="[]")):
        (answer,) = owed(text)
        assert owed(answer) == ()


def test_no_error_quotes_what_it_refuses() -> None:
    for text in (b"hunter2", request(id="[1,2]", method='"hunter2"'), request(params='"hunter2"')):
        with pytest.raises(UnreadableMessageError) as caught:
            read_message(text)
        assert b"hunter2" not in b"".join(caught.value.answers)
        assert "hunter2" not in str(caught.value)


def test_a_byte_order_mark_is_taken_off() -> None:
    assert isinstance(read_message(b"\xef\xbb\xbf" + request()), JSONRPCRequest)


def test_more_than_four_megabytes_are_refused_with_the_id_at_the_beginning() -> None:
    longer = request(params=f'{{"a":"{"x" * LONGEST}"}}')
    assert answered(longer[: LONGEST + 1]) == [(5, INVALID_REQUEST)]


def test_what_only_looks_odd_is_served() -> None:
    odd = (
        {"id": '"' + "x" * 1_024 + '"'},
        {"id": "9" * 18},
        {"id": '""'},
        {"id": "-1"},
        {"params": "null"},
        {"params": '{"a":"NaN and Infinity"}'},
        {"params": r'{"a":"\ud83d\ude00"}'},
    )
    for changed in odd:
        assert isinstance(read_message(request(**changed) + b"\r"), JSONRPCRequest)
    assert isinstance(read_message(request(id="")), JSONRPCNotification)
