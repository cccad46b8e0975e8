"""The one reader of the dialer's replies: it returns an `Answer`, or raises why there is none.

HTTP 200 is not success. Done means a body that says so; a body that says no is a refusal; anything
else is unknown, and for a search never "no such lead" (source: wire.md, "Answers").
"""

from collections.abc import Collection
from dataclasses import dataclass
from http import HTTPStatus
from typing import Never

from chasedata_mcp.dialer import errors as faults
from chasedata_mcp.dialer.responses import agents as agent_bodies
from chasedata_mcp.dialer.responses import leads as lead_bodies
from chasedata_mcp.dialer.responses.frames import (
    DoneFrame,
    DuplicateFrame,
    PayloadFrame,
    RefusalFrame,
    UnknownFrame,
    UnreachedFrame,
    read_frame,
)
from chasedata_mcp.dialer.responses.json import UnreadableError
from chasedata_mcp.fields.sanitize import quote
from chasedata_mcp.tools.request import Request
from chasedata_mcp.tools.results import Acknowledged, AgentsRead, Answer, Expects, Lead, LeadsRead


@dataclass(frozen=True, slots=True)
class HttpReply:
    """An HTTP reply: its status and its body, `whole` unless there was too much of it."""

    status: int
    text: str
    whole: bool = True


@dataclass(frozen=True, slots=True)
class PostedRequest:
    """The request that a reply answers: its script's name, and what no error may quote."""

    request: Request
    script_name: str
    read: bool
    secrets: Collection[str]

    def quote(self, text: str) -> str | None:
        """Quote the reply as far as it may be shown; JSON, which holds customers' data, never."""
        return None if _is_json(text) else quote(text, self.secrets)


def read_answer(asked: PostedRequest, reply: HttpReply) -> Answer:
    """Read the dialer's answer.

    Raises:
        CallError: It is not done, or nobody can tell.
    """
    if reply.status != HTTPStatus.OK:
        _fail_by_status(asked, reply)
    if not reply.whole:
        raise faults.not_understood("there is far too much of it", read=asked.read)
    said = read_frame(reply.text)
    match said:
        case DoneFrame():
            return _acknowledged(asked)
        case PayloadFrame():
            return _payload(asked, said)
        case RefusalFrame(sentence):
            raise faults.refused(asked.quote(sentence))
        case DuplicateFrame(sentence):
            raise faults.duplicate(asked.quote(sentence))
        case UnreachedFrame():
            raise faults.not_reached("its own server found no way to it")
        case UnknownFrame(text):
            why = "its own server can't tell what became of the call"
            raise faults.not_understood(why, read=asked.read, said=asked.quote(text))


def decode_body(body: bytes) -> str:
    """Decode a body: UTF-8, else the old Western code page, which takes anything."""
    try:
        return body.decode()
    except UnicodeDecodeError:
        return body.decode("cp1252", errors="replace")


_MOVED = range(300, 400)
_GATEWAY = frozenset(
    {HTTPStatus.BAD_GATEWAY, HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.GATEWAY_TIMEOUT}
)


def _fail_by_status(asked: PostedRequest, reply: HttpReply) -> Never:
    status = reply.status
    if status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
        raise faults.locked_out(status, asked.quote(reply.text))
    if status in {HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED}:
        raise faults.no_such_script(status, asked.request.script, asked.script_name)
    if status in _MOVED:
        raise faults.not_understood(
            f"it sends the call elsewhere (HTTP {status}), which is not followed",
            read=asked.read,
            hint="Have CHASEDATA_BASE_URL set to the address that the dialer really has.",
        )
    raise faults.not_understood(
        f"its HTTP status is {status}",
        read=asked.read,
        said=asked.quote(reply.text),
        passing=status in _GATEWAY,
    )


def _acknowledged(asked: PostedRequest) -> Answer:
    if asked.request.expects is not Expects.DONE:
        raise faults.not_understood("it says OK and not what was asked", read=asked.read)
    return Acknowledged()


def _payload(asked: PostedRequest, payload: PayloadFrame) -> Answer:
    try:
        match asked.request.expects:
            case Expects.DONE:
                raise UnreadableError("it says neither done nor no")  # noqa: TRY301 - as the others
            case Expects.LEADS:
                return _leads(asked, payload)
            case Expects.AGENTS:
                return _agents(asked, payload)
    except UnreadableError as unreadable:
        why = str(unreadable)
    raise faults.not_understood(why, read=asked.read, said=asked.quote(payload.text))


def _leads(asked: PostedRequest, payload: PayloadFrame) -> LeadsRead:
    found = lead_bodies.read_leads(payload.text)
    if asked.request.form.get("Detailed") == "1":
        return found
    return LeadsRead(tuple(Lead(lead.lead_id) for lead in found.leads))


def _agents(asked: PostedRequest, payload: PayloadFrame) -> AgentsRead:
    if _is_json(payload.text) or payload.text.isdigit():
        return agent_bodies.read_agents(payload.text)
    if payload.framed or not agent_bodies.is_harmless(payload.text):
        raise UnreadableError("it names no agents and no number of them")
    if said := asked.quote(payload.text):
        return AgentsRead(None, None, said)
    raise UnreadableError("it is empty")


def _is_json(text: str) -> bool:
    return text.startswith(("{", "["))
