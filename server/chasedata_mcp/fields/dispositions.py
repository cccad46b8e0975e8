"""Dispositions and statuses that mean do-not-call, however somebody spells them."""

import re
import unicodedata
from collections.abc import Collection
from functools import lru_cache

from chasedata_mcp.fields.sanitize import visible

NO_FURTHER: frozenset[str] = frozenset()
"""No dispositions beside the ones that are known here."""
_LONGEST = 100
"""The longest text, in characters, that is read as a disposition; what is longer is prose."""
_REACH = "call|contact|phone|dial|text|sms|ring|message|solicit|disturb"
# As words of small letters with one space between them, which a spelling may leave out. An account
# names its dispositions itself; DO NOT CALL and FTC DNC are the vendor's own (wire.md).
_PHRASE = re.compile(
    rf"\b(?:do ?not|dont|donot) ?(?:ever ?|be ?|re ?)?(?:{_REACH})|\bstop ?(?:all ?)?(?:{_REACH})"
    rf"|\bnever ?(?:{_REACH})(?!ed|s\b)|\bno ?(?:more|further) ?(?:{_REACH})"
    rf"|\b(?:not|no) ?to ?be ?(?:{_REACH})ed"
    r"|\bopt(?:ed|s|ing)? ?out|\bunsub(?:\b|scri)|\w*dnc[lrs]?\b|\bdnc\w*"
    r"|\b(?:take|taken|remove|removed) ?(?:me|him|her|them|us|number|phone) ?(?:off|from)?"
    r"|\b(?:take|taken) ?off|\bremoved? ?(?:from|off) ?(?:the|our|your|all|my|call)? ?lists?"
    r"|\bremov(?:e|al) ?request|\brequest(?:ed|s)? ?(?:to be ?)?remov|\bcease ?(?:and ?)?desist"
    r"|\b(?:revok|withdr[ae]w)\w* ?consent|\bconsent ?(?:is |was )?(?:revoked|withdrawn)"
    r"|\b(?:black|block) ?list(?:ed)?\b|\blitigator|\bno ?llam(?:ar|e)\b|\bno ?contactar\b"
    r"|\bne ?pas ?(?:appeler|contacter)|\blnnte\b"
)
# One of these is in every text that has a phrase, and they are found in a tenth of the time: for a
# lead of 60 fields 1 ms in place of 12 (measured 2026-11-29).
_HINTS = (
    *("dnc", "donot", "dont", "stop", "never", "nomore", "tobe", "opt", "unsub", "take", "remov"),
    *("cease", "consent", "list", "litigator", "nofurther", "nollam", "nocontactar", "nepas"),
    "lnnte",
)
_WHOLE = frozenset(
    {
        *("stop", "stopall", "stopp", "remove", "removed", "removal", "removeme", "revoke"),
        *("revoked", "suppress", "suppressed", "blocked", "optoutrequest", "cease", "nocalls"),
        "dnd",
    }
)
"""Words that mean it where they stand alone."""
_TAKES_BACK = frozenset(
    {
        *("not", "no", "non", "n", "false", "0", "off", "clear", "cleared", "clean", "ok", "okay"),
        *("expired", "free", "scrub", "scrubbed", "check", "checked", "passed", "lifted"),
        *("released", "reinstated", "former"),
    }
)
"""Words beside a phrase that turn it into its opposite: NOT DNC, DNC: no, OFF DNC."""
_TAKEN_OFF = re.compile(r"\bremoved? ?from ?(?:the |our )?\w*dnc")
_SPELLED = re.compile(r"\b[a-z](?: [a-z])+\b")
_APOSTROPHES = re.compile("['`\N{RIGHT SINGLE QUOTATION MARK}\N{MODIFIER LETTER APOSTROPHE}]")
_NOT_WORD = re.compile(r"[\W_]+")


def fold_disposition(text: str) -> str:
    """Fold a disposition for comparison: without case, spaces, signs and accents."""
    return _words(text).replace(" ", "")


def stops_calls(text: str, further: Collection[str] = NO_FURTHER) -> bool:
    """Tell whether a lead with this disposition or status is no longer called.

    `further` are an account's own, folded. A phrase beside a word that takes it back doesn't stop.
    """
    if len(text) > _LONGEST:
        return False
    folded = fold_disposition(text)
    return folded in further or folded in _WHOLE or says_do_not_call(text)


def says_do_not_call(text: str) -> bool:
    """Tell whether a short text says do-not-call in so many words, wherever it stands."""
    # A phone or an id says nothing, and is seldom met twice.
    return not text.isdecimal() and _says_do_not_call(text)


@lru_cache(maxsize=4096)
def _says_do_not_call(text: str) -> bool:
    words = _words(text) if len(text) <= _LONGEST else ""
    joined = words.replace(" ", "")
    found = _PHRASE.search(words) if any(hint in joined for hint in _HINTS) else None
    if found is None or _TAKEN_OFF.search(words):
        return False
    beside = f"{words[: found.start()]} {words[found.end() :]}".split()
    return _TAKES_BACK.isdisjoint(beside)


def _fold_accents(text: str) -> str:
    plain = unicodedata.normalize("NFKD", visible(text)).casefold()
    return "".join(one for one in plain if not unicodedata.combining(one))


def _words(text: str) -> str:
    """Write a text as words of small letters and digits; D.N.C. becomes one word."""
    plain = text.casefold() if text.isascii() else _fold_accents(text)
    words = _NOT_WORD.sub(" ", _APOSTROPHES.sub("", plain)).strip()
    return _SPELLED.sub(lambda found: found[0].replace(" ", ""), words)
