"""JSON as hosts keep it, with comments: one member is set or removed, all else stays as it is."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

_SPACE: Final = re.compile(r"(?:[ \t\r\n]+|//[^\n]*|/\*.*?\*/)*", re.DOTALL)
_STRING: Final = re.compile(r'"(?:[^"\\\x00-\x1f]|\\.)*"')
_SCALAR: Final = re.compile(r"true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?")
_DEEPEST: Final = 100
"""No settings are nested deeper; a text that is would end the reader."""


class HostTextError(ValueError):
    """A text that can't be understood; the message says where, and quotes nothing."""


@dataclass(frozen=True, slots=True)
class Value:
    """A value with its place in the text; `members` of an object alone."""

    start: int
    end: int
    data: object
    members: "tuple[Member, ...] | None" = None


@dataclass(frozen=True, slots=True)
class Member:
    """A member of an object, from the beginning of its name on."""

    name: str
    start: int
    value: Value


def read_json(text: str) -> Value:
    """Read a whole text; one without a value is an empty object.

    Raises:
        HostTextError: It isn't JSON, even with comments and commas before a bracket.
    """
    reader = _Reader(text)
    start = reader.skip(0)
    if start == len(text):
        return Value(start, start, {}, ())
    value = reader.value(start, 0)
    if reader.skip(value.end) != len(text):
        raise reader.fault(value.end, "something stands behind its end")
    return value


@dataclass(frozen=True, slots=True)
class _Reader:
    text: str

    def fault(self, at: int, what: str) -> HostTextError:
        """Name the line of a fault."""
        line = self.text.count("\n", 0, at) + 1
        return HostTextError(f"line {line}: {what}")

    def skip(self, at: int) -> int:
        """Go past blanks and comments."""
        found = _SPACE.match(self.text, at)
        return found.end() if found else at

    def value(self, at: int, depth: int) -> Value:
        if depth > _DEEPEST:
            raise self.fault(at, "it is nested too deep")
        match self.text[at : at + 1]:
            case "{":
                return self._object(at, depth)
            case "[":
                return self._array(at, depth)
            case _:
                found = (_STRING if self.text[at : at + 1] == '"' else _SCALAR).match(self.text, at)
                if found is None:
                    raise self.fault(at, "a value is missing or isn't JSON")
                return Value(at, found.end(), self._scalar(at, found[0]))

    def _scalar(self, at: int, token: str) -> object:
        try:
            return json.loads(token)
        except ValueError:
            raise self.fault(at, "a value isn't JSON") from None

    def _object(self, at: int, depth: int) -> Value:
        members: dict[str, Member] = {}
        end = self.skip(at + 1)
        while self.text[end : end + 1] != "}":
            member = self._member(end, depth)
            if member.name in members:
                raise self.fault(end, "a name stands twice")
            members[member.name] = member
            end = self._next(member.value.end, "}")
        data = {name: one.value.data for name, one in members.items()}
        return Value(at, end + 1, data, tuple(members.values()))

    def _member(self, at: int, depth: int) -> Member:
        name = _STRING.match(self.text, at)
        if name is None:
            raise self.fault(at, "a name in quotes is missing")
        colon = self.skip(name.end())
        if self.text[colon : colon + 1] != ":":
            raise self.fault(colon, "a colon is missing")
        value = self.value(self.skip(colon + 1), depth + 1)
        return Member(str(self._scalar(at, name[0])), at, value)

    def _array(self, at: int, depth: int) -> Value:
        items: list[object] = []
        end = self.skip(at + 1)
        while self.text[end : end + 1] != "]":
            item = self.value(end, depth + 1)
            items.append(item.data)
            end = self._next(item.end, "]")
        return Value(at, end + 1, items)

    def _next(self, at: int, closing: str) -> int:
        """Go past a comma to what follows it, or to the closing bracket."""
        at = self.skip(at)
        if self.text[at : at + 1] == ",":
            return self.skip(at + 1)
        if self.text[at : at + 1] != closing:
            raise self.fault(at, f"a comma or {closing} is missing")
        return at


def set_member(text: str, path: Sequence[str], data: object) -> str:
    """Set what stands at a path of names; objects on the way are made where they are missing.

    What is new comes first in its object, so that no other line of the file changes.

    Raises:
        HostTextError: The text isn't JSON, or something else than an object is on the way.
    """
    root = read_json(text)
    if root.start == root.end:
        made: object = data
        for name in reversed(path):
            made = {name: made}
        return f"{text}{json.dumps(made, indent=2, ensure_ascii=False)}\n"
    *way, last = path
    value = root
    for depth, name in enumerate(way):
        member = _find(value, name)
        if member is None:
            for missing in reversed([*way[depth + 1 :], last]):
                data = {missing: data}
            return _insert(text, root, value, name, data)
        value = member.value
    member = _find(value, last)
    if member is None:
        return _insert(text, root, value, last, data)
    new = _dump(text, root, data, _indent_at(text, member.start))
    return text[: member.value.start] + new + text[member.value.end :]


def remove_member(text: str, path: Sequence[str]) -> str:
    """Remove what stands at a path of names, if anything does; comments around it stay.

    Raises:
        HostTextError: As `set_member`.
    """
    value = read_json(text)
    for name in path[:-1]:
        member = _find(value, name)
        if member is None:
            return text
        value = member.value
    member = _find(value, path[-1])
    return text if member is None else _cut(text, value.members or (), member)


def _find(value: Value, name: str) -> Member | None:
    if value.members is None:
        raise HostTextError("where the servers belong stands something else than an object")
    return next((one for one in value.members if one.name == name), None)


def _insert(text: str, root: Value, into: Value, name: str, data: object) -> str:
    """Put a member before the others of an object."""
    members, begin = into.members or (), into.start + 1
    first = members[0].start if members else into.end - 1
    is_spread = "\n" in text[begin:first]
    if members and not is_spread:
        new = f"{json.dumps(name)}: {json.dumps(data, ensure_ascii=False)}, "
        return text[:first] + new + text[first:]
    outer = _indent_at(text, into.start)
    indent = _indent_at(text, first) if members else outer + _unit(text, root)
    line = f"{_newline(text)}{indent}{json.dumps(name)}: {_dump(text, root, data, indent)}"
    if members:
        # Behind a comment on the bracket's own line, which is about the object.
        at = _end_of_line(text, begin, first)
        return f"{text[:at]}{line},{text[at:]}"
    kept = text[begin:first].rstrip()
    return f"{text[:begin]}{kept}{line}{_newline(text)}{outer}{text[first:]}"


def _end_of_line(text: str, begin: int, limit: int) -> int:
    """Find the end of a line where nothing but blanks and a comment to its end is left on it."""
    found = re.compile(r"[ \t]*(?://[^\r\n]*)?(?=\r?\n)").match(text, begin, limit)
    return found.end() if found else begin


def _cut(text: str, members: Sequence[Member], member: Member) -> str:
    at = members.index(member)
    begin, end = member.start, member.value.end
    blank = len(text[:begin]) - len(text[:begin].rstrip())
    comma = _comma_behind(text, end)
    if comma is not None:
        following = members[at + 1].start if at + 1 < len(members) else None
        if following is not None and "\n" not in text[comma:following]:
            return text[:begin] + text[following:]
        return text[: begin - blank] + text[comma + 1 :]
    before = _comma_behind(text, members[at - 1].value.end) if at else None
    if before is None:
        return text[: begin - blank] + text[end:]
    return text[:before] + text[before + 1 : begin - blank] + text[end:]


def _comma_behind(text: str, end: int) -> int | None:
    at = _Reader(text).skip(end)
    return at if text[at : at + 1] == "," else None


def _dump(text: str, root: Value, data: object, indent: str) -> str:
    """Write a value as the text is written: on one line, or indented as its members are."""
    if "\n" not in text.strip() and root.members:
        return json.dumps(data, ensure_ascii=False)
    lines = json.dumps(data, indent=_unit(text, root), ensure_ascii=False).split("\n")
    return f"{_newline(text)}{indent}".join(lines)


def _newline(text: str) -> str:
    return "\r\n" if "\r\n" in text else "\n"


def _unit(text: str, root: Value) -> str:
    """Give the indentation of the outermost members; two blanks where they have none."""
    first = root.members[0].start if root.members else 0
    return _indent_at(text, first) or "  "


def _indent_at(text: str, at: int) -> str:
    """Give the blanks at the beginning of a place's line."""
    line = text[text.rfind("\n", 0, at) + 1 : at]
    return line[: len(line) - len(line.lstrip(" \t"))]
