"""Tables of cases that cost a test no more than a line each."""

import functools
import inspect
from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager
from typing import Any


def each(names: str, cases: Iterable[Any]) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Run a test for each case of a table, as one test; a failure says of which case it is.

    For cases that differ in value and not in kind: one by one they cost 3 ms each, in collecting
    and reporting alone. It is stacked as `parametrize` is, and what a fixture gives is the same
    for all cases.
    """
    given = [name.strip() for name in names.split(",")]
    rows = [dict(zip(given, case if len(given) > 1 else [case], strict=True)) for case in cases]

    def over(test: Callable[..., Any]) -> Callable[..., Any]:
        if inspect.iscoroutinefunction(test):

            @functools.wraps(test)
            async def every(**fixtures: Any) -> None:  # noqa: ANN401 - whatever a fixture gives
                for row in rows:
                    with _named(row):
                        await test(**row, **fixtures)

        else:

            @functools.wraps(test)
            def every(**fixtures: Any) -> None:  # noqa: ANN401 - as above
                for row in rows:
                    with _named(row):
                        test(**row, **fixtures)

        # What is left is for pytest to give, or for another table.
        asked = inspect.signature(test)
        left = [one for name, one in asked.parameters.items() if name not in given]
        every.__signature__ = asked.replace(parameters=left)  # type: ignore[attr-defined] # inspect reads it
        return every

    assert rows, "a table without a case tests nothing"
    return over


@contextmanager
def _named(row: dict[str, Any]) -> Generator[None]:
    try:
        yield
    except BaseException as error:
        error.add_note("The case: " + ", ".join(f"{name}={value!a}" for name, value in row.items()))
        raise
