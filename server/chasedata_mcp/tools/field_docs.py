"""The docstrings of fields, which describe them to the reader of a schema.

Pydantic can find them itself, but reads the source anew for each class, and that when it is
imported: it took a twelfth of a start.
"""

import ast
import inspect
import sys
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from types import ModuleType

Docs = dict[str, str]
_OURS = __name__.partition(".")[0]


def read_field_docs(model: type) -> Docs:
    """Read the docstrings under a class's fields, by field; a subclass's win over its parent's."""
    docs: Docs = {}
    # Parents first, so that a subclass's docstring replaces its parent's.
    for base in reversed(model.__mro__):
        module = sys.modules[base.__module__]
        if module.__name__.partition(".")[0] == _OURS:
            docs |= _read_module(module).get(base.__name__, {})
    return docs


# Once a module: pydantic's reading, once a class, took 60 ms of a start (docs/performance.md).
@cache
def _read_module(module: ModuleType) -> dict[str, Docs]:
    tree = ast.parse(inspect.getsource(module))
    return {
        node.name: dict(_pair_fields(node.body))
        for node in tree.body
        if isinstance(node, ast.ClassDef)
    }


def _pair_fields(body: list[ast.stmt]) -> Iterator[tuple[str, str]]:
    """Pair each field with the text that follows it."""
    for field, after in pairwise(body):
        match field, after:
            case (
                ast.AnnAssign(target=ast.Name(id=name)),
                ast.Expr(value=ast.Constant(value=str(text))),
            ):
                yield name, inspect.cleandoc(text)
            case _:
                pass
