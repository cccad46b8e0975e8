"""Ordinary notes as agents write them, made of templates, the same in every run."""

import random
from collections.abc import Callable, Iterator

_NAMES = (
    "Dana Reyes",
    "Maria Ortiz",
    "Tom Becker",
    "Priya Nair",
    "Lena Park",
    "J. O'Neil",
    "Sam Li",
)
_STREETS = (
    "Brickell Ave",
    "Pine St",
    "Pin Oak Ln",
    "Transit Rd",
    "Main St",
    "Palm Pass",
    "Route 9",
)
_CITIES = (
    "Miami FL",
    "Dover DE",
    "Mobile AL",
    "Akron OH",
    "Pinellas Park FL",
    "Boise ID",
    "Bel Air MD",
)
_TEMPLATES = (
    "Spoke with {name} on {date} at {time}, wants a quote for {price}.",
    "Call back {phone} after {time}, ask for {name}.",
    "Order {order} shipped by UPS, tracking {ups}.",
    "Order # {order}, FedEx {fedex}, arrives {date}.",
    "USPS tracking {usps}, signed by {name}.",
    "Lives at {number} {street}, {city} {zip}-{plus4}.",
    "Moved to {number} {street} {city} {zip}; cell {phone}, home {phone}.",
    "Invoice {order} of {price} paid on {date}, balance {price}.",
    "Policy {policy} expires {date}, premium {price} a month.",
    "Forgot his password, sent a reset link on {date}.",
    "Password reset done, customer can log in again; ticket {order}.",
    "Says the password is not working since {date}, passed to support.",
    "Customer passed the inspection at {time}, next one {date}.",
    "Has {small} years of experience, expected salary {price}.",
    "Shipping to {city} {zip}, {small} boxes, {price} each.",
    "Prefers text to {phone}; spouse {name} decides, {phone}.",
    "Voicemail {small} times: {date}, {date}, {date}.",
    "Lead {order} from campaign {number}, agent {name}, ext {number}.",
    "Roof {small}x{number}x{number} ft, bill {price}, meter {meter}.",
    "Case {case}, part {part}, serial {serial}.",
    "VIN {vin}, {year} model, {miles} miles, wants {price}.",
    "Email {name} at lead{order}@example.com or call {bare}.",
    "Transferred to the bank's mortgage desk at {phone} on {date}.",
    "Account manager {name}, account since {year}, {small} users.",
    "Booked for {date} {time}-{time}, confirmation {policy}.",
    "Zip code {zip}, promo code SAVE{small}, area code {area}.",
    "Bank of America branch at {number} {street}, closes {time}.",
    "Checking in next week, {date} {time}; routing skill is Spanish.",
    "In transit since {date}, {miles} miles left, driver {name}.",
    "He is {small} and socially active; social media lead from {date}.",
    "GPS 25.{meter}, -80.{meter}; lot {number}-{small}-{zip}.",
    "Quote {policy}: {price}, {price}, {price}; total {price}.",
    "Secretary {name} answers, key contact is {name}, {phone}.",
    "Ticket {order}: he was asked for a token of appreciation, {price}.",
    "Flight AA{number} to {city}, {date} {time}, seat {small}C.",
    "Score {small}:{small}, {small}/{small}/{small}, id {meter}.",
    "Last call {date}, {small} calls in {year}; ends at {time}.",
    "See https://example.com/orders/{order}?lead={number}&page={small}",
    "Numbers on file: {phone}\n{phone}\n{bare}",
    "Measures:\n{number}\n{small}\n{number}\nTotal {price}",
)


def list_ordinary_notes(count: int) -> Iterator[str]:
    """Make so many notes, in turn of every template, with the same figures in every run."""
    chance = random.Random(20261129)  # noqa: S311 - figures of a test, and no secret
    fields = {name: _bind(make, chance) for name, make in _FIELDS.items()}
    for at in range(count):
        yield _fill(_TEMPLATES[at % len(_TEMPLATES)], fields)


def _fill(template: str, fields: dict[str, Callable[[], str]]) -> str:
    while "{" in template:
        before, _, rest = template.partition("{")
        name, _, after = rest.partition("}")
        template = f"{before}{fields[name]()}{after}"
    return template


def _bind(make: Callable[[random.Random], str], chance: random.Random) -> Callable[[], str]:
    return lambda: make(chance)


def _digits(chance: random.Random, count: int) -> str:
    return "".join(chance.choice("0123456789") for _ in range(count))


def _phone(chance: random.Random, form: str) -> str:
    area, exchange = chance.randint(201, 989), chance.randint(200, 999)
    return form.format(area, exchange, _digits(chance, 4))


def _date(chance: random.Random) -> str:
    month, day, year = chance.randint(1, 12), chance.randint(1, 28), chance.randint(2019, 2027)
    return chance.choice(
        (
            f"{month:02}/{day:02}/{year}",
            f"{year}-{month:02}-{day:02}",
            f"{month}/{day}/{year % 100}",
        )
    )


_PHONES = ("({}) {}-{}", "{}-{}-{}", "{}.{}.{}", "+1 {} {} {}", "{}{}{}")
_FIELDS: dict[str, Callable[[random.Random], str]] = {
    "name": lambda c: c.choice(_NAMES),
    "street": lambda c: c.choice(_STREETS),
    "city": lambda c: c.choice(_CITIES),
    "date": _date,
    "time": lambda c: f"{c.randint(8, 20)}:{c.choice(('00', '15', '30', '45'))}",
    "price": lambda c: f"${c.randint(5, 9999):,}.{_digits(c, 2)}",
    "phone": lambda c: _phone(c, c.choice(_PHONES)),
    "bare": lambda c: _phone(c, "{}{}{}"),
    "area": lambda c: str(c.randint(201, 989)),
    "order": lambda c: _digits(c, c.choice((6, 8, 9, 10))),
    "ups": lambda c: f"1Z{c.choice('AB')}{_digits(c, 5)}{_digits(c, 10)}",
    "fedex": lambda c: _digits(c, c.choice((12, 15))),
    "usps": lambda c: f"94{_digits(c, 20)}",
    "zip": lambda c: _digits(c, 5),
    "plus4": lambda c: _digits(c, 4),
    "number": lambda c: str(c.randint(100, 9999)),
    "small": lambda c: str(c.randint(10, 99)),
    "year": lambda c: str(c.randint(1985, 2026)),
    "miles": lambda c: f"{c.randint(1, 199)},{_digits(c, 3)}",
    "policy": lambda c: f"{c.choice(('HO', 'AU', 'LF'))}-{_digits(c, 7)}",
    "meter": lambda c: _digits(c, c.choice((5, 6, 7))),
    "case": lambda c: f"{_digits(c, 3)}-{_digits(c, 7)}",
    "part": lambda c: f"{_digits(c, 4)}-{_digits(c, 3)}-{_digits(c, 2)}",
    "serial": lambda c: f"SN{_digits(c, 9)}",
    "vin": lambda c: f"1HGCM{_digits(c, 5)}A{_digits(c, 6)}",
}
