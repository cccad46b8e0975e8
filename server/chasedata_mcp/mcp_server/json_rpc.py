"""JSON-RPC messages as they come: read, or refused with the errors that their sender is owed."""

import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, cast

from mcp_types import (
    INVALID_PARAMS,
    INVALID_REQUEST,
    PARSE_ERROR,
    JSONRPCMessage,
    JSONRPCNotification,
    jsonrpc_message_adapter,
)

from chasedata_mcp.fields.strict_json import DuplicateNameError, parse_json
from chasedata_mcp.mcp_server.message_bounds import (
    MOST_MEMBERS,
    find_excess,
    is_excessive_id,
)

LONGEST: Final = 4 * 1024 * 1024
"""The most bytes of one message, over stdio and HTTP alike."""
# RFC 8259 section 8.1: a parser may ignore it; the SDK's doesn't.
_BOM: Final = b"\xef\xbb\xbf"
_SURROGATE: Final = re.compile(rb"\\u[dD][89a-fA-F]")
"""Half a character, or one of two halves."""
_MOST_DIGITS: Final = 4_300
"""Python reads no longer integer (CVE-2020-10735)."""
_OBJECT: Final = re.compile(r"\s*\{\s*")
# Possessive, so that no text makes it backtrack.
_KEY: Final = re.compile(r'\s*"([^"\\]*+(?:\\.[^"\\]*+)*+)"\s*:\s*')
_AFTER_A_MEMBER: Final = re.compile(r"\s*([,}])")
_NO_VALUE: Final = object()
_NO_JSON: Final = (
    "It is not JSON in UTF-8, or has what no JSON should: NaN, half a surrogate pair, "
    "thousands of digits or brackets."
)


class UnreadableMessageError(Exception):
    """Text that is no message: the reason, which quotes nothing of it, and the answers owed.

    A response or a notification is never answered: two servers that are connected to each other
    would answer for ever.
    """

    def __init__(self, reason: str, code: int, owed: Sequence[object] = ()) -> None:
        super().__init__(reason)
        self.reason = reason
        self.answers = tuple(_error(message_id, code, reason) for message_id in owed)
        self.for_a_body = self.answers[0] if len(owed) == 1 else _error(None, code, reason)
        """The one answer to an HTTP request, which is always answered."""


def read_message(text: bytes) -> JSONRPCMessage:
    """Read one message.

    Raises:
        UnreadableMessageError: It is none.
    """
    text = text.removeprefix(_BOM)
    if len(text) > LONGEST:
        raise _broken(text, f"It is longer than {LONGEST // 1024**2} MB.", INVALID_REQUEST)
    try:
        # Not by the SDK's parser, which takes the last of two equal names without a word.
        message = parse_json(text.decode())
        if _SURROGATE.search(text):
            # Python's parser takes half a character for one; the SDK's doesn't.
            jsonrpc_message_adapter.validate_json(text, by_name=False)
    except DuplicateNameError as error:
        reason = f"{error}, so nothing was done. Send it once."
        raise _broken(text, reason, INVALID_PARAMS) from None
    except ValueError:
        raise _broken(text) from None
    return _checked(message)


def _checked(message: object) -> JSONRPCMessage:
    _refuse_excess(message)
    try:
        checked = jsonrpc_message_adapter.validate_python(message, by_name=False)
    except ValueError:
        checked = None
    # A request with an id that can't be one passes for a notification with the SDK.
    if checked is None or isinstance(checked, JSONRPCNotification):
        fault = _fault(message)
        if fault is not None:
            raise fault
    if checked is None:
        raise UnreadableMessageError(_NO_JSON, INVALID_REQUEST, [None])
    return checked


def _refuse_excess(message: object) -> None:
    if isinstance(message, dict):
        members = cast("dict[str, object]", message)
        excess = find_excess(members)
        if excess is not None:
            raise UnreadableMessageError(excess, INVALID_PARAMS, list(_owed_for(members)))


def _fault(message: object) -> UnreadableMessageError | None:
    """Find the rule of JSON-RPC or MCP that a message breaks; None where it breaks none."""
    match message:
        case dict():
            return _fault_of_message(cast("dict[str, object]", message))
        case list():
            # Batches were in MCP 2025-03-26 alone; each request in one still waits for its answer.
            members = cast("list[object]", message)
            is_long = len(members) > MOST_MEMBERS
            owed = [None] if is_long else list(_owed_for_batch(members))
            reason = "Batches are not served: send each message by itself."
            return UnreadableMessageError(reason, INVALID_REQUEST, owed)
        case _:
            return UnreadableMessageError("It is no JSON object.", INVALID_REQUEST, [None])


def _fault_of_message(message: Mapping[str, object]) -> UnreadableMessageError | None:
    owed = list(_owed_for(message))
    if not owed and "method" not in message:
        return UnreadableMessageError("It is a response of the wrong form.", INVALID_REQUEST)
    if message.get("jsonrpc") != "2.0":
        return UnreadableMessageError('"jsonrpc" has to be "2.0".', INVALID_REQUEST, owed)
    if not isinstance(message.get("method"), str):
        return UnreadableMessageError('"method" has to be a string.', INVALID_REQUEST, owed)
    if owed and not _is_an_id(message["id"]):
        reason = '"id" has to be a string or an integer.'
        return UnreadableMessageError(reason, INVALID_REQUEST, owed)
    if not isinstance(message.get("params"), dict | None):
        return UnreadableMessageError('"params" has to be an object.', INVALID_PARAMS, owed)
    return None


def _owed_for_batch(members: Sequence[object]) -> Iterator[object]:
    """Give the ids to answer with: each that can be read, and null where nothing else is owed."""
    of_members = [
        message_id
        for member in members
        if isinstance(member, dict)
        for message_id in _owed_for(cast("dict[str, object]", member))
    ]
    readable = [message_id for message_id in of_members if _echo(message_id) is not None]
    strange = any(not isinstance(member, dict) for member in members)
    if readable:
        yield from readable
    elif of_members or strange or not members:
        yield None


def _owed_for(message: Mapping[str, object]) -> Iterator[object]:
    """Give the id that an error about a message bears; none for a response or a notification."""
    # JSON-RPC 2.0 section 5: null where an id can't be read; section 4.1: a notification has none.
    if "method" in message or not message.keys() & {"result", "error"}:
        if "id" in message:
            yield message["id"]
        elif "method" not in message:
            yield None


def _is_an_id(value: object) -> bool:
    # MCP, basic protocol, requests: a string or an integer, never null. Python's bool is an int.
    return isinstance(value, str | int) and not isinstance(value, bool)


def _broken(text: bytes, reason: str = _NO_JSON, code: int = PARSE_ERROR) -> UnreadableMessageError:
    """Make the fault of a text that is no JSON, or none that can be read.

    The part before the break often has the id whose answer a client waits for.
    """
    members = _members(text.decode("utf-8", "replace"))
    method = members.get("method")
    is_response = "method" not in members and bool(members.keys() & {"result", "error"})
    if is_response or (isinstance(method, str) and method.startswith("notifications/")):
        return UnreadableMessageError(reason, code)
    return UnreadableMessageError(reason, code, [members.get("id")])


def _members(text: str) -> dict[str, object]:
    """Read the members of an object up to the break.

    The member that breaks has no value, and neither has one that is there twice.
    """
    found: dict[str, object] = {}
    opened = _OBJECT.match(text)
    at = opened.end() if opened else len(text)
    while key := _KEY.match(text, at):
        is_first = key[1] not in found
        found[key[1]] = _NO_VALUE
        try:
            value, end = _TOLERANT.raw_decode(text, key.end())
        except (ValueError, RecursionError):
            break
        after = _AFTER_A_MEMBER.match(text, end)
        if after is None:
            break
        found[key[1]], at = value if is_first else _NO_VALUE, after.end()
    return found


def _integer(digits: str) -> int | None:
    return int(digits) if len(digits) < _MOST_DIGITS else None


# Reads what stands before a break, where a number too long must not hide the id that follows.
_TOLERANT: Final = json.JSONDecoder(parse_int=_integer)


def _error(message_id: object, code: int, reason: str) -> bytes:
    error = {"code": code, "message": f"{_NAMES[code]}: {reason}"}
    answer = {"jsonrpc": "2.0", "id": _echo(message_id), "error": error}
    return json.dumps(answer, separators=(",", ":")).encode()


def _echo(message_id: object) -> str | int | float | None:
    """Give an id as it is answered: any that JSON-RPC allows, MCP or not."""
    match message_id:
        case bool():
            return None
        case str() | int():
            return None if is_excessive_id(message_id) else message_id
        case float() if math.isfinite(message_id):
            return message_id
        case _:
            return None


_NAMES: Final = {
    PARSE_ERROR: "Parse error",
    INVALID_REQUEST: "Invalid request",
    INVALID_PARAMS: "Invalid params",
}
