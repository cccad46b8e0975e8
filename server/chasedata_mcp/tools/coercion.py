"""Coercion of arguments as clients send them: of what can be read one way only.

Strict modes of models send every argument, `null` for what isn't meant; some clients send an object
or a list as its JSON text, or an integer as 5.0.
"""

from collections.abc import Mapping
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Final, Union, cast, get_args, get_origin

from pydantic import BaseModel

from chasedata_mcp.fields.strict_json import DuplicateNameError, parse_json

Path = tuple[str, ...]
Problem = tuple[Path, str]
"""A value that can't be read one way, and its place; a sentence without its subject."""
_NULL: Final = "null is not taken"
_LEFT_OUT: Final = f"{_NULL}; leave it out"
_EMPTY: Final = "is empty; leave it out or give it a value"
_CLEARS: Final = "clear_fields"


def coerce(
    model: type[BaseModel], given: Mapping[str, object], at: Path = ()
) -> tuple[dict[str, object], list[Problem]]:
    """Coerce arguments to the form in which they are evaluated, and list what can't be read."""
    problems: list[Problem] = []
    taken: dict[str, object] = {}
    known = _map_arguments(model)
    for name, sent in given.items():
        if name not in known:
            taken[name] = sent
            continue
        required, kind = known[name]
        path = (*at, name)
        # Strict modes of models send null for every argument that isn't meant (tools.md).
        if sent is None:
            if required:
                problems.append((path, f"{_NULL}, since this one is required"))
            continue
        value, wrong = _coerce_value(kind, sent, path, can_clear=_CLEARS in known)
        taken[name] = value
        problems += wrong
    return taken, problems


def _coerce_value(
    kind: object, sent: object, path: Path, *, can_clear: bool
) -> tuple[object, list[Problem]]:
    shape = get_origin(kind) or kind
    is_model = isinstance(shape, type) and issubclass(shape, BaseModel)
    taken: Any = sent
    problems: list[Problem] = []
    if isinstance(sent, str) and (is_model or shape in (dict, list)):
        taken, problems = _parse_structure(sent, path)
    match taken:
        case Mapping() if is_model:
            return coerce(cast("type[BaseModel]", kind), cast("Mapping[str, object]", taken), path)
        case Mapping() if shape is dict:
            problems = _report_nulls(cast("Mapping[str, object]", taken), path, can_clear=can_clear)
        case list() if (item := _find_item_model(kind)) is not None:
            return _coerce_items(item, cast("list[object]", taken), path)
        case list() if shape is list and None in cast("list[object]", taken):
            problems = [(path, _LEFT_OUT)]
        # Some clients write 5.0 for 5 (tools.md, "For every tool").
        case float() if shape is int and taken.is_integer():
            taken = int(taken)
        case _:
            pass
    return cast("Any", taken), problems


def _find_item_model(kind: object) -> type[BaseModel] | None:
    """Find the model of the items of a list, None where they are none."""
    items = get_args(kind) if get_origin(kind) is list else ()
    item = _find_type(items[0]) if items else None
    return item if isinstance(item, type) and issubclass(item, BaseModel) else None


def _coerce_items(
    item: type[BaseModel], sent: list[object], path: Path
) -> tuple[object, list[Problem]]:
    taken: list[object] = []
    problems: list[Problem] = []
    for one in sent:
        value, wrong = _coerce_value(item, one, path, can_clear=False)
        taken.append(value)
        problems += wrong
    return taken, problems


def _parse_structure(text: str, path: Path) -> tuple[object, list[Problem]]:
    """Parse the object or list that a text writes; a text that is neither is refused later."""
    if not text.strip():
        return text, [(path, _EMPTY)]
    try:
        value = parse_json(text)
    except DuplicateNameError as error:
        return text, [(path, f"has the name {error.shown} twice in its JSON text")]
    except ValueError:
        return text, []
    return (cast("object", value) if isinstance(value, dict | list) else text), []


def _report_nulls(fields: Mapping[str, object], path: Path, *, can_clear: bool) -> list[Problem]:
    """Report nulls among fields: each could mean to leave the field alone, or to empty it."""
    emptied = f", or name the field in `{_CLEARS}` to empty it" if can_clear else ""
    return [((*path, name), _LEFT_OUT + emptied) for name, v in fields.items() if v is None]


@cache
def _map_arguments(model: type[BaseModel]) -> Mapping[str, tuple[bool, object]]:
    """Map each argument's name to whether it is required, and to its one type."""
    fields = model.model_fields.items()
    return {name: (info.is_required(), _find_type(info.annotation)) for name, info in fields}


def _find_type(annotation: Any) -> object:  # noqa: ANN401 - any annotation
    """Find the one type of an annotation, whatever else it says; None where there are several."""
    if get_origin(annotation) is Annotated:
        return _find_type(get_args(annotation)[0])
    if get_origin(annotation) in (Union, UnionType):
        kinds = [one for one in get_args(annotation) if one is not NoneType]
        return _find_type(kinds[0]) if len(kinds) == 1 else None
    return annotation
