"""The policy file: read, mixed with its preset, and held against what a policy can say."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import cast

from pydantic import ValidationError

from chasedata_mcp.policy.loader.named_files import places
from chasedata_mcp.policy.loader.policy_problems import (
    PolicyFileError,
    PolicyProblem,
    TomlTable,
    leaves,
    problem,
)
from chasedata_mcp.policy.models import PolicyTerms
from chasedata_mcp.policy.presets import PRESETS, UNATTENDED
from chasedata_mcp.policy.rules.access import NEVER_ASK
from chasedata_mcp.settings import expand_home
from chasedata_mcp.text_files import TextFileError, describe_read_error, read_text

_WHERE = re.compile(r"\((at .+)\)$")


def read(file: Path) -> tuple[PolicyTerms, frozenset[str]]:
    """A policy as a file has it, and the key paths that stand in the file.

    Raises:
        PolicyFileError: It can't be read or isn't understood.
    """
    written = _written(file)
    given = frozenset(path for path, value in leaves(written) if value != {})
    return _understood(file, written), given


def _written(file: Path) -> TomlTable:
    try:
        return tomllib.loads(read_text(expand_home(file)))
    except FileNotFoundError:
        found = PolicyProblem("", "there is no such file")
    except (OSError, TextFileError, RecursionError) as error:
        found = PolicyProblem("", f"can't be read ({describe_read_error(error)})")
    except tomllib.TOMLDecodeError as error:
        where = _WHERE.search(str(error))
        found = PolicyProblem("", f"is not TOML{f' {where[1]}' if where else ''}")
    except ValueError as error:
        found = PolicyProblem("", str(error))
    raise PolicyFileError(str(file), [found])


def _understood(file: Path, written: TomlTable) -> PolicyTerms:
    preset = written.get("preset")
    base = PRESETS.get(preset, UNATTENDED) if isinstance(preset, str) else UNATTENDED
    problems: list[PolicyProblem] = []
    try:
        terms = PolicyTerms.model_validate(_mixed(base.model_dump(), written))
    except ValidationError as error:
        details = error.errors(include_url=False, include_input=False)
        problems = [problem(detail) for detail in details]
    else:
        terms, problems = places(terms)
        problems += _unaskable(terms)
        if not problems:
            return terms
    raise PolicyFileError(str(file), list(dict.fromkeys(problems)))


def _unaskable(terms: PolicyTerms) -> Iterator[PolicyProblem]:
    """The tools that are to ask and can't."""
    for name, word in terms.tools.items():
        if word == "ask" and name in NEVER_ASK:
            text = 'can\'t be "ask", since it puts no question to anybody; "off" or "refuse" can be'
            yield PolicyProblem(f"tools.{name}", text)


def _mixed(under: TomlTable, over: TomlTable) -> dict[str, object]:
    """One table with what another says of it; a part of a table leaves the rest as it is."""
    return {**under, **dict(_parts(under, over))}


def _parts(under: TomlTable, over: TomlTable) -> Iterator[tuple[str, object]]:
    for name, value in over.items():
        below = under.get(name)
        if isinstance(below, Mapping) and isinstance(value, Mapping):
            yield name, _mixed(cast("TomlTable", below), cast("TomlTable", value))
        else:
            yield name, value
