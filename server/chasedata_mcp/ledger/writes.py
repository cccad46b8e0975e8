"""Writes that stand in line for the store, each with what came of it."""

from collections.abc import Callable
from typing import Any, Generic, TypeVar, cast

T = TypeVar("T")


class Write(Generic[T]):
    """Work on a store in transactions of its own, and what it returned or raised once it was done.

    Args:
        work: The work, with the store before its other arguments.
        args: Those.
    """

    __slots__ = ("_error", "_value", "args", "work")

    def __init__(self, work: Callable[..., T], *args: object) -> None:
        self.work, self.args = work, args
        self._value: T | None = None
        self._error: Exception | None = None

    def run(self, on: object) -> None:
        """Do the work, and keep what it returns."""
        self._value = self.work(on, *self.args)

    def fail(self, error: Exception) -> None:
        """Keep what it raised, or what its transaction did; its own comes first."""
        self._error = self._error or error

    def get(self) -> T:
        """Return what it returned, or raise what it raised."""
        if self._error is not None:
            raise self._error
        return cast("T", self._value)


class Append(Write[T]):
    """Work on the chain, in a transaction that others may share.

    Args:
        work: The work, with the chain before its other arguments.
        args: Those.
        is_soon: It may be on disk only a moment later.
    """

    __slots__ = ("is_soon",)

    def __init__(self, work: Callable[..., T], *args: object, is_soon: bool = False) -> None:
        super().__init__(work, *args)
        self.is_soon = is_soon


AnyWrite = Write[Any]
AnyAppend = Append[Any]
