"""The fields of a lead by which a dialer decides whether to call it, and what their texts say.

No list of them is published, and each account names its own: so they are told by their names, in
any spelling, with or without `adv_`.
"""

import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping
from enum import Enum
from functools import lru_cache

from chasedata_mcp.fields.dispositions import NO_FURTHER, says_do_not_call, stops_calls
from chasedata_mcp.fields.field_names import CUSTOM_PREFIX
from chasedata_mcp.fields.sanitize import visible


class CallSwitch(Enum):
    """The ways in which a field decides whether its lead is called."""

    STATUS = "status"
    """A disposition or status; a stopping one ends all calls."""
    BARRED = "barred"
    """Do-not-call, opt-out and the like: whatever isn't a no ends all calls."""
    CALLABLE = "callable"
    """The opposite: a no ends all calls."""
    AGREED = "agreed"
    """A consent. Not having one is no request to stop; one that was taken back is."""
    SCHEDULE = "schedule"
    """When and how often to call, which never ends all calls."""


_ASKED = "call|contact|dial|phone|ring|text|sms|disturb|solicit|message"
_SWITCHES = (
    # A date or a result of holding a lead against a list is no mark.
    (None, re.compile(r"scrub|(?:dnc|list)(?:last)?(?:check|verif|clean)|(?:checked|cleaned)")),
    (
        CallSwitch.BARRED,
        re.compile(
            rf"dnc|(?:donot|dont|never|stop|no)(?:be)?(?:re)?(?:{_ASKED})(?!ed)"
            r"|opt(?:ed|s|ing)?out|unsub|suppress|blacklist|blocklist|litigat"
            r"|^(?:is|call|phone|number|lead|sms|text)?block(?:ed)?(?:call|phone|number|lead)?s?$"
            rf"|(?:not|non|un)(?:{_ASKED})(?:able|ed$)|lnnte|cease|revoke|withdr[ae]w|withhold"
            r"|^(?:is|call|lead)?exclu(?:de|ded|sion)(?:lead|call)?s?$"
            r"|^(?:is)?(?:removed?|removal|stop|stopped)(?:me|request(?:ed)?|date|flag)?$"
            # GoHighLevel's "do not disturb".
            r"|^(?:is|lead|contact)?dnd(?:all|calls?|phone|sms|texts?|status|active|enabled)?$"
        ),
    ),
    (
        CallSwitch.CALLABLE,
        re.compile(
            rf"(?:{_ASKED})able|(?:ok|okay|can|may|allow|allowed|enable|permit)(?:to|be)?(?:{_ASKED})"
            rf"|(?:{_ASKED})(?:s|ing)?(?:ok|okay|allow|permit|enable)|whitelist|allowlist|eligible"
        ),
    ),
    (
        CallSwitch.AGREED,
        re.compile(r"consent|permission|opt(?:ed|s|ing)?in(?![a-hj-z])|tcpa|subscri"),
    ),
    (
        CallSwitch.STATUS,
        re.compile(
            r"disposition|^(?:last|call|lead|agent)?dispo?(?:code|name)?$|(?:wrapup|term|hangup)code"
            r"|(?:call|dial|lead|contact|phone|number|record|dialer|text|sms)(?:ing|ed|er)?status"
            r"|^(?:current|last|new|my)?status(?:code|name)?$"
            r"|(?:call|dial|contact)(?:ing|ed|er)?(?:state|result|outcome)"
        ),
    ),
    (
        CallSwitch.SCHEDULE,
        re.compile(
            r"(?:next|last|max|min)(?:call|dial|contact|attempt)|call(?:after|back|again|time|date|at)"
            r"|re(?:call|dial|queue|cycle|try|tries|activat)|dial(?:now|after|again|time|date|at)"
            r"|attempts|priority|hotlead|queue|(?:is|lead)?(?:in)?active$"
        ),
    ),
)
_ELSEWHERE = re.compile("email|mail|fax|newsletter|postal")
_BY_PHONE = re.compile(f"{_ASKED}|dnc")
_NO = frozenset(
    {
        *("0", "n", "no", "false", "f", "off", "none", "null", "nil", "na", "not", "unset"),
        *("clear", "cleared", "unknown", "never", "denied", "deny", "declined", "inactive"),
        *("disabled", "clean"),
    }
)
_NOTHING = re.compile(r"[\s0.,:/-]*|(?:0?1[/.-]0?1[/.-]1900|1900-01-01)(?:[ t][0:.]*z?)?")
_TAKEN_BACK = re.compile(r"revok|withdr[ae]w|cancel")
_NOT_LETTERS = re.compile("[^a-z]")
_PROSE = re.compile("notes?|comments?|messages?")


@lru_cache(maxsize=2048)
def find_switch(name: str) -> CallSwitch | None:
    """Find how a field of this name decides whether its lead is called; None where it doesn't."""
    letters = _keep_letters(name)
    if _is_elsewhere(letters):
        return None
    return next((switch for switch, pattern in _SWITCHES if pattern.search(letters)), None)


def asks_to_stop(name: str, text: str, further: Collection[str] = NO_FURTHER) -> bool:
    """Tell whether a field with this text is a request not to be called."""
    match find_switch(name):
        case None:
            # Whoever has no field for it writes it where there is room: a last name, a campaign.
            return says_do_not_call(text) and not _says_nothing_of_calls(name)
        case CallSwitch.STATUS:
            return stops_calls(text, further)
        case CallSwitch.BARRED:
            return not says_no(text)
        case CallSwitch.CALLABLE | CallSwitch.AGREED:
            taken_back = bool(_TAKEN_BACK.search(text.casefold()))
            return taken_back or stops_calls(text, further)
        case CallSwitch.SCHEDULE:
            return False


def makes_callable(name: str, text: str, further: Collection[str] = NO_FURTHER) -> bool:
    """Tell whether writing this text into a field may put its lead among those that are called."""
    return find_switch(name) is not None and not asks_to_stop(name, text, further)


def is_marked_do_not_call(fields: Mapping[str, str], further: Collection[str] = NO_FURTHER) -> bool:
    """Tell whether a lead reads as do-not-call, whoever put the mark there."""
    return any(_is_mark(name, text, further) for name, text in fields.items())


def has_call_switch(names: Iterable[str]) -> bool:
    """Tell whether any of a lead's fields is one that a mark could stand in."""
    return any(find_switch(name) not in (None, CallSwitch.SCHEDULE) for name in names)


def says_no(text: str) -> bool:
    """Tell whether the text of a switch says no, or nothing: an empty date counts as nothing."""
    plain = visible(text).casefold().strip()
    return plain in _NO or _NOTHING.fullmatch(plain) is not None


def is_remark(name: str) -> bool:
    """Tell whether a field of this name holds prose about its lead: notes, comments, messages."""
    return find_switch(name) is None and _PROSE.search(_keep_letters(name)) is not None


def _is_mark(name: str, text: str, further: Collection[str]) -> bool:
    if not text.strip():
        return False
    if asks_to_stop(name, text, further):
        return True
    return find_switch(name) is CallSwitch.CALLABLE and says_no(text)


def _keep_letters(name: str) -> str:
    bare = unicodedata.normalize("NFKD", visible(name)).casefold().strip()
    return _NOT_LETTERS.sub("", bare.removeprefix(CUSTOM_PREFIX)).replace("voicemail", "")


def _is_elsewhere(letters: str) -> bool:
    """Tell whether a name is of mail or fax, and not of a phone."""
    return bool(_ELSEWHERE.search(letters)) and not _BY_PHONE.search(letters)


def _says_nothing_of_calls(name: str) -> bool:
    """Tell whether a field holds prose, or is of another way to reach somebody."""
    letters = _keep_letters(name)
    return _PROSE.search(letters) is not None or _is_elsewhere(letters)
