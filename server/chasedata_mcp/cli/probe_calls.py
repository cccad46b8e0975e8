"""The calls of a probe, one after the other, within bounds; each answer is kept as it came."""

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from chasedata_mcp.cli.call_session import TerminalSession
from chasedata_mcp.dialer.client import Observe
from chasedata_mcp.dialer.harmless_posts import WITH_ACTIONS, HarmlessPosts
from chasedata_mcp.dialer.probe.observations import Observation, Observations, ProbeStep
from chasedata_mcp.dialer.responses.answers import HttpReply
from chasedata_mcp.errors import Changed, Outcome
from chasedata_mcp.settings.scripts import Script
from chasedata_mcp.settings.wire.facts import find_fact
from chasedata_mcp.settings.wire.profile import WireProfile
from chasedata_mcp.tools.registry import CATALOGUE
from chasedata_mcp.tools.request import Request

MOST_POSTS: Final = 120
"""The most requests of one probe; without test records it makes some twenty."""
MOST_SECONDS: Final = 300
"""After so long no further step begins. A question to a person takes of it too."""
_NOBODY: Final = "chasedata-probe-nobody"


class ProbeStoppedError(Exception):
    """The probe has come to a bound of its own; what it didn't ask can't be told."""


@dataclass(frozen=True, slots=True)
class RecordNames:
    """The names that a person gave for records that may be made."""

    campaign: str
    agent: str
    dial_list: str
    other_number: str
    second_campaign: str = ""
    custom_field: str = ""


class ReplyLog:
    """The requests that were posted, with their replies, within the bounds of one probe.

    Args:
        clock: Seconds, from any moment on.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.posted: list[tuple[Request, HttpReply]] = []
        self.others = 0
        self.unknown = 0
        """The calls whose outcome the history has as unknown."""
        self._clock = clock
        self._until = clock() + MOST_SECONDS

    @property
    def observe(self) -> Observe:
        """Take each request and its reply from the client."""
        return lambda request, reply: self.posted.append((request, reply))

    def begin_step(self, *, tool_call: bool) -> None:
        """Begin a step, unless a bound was reached.

        Raises:
            ProbeStoppedError: It was.
        """
        count = len(self.posted) + self.others
        if count >= MOST_POSTS or self._clock() > self._until:
            raise ProbeStoppedError("the probe came to its bound on requests or on time")
        self.others += not tool_call


class ProbeCalls:
    """Makes the calls of a probe and keeps their answers.

    Args:
        session: The pipeline that tools' calls go through.
        profile: How the dialer spells, as far as is known.
        seen: Where the answers are kept.
        log: Where the client's replies arrive.
    """

    def __init__(
        self,
        session: TerminalSession,
        profile: WireProfile,
        seen: Observations,
        log: ReplyLog,
    ) -> None:
        self._session = session
        self._profile = profile
        self._seen = seen
        self._log = log

    def read(self, ring_group: str | None, *, wrong_token: bool, writes_nothing: bool) -> None:
        """Make the calls that change nothing, the wrong token last.

        Args:
            ring_group: A ring group whose agents are asked for, if one was given.
            wrong_token: Whether a wrong token is sent.
            writes_nothing: Whether an insert and an update of nothing are left out, too.

        Raises:
            ProbeStoppedError: A bound was reached.
        """
        number = self._seen.sent.number
        self._call(ProbeStep.SEARCH, "search_lead", search_field="phone", identifier=number)
        self._call(
            ProbeStep.DETAILED,
            "search_lead",
            search_field="phone",
            identifier=number,
            detailed=True,
        )
        self._call(ProbeStep.NO_GROUP, "available_inbound_agents", did=number)
        if ring_group is not None:
            self._call(ProbeStep.AGENTS, "available_inbound_agents", did=ring_group)
        posts = self._harmless()
        for script in WITH_ACTIONS:
            self._ask_for_action(posts, script)
        if not writes_nothing:
            for script in (Script.INSERT, Script.UPDATE):
                self._log.begin_step(tool_call=False)
                reply = self._session.portal.call(posts.ask_for_nothing, script)
                self._keep(ProbeStep.NOTHING, script, self._profile.scripts[script], reply)
        if wrong_token:
            self._log.begin_step(tool_call=False)
            reply = self._session.portal.call(posts.ask_with_wrong_token)
            self._keep(
                ProbeStep.WRONG_TOKEN, Script.SKILLS, self._profile.scripts[Script.SKILLS], reply
            )

    def store(self, records: RecordNames) -> None:
        """Store a test lead and update it, which shows what done looks like.

        Raises:
            ProbeStoppedError: A bound was reached, or the test lead can't be found.
        """
        sent, named = self._seen.sent, self._named()
        stored = {**self._lead(records), "client_id": sent.client_id, "first_name": "Probe"}
        if records.custom_field:
            stored["custom_fields"] = {records.custom_field: sent.custom_value}
        self._call(ProbeStep.STORED, "insert_lead", **stored)
        self._call(ProbeStep.FOUND, "search_lead", **named)
        self._call(ProbeStep.READ, "search_lead", **named, detailed=True)
        if sent.client_id not in (self._seen.body(ProbeStep.READ) or ""):
            raise ProbeStoppedError("the test lead can't be found, so no more records are made")
        self._call(ProbeStep.UPDATED, "update_lead", **named, city=sent.city)
        self._call(ProbeStep.REREAD, "search_lead", **named, detailed=True)

    def write(self, records: RecordNames) -> None:
        """Make the other calls that leave, or remove, test records.

        Raises:
            ProbeStoppedError: A bound was reached.
        """
        sent, named, lead = self._seen.sent, self._named(), self._lead(records)
        nobody = {**named, "identifier": f"{_NOBODY}-{secrets.token_hex(4)}"}
        nowhere = {**lead, "campaign": sent.campaign, "primary_phone": records.other_number}
        by_phone = {"search_field": "phone", "identifier": sent.number}
        self._call(ProbeStep.DUPLICATE, "insert_lead", **lead)
        self._call(ProbeStep.SECOND, "insert_lead", **lead, duplicates_check="none")
        self._call(ProbeStep.SEVERAL, "search_lead", **by_phone)
        if records.second_campaign:
            self._call(ProbeStep.MOVED, "update_lead", **named, campaign=records.second_campaign)
            self._call(ProbeStep.MOVED_READ, "search_lead", **named, detailed=True)
        self._call(ProbeStep.NO_LEAD, "update_lead", **nobody, city=sent.city)
        self._call(ProbeStep.NO_CAMPAIGN, "insert_lead", **nowhere)
        self._write_list(records)
        self._call(ProbeStep.DNC_ON, "insert_dnc", number=sent.number)
        self._call(ProbeStep.MARKED, "search_lead", **named, detailed=True)
        self._call(ProbeStep.DNC_OFF, "delete_dnc", number=sent.number)
        self._call(ProbeStep.UNMARKED, "search_lead", **named, detailed=True)

    def _named(self) -> dict[str, object]:
        return {"search_field": "client_id", "identifier": self._seen.sent.client_id}

    def _lead(self, records: RecordNames) -> dict[str, object]:
        number = self._seen.sent.number
        return {"campaign": records.campaign, "primary_phone": number, "import_only": True}

    def _write_list(self, records: RecordNames) -> None:
        named = {"agent": records.agent, "list_name": records.dial_list}
        # A list that was there already is somebody's, and is left as it is.
        if self._call(ProbeStep.LIST_MADE, "create_dial_list", **named):
            self._call(ProbeStep.LIST_AGAIN, "create_dial_list", **named)
            self._call(ProbeStep.LIST_REMOVED, "delete_dial_list", **named)

    def _ask_for_action(self, posts: HarmlessPosts, script: Script) -> None:
        """Ask a script by its name, and where that isn't there by what else it may be called."""
        others = find_fact(f"scripts.{script.value}").others
        known = self._profile.scripts[script]
        for name in (known, *(other for other in others if other != known)):
            self._log.begin_step(tool_call=False)
            reply = self._session.portal.call(posts.ask_no_such_action, script, name)
            self._keep(ProbeStep.NO_SUCH_ACTION, script, name, reply)
            if reply is None or reply.status not in {404, 405}:
                return

    def _harmless(self) -> HarmlessPosts:
        assert self._session.post_harmlessly is not None  # noqa: S101 - the command looked
        return self._session.portal.call(self._session.post_harmlessly)

    def _call(self, step: ProbeStep, tool: str, **arguments: object) -> bool:
        """Call a tool and keep the answer as it came; True where it is done."""
        self._log.begin_step(tool_call=True)
        before = len(self._log.posted)
        result = self._session.call(tool, arguments)
        action = CATALOGUE[tool]
        replies = [
            reply
            for request, reply in self._log.posted[before:]
            if (request.script, request.form.get("Action", "")) == (action.script, action.word)
        ]
        # A search may follow others of the pipeline's own; searches follow a write.
        reply = replies[-1] if replies else None
        self._keep(step, action.script, self._profile.scripts[action.script], reply)
        # A read changes nothing, so nothing is left open by one.
        self._log.unknown += result.changed is Changed.UNKNOWN
        return result.outcome is Outcome.DONE

    def _keep(self, step: ProbeStep, script: Script, name: str, reply: HttpReply | None) -> None:
        status, text = (None, "") if reply is None else (reply.status, reply.text)
        self._seen.add(Observation(step, script, name, status, text))
