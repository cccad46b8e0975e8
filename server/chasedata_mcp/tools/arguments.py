"""Strict arguments: nothing is guessed, nothing unknown dropped, and no error repeats a value."""

import re
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Any, Self, cast, get_args

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails

from chasedata_mcp.errors import CallError, Code
from chasedata_mcp.fields.context import ValidationContext
from chasedata_mcp.tools.coercion import coerce
from chasedata_mcp.tools.marks import has_mark

_PLAIN_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,39}")
_SENTENCES = {
    "missing": "is required",
    "bool_type": "must be true or false, not text and not a number",
    "string_type": "must be a string, in quotes",
    "string_unicode": "has half of a surrogate pair in it; send whole characters",
    "int_type": "must be a whole number, without quotes or decimals",
    "dict_type": "must be an object",
    "model_type": "must be an object",
    "list_type": "must be a list",
    "too_short": "must not be empty",
}


# A callback's fields and the account's own are the deepest: an argument, and a name in it.
_DEEPEST = 2
# A model reads the sentences, and mends no more at once.
_MOST_NAMED = 20
UNFIT = "The arguments don't fit this tool."
"""The beginning of what is wrong with a call; of a row among many nobody needs it."""
_COPIED = "holds a mark that stood around a text; send the text without the marks"


class Arguments(BaseModel):
    """The base of everything that a caller sends."""

    # The SDK's own validation drops unknown arguments and rewrites text like JSON (design.md).
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    @classmethod
    def read(cls, given: Mapping[str, object], context: ValidationContext) -> Self:
        """Read a caller's arguments, or report everything that is wrong with them at once.

        Raises:
            CallError: `invalid_arguments`; nothing was sent, and no value is quoted.
        """
        taken, problems = coerce(cls, given)
        problems += [(path, _COPIED) for path in _find_marks(taken)]
        if problems:
            named = [f"{_write_path(path)}: {problem}" for path, problem in problems[:_MOST_NAMED]]
            raise _build_refusal(named, len(problems))
        try:
            return cls.model_validate(taken, context=context)
        except ValidationError as error:
            # Without the input: no error repeats a value (design.md, rule 6).
            details = error.errors(include_url=False, include_input=False)
        named = [_describe_error(cls, detail) for detail in details[:_MOST_NAMED]]
        raise _build_refusal(named, len(details))


def _find_marks(value: object, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Find values and names that were copied from a result with its marks; ours go no deeper."""
    match value:
        case str() if has_mark(value):
            yield path
        case Mapping() if len(path) < _DEEPEST:
            for name, inner in cast("Mapping[str, object]", value).items():
                if has_mark(name):
                    yield (*path, name)
                yield from _find_marks(inner, (*path, name))
        case list():
            items = cast("list[object]", value)
            yield from [path] if any(has_mark(one) for one in items if isinstance(one, str)) else []
            for one in items:
                if isinstance(one, Mapping):
                    yield from _find_marks(cast("Mapping[str, object]", one), path)
        case _:
            pass


def _describe_error(model: type[BaseModel], detail: ErrorDetails) -> str:
    path, kind = detail["loc"], detail["type"]
    if kind == "extra_forbidden":
        return _describe_unknown(model, path)
    text = (
        _SENTENCES.get(kind) or _describe_by_context(kind, detail.get("ctx", {})) or detail["msg"]
    )
    if path:
        return f"{_write_path(path)}: {text}"
    # Of the whole call: a rule's own sentence, or a name that is no text.
    whole = f"a name {text}" if kind == "string_unicode" else text
    return whole[0].upper() + whole[1:]


def _describe_by_context(kind: str, context: Mapping[str, Any]) -> str | None:
    """Write the sentences that need the rule's own figures (never the value's)."""
    match kind:
        case "literal_error":
            return f"must be one of {context['expected']}"
        case "greater_than_equal":
            return f"must be {context['ge']} or more"
        case "less_than_equal":
            return f"must be {context['le']} or less"
        case "string_too_long":
            return f"is too long; it must have at most {context['max_length']} characters"
        case "too_long":
            return f"has too many parts; it must have at most {context['max_length']}"
        case _:
            return None


def _describe_unknown(model: type[BaseModel], path: tuple[str | int, ...]) -> str:
    """Name an argument that doesn't exist, and the nearest that does."""
    *parents, last = path
    for parent in [one for one in parents if isinstance(one, str)]:
        field = model.model_fields[parent]
        model = next(kind for kind in _find_models(field.annotation))
    known = list(model.model_fields)
    nearest = get_close_matches(str(last).lower(), known, n=1, cutoff=0.5)
    asked = f"; did you mean `{nearest[0]}`?" if nearest else f"; there is {_list_names(known)}"
    return f"{_write_path(path)}: there is no such argument{asked}"


def _find_models(annotation: Any) -> Iterator[type[BaseModel]]:  # noqa: ANN401 - any annotation
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from _find_models(part)


def _list_names(known: list[str]) -> str:
    return ", ".join(f"`{name}`" for name in known) if known else "none"


def _write_path(path: tuple[str | int, ...]) -> str:
    """Write a place as a dotted name; what is no plain name is the caller's text, not repeated."""
    parts = [part for part in path if isinstance(part, str) and part != "[key]"]
    shown = ".".join(part if _PLAIN_NAME.fullmatch(part) else "(a name)" for part in parts)
    return f"`{shown}`"


def _build_refusal(problems: list[str], number: int) -> CallError:
    more = [f"{number} things are wrong in all"] if number > _MOST_NAMED else []
    named = [*dict.fromkeys(problems), *more]
    return CallError(
        Code.INVALID_ARGUMENTS,
        f"{UNFIT} "
        + " ".join(problem if problem.endswith("?") else f"{problem}." for problem in named),
        hint="Nothing was sent. Correct the arguments that are named and call again.",
    )
