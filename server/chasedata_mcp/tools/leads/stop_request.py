"""A request to stop that comes as a disposition, a status or a field of a lead."""

from collections.abc import Iterable
from typing import Any

from pydantic import PrivateAttr
from typing_extensions import override

from chasedata_mcp.fields.callable_fields import asks_to_stop, makes_callable
from chasedata_mcp.fields.context import ValidationContext
from chasedata_mcp.fields.dispositions import NO_FURTHER, stops_calls
from chasedata_mcp.tools.arguments import Arguments


class StopRequest(Arguments):
    """A call that may say of a lead that it isn't to be called any more.

    The account's own words for that come with the validation context, from the policy.
    """

    _stopping: frozenset[str] = PrivateAttr(default=NO_FURTHER)

    @override
    def model_post_init(self, context: Any, /) -> None:
        if isinstance(context, ValidationContext):
            self._stopping = context.stopping

    def is_stop(self, disposition: str | None) -> bool:
        """Tell whether a disposition or a status means do-not-call."""
        return disposition is not None and stops_calls(disposition, self._stopping)

    def has_stop(self, fields: Iterable[tuple[str, str]]) -> bool:
        """Tell whether one of these fields means do-not-call."""
        return any(asks_to_stop(name, text, self._stopping) for name, text in fields)

    def may_make_callable(self, name: str, text: str) -> bool:
        """Tell whether a field may put its lead among those that are called."""
        return makes_callable(name, text, self._stopping)
