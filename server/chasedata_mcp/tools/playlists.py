"""Playlists: which of a campaign's leads are dialed."""

from collections.abc import Iterator

from pydantic import Field

from chasedata_mcp.fields.format import quote_name
from chasedata_mcp.fields.text import Line100
from chasedata_mcp.scripts import Script
from chasedata_mcp.tools.arguments import Arguments
from chasedata_mcp.tools.base import Action, Impact
from chasedata_mcp.tools.effects import (
    ChangesRouting,
    Effect,
    EffectTime,
    FormerValue,
    LiveSystem,
    Overwrites,
)

_SWITCH = Overwrites("whether the playlist's filter was on", FormerValue.SWITCH)


class _OnPlaylist(Arguments):
    """One playlist."""

    playlist: Line100 = Field(serialization_alias="Playlist")
    """Exact name."""

    @property
    def whole(self) -> str:
        """The playlist, as a person is told of it."""
        return f"playlist {quote_name(self.playlist)}"


class _OfFilter(_OnPlaylist):
    """One filter of one playlist; nothing changes for dialing before the reload."""

    filter_name: Line100 = Field(serialization_alias="Filter")
    """Exact name."""

    def list_effects(self) -> Iterator[Effect]:
        """Other leads are dialed, from the next reload on."""
        yield ChangesRouting(LiveSystem.DIALING, EffectTime.LATER, self.playlist)

    @property
    def what(self) -> str:
        """The filter and its playlist, as a person is told of them."""
        return f"{self.filter} of {self.whole}"

    @property
    def filter(self) -> str:
        """The filter, as a person is told of it."""
        return f"filter {quote_name(self.filter_name)}"

    @property
    def staged(self) -> str:
        """When it takes effect."""
        return "Dialing changes when the playlist is reloaded (reload_playlist)."

    def advise_retry(self) -> str:
        """Twice is as once here, and nothing is live yet."""
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

    def list_effects(self) -> Iterator[Effect]:
        """How the filter was switched is replaced."""
        yield from super().list_effects()
        yield _SWITCH

    def build_question(self) -> str:
        """Ask before a filter is staged."""
        return f"Switch on the {self.what}? {self.staged}"

    def describe_done(self) -> str:
        """Say what is staged."""
        return f"The {self.what} is on. {self.staged}"


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

    def list_effects(self) -> Iterator[Effect]:
        """How the filter was switched is replaced."""
        yield from super().list_effects()
        yield _SWITCH

    def build_question(self) -> str:
        """Ask before a filter is staged."""
        return f"Switch off the {self.what}? {self.staged}"

    def describe_done(self) -> str:
        """Say what is staged."""
        return f"The {self.what} is off. {self.staged}"


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

    def build_question(self) -> str:
        """Ask before a filter is staged."""
        return f"Assign {self.filter} to {self.whole}? {self.staged}"

    def describe_done(self) -> str:
        """Say what is staged."""
        return f"The {self.filter} is assigned to {self.whole}. {self.staged}"


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

    def list_effects(self) -> Iterator[Effect]:
        """The filter's place and switch on the playlist are gone."""
        yield from super().list_effects()
        yield Overwrites("the filter's place on the playlist", FormerValue.PLACE)

    def build_question(self) -> str:
        """Ask before a filter is staged."""
        return f"Take {self.filter} off {self.whole}? {self.staged}"

    def describe_done(self) -> str:
        """Say what is staged."""
        return f"The {self.filter} is off {self.whole}. {self.staged}"


class ReloadPlaylist(
    _OnPlaylist,
    Action,
    title="Put playlist changes live",
    script=Script.PLAYLISTS,
    word="Reload",
    impact=Impact.OUTWARD,
    idempotent=True,
    loses=False,
):
    """Changes who is dialed next: makes a playlist's filter changes live.

    The leads of its campaigns are loaded anew by the filters that are on.
    """

    def list_effects(self) -> Iterator[Effect]:
        """Other leads are dialed from now on."""
        yield ChangesRouting(LiveSystem.DIALING, EffectTime.NOW, self.playlist)

    def build_question(self) -> str:
        """Ask before dialing changes."""
        return (
            f"Reload {self.whole}? Its staged filter changes become live, and its "
            "campaigns dial other leads from now on."
        )

    def describe_done(self) -> str:
        """Say what is live."""
        return f"The {self.whole} is reloaded; its filter changes are live."

    def advise_retry(self) -> str:
        """Twice is as once here."""
        return "Send it again: reloading twice is the same as once."
