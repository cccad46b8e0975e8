"""The one reader of the dialer's replies: it returns an `Answer`, or raises why there is none.

HTTP 200 is not success. Done means a body that says so; a body that says no is a refusal; anything
else is unknown, and for a search never "no such lead" (source: wire.md, "Answers").
"""

from collections.abc import Collection
from dataclasses import dataclass
from http import HTTPStatus
from typing import Never

from chasedata_mcp.dialer import errors
from chasedata_mcp.dialer.responses.agents import is_harmless, read_agents
from chasedata_mcp.dialer.responses.frames import (
    DoneFrame,
    DuplicateFrame,
    FrameReader,
    PayloadFrame,
    RefusalFrame,
    UnknownFrame,
    UnreachedFrame,
)
from chasedata_mcp.dialer.responses.json import UnreadableError
from chasedata_mcp.dialer.responses.leads import read_leads
from chasedata_mcp.fields.sanitize import quote
from chasedata_mcp.settings.wire.profile import AgentShape, SearchShape, WireProfile
from chasedata_mcp.tools.answer_types import (
    Acknowledged,
    AgentsRead,
    Answer,
    Expects,
    Lead,
    LeadsRead,
)
from chasedata_mcp.tools.request import Request
from chasedata_mcp.tools.results import is_vendors_sentence


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
        if is_vendors_sentence(text):
            # It tells nothing of the call, though a name such as Lea stands in "Lead ignored".
            return text
        return None if _is_json(text) else quote(text, self.secrets)


class AnswerReader:
    """Reads replies in the words of a profile."""

    def __init__(self, profile: WireProfile) -> None:
        self._frames = FrameReader(profile)
        self._profile = profile

    def read(self, posted: PostedRequest, reply: HttpReply) -> Answer:
        """Read the dialer's answer.

        Raises:
            CallError: It is not done, or nobody can tell.
        """
        # The scripts were never seen to answer anything but 200; another status is never done
        # (wire.md).
        if reply.status != HTTPStatus.OK:
            _fail_by_status(posted, reply)
        if not reply.whole:
            raise errors.not_understood("there is far too much of it", read=posted.read)
        frame = self._frames.read(reply.text)
        match frame:
            case DoneFrame():
                return _confirm(posted)
            case PayloadFrame():
                return self._read_payload(posted, frame)
            case RefusalFrame(sentence):
                said = posted.quote(sentence)
                of_token = self._frames.is_of_credentials(sentence)
                raise errors.wrong_credentials(said) if of_token else errors.refused(said)
            case DuplicateFrame(sentence):
                raise errors.duplicate(posted.quote(sentence))
            case UnreachedFrame():
                raise errors.not_reached("its own server found no way to it")
            case UnknownFrame(text):
                why = "its own server can't tell what became of the call"
                said = posted.quote(text)
                raise errors.not_understood(why, read=posted.read, dialer_said=said)

    def _read_payload(self, posted: PostedRequest, payload: PayloadFrame) -> Answer:
        try:
            match posted.request.expects:
                case Expects.DONE:
                    raise UnreadableError("it says neither done nor no")  # noqa: TRY301 - as the others
                case Expects.LEADS:
                    return _read_lead_answer(posted, payload, self._profile.search)
                case Expects.AGENTS:
                    return _read_agent_answer(posted, payload, self._profile.agents)
        except UnreadableError as unreadable:
            why = str(unreadable)
        raise errors.not_understood(why, read=posted.read, dialer_said=posted.quote(payload.text))


def decode_body(body: bytes) -> str:
    """Decode a body: UTF-8, else the old Western code page, which takes anything."""
    try:
        return body.decode()
    except UnicodeDecodeError:
        return body.decode("cp1252", errors="replace")


# Never followed: a redirect could take the token elsewhere (design.md, rule 10).
_MOVED = range(300, 400)
# From what stands before the dialer's server, and likely to pass.
_GATEWAY = frozenset(
    {HTTPStatus.BAD_GATEWAY, HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.GATEWAY_TIMEOUT}
)


def _fail_by_status(posted: PostedRequest, reply: HttpReply) -> Never:
    status = reply.status
    if status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
        raise errors.locked_out(status, posted.quote(reply.text))
    if status in {HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED}:
        raise errors.no_such_script(status, posted.request.script, posted.script_name)
    if status in _MOVED:
        raise errors.not_understood(
            f"it sends the call elsewhere (HTTP {status}), which is not followed",
            read=posted.read,
            hint="Have CHASEDATA_BASE_URL set to the address that the dialer really has.",
        )
    raise errors.not_understood(
        f"its HTTP status is {status}",
        read=posted.read,
        dialer_said=posted.quote(reply.text),
        passing=status in _GATEWAY,
    )


def _confirm(posted: PostedRequest) -> Answer:
    if posted.request.expects is not Expects.DONE:
        raise errors.not_understood("it says OK and not what was asked", read=posted.read)
    return Acknowledged()


def _read_lead_answer(
    posted: PostedRequest, payload: PayloadFrame, shape: SearchShape
) -> LeadsRead:
    found = read_leads(payload.text, shape)
    # Fields that nobody asked for stay out of the result.
    if posted.request.form.get("Detailed") == "1":
        return found
    return LeadsRead(tuple(Lead(lead.lead_id) for lead in found.leads))


def _read_agent_answer(
    posted: PostedRequest, payload: PayloadFrame, shape: AgentShape
) -> AgentsRead:
    if _is_json(payload.text) or payload.text.isdigit():
        return read_agents(payload.text, shape)
    if payload.framed or not is_harmless(payload.text):
        raise UnreadableError("it names no agents and no number of them")
    if quoted := posted.quote(payload.text):
        return AgentsRead(None, None, quoted)
    raise UnreadableError("it is empty")


def _is_json(text: str) -> bool:
    return text.startswith(("{", "["))
