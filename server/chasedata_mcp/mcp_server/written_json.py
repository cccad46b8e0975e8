"""A list that is written as JSON once and sent as those bytes wherever an answer has it."""

from collections.abc import Iterable
from typing import Any

from mcp_types import JSONRPCResponse
from pydantic_core import to_json


class WrittenList(list[Any]):
    """A list of JSON, and its text; whatever doesn't know that takes it for the list that it is."""

    def __init__(self, values: Iterable[Any]) -> None:
        super().__init__(values)
        self.text = to_json(list(self))


def write_response(response: JSONRPCResponse) -> bytes:
    """Write a response; a part that is written already is put in as it is."""
    written = {
        name: part.text for name, part in response.result.items() if isinstance(part, WrittenList)
    }
    if not written:
        return response.model_dump_json(by_alias=True, exclude_unset=True).encode()
    rest = {name: part for name, part in response.result.items() if name not in written}
    parts = [to_json({name: part})[1:-1] for name, part in rest.items()]
    parts += [to_json(name) + b":" + text for name, text in written.items()]
    result = b",".join(parts)
    return b'{"jsonrpc":"2.0","id":%b,"result":{%b}}' % (to_json(response.id), result)
