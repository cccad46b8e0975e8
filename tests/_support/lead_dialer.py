"""A dialer that keeps leads of several phones in memory, and whose searches fail in many ways."""

from collections.abc import Callable, Iterable, Mapping, Sequence

import anyio.lowlevel

from _support.dialer import done
from chasedata_mcp.errors import CallError, Code
from chasedata_mcp.fields.sanitize import CUT
from chasedata_mcp.tools.answer_types import (
    Acknowledged,
    AgentsRead,
    Answer,
    Expects,
    Lead,
    LeadsRead,
)
from chasedata_mcp.tools.request import Request

PHONES = ("PrimaryPhone", "Phone2", "adv_Mobile")
"""The fields in which a lead has its phones."""
Fields = dict[str, str]
Leads = Mapping[str, Fields]
Reading = Callable[[Leads], Answer]
_NO_FIELDS = frozenset(
    ("SearchField", "Identifier", "ImportOnly", "timezone", "DuplicatesCheck", "AllowDialingDups")
)


def as_it_is(found: Leads) -> Answer:
    """Read the leads as they are."""
    return LeadsRead(tuple(Lead(lead_id, dict(fields)) for lead_id, fields in found.items()))


def _failing(code: Code) -> Reading:
    def fail(_found: Leads) -> Answer:
        raise CallError(code, "No.", hint="-", read=True)

    return fail


def _changed(change: Callable[[Fields], Fields]) -> Reading:
    return lambda found: as_it_is({lead_id: change(dict(f)) for lead_id, f in found.items()})


def _with_phone(text: str) -> Reading:
    return _changed(lambda fields: {**fields, "PrimaryPhone": text})


def _without(*names: str) -> Reading:
    return _changed(lambda f: {name: text for name, text in f.items() if name not in names})


def _beside(other: Lead) -> Reading:
    """Read the leads, and one beside them that isn't sought or isn't read."""

    def read(found: Leads) -> Answer:
        leads = tuple(Lead(lead_id, dict(fields)) for lead_id, fields in found.items())
        return LeadsRead((*leads, other))

    return read


_NOBODY: Fields = {"PrimaryPhone": "2125550199", "ClientId": "nobody", "CallStatus": ""}
FAILING: Mapping[str, Reading] = {
    **{f"{code.value}": _failing(code) for code in (Code.NO_ANSWER, Code.NOT_UNDERSTOOD)},
    **{f"{code.value}": _failing(code) for code in (Code.NOT_REACHED, Code.REFUSED_BY_DIALER)},
    "a fault of our own": _failing(Code.FAILED),
    "an id alone": _changed(lambda _fields: {}),
    "no phone at all": _without(*PHONES),
    "no main phone": _without("PrimaryPhone"),
    "an empty phone": _with_phone(""),
    "a masked phone": _with_phone("******0101"),
    "too few digits": _with_phone("555-0101"),
    "a field that was cut": _changed(lambda fields: {**fields, "Phone2": f"2125550198{CUT}"}),
    "another lead": lambda _found: LeadsRead((Lead("9999", _NOBODY),)),
    "one without fields beside it": _beside(Lead("9998", {})),
    "one that wasn't sought beside it": _beside(Lead("9997", _NOBODY)),
    "no leads but agents": lambda _found: AgentsRead((), 0),
    "a bare OK": lambda _found: Acknowledged(),
}
"""Answers to a search for a lead that is there, by which nobody can tell all of its phones."""


class LeadDialer:
    """A dialer that keeps leads by their id, and every form that changes something.

    A lead is found by any of its phones. `watch` sees each such form before it is done.
    """

    def __init__(self, leads: Leads, watch: Callable[[Mapping[str, str]], None]) -> None:
        self.leads: dict[str, Fields] = {lead_id: dict(f) for lead_id, f in leads.items()}
        self.reading: Reading = as_it_is
        self._watch = watch

    async def post(self, request: Request) -> Answer:
        await anyio.lowlevel.checkpoint()
        form = request.form
        if request.expects is Expects.LEADS:
            found = self.find(form["SearchField"], form["Identifier"])
            return self.reading(found) if found else LeadsRead(())
        self._watch(form)
        self._do(form)
        return done(request)

    def find(self, field: str, identifier: str) -> Leads:
        """Find leads by a phone, a client id or a lead id."""
        return {
            lead_id: fields
            for lead_id, fields in self.leads.items()
            if identifier in _keys(field, lead_id, fields)
        }

    def bearing(self, number: str) -> Sequence[Fields]:
        """List the leads that have a number."""
        return list(self.find("Phone", number).values())

    def _do(self, form: Mapping[str, str]) -> None:
        written = {name: text for name, text in form.items() if name not in _NO_FIELDS}
        match form:
            case {"Action": "DispositionLead", "LeadId": lead_id, "Disposition": name}:
                self.leads.get(lead_id, {})["Disposition"] = name
            case {"Action": _}:
                pass
            case {"SearchField": field, "Identifier": identifier}:
                for fields in self.find(field, identifier).values():
                    fields.update(written)
            case _:
                self.leads[str(1001 + len(self.leads))] = {"CallStatus": "", **written}


def _keys(field: str, lead_id: str, fields: Fields) -> Iterable[str]:
    match field:
        case "LeadId":
            return [lead_id]
        case "ClientId":
            return [fields.get("ClientId", "")]
        case _:
            return [fields.get(name, "") for name in PHONES]
