"""The policy file: read, merged over its preset, and validated."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import cast

from pydantic import ValidationError

from chasedata_mcp.files.access import ExposedFileError, list_file_exposures, require_unexposed
from chasedata_mcp.files.text import TextFileError, describe_read_error, read_text
from chasedata_mcp.policy.loader.named_files import resolve_named_files
from chasedata_mcp.policy.loader.policy_problems import (
    PolicyFileError,
    PolicyProblem,
    TomlTable,
    describe_problem,
    list_key_paths,
)
from chasedata_mcp.policy.models import PolicyTerms
from chasedata_mcp.policy.presets import PRESETS, UNATTENDED
from chasedata_mcp.policy.tool_offer import NEVER_ASK
from chasedata_mcp.settings import expand_home

_WHERE = re.compile(r"\((at .+)\)$")


def read_policy_file(file: Path) -> tuple[PolicyTerms, frozenset[str]]:
    """Read a policy from a file, with the key paths that the file has.

    Raises:
        PolicyFileError: It can't be read or isn't understood.
    """
    written = _written(file)
    given = frozenset(path for path, value in list_key_paths(written) if value != {})
    return _understood(file, written), given


def _written(file: Path) -> TomlTable:
    try:
        whole = expand_home(file)
        require_unexposed(list_file_exposures(whole))
        return tomllib.loads(read_text(whole))
    except ExposedFileError as error:
        found = PolicyProblem("", f"others could have changed this file: {error.strerror}")
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
        terms = PolicyTerms.model_validate(_merged(base.model_dump(), written))
    except ValidationError as error:
        # Without the input: a message has file and key, never the value (docs/policy-file.md).
        details = error.errors(include_url=False, include_input=False)
        problems = [describe_problem(detail) for detail in details]
    else:
        terms, problems = resolve_named_files(terms)
        problems += _unaskable(terms)
        if not problems:
            return terms
    raise PolicyFileError(str(file), list(dict.fromkeys(problems)))


def _unaskable(terms: PolicyTerms) -> Iterator[PolicyProblem]:
    """List the tools that the policy wants to ask and that can't."""
    for name, word in terms.tools.items():
        if word == "ask" and name in NEVER_ASK:
            text = 'can\'t be "ask", since it puts no question to anybody; "off" or "refuse" can be'
            yield PolicyProblem(f"tools.{name}", text)


def _merged(under: TomlTable, over: TomlTable) -> dict[str, object]:
    """Merge one table over another, deeply: keys that it leaves out stay."""
    return {**under, **dict(_parts(under, over))}


def _parts(under: TomlTable, over: TomlTable) -> Iterator[tuple[str, object]]:
    for name, value in over.items():
        below = under.get(name)
        if isinstance(below, Mapping) and isinstance(value, Mapping):
            yield name, _merged(cast("TomlTable", below), cast("TomlTable", value))
        else:
            yield name, value
