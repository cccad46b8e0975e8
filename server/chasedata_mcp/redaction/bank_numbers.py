"""Bank numbers in a text of small letters: IBANs, US routing numbers and accounts beside them."""

import re
from collections.abc import Iterator
from functools import cache
from typing import Final

# The national part of each country's IBAN: so many digits (n), letters (a) or either (c), from the
# IBAN registry of SWIFT (ISO 13616).
_REGISTRY: Final = """
ad 8n12c ae 19n al 8n16c at 16n az 4a20c ba 16n be 12n bg 4a6n8c bh 4a14c bi 23n br 23n1a1c
by 4c4n16c ch 5n12c cr 18n cy 8n16c cz 20n de 18n dj 23n dk 14n do 4c20n ee 16n eg 25n es 20n
fi 14n fk 2a12n fo 14n fr 10n11c2n gb 4a14n ge 2a16n gi 4a15c gl 14n gr 7n16c gt 24c hn 4a20n
hr 17n hu 24n ie 4a14n il 19n iq 4a15n is 22n it 1a10n12c jo 4a4n18c kw 4a22c kz 3n13c lb 4n20c
lc 4a24c li 5n12c lt 16n lu 3n13c lv 4a13c ly 21n mc 10n11c2n md 20c me 18n mk 3n10c2n mn 16n
mr 23n mt 4a5n18c mu 4a19n3a ni 4a20n nl 4a10n no 11n om 3n16c pk 4a16c pl 24n ps 4a21c pt 21n
qa 4a21c ro 4a16c rs 18n ru 14n15c sa 2n18c sc 4a20n3a sd 14n se 20n si 15n sk 20n sm 1a10n12c
so 19n st 21n sv 4a20n tl 19n tn 20n tr 6n16c ua 6n19c va 18n vg 4a16n xk 16n ye 4a4n18c
"""
_COUNTRIES: Final[dict[str, str]] = dict(re.findall(r"([a-z]{2}) (\S+)", _REGISTRY))
_CLASSES: Final = {"n": "[0-9]", "a": "[a-z]", "c": "[0-9a-z]"}
_SIGN = r"[ \t\n.\-_/:]{0,3}"
_IBAN_BEGINS: Final = re.compile(rf"(?<![0-9a-z])([a-z]{{2}}){_SIGN}[0-9]{_SIGN}[0-9]")
_SET_APART = re.compile("[^0-9a-z]+")


@cache
def _compile_iban(country: str) -> re.Pattern[str]:
    """Compile the pattern of a country's IBAN, with signs between any two characters."""
    classes = [
        f"(?:{_SIGN}{_CLASSES[kind]}){{{count}}}"
        for count, kind in re.findall("([0-9]+)([nac])", _COUNTRIES[country])
    ]
    return re.compile(f"{country}(?:{_SIGN}[0-9]){{2}}{''.join(classes)}")


# The first two digits say the kind of institution; the last one checks the rest with the weights
# 3, 7 and 1 (ABA routing number policy).
_ROUTING_NUMBER = re.compile(
    r"(?<![0-9])(?:0[0-9]|1[0-2]|2[1-9]|3[0-2]|6[1-9]|7[0-2]|80)(?:[0-9]{7}"
    # Five digits, a dash and four are a ZIP code, and no routing number.
    r"|[0-9]{2}[ .\-]{0,2}[0-9]{4}[ .\-]{0,2}[0-9]"
    r"|[0-9][ .\-]{1,2}[0-9]{3}[ .\-]{1,2}[0-9]{3})(?![0-9])"
)
_WEIGHTS: Final = (3, 7, 1)
# Nine digits alone pass the check once in ten times: beside such a word they are a bank's.
_OF_A_BANK = re.compile(
    r"routing|\b(?:rtn|abas?\b|transit(?:\W{0,3}(?:[0-9]|is|no|num|code))|rt\s?(?:#|no)|ach\b|bank|checking|chk"
    r"|savings|wire|eft\b|dda\b|micr|direct deposit|deposit acc|draft acc|e-?check)"
)
_NEAR = 60
"""The number of characters before and behind a number in which such a word counts."""
# Each turn of it takes a character at least, and none is given back: it can't take long.
_FILLER = (
    r"(?:[\s:=#\-.,()'\"]"
    r"|\b(?:is|was|no|nr|num|number|code|account|acct|the|of|for|his|her)\b){0,12}+"
)
_ACCOUNT = rf"{_FILLER}(?P<number>[0-9](?:[ \t\-]?[0-9]){{4,16}})(?![0-9])"
# A number right behind its own name needs no check digit: who wrote it may have mistyped it.
_CALLED_ROUTING = re.compile(
    rf"(?:routing|\brtn|\baba|\btransit)s?{_FILLER}"
    r"(?P<number>[0-9](?:[ \t.\-]{0,2}[0-9]){8})(?![0-9])"
)
_BESIDE_ROUTING = re.compile(rf"\b(?:account|acct|a/c|acc){_ACCOUNT}")
# The signs that stand around the numbers at the foot of a check (ANSI X9.27).
_MICR = re.compile(
    "[\u2446\u2448] ?(?P<number>[0-9][0-9 \\-\u2449]{3,20}[0-9])(?= ?[\u2446\u2448])"
)


def find_bank_numbers(text: str) -> Iterator[tuple[int, int]]:
    """Find the spans of IBANs, of routing numbers that a word names, and of accounts with them."""
    yield from _find_ibans(text)
    if not text.isascii():
        yield from (found.span("number") for found in _MICR.finditer(text))
    if not _OF_A_BANK.search(text):
        return
    of_banks = {found.span("number") for found in _CALLED_ROUTING.finditer(text)}
    of_banks.update(
        found.span() for found in _ROUTING_NUMBER.finditer(text) if _is_routing(text, found)
    )
    yield from of_banks
    if of_banks:
        yield from (found.span("number") for found in _BESIDE_ROUTING.finditer(text))


def _find_ibans(text: str) -> Iterator[tuple[int, int]]:
    for begin in _IBAN_BEGINS.finditer(text):
        if begin[1] not in _COUNTRIES:
            continue
        whole = _compile_iban(begin[1]).match(text, begin.start())
        if whole and _checks_as_iban(_SET_APART.sub("", whole[0])):
            yield whole.span()


def _checks_as_iban(iban: str) -> bool:
    """Tell whether the two check digits hold, by ISO 7064 MOD 97-10."""
    return int("".join(str(int(one, 36)) for one in iban[4:] + iban[:4])) % 97 == 1


def _is_routing(text: str, found: re.Match[str]) -> bool:
    start, end = found.span()
    beside = f"{text[max(0, start - _NEAR) : start]} | {text[end : end + _NEAR]}"
    return _checks_as_routing(found[0]) and _OF_A_BANK.search(beside) is not None


def _checks_as_routing(number: str) -> bool:
    digits = [int(one) for one in number if one.isdecimal()]
    total = sum(digit * _WEIGHTS[at % len(_WEIGHTS)] for at, digit in enumerate(digits))
    return total % 10 == 0 and total > 0
