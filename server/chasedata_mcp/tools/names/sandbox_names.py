"""The names that a sandbox tells of itself, which may be another program on a port."""

from collections.abc import Iterator, Mapping
from typing import cast

from chasedata_mcp.fields.field_names import CUSTOM_PREFIX
from chasedata_mcp.tools.names.kinds import NameKind
from chasedata_mcp.tools.names.lessons import is_plain_name


def list_told_names(kind: NameKind, told: object) -> Iterator[tuple[str, str]]:
    """List the names of a kind, each with what it is called, if it is; none that isn't plain."""
    for name, label in _list(kind, told):
        if is_plain_name(kind, name):
            # What a ring group is called is a name like that of a skill.
            yield name, label if is_plain_name(NameKind.SKILLS, label) else ""


def _list(kind: NameKind, told: object) -> Iterator[tuple[str, str]]:
    match told:
        case list():
            yield from ((name, "") for name in _pick_texts(cast("list[object]", told)))
        case Mapping() if kind is NameKind.RING_GROUPS:
            for did, label in cast("Mapping[str, object]", told).items():
                yield did, label if isinstance(label, str) else ""
        case Mapping():
            # By their campaign; of custom fields it tells the names on the wire.
            for names in cast("Mapping[str, object]", told).values():
                for name in _pick_texts(names):
                    is_field = kind is NameKind.CUSTOM_FIELDS
                    yield _read_wire(name) if is_field else name, ""
        case _:
            pass


def _read_wire(name: str) -> str:
    return name.removeprefix(CUSTOM_PREFIX).replace("__", " ")


def _pick_texts(values: object) -> list[str]:
    if not isinstance(values, list):
        return []
    return [one for one in cast("list[object]", values) if isinstance(one, str)]
