"""The chain, read anew from its export by what docs/ledger.md says: its hashes, and the numbers
that nobody may reach.
"""

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

Event = Mapping[str, Any]
_FIRST = "0" * 64
_REACHING = {"send_sms": "To", "conference_call": "Phone"}
"""The tools that reach one number at once, and its parameter."""


def find_broken(events: Iterable[Event]) -> Iterator[str]:
    """Compare each event with its hash and with the one before."""
    seq, last = 0, _FIRST
    for event in events:
        body = {name: event[name] for name in event if name not in {"prev", "hash"}}
        text = json.dumps(body, sort_keys=True, separators=(",", ":"))
        if event["seq"] != seq + 1 or event["prev"] != last:
            yield f"event {event['seq']} doesn't follow event {seq}"
        if event["hash"] != sha256(f"{event['prev']}\n{text}".encode()).hexdigest():
            yield f"event {event['seq']} hasn't its hash"
        seq, last = event["seq"], event["hash"]


@dataclass
class Suppression:
    """The numbers that have to be suppressed, event by event."""

    problems: list[str] = field(default_factory=list[str])
    _requests: dict[str, dict[str, int]] = field(
        default_factory=lambda: defaultdict[str, dict[str, int]](dict)
    )
    """Of each number, the entries that suppress it, with the place of each in the chain."""
    _intents: dict[str, Event] = field(default_factory=dict[str, Event])
    _outcomes: dict[str, str] = field(default_factory=dict[str, str])

    @property
    def numbers(self) -> frozenset[str]:
        """The numbers that have to be suppressed by now."""
        return frozenset(number for number, entries in self._requests.items() if entries)

    def read(self, events: Iterable[Event]) -> None:
        """Read the next events."""
        for event in events:
            match event["kind"]:
                case "intent":
                    self._read_intent(event)
                case "outcome" | "found":
                    self._read_outcome(event)
                case _:
                    pass

    def compare(self, registry: Collection[str]) -> Iterator[str]:
        """Compare with the numbers that the registry has."""
        yield from (f"{number} isn't suppressed any more" for number in self.numbers - {*registry})

    def _read_intent(self, event: Event) -> None:
        self._intents[event["entry"]] = event
        tool, form = event["body"]["tool"], event["body"]["form"]
        if tool == "insert_dnc":
            self._requests[form["Number"]][event["entry"]] = event["seq"]
        if tool in _REACHING and form[_REACHING[tool]] in self.numbers:
            self.problems.append(f"{tool} {event['entry']} reaches a suppressed number")

    def _read_outcome(self, event: Event) -> None:
        entry, outcome = event["entry"], event["body"]["outcome"]
        self._outcomes[entry] = outcome
        intent = self._intents[entry]
        if intent["body"]["tool"] != "delete_dnc":
            return
        is_refused = event["body"]["code"] == "refused_by_dialer"
        requests = self._requests[intent["body"]["form"]["Number"]]
        for request, seq in [*requests.items()]:
            never_listed = is_refused and self._outcomes.get(request) == "refused"
            if seq < intent["seq"] and (outcome == "done" or never_listed):
                del requests[request]
