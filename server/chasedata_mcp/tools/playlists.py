"""Playlists: which of a campaign's leads are dialed."""

from collections.abc import Iterator

from pydantic import Field
from typing_extensions import override

from chasedata_mcp.fields.format import quote_name
from chasedata_mcp.fields.text import Line100
from chasedata_mcp.settings.scripts import Script
from chasedata_mcp.tools.arguments import Arguments
from chasedata_mcp.tools.base import Action
from chasedata_mcp.tools.effects import (
    ChangesRouting,
    Effect,
    EffectTime,
    FormerValue,
    LiveSystem,
    Overwrites,
)
from chasedata_mcp.tools.impact import Impact

_SWITCH = Overwrites("whether the playlist's filter was on", FormerValue.SWITCH)


class _OnPlaylist(Arguments):
    """One playlist."""

    playlist: Line100 = Field(serialization_alias="Playlist")

    @property
    def playlist_phrase(self) -> str:
        """The playlist, as a person reads it."""
        return f"playlist {quote_name(self.playlist)}"


class _OfFilter(_OnPlaylist):
    """One filter of one playlist; nothing changes for dialing before the reload."""

    filter_name: Line100 = Field(serialization_alias="Filter")

    def list_effects(self) -> Iterator[Effect]:
        """List the change of dialing, from the next reload on."""
        # Nothing changes for dialing before the reload (wire.md).
        yield ChangesRouting(LiveSystem.DIALING, EffectTime.LATER, self.playlist)

    @property
    def phrase(self) -> str:
        """The filter and its playlist, as a person reads them."""
        return f"{self.filter_phrase} of {self.playlist_phrase}"

    @property
    def filter_phrase(self) -> str:
        """The filter, as a person reads it."""
        return f"filter {quote_name(self.filter_name)}"

    @property
    def reload_sentence(self) -> str:
        """The sentence that names the reload after which it takes effect."""
        return "Dialing changes when the playlist is reloaded (reload_playlist)."

    def advise_retry(self) -> str:
        """Advise to send it again: twice is as once, and nothing is live before the reload."""
        return "Send it again: twice is the same as once, and nothing is live before the reload."


class EnablePlaylistFilter(
    _OfFilter,
    Action,
    title="Turn on a playlist filter",
    script=Script.PLAYLISTS,
    word="EnableFilter",
    impact=Impact.WRITE,
    idempotent=True,
    loses=False,
):
    """Switches on a filter already assigned to a playlist; dialing changes at reload_playlist."""

    @override
    def list_effects(self) -> Iterator[Effect]:
        yield from super().list_effects()
        yield _SWITCH

    @override
    def build_question(self) -> str:
        return f"Switch on the {self.phrase}? {self.reload_sentence}"

    @override
    def describe_done(self) -> str:
        return f"The {self.phrase} is on. {self.reload_sentence}"


class DisablePlaylistFilter(
    _OfFilter,
    Action,
    title="Turn off a playlist filter",
    script=Script.PLAYLISTS,
    word="DisableFilter",
    impact=Impact.WRITE,
    idempotent=True,
    loses=False,
):
    """Switches off a playlist's filter but keeps it there; dialing changes at reload_playlist."""

    @override
    def list_effects(self) -> Iterator[Effect]:
        yield from super().list_effects()
        yield _SWITCH

    @override
    def build_question(self) -> str:
        return f"Switch off the {self.phrase}? {self.reload_sentence}"

    @override
    def describe_done(self) -> str:
        return f"The {self.phrase} is off. {self.reload_sentence}"


class AssignPlaylistFilter(
    _OfFilter,
    Action,
    title="Add a filter to a playlist",
    script=Script.PLAYLISTS,
    word="AssignFilter",
    impact=Impact.WRITE,
    idempotent=True,
    loses=False,
):
    """Adds one of the account's filters to a playlist; dialing changes at reload_playlist."""

    @override
    def build_question(self) -> str:
        return f"Assign {self.filter_phrase} to {self.playlist_phrase}? {self.reload_sentence}"

    @override
    def describe_done(self) -> str:
        assigned = f"The {self.filter_phrase} is assigned to {self.playlist_phrase}."
        return f"{assigned} {self.reload_sentence}"


class RemovePlaylistFilter(
    _OfFilter,
    Action,
    title="Remove a filter from a playlist",
    script=Script.PLAYLISTS,
    word="RemoveFilter",
    impact=Impact.WRITE,
    idempotent=True,
    loses=False,
):
    """Takes a filter off a playlist; the account keeps it. Dialing changes at reload_playlist."""

    @override
    def list_effects(self) -> Iterator[Effect]:
        yield from super().list_effects()
        # The account keeps the filter; only its place and switch on this playlist go.
        yield Overwrites("the filter's place on the playlist", FormerValue.PLACE)

    @override
    def build_question(self) -> str:
        return f"Take {self.filter_phrase} off {self.playlist_phrase}? {self.reload_sentence}"

    @override
    def describe_done(self) -> str:
        return f"The {self.filter_phrase} is off {self.playlist_phrase}. {self.reload_sentence}"


class ReloadPlaylist(
    _OnPlaylist,
    Action,
    title="Put playlist changes live",
    script=Script.PLAYLISTS,
    # Live dialing changes by this call alone, so it is the outward one of its family.
    word="Reload",
    impact=Impact.OUTWARD,
    idempotent=True,
    loses=False,
):
    """Changes who is dialed next: loads a playlist's leads anew by the filters that are on.

    For "apply the filters", "start the new list". Changes to filters wait for it.
    """

    @override
    def list_effects(self) -> Iterator[Effect]:
        yield ChangesRouting(LiveSystem.DIALING, EffectTime.NOW, self.playlist)

    @override
    def build_question(self) -> str:
        return (
            f"Reload {self.playlist_phrase}? Its staged filter changes become live, and its "
            "campaigns dial other leads from now on."
        )

    @override
    def describe_done(self) -> str:
        return f"The {self.playlist_phrase} is reloaded; its filter changes are live."

    @override
    def advise_retry(self) -> str:
        return "Send it again: reloading twice is the same as once."
