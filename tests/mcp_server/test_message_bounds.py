"""Bounds of a message, and names that stand twice in one: refused at once, and nothing is done."""

import json
from pathlib import Path
from typing import Any

import pytest
from mcp_types import JSONRPCRequest, JSONRPCResponse

from _support.conversations import each_era
from _support.served import LISTED
from _support.stdio_lines import MODERN, Spoken, spoken
from _support.tables import each
from _support.terminals import run
from chasedata_mcp.mcp_server.json_rpc import UnreadableMessageError, read_message

INVALID_PARAMS, LEGACY = -32602, "legacy"
NUMBER = "3055550101"


def nested(levels: int) -> object:
    """Lists within each other."""
    value: object = []
    for _ in range(levels - 1):
        value = [value]
    return value


def request(method: str = "ping", message_id: object = 5, **params: object) -> bytes:
    message = {"jsonrpc": "2.0", "id": message_id, "method": method, "params": params}
    return json.dumps(message).encode()


def calls(arguments: object) -> bytes:
    return request("tools/call", name="insert_lead", arguments=arguments)


OVER = {
    "an id": (request(message_id="x" * 1_025), None),
    "a number as id": (request(message_id=10**18), None),
    "a method": (request("x" * 1_025), 5),
    "a tool's name": (request("tools/call", name="x" * 2_049), 5),
    "a cursor": (request("tools/list", cursor="x" * 2_049), 5),
    "a URI": (request("resources/read", uri="chasedata://" + "x" * 2_049), 5),
    "a state": (request("tools/call", name="undo", requestState="x" * 2_049), 5),
    "a prompt's argument": (request("prompts/get", name="p", arguments={"a": "x" * 65_537}), 5),
    "a value to complete": (
        request("completion/complete", argument={"name": "lead", "value": "x" * 65_537}),
        5,
    ),
    "a client's name": (request("initialize", clientInfo={"name": "x" * 65_537}), 5),
    "a name in _meta": (request(_meta={"x" * 1_025: 1}), 5),
    "a text in _meta": (request(_meta={"trace": ["x" * 65_537]}), 5),
    "members of _meta": (request(_meta={f"m{number}": 1 for number in range(1_001)}), 5),
    "a name of an argument": (calls({"x" * 1_025: 1}), 5),
    "members of arguments": (calls({f"m{number}": 1 for number in range(1_001)}), 5),
    "a list in arguments": (calls({"clear_fields": ["x"] * 1_001}), 5),
    "levels of arguments": (calls({"custom_fields": nested(30)}), 5),
    "levels of _meta": (request(_meta={"a": nested(30)}), 5),
}
WITHIN = {
    "an id": request(message_id="x" * 1_024),
    "a number as id": request(message_id=-(10**18) + 1),
    "a tool's name": request("tools/call", name="x" * 2_048),
    "a long text in arguments": calls({"notes": "x" * 3_000_000}),
    "levels of arguments": calls({"custom_fields": nested(29)}),
    "members": calls({f"m{number}": 1 for number in range(1_000)}),
    "a text in _meta": request(_meta={"trace": "x" * 65_536}),
}


@each("what", OVER)
def test_what_is_over_a_bound_is_answered_and_not_quoted(what: str) -> None:
    text, message_id = OVER[what]
    with pytest.raises(UnreadableMessageError) as caught:
        read_message(text)
    (answer,) = [json.loads(answer) for answer in caught.value.answers]
    assert (answer["id"], answer["error"]["code"]) == (message_id, INVALID_PARAMS)
    assert "more than" in answer["error"]["message"]
    assert "xx" not in answer["error"]["message"]


@pytest.mark.parametrize("what", WITHIN)
def test_what_is_at_a_bound_is_taken(what: str) -> None:
    assert isinstance(read_message(WITHIN[what]), JSONRPCRequest)


def test_a_response_over_a_bound_is_not_answered_and_another_is_taken() -> None:
    with pytest.raises(UnreadableMessageError) as caught:
        read_message(b'{"jsonrpc":"2.0","id":1,"result":{"a":"%b"}}' % (b"x" * 65_537))
    assert caught.value.answers == ()
    within = read_message(b'{"jsonrpc":"2.0","id":1,"result":{"a":"%b"}}' % (b"x" * 65_536))
    assert isinstance(within, JSONRPCResponse)


def test_a_batch_of_thousands_has_one_answer() -> None:
    batch = json.dumps([{"jsonrpc": "2.0", "id": 1, "method": "ping"}] * 1_001).encode()
    with pytest.raises(UnreadableMessageError) as caught:
        read_message(batch)
    assert [json.loads(answer)["id"] for answer in caught.value.answers] == [None]


TWICE = {
    "an argument": ('{"number":"3055550101","number":"3055550102"}', "“number”"),
    "written otherwise": (r'{"number":"3055550101","n\u0075mber":"3055550102"}', "“number”"),
    "a field": ('{"number":"3055550101","x":{"Plan":"a","Plan":"a"}}', "“Plan”"),
    "in a list": ('{"number":"3055550101","x":[[{"a b":1,"a b":2}]]}', "“a b”"),
    "a sentence": ('{"number":"3055550101","x":{"Do it!":1,"Do it!":2}}', "(not shown)"),
}


def call(server: Spoken, era: str, message_id: int, arguments: str) -> Any:  # noqa: ANN401 - JSON
    """Call a tool by arguments as they are written, and give the answer."""
    meta = "" if era == LEGACY else f',"_meta":{json.dumps(MODERN)}'
    params = f'{{"name":"insert_dnc","arguments":{arguments}{meta}}}'
    server.say(
        f'{{"jsonrpc":"2.0","method":"tools/call","params":{params},"id":{message_id}}}'.encode()
    )
    return server.answer()


@each_era
def test_a_name_that_stands_twice_is_refused_by_name_and_nothing_is_sent(
    era: str, tmp_path: Path
) -> None:
    with spoken(STATE_DIR=str(tmp_path)) as server:
        if era == LEGACY:
            server.initialize()
        for number, (arguments, shown) in enumerate(TWICE.values(), 1):
            answer = call(server, era, number, arguments)
            assert (answer["id"], answer["error"]["code"]) == (number, INVALID_PARAMS)
            assert f"The name {shown} stands twice in one object" in answer["error"]["message"]
            assert NUMBER not in str(answer)
        once = call(server, era, 99, f'{{"number":"{NUMBER}"}}')
        assert once["result"]["structuredContent"]["outcome"] == "done"
        assert server.end()[0] == 0

    recorded = run("history", "--json", SANDBOX="1", STATE_DIR=str(tmp_path)).out.splitlines()
    assert [json.loads(line)["tool"] for line in recorded] == ["insert_dnc"]


def test_a_member_of_the_message_that_stands_twice_has_no_value() -> None:
    doubled = {
        b'{"jsonrpc":"2.0","id":1,"method":"ping","id":2}': [None],
        b'{"jsonrpc":"2.0","id":1,"method":"notifications/x","method":"tools/call"}': [1],
        b'{"jsonrpc":"2.0","id":1,"method":"ping","params":{},"params":{}}': [1],
        b'{"jsonrpc":"2.0","id":1,"result":{},"result":{}}': [],
    }
    for text, ids in doubled.items():
        with pytest.raises(UnreadableMessageError) as caught:
            read_message(text)
        assert [json.loads(answer)["id"] for answer in caught.value.answers] == ids


@each_era
def test_a_server_answers_what_is_over_a_bound_and_goes_on_and_sends_nothing(
    era: str, tmp_path: Path
) -> None:
    least = {"campaign": "Solar", "primary_phone": NUMBER, "import_only": True}
    asked = {"name": "insert_lead", "arguments": {**least, "notes": "n" * 20_001}}
    with spoken(STATE_DIR=str(tmp_path)) as server:
        server.ask(era, 1, "tools/list", cursor="x" * 2_049)
        assert server.answer()["error"]["code"] == INVALID_PARAMS
        server.ask(era, 2, "completion/complete", argument={"name": "lead", "value": "x" * 70_000})
        assert server.answer()["error"]["code"] == INVALID_PARAMS
        server.ask(era, 3, "tools/call", **asked)
        refused = server.answer()["result"]["structuredContent"]
        assert (refused["code"], refused["changed"]) == ("invalid_arguments", "no")
        assert "`notes`: is too long; it must have at most 20000 characters" in refused["message"]
        server.ask(era, 4, "tools/list")
        assert len(server.answer()["result"]["tools"]) == len(LISTED)
        assert server.end()[0] == 0

    assert run("history", "--json", SANDBOX="1", STATE_DIR=str(tmp_path)).out == ""
