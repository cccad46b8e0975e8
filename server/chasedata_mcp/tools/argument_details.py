"""The arguments of a call as a person reads them before they say yes: each value whole."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, cast, get_args

from pydantic.fields import FieldInfo

from chasedata_mcp.fields.escapes import name_unseen
from chasedata_mcp.fields.field_names import LEAD_FIELDS, build_custom_name
from chasedata_mcp.fields.format import format_phone, quote_name
from chasedata_mcp.fields.phone import PhoneRule
from chasedata_mcp.fields.phones_in_text import is_phone_field, is_ten_digits
from chasedata_mcp.tools.argument_labels import label, label_within
from chasedata_mcp.tools.arguments import Arguments
from chasedata_mcp.tools.base import Action, WireCodes
from chasedata_mcp.tools.effects import Overwrites

CALLBACK_TIME: Final = "CallbackDate"
_OLD: Final = 200
"""The most characters of a former value, which is there to be recognized."""
_ID: Final = re.compile("[0-9]{1,18}")
_SAID_WORDS: Final = 4
"""A word of the call's own, such as `lead id`, is found in a sentence from so many letters on."""


@dataclass(frozen=True, slots=True)
class ArgumentDetail:
    """An argument, or a field within one, with its new value as a person reads it.

    Attributes:
        label: Its name for people.
        value: The new value, whole.
        wire: The name of its field on the wire, empty where it is no field.
        old: The former value, where it is known.
    """

    label: str
    value: str
    wire: str = ""
    old: str | None = None

    @property
    def line(self) -> str:
        """The line of a question: `City: “Orlando” → “Tampa”`."""
        former = "" if self.old is None else f"{self.old} → "
        return f"{self.label}: {former}{self.value}"

    def is_said(self, sentence: str) -> bool:
        """Tell whether a sentence has the value in it, so that nobody could miss it there."""
        if self.old is not None or self.value in {"yes", "no"}:
            return False
        if self.value.isdecimal():
            return re.search(rf"(?<![0-9-]){self.value}(?![0-9-])", sentence) is not None
        is_sure = self.value.startswith("\N{LEFT DOUBLE QUOTATION MARK}")
        return (is_sure or len(self.value) >= _SAID_WORDS) and self.value in sentence


Former = Mapping[str, str]
"""The fields of the lead that a call overwrites, by wire name in small letters."""


def list_details(action: Action, former: Former | None = None) -> tuple[ArgumentDetail, ...]:
    """List every argument that a call was given, in the order of its fields."""
    overwrites = any(isinstance(one, Overwrites) for one in action.effects)
    return tuple(_list_details(action, (former if overwrites else None) or {}))


def _list_details(action: Action, former: Former) -> Iterator[ArgumentDetail]:
    for name, info in type(action).model_fields.items():
        value: object = getattr(action, name)
        if value is None or value == {}:
            continue
        wire = info.serialization_alias or ""
        match value:
            case Arguments():
                yield from _list_inner(action, name, value)
            case Mapping():
                yield from _list_own(name, cast("Mapping[str, str]", value), former)
            case list():
                yield from _list_emptied(cast("list[str]", value), former)
            case _:
                shown = _show(value, _find_kind(action, name, info))
                yield ArgumentDetail(label(name), shown, wire, _show_old(former, wire))


def _list_own(name: str, fields: Mapping[str, str], former: Former) -> Iterator[ArgumentDetail]:
    """List fields that the account named itself."""
    for key, text in fields.items():
        wire = build_custom_name(key) if name == "custom_fields" else key
        shown = format_phone(text) if is_phone_field(key) and is_ten_digits(text) else _quote(text)
        yield ArgumentDetail(label_within(name, key), shown, wire, _show_old(former, wire))


def _list_emptied(names: Sequence[str], former: Former) -> Iterator[ArgumentDetail]:
    for name in names:
        wire = LEAD_FIELDS.get(name, name)
        own = label(name) if name in LEAD_FIELDS else _quote(name)
        old = _show_old(former, wire) or _show_old(former, build_custom_name(name))
        yield ArgumentDetail(f"Emptied, {own}", "(nothing)", wire, old)


def _list_inner(action: Action, name: str, inner: Arguments) -> Iterator[ArgumentDetail]:
    """List a callback: its time as it is sent, by the clock at the phone."""
    for key in type(inner).model_fields:
        value: object = getattr(inner, key)
        if value is not None:
            is_time = key == "at"
            shown = _show_time(action, value) if is_time else _quote(str(value))
            wire = CALLBACK_TIME if is_time else f"Callback{key.capitalize()}"
            yield ArgumentDetail(label_within(name, key), shown, wire)


def _show_time(action: Action, given: object) -> str:
    at = getattr(action, "callback_at", None)
    if at is None:
        return f"{given} (as it was given; the clock at the phone isn't known)"
    return f"{at:%A, %Y-%m-%d %H:%M}, by the clock at the phone"


def _find_kind(action: Action, name: str, info: FieldInfo) -> "type[PhoneRule | WireCodes] | None":
    """Find what kind of value an argument has: a phone, a word of ours, or any text."""
    inner = [extra for one in get_args(info.annotation) for extra in get_args(one)[1:]]
    rules = (*info.metadata, *inner)
    sought = name == "identifier" and getattr(action, "search_field", None) == "phone"
    if sought or any(isinstance(rule, PhoneRule) for rule in rules):
        return PhoneRule
    return WireCodes if any(isinstance(rule, WireCodes) for rule in rules) else None


def _show(value: object, kind: "type[PhoneRule | WireCodes] | None") -> str:
    match value:
        case bool():
            return "yes" if value else "no"
        case str() if kind is PhoneRule and is_ten_digits(value):
            return format_phone(value)
        case str() if kind is WireCodes:
            return value.replace("_", " ")
        case str():
            return value if _ID.fullmatch(value) else _quote(value)
        case _:
            return str(value)


def _show_old(former: Former, wire: str) -> str | None:
    old = former.get(wire.lower())
    if old is None:
        return None
    return _quote(old if len(old) <= _OLD else f"{old[:_OLD]} …")


def _quote(text: str) -> str:
    return quote_name(name_unseen(text))
