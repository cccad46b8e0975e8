"""The requests of people by which an assistant is measured, and the right calls for each."""

import tomllib
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

REQUESTS = Path(__file__).with_name("requests.toml")


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ExpectedCall(_Strict):
    """A call that is right: what has to be in it, and what else may be."""

    tool: str
    arguments: dict[str, Any]
    free: tuple[str, ...] = ()


class Request(_Strict):
    """What a person says; the ways in which calls do it, none where no call is right."""

    says: str = Field(min_length=1)
    ways: tuple[tuple[ExpectedCall, ...], ...]
    never: tuple[str, ...] = ()


class _File(_Strict):
    request: tuple[Request, ...]


def load_requests(file: Path = REQUESTS) -> tuple[Request, ...]:
    """Read the requests of a file.

    Raises:
        pydantic.ValidationError: A request isn't whole, or has what isn't understood.
    """
    return _File.model_validate(tomllib.loads(file.read_text("utf-8"))).request
