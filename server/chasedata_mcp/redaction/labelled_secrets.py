"""Secrets that a text of small letters names: `password: …`, `cvv 123`, `pin is 1234`."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from chasedata_mcp.fields.sanitize import CUT

# What is sought first: most texts have none of it, and are left at once.
_WORD_HINTS: Final = (
    *("pass", "pw", "psw", "secret", "answer", "key", "token", "bearer", "maiden", "mmn", "://"),
    *("code word", "codeword"),
)
_NUMBER_HINTS: Final = (
    *("pin", "cv", "csc", "otp", "2fa", "mfa", "code", "rification", "last", "end"),
    *("ssn", "s.s.n", "social", "xxx", "***", "\u2022\u2022", "exp", "acc", "a/c", "dda"),
    *("checking", "micr"),
)
_BEGINS = r"(?<![a-z0-9])"
# Each turn of it takes a character at least, and none is given back: it can't take long.
_FILLER = (
    r"(?:[\s:=#\-.,;'\"()*>\u2192]|\b(?:is|was|are|codes?|numbers?|num|no|nr|value|on|the|back|of|card"
    r"|it|it's|that's|says|digits?|in|with|for|his|her|my|their|s)\b){0,14}+"
)
_CODE_ON_CARD = (
    r"(?:card[ _]?|cc[ _]?)?(?:cvv2?|cvc2?|cv2|ccv2?|cvn2?|cvd2?)|csc|card cid"
    r"|(?:security|sec\.?|card|card verification|verification) ?(?:code|value|cd)"
)
_PIN = r"(?:m|u|atm[ _]?|debit[ _]?|card[ _]?)?pin(?:code|s)?(?![a-z])"
_ONE_TIME = (
    r"t?otp(?![a-z])|one[ \-]?time[ \-]?(?:code|pin|pass(?:word|code)?)|2fa|mfa"
    r"|(?:verification|authentication|login|log-?in|sign-?in|access|alarm|lock ?box|pass) ?code"
)
_CARDS = r"(?:visa|master ?card|amex|american express|discover|debit|credit|card|cc)"
_ACCOUNTS = r"(?:account|acct|checking|savings|bank)"
_SOCIAL = r"(?:ssn|s\.s\.n\.?|social(?: security)?(?: number| no| #)?)"
_EXPIRY = r"(?:0?[1-9]|1[0-2]) ?[/\-. ]? ?(?:20)?[2-4][0-9]"
# Phones, dates and times are none of these numbers, whatever stands before them.
_PHONE = r"[2-9][0-9]{2}\)?[ .\-]{0,3}[2-9][0-9]{2}[ .\-]{0,2}[0-9]{4}(?![0-9])"
_DATE = r"[0-9]{1,4}[/.\-][0-9]{1,2}[/.\-][0-9]{2,4}(?![0-9])"
_NONE = rf"(?!(?:1[ .\-]?)?\(?{_PHONE}|{_DATE}|[0-9]{{1,2}}:[0-9])"
_FOUR = r"(?P<value>[0-9]{4})(?![0-9])"
_NUMBERS: Final = (
    (
        ("cv", "csc", "code", "rification"),
        re.compile(
            rf"{_BEGINS}(?:{_CODE_ON_CARD}){_FILLER}{_NONE}(?P<value>[0-9]{{3,4}})(?![0-9])"
        ),
    ),
    (
        ("pin",),
        re.compile(
            rf"{_BEGINS}{_PIN}{_FILLER}{_NONE}(?P<value>[0-9](?:[ \-]?[0-9]){{2,7}})(?![ \-]?[0-9])"
        ),
    ),
    (
        ("otp", "time", "2fa", "mfa", "code"),
        re.compile(
            rf"{_BEGINS}(?:{_ONE_TIME}){_FILLER}{_NONE}(?P<value>(?=[a-z\-]{{0,11}}[0-9])"
            r"(?:[0-9]{2,4}[ \-][0-9]{2,4}|[0-9a-z][0-9a-z\-]{2,11}))(?![0-9a-z])"
        ),
    ),
    (
        ("cv", "csc", "code", "pin", "otp", "2fa", "mfa"),
        re.compile(
            r"(?<![0-9])(?P<value>[0-9]{3,8}) (?:is|was) (?:(?:the|his|her|my|their|card|a) ){0,2}"
            rf"(?:{_CODE_ON_CARD}|{_PIN}|{_ONE_TIME})"
        ),
    ),
    (
        ("end",),
        re.compile(
            rf"\b(?:{_CARDS}|{_ACCOUNTS}|{_SOCIAL})(?: [a-z]{{1,10}}){{0,2}}"
            rf" (?:ending|ends (?:in|with)){_FILLER}{_NONE}{_FOUR}"
        ),
    ),
    (
        ("last",),
        re.compile(
            r"\blast ?(?:4|four)(?![0-9a-z])(?: (?:digits?|of|on|the|his|her|my|their|for)){0,4}"
            rf"(?: (?:{_CARDS}|{_ACCOUNTS}|{_SOCIAL})){{0,2}}{_FILLER}{_NONE}{_FOUR}"
        ),
    ),
    (
        ("ssn", "social", "s.s.n"),
        re.compile(rf"\b(?:{_SOCIAL} last ?(?:4|four)|ssn){_FILLER}{_NONE}{_FOUR}(?![/\-.])"),
    ),
    (
        ("acc", "a/c", "dda", "checking", "micr"),
        re.compile(
            r"\b(?:(?:bank|checking|chk|savings|ach|eft|draft|deposit)[ \t/]{1,3}"
            r"(?:account|acct|acc|a/c)|dda|micr|checking(?=[ \t]{0,2}(?:[#:=]|no|num|[0-9])))"
            r"(?:[\s:=#\-.,()'\"]|\b(?:is|was|no|nr|num|number|the|of|his|her)\b){0,12}+"
            rf"{_NONE}(?P<value>[0-9](?:[ \t\-]?[0-9]){{4,16}})(?![0-9])"
        ),
    ),
    (
        ("xxx", "***", "\u2022\u2022"),
        re.compile(
            r"(?<![x*\u2022])(?:[x*\u2022]{3}[ \-]?[x*\u2022]{2}|(?:[x*\u2022]{4}[ \-]?){1,3})"
            rf"[ \-]?{_NONE}{_FOUR}"
        ),
    ),
    (
        ("exp",),
        re.compile(
            rf"\b{_CARDS}(?: card)? ?exp(?:iry|ires|iration)?(?: date)?{_FILLER}"
            rf"(?P<value>{_EXPIRY})(?![0-9/])"
        ),
    ),
)
"""Numbers behind their names or before them, each with what to look for first."""
_DIGITS: Final = re.compile("[0-9]{2}")

_NAME = (
    r"(?:pass ?words?|passwd|passwrd|pass ?code|pass ?phrase|p/?w|pwd|pswd?|psw"
    r"|secret(?: word| key| answer| code| phrase)?|security (?:answer|word)|code ?word"
    r"|(?:api|access|private|secret)[ _\-]?key|client[ _]secret"
    r"|mother'?s?'?[ _]?maiden(?:[ _]name)?|maiden[ _]name|mmn)"
)
_MARKED = r"['\"]?\s{0,3}(?:[:=>]|-+ ?>|=>)\s{0,3}"
_QUOTED = r"\"(?P<q>[^\"\n]{1,64})\"|'(?P<a>[^'\n]{1,64})'|\u201c(?P<u>[^\u201d\n]{1,64})\u201d"
_OF_WHAT = r"(?: (?:for|to|on) (?:[a-z]{1,12} ){0,3}[a-z]{1,12}(?= (?:is|was) ))?"
_MARK = "[hidden]"
_NEVER = rf"(?!{re.escape(_MARK)}|\[\u2026\]|{re.escape(CUT)})"
_WORD = r"[^\s<>\"'\u201c\u201d]{1,64}"
_TEXTS: Final = (
    re.compile(
        rf"{_BEGINS}(?:{_NAME}|pass|token)(?: (?:is|was))?{_MARKED}{_NEVER}"
        rf"(?:{_QUOTED}|(?P<value>{_WORD}(?: {_WORD}){{0,4}}))"
    ),
    re.compile(
        rf"{_BEGINS}(?!secret (?:is|was|to)){_NAME}{_OF_WHAT}"
        rf"(?: name)?(?:'s| (?:is|was|=|to))\s{{1,3}}"
        rf"(?:now )?{_NEVER}"
        rf"(?:{_QUOTED}|(?P<value>{_WORD}))"
    ),
    re.compile(
        rf"{_BEGINS}(?:pass ?word|passwd|pwd|pw|passcode)\s{{1,3}}{_NEVER}{_NONE}(?!20[0-9]{{2}}\b)"
        r"(?P<value>(?=[^\s0-9]{0,32}[0-9])[^\s<>\"']{4,64})"
    ),
    re.compile(rf"://[^\s/:@]{{1,64}}:{_NEVER}(?P<value>[^\s/@]{{1,64}})@"),
    re.compile(r"\bbearer\s{1,3}(?P<value>[0-9a-z._~+/\-]{16,2000}=*)"),
)
"""Texts behind their names."""

# Words that follow a label in plain sentences: "the password is wrong", "password: reset sent".
_PLAIN: Final = frozenset(
    """
    a an the his her their my our your its not no none n/a na nothing unknown yes ok okay fine wrong
    incorrect invalid correct right bad good weak strong reset resets expired expiring required
    needed missing forgotten forgot lost changed updated sent given same too still set what being
    been to in on at by for from with of and or but so if when where why how who working blocked
    locked pending protected stored saved written hidden emailed texted mailed now only also already
    never always he she they we it i you this that there here will would can cannot can't won't
    isn't doesn't didn't wasn't does did has had have was were is are be as than then please see ask
    asked call called about after before until since because up out off over under left case kept
    shared known provided available unavailable verified confirmed tbd
    """.split()  # noqa: SIM905 - eleven lines as a list
)
_ENDS = re.compile(r"[.,;:)\]}]+\Z")
_HAS_MORE = re.compile(r"[0-9]|[^\w\s.,;:!?'()\-]")
_PHRASE = 2
"""So many words behind the first make a phrase."""
_SENTENCE = re.compile(r"[,;.!?](?:\s|\Z)")


def has_hint(text: str) -> bool:
    """Tell whether a text of small letters has anything of a label."""
    return _has_any(text, _WORD_HINTS) or (
        _DIGITS.search(text) is not None and _has_any(text, _NUMBER_HINTS)
    )


def _has_any(text: str, hints: tuple[str, ...]) -> bool:
    for hint in hints:  # noqa: SIM110 - any() takes twice as long, on every field of a lead
        if hint in text:
            return True
    return False


def find_labelled_secrets(text: str) -> Iterator[tuple[int, int]]:
    """Find the spans of the secrets that a text of small letters names, without their names."""
    if _DIGITS.search(text) and _has_any(text, _NUMBER_HINTS):
        for hints, numbers in _NUMBERS:
            if _has_any(text, hints):
                yield from (found.span("value") for found in numbers.finditer(text))
    if _has_any(text, _WORD_HINTS):
        for texts in _TEXTS:
            for found in texts.finditer(text):
                yield from _find_value(found)


def _find_value(found: re.Match[str]) -> Iterator[tuple[int, int]]:
    """Find the span of a secret text: what is in quotes, or the words that look like it."""
    groups = found.groupdict()
    for quoted in ("q", "a", "u"):
        if groups.get(quoted):
            if _MARK not in groups[quoted]:
                yield found.span(quoted)
            return
    if length := _measure_secret(groups.get("value") or ""):
        start = found.start("value")
        yield start, start + length


def _measure_secret(value: str) -> int:
    """Measure how much of what follows a label is the secret; 0 where it is plain language."""
    sentence = value[: ended.start()] if (ended := _SENTENCE.search(value)) else value
    first, *further = sentence.split(_MARK, 1)[0].rstrip().split(" ")
    bare = _ENDS.sub("", value.split(" ", 1)[0])
    if not first or _is_plain(first, further):
        return 0
    if _HAS_MORE.search(bare):
        return len(bare)
    # Letters alone may be the first of a phrase: it ends where the sentence does.
    return len(" ".join([first, *further]))


def _is_plain(first: str, further: Sequence[str]) -> bool:
    """Tell whether a sentence goes on here, and no phrase of words that have nothing to do."""
    a_phrase = len(further) >= _PHRASE and _PLAIN.isdisjoint(further)
    return (first.rstrip("!?") in _PLAIN and not a_phrase) or first.endswith("ly")
