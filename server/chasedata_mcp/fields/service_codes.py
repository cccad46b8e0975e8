"""Numbers of the numbering plan that are no person's phone: refused, or taken with a warning.

Sources, all looked up on 2026-11-29: ATIS-0300055 (which area codes there can be), ATIS-0300051
(which exchanges), both for the North American Numbering Plan; its administrator's list of codes of
no place; 47 CFR 64.1501 (calls that cost money).
"""

import re
from dataclasses import dataclass
from typing import LiteralString

TOLL_FREE = frozenset({"800", "833", "844", "855", "866", "877", "888"})
"""The toll-free area codes in service (source: the North American Numbering Plan)."""


@dataclass(frozen=True, slots=True)
class ServiceCode:
    """A kind of number that isn't called.

    `digits` matches from the first of the ten. `reason` completes "this argument ...". `is_shape`
    is true where no number of the plan looks so, and not only no person's.
    """

    name: LiteralString
    digits: re.Pattern[str]
    reason: LiteralString
    is_shape: bool = False


def _code(
    name: LiteralString, digits: str, reason: LiteralString, *, is_shape: bool = False
) -> ServiceCode:
    return ServiceCode(f"phone_{name}", re.compile(digits), reason, is_shape)


REFUSED = (
    _code(
        "area_code",
        "[01]",
        "has an area code that starts with 0 or 1, and none does",
        is_shape=True,
    ),
    _code(
        "exchange",
        "...[01]",
        "has 0 or 1 as its fourth digit, and no number does",
        is_shape=True,
    ),
    # 911, 411 and their like, as an area code.
    _code(
        "service_area",
        ".11",
        "has an area code that ends in 11, as only services such as 911 have",
        is_shape=True,
    ),
    _code(
        "service_exchange",
        "....11",
        "has 11 as its fifth and sixth digits, as only services do",
        is_shape=True,
    ),
    # Pay-per-call numbers; within a state they have the exchange 976.
    _code("premium", "900", "is a 900 number, which costs money to call"),
    _code("premium_exchange", "...976", "has the exchange 976, and costs money to call"),
    _code("directory", "...5551212", "is directory assistance, which costs money to call"),
    # 681 of 800 codes can be assigned: not N11, N9X, 37X, 96X, 555, 950, nor of 88X any but 888.
    _code(
        "unassignable",
        ".9|37|96|555|950|88[0-79]",
        "has an area code that the numbering plan sets aside, so that no phone has it",
    ),
    _code("carrier", "700", "is a 700 number, which is a phone company's own service"),
    _code("government", "710", "is a 710 number, which is the federal government's"),
    # Feature group B access; 958 and 959 are test lines (ATIS-0300051).
    _code("carrier_access", "...950", "has the exchange 950, which is access to a phone company"),
    _code("test_line", "...95[89]", "has an exchange of test lines, 958 or 959"),
)
"""The numbers that are never called or texted; the first that fits gives the reason."""

WARNED = (
    (
        TOLL_FREE,
        "This number is toll-free: it is a company's, and seldom one to call or text.",
    ),
    (
        # Non-geographic services, in service or assigned to follow.
        frozenset(
            {
                *("500", "521", "522", "523", "524", "525", "526", "527", "528", "529", "532"),
                *("533", "544", "566", "577", "588"),
            }
        ),
        (
            "This number has a code of no place: it follows its owner or is a machine's, where it "
            "is can't be told, and calling it can cost more."
        ),
    ),
    (
        frozenset({"600", "622", "633", "644", "655", "677", "688"}),
        (
            "This number has a Canadian code of no place: it may be a satellite phone, where it is "
            "can't be told, and calling it can cost more."
        ),
    ),
)
"""The area codes that are called with a warning."""


def find_refused_code(number: str) -> ServiceCode | None:
    """Find the reason why ten digits are no person's phone, None where they may be one."""
    return next((code for code in REFUSED if code.digits.match(number)), None)


def find_warning(number: str) -> str | None:
    """Find the warning about the area code of ten digits that may be called."""
    return next((told for codes, told in WARNED if number[:3] in codes), None)
