"""The user's own names in a call: aliases become names, and a complete list refuses all others."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, cast

from chasedata_mcp.errors import CallError, Code
from chasedata_mcp.fields.dispositions import stops_calls
from chasedata_mcp.fields.format import join_words, quote_name
from chasedata_mcp.tools.base import Action
from chasedata_mcp.tools.coercion import coerce
from chasedata_mcp.tools.names.given_names import ARGUMENTS, GivenName, list_given_names
from chasedata_mcp.tools.names.kinds import NameKind, show_name
from chasedata_mcp.tools.names.likeness import find_nearest
from chasedata_mcp.tools.names.names_file import NamesFile
from chasedata_mcp.tools.names.own_names import OwnNames

_SENDER: Final = "from_number"
_DEFAULT: Final = "default"
"""What a call says for the default sender, since hosts insist on an argument that is required."""
_MEND: Final = (
    "Tell the person who runs this server: `chasedata-mcp names check` says what is wrong."
)


@dataclass(frozen=True, slots=True)
class ResolvedArguments:
    """Arguments with names in the place of aliases, and a sentence for each that was one."""

    arguments: Mapping[str, object]
    meanings: tuple[str, ...] = ()


def resolve_names(
    tool: type[Action], given: Mapping[str, object], file: NamesFile
) -> ResolvedArguments:
    """Put the names that aliases stand for into a call's arguments, and the default sender.

    Nothing else is changed: a name goes to the dialer as it was given.

    Raises:
        CallError: `not_allowed`; an alias, or the sender, is of a file that can't be used now.
            `invalid_arguments`; an alias and its name are both there, for one field.
    """
    own = file.look()
    if not (own.aliases or own.sender):
        return ResolvedArguments(given)
    wants_sender = bool(own.sender) and _SENDER in tool.model_fields and _wants(given, own)
    if wants_sender:
        given = {**given, _SENDER: own.sender}
    taken, problems = coerce(tool, given)
    if problems:  # whoever reads the arguments says so
        return ResolvedArguments(given)
    resolving = _Resolving(own)
    if wants_sender:
        resolving.add_sender(own.sender or "")
    resolved = {name: resolving.resolve(name, value) for name, value in taken.items()}
    if resolving.needs_file and file.problem:
        raise _build_unusable(
            file, "so what an alias stands for can't be told; the name itself still goes"
        )
    return ResolvedArguments(resolved, tuple(resolving.meanings))


def _wants(given: Mapping[str, object], own: OwnNames) -> bool:
    """Tell whether a call leaves its sender to the names file."""
    sender = given.get(_SENDER)
    if own.find_alias(NameKind.OWN_NUMBERS, _DEFAULT) is not None and sender == _DEFAULT:
        return False
    return sender is None or (isinstance(sender, str) and sender.strip() == _DEFAULT)


@dataclass(slots=True)
class _Resolving:
    """The resolution of one call."""

    own: OwnNames
    meanings: list[str] = field(default_factory=list[str])
    needs_file: bool = False
    """True where a name of it has to be what the file says now, and no last good one."""

    def resolve(self, argument: str, value: object) -> object:
        """Resolve what an argument holds."""
        match value:
            case str() if argument in ARGUMENTS:
                return self._resolve_text(argument, value)
            case Mapping() if argument == "callback":
                fields = cast("Mapping[str, object]", value)
                return {
                    name: self.resolve("callback.agent", one) if name == "agent" else one
                    for name, one in fields.items()
                }
            case Mapping() if argument == "custom_fields":
                return self._resolve_keys(cast("Mapping[str, object]", value))
            case list() if argument == "clear_fields":
                texts = cast("list[object]", value)
                return [self.resolve(argument, one) for one in texts]
            case _:
                return value

    def add_sender(self, number: str) -> None:
        """Note that the default sender was taken."""
        shown = show_name(NameKind.OWN_NUMBERS, number)
        self.needs_file = True
        self.meanings.append(f"`{_SENDER}` is {shown}, the default sender of the names file.")

    def _resolve_text(self, argument: str, text: str) -> str:
        kind = ARGUMENTS[argument].kind
        name = self.own.find_alias(kind, text)
        if name is None:
            return text
        alias = quote_name(text.strip())
        shown = show_name(kind, name) if kind.is_phone else quote_name(name)
        self.meanings.append(f"`{argument}`: {alias} means {shown}, by the names file.")
        # A request to stop must not be lost while somebody mends the file.
        is_stop = kind is NameKind.DISPOSITIONS and stops_calls(name)
        self.needs_file = self.needs_file or not is_stop
        return name

    def _resolve_keys(self, fields: Mapping[str, object]) -> Mapping[str, object]:
        resolved: dict[str, object] = {}
        for name, value in fields.items():
            meant = self._resolve_text("custom_fields", name)
            if meant in resolved:
                raise CallError(
                    Code.INVALID_ARGUMENTS,
                    "`custom_fields` has the same field twice, once by an alias.",
                    hint="Nothing was sent. Give the field once.",
                )
            resolved[meant] = value
        return resolved


def refuse_unlisted(action: Action, file: NamesFile) -> None:
    """Refuse a call with a name that isn't on its list, where that is declared complete.

    It goes by the file as `resolve_names` has just found it. A request to stop passes: it must not
    be lost for a name.

    Raises:
        CallError: `invalid_arguments`, with the nearest names; or `not_allowed` while the file
            can't be used.
    """
    own = file.names
    if not own.complete or action.only_protects:
        return
    guarded = [
        one for one in list_given_names(action) if one.held.guarded and one.kind in own.complete
    ]
    if guarded and file.problem:
        lists = join_words(sorted({one.kind.words for one in guarded}))
        raise _build_unusable(file, f"and its list of {lists} is what this call is checked by")
    wrong = [one for one in guarded if not own.has(one.kind, one.name)]
    if wrong:
        raise CallError(
            Code.INVALID_ARGUMENTS,
            " ".join([_describe_unlisted(one, own) for one in wrong]),
            hint="Nothing was sent. Send a name of the list, exactly as it stands there; ask the "
            "user which is meant where more than one is near.",
        )


def _describe_unlisted(one: GivenName, own: OwnNames) -> str:
    nearest = suggest(one, (*own.names[one.kind], *own.aliases.get(one.kind, ())))
    return (
        f"`{one.argument}` is none of the {one.kind.words} of the names file, whose list is "
        f"complete{nearest}"
    )


def describe_unknown(one: GivenName, known: tuple[str, ...], *, quotes: bool) -> str:
    """Describe a name that isn't known; an error quotes nothing that was sent."""
    shown = show_name(one.kind, one.name) if one.kind.is_phone else quote_name(one.name)
    which = f"`{one.argument}` {shown}" if quotes else f"`{one.argument}`"
    return f"{which} is none of the {one.kind.words} known here{suggest(one, known)}"


def suggest(one: GivenName, known: tuple[str, ...]) -> str:
    """Suggest the nearest names, as the end of a sentence; a full stop where none is near."""
    nearest = find_nearest(one.name, known)
    if not nearest:
        return "."
    shown = [
        show_name(one.kind, name) if name.isdecimal() else quote_name(name) for name in nearest
    ]
    either = " or ".join([", ".join(shown[:-1]), shown[-1]] if len(shown) > 1 else shown)
    return f"; did you mean {either}?"


def _build_unusable(file: NamesFile, why: str) -> CallError:
    return CallError(
        Code.NOT_ALLOWED,
        f"{file.problem.rstrip('.')}, {why}. Nothing was sent.",
        hint=_MEND,
    )
