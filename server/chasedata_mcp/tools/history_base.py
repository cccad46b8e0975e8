"""The base of tools that are no action of the dialer's API: a class; a call is its instance."""

import re
from typing import Any, ClassVar

from chasedata_mcp.tools.arguments import Arguments
from chasedata_mcp.tools.base import Hints, Impact, get_title
from chasedata_mcp.tools.results import Result


class HistoryTool(Arguments):
    """A tool about what was done, beside the catalogue.

    As with an action, the class's docstring is the tool's description, the fields' docstrings are
    the arguments', and pydantic's `title` is the tool's.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    description: ClassVar[str]
    toolset: ClassVar[str]
    declared_impact: ClassVar[Impact]
    hints: ClassVar[Hints]
    result: ClassVar[type[Result]]

    def __init_subclass__(
        cls,
        *,
        impact: Impact,
        idempotent: bool,
        loses: bool,
        result: type[Result] = Result,
        toolset: str = "history",
        **kwargs: Any,  # noqa: ANN401 - pydantic's own
    ) -> None:
        """Register the tool's own facts.

        Args:
            impact: The gravest that a call of it can have.
            idempotent: Twice is as once.
            loses: It may overwrite or remove what can't be got back.
            result: What callers get.
            toolset: Its family.
            **kwargs: Pydantic's own.
        """
        super().__init_subclass__(**kwargs)
        cls.name = re.sub(r"(?<!^)(?=[A-Z])", "_", cls.__name__).lower()
        cls.title = get_title(cls)
        cls.description = " ".join((cls.__doc__ or "").split())
        cls.toolset = toolset
        cls.declared_impact = impact
        cls.result = result
        cls.hints = Hints(
            read_only=impact is Impact.READ,
            destructive=loses,
            idempotent=idempotent,
            open_world=impact is Impact.OUTWARD,
        )
