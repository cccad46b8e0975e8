"""The names in a call: which arguments hold one, of which kind, and what that proves."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, cast

from chasedata_mcp.fields.field_names import LEAD_FIELDS, build_custom_name
from chasedata_mcp.tools.base import Action
from chasedata_mcp.tools.names.kinds import NameKind, make_key


@dataclass(frozen=True, slots=True)
class NamedArgument:
    """An argument that holds a name.

    Attributes:
        kind: The kind of name.
        teaches: A name that the dialer took there is one; elsewhere it takes any text.
        guarded: A list that is declared complete refuses other names there.
    """

    kind: NameKind
    teaches: bool = True
    guarded: bool = True


ARGUMENTS: Final[Mapping[str, NamedArgument]] = {
    "agent": NamedArgument(NameKind.AGENTS),
    # The dialer stores a lead's owner and a callback's agent without looking whether there is one.
    "rep": NamedArgument(NameKind.AGENTS, teaches=False),
    "callback.agent": NamedArgument(NameKind.AGENTS, teaches=False),
    "campaign": NamedArgument(NameKind.CAMPAIGNS),
    "subcampaign": NamedArgument(NameKind.SUBCAMPAIGNS),
    "disposition": NamedArgument(NameKind.DISPOSITIONS),
    # Usually a disposition, but any text is a status.
    "call_status": NamedArgument(NameKind.DISPOSITIONS, teaches=False, guarded=False),
    "did": NamedArgument(NameKind.RING_GROUPS),
    # A number or a name of a DID source.
    "source": NamedArgument(NameKind.RING_GROUPS, teaches=False, guarded=False),
    "from_number": NamedArgument(NameKind.OWN_NUMBERS),
    "playlist": NamedArgument(NameKind.PLAYLISTS),
    "filter_name": NamedArgument(NameKind.FILTERS),
    "skill": NamedArgument(NameKind.SKILLS),
    "custom_fields": NamedArgument(NameKind.CUSTOM_FIELDS),
    "clear_fields": NamedArgument(NameKind.CUSTOM_FIELDS, teaches=False, guarded=False),
}
"""The arguments by name, which is the same in every tool; `custom_fields` by their keys."""


@dataclass(frozen=True, slots=True)
class GivenName:
    """A name in a call: the argument that holds it, how that is named on the wire, and the name."""

    argument: str
    wire: str
    name: str

    @property
    def held(self) -> NamedArgument:
        """The value that its argument holds."""
        return ARGUMENTS[self.argument]

    @property
    def kind(self) -> NameKind:
        """The kind of name."""
        return self.held.kind


def list_given_names(action: Action) -> Iterator[GivenName]:
    """List the names that a call holds."""
    for argument, info in type(action).model_fields.items():
        value: object = getattr(action, argument)
        if value is None:
            continue
        match argument:
            case "callback":
                yield GivenName("callback.agent", "CallbackAgent", str(getattr(value, "agent")))  # noqa: B009 - a callback's own field, whatever tool it is of
            case "custom_fields":
                for name in cast("Mapping[str, str]", value):
                    yield GivenName(argument, build_custom_name(name), name)
            case "clear_fields":
                for name in cast("list[str]", value):
                    if name not in LEAD_FIELDS:
                        yield GivenName(argument, make_key(NameKind.CUSTOM_FIELDS, name), name)
            case _ if argument in ARGUMENTS and isinstance(value, str):
                yield GivenName(argument, info.serialization_alias or argument, value)
            case _:
                pass
