"""The files that a policy names: absolute paths to files that can be read and parsed."""

from collections.abc import Callable, Iterator
from pathlib import Path

from chasedata_mcp.files.access import ExposedFileError, list_file_exposures, require_unexposed
from chasedata_mcp.files.text import TextFileError, describe_read_error, read_text
from chasedata_mcp.policy.loader.policy_problems import PolicyProblem
from chasedata_mcp.policy.models import PolicyTerms
from chasedata_mcp.policy.suppression_file import read_numbers
from chasedata_mcp.settings import expand_home

_WHOLE = "must be an absolute path, or begin with ~/: nothing is read from the working directory"


def resolve_named_files(terms: PolicyTerms) -> tuple[PolicyTerms, list[PolicyProblem]]:
    """Resolve the files that a policy names to absolute paths; the list has their problems."""
    windows, suppressed = terms.calling_hours.windows, terms.do_not_call.suppression_file
    problems = [
        *_problems("calling_hours.windows", windows, _check_hours_table),
        *_problems("do_not_call.suppression_file", suppressed, _check_numbers),
    ]
    return (terms if problems else _with_whole_paths(terms)), problems


def _problems(
    key: str, written: str | None, understand: Callable[[Path], object]
) -> Iterator[PolicyProblem]:
    if written is None:
        return
    try:
        whole = _whole(written)
        require_unexposed(list_file_exposures(whole))
        understand(whole)
    except ExposedFileError as error:
        yield PolicyProblem(key, f"names a file that others could have changed: {error.strerror}")
    except (OSError, TextFileError) as error:
        yield PolicyProblem(key, f"names a file that can't be read ({describe_read_error(error)})")
    except ValueError as error:
        yield PolicyProblem(key, str(error).rstrip("."))


def _whole(written: str) -> Path:
    """Resolve a path that a policy names.

    Raises:
        ValueError: It depends on the working directory, or there is no home directory.
    """
    path = Path(written)
    # Nothing is read from the working directory, whatever lies there (docs/policy-file.md).
    if not (path.is_absolute() or path.parts[:1] == ("~",)):
        raise ValueError(_WHOLE)
    return expand_home(path)


def _check_hours_table(file: Path) -> None:
    from chasedata_mcp.policy.hours_table import parse_table  # noqa: PLC0415 - seldom needed at a start

    parse_table(read_text(file))


def _check_numbers(file: Path) -> None:
    for _ in read_numbers(file):
        pass


def _with_whole_paths(terms: PolicyTerms) -> PolicyTerms:
    hours, off = terms.calling_hours, terms.do_not_call
    windows, numbers = _or_none(hours.windows), _or_none(off.suppression_file)
    return terms.model_copy(
        update={
            "calling_hours": hours.model_copy(update={"windows": windows}),
            "do_not_call": off.model_copy(update={"suppression_file": numbers}),
        }
    )


def _or_none(written: str | None) -> str | None:
    return None if written is None else str(_whole(written))
