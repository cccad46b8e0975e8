"""One output schema a tool: it admits every result and every error, and nothing else."""

import json
from collections.abc import Iterator
from itertools import product
from typing import Any

import pytest
from jsonschema import (
    Draft202012Validator,
)

from chasedata_mcp.errors import CallError, Code
from chasedata_mcp.tools import schema as publish
from chasedata_mcp.tools.account import NO_ACCOUNT, Account
from chasedata_mcp.tools.answer_types import Agent, AnswerSummary, Lead
from chasedata_mcp.tools.registry import CATALOGUE
from chasedata_mcp.tools.render import render_views
from chasedata_mcp.tools.results import Result, build_failure, build_success

tools = pytest.mark.parametrize("name", list(CATALOGUE))


def entry(name: str) -> dict[str, Any]:
    return publish.build_entry(CATALOGUE[name])


def schemas(node: object) -> Iterator[dict[str, Any]]:
    """Every schema within a schema."""
    if not isinstance(node, dict):
        return
    yield node
    for inner in node.get("properties", {}).values():
        yield from schemas(inner)
    for key in ("items", "additionalProperties"):
        yield from schemas(node.get(key))


@tools
def test_an_output_schema_is_plain_enough_for_every_client(name: str) -> None:
    root = entry(name)["outputSchema"]
    Draft202012Validator.check_schema(root)
    assert root["type"] == "object"
    assert root["required"] == ["outcome", "environment", "account", "message", "warnings"]
    for schema in schemas(root):
        assert not {"anyOf", "oneOf", "allOf", "not", "$ref", "$defs", "title"} & set(schema)
    assert '"null"' not in json.dumps(root)


_ACCOUNTS = (Account("live", "acme", "h"), Account("sandbox", "sandbox"), NO_ACCOUNT)


def _errors() -> Iterator[Result]:
    for account, code, read, said in product(
        _ACCOUNTS, Code, [True, False], [None, "No such lead"]
    ):
        error = CallError(code, "It failed.", hint="Look.", dialer_said=said, read=read)
        yield build_failure(account, error)


def _results(name: str) -> Iterator[Result]:
    told = [AnswerSummary("Done."), AnswerSummary("Done.", dialer_said="Nobody waits")]
    if name == "search_lead":
        leads = (Lead("1"), Lead("AB-2", {"adv_X": "", "Notes": "a\nb"}))
        told += [AnswerSummary("None.", leads=()), AnswerSummary("Two.", leads=leads)]
    if name == "available_inbound_agents":
        agents = (Agent("Maria"), Agent("Tom", "wrap up"))
        told += [
            AnswerSummary("None.", agents=(), count=0),
            AnswerSummary("Two.", agents=agents, count=2),
        ]
        told += [AnswerSummary("Three.", count=3)]
    for account, one, warnings in product(_ACCOUNTS, told, [[], ["Toll-free."]]):
        yield build_success(account, one, warnings)


@tools
def test_the_output_schema_admits_every_result_and_every_error(name: str) -> None:
    validator = Draft202012Validator(entry(name)["outputSchema"])
    for result in [*_results(name), *_errors()]:
        validator.validate(render_views(result).fields)


@tools
def test_the_output_schema_admits_nothing_else_than_texts(name: str) -> None:
    validator = Draft202012Validator(entry(name)["outputSchema"])
    whole = {
        "outcome": "done",
        "environment": "live",
        "account": "a",
        "message": "m",
        "warnings": [],
    }
    assert validator.is_valid(whole)
    assert validator.is_valid({**whole, "hint": "h", "entry": "e"})
    assert not validator.is_valid({**whole, "other": {"a": "b"}})
    assert not validator.is_valid({**whole, "outcome": "maybe"})
    assert not validator.is_valid({**whole, "dialer_said": None})
    for missing in whole:
        assert not validator.is_valid({key: whole[key] for key in whole if key != missing})
    assert validator.is_valid({**whole, "found": True}) is (name == "search_lead")
    assert validator.is_valid({**whole, "count": 1}) is (name == "available_inbound_agents")


@tools
def test_nothing_is_described_where_the_result_says_it(name: str) -> None:
    assert "description" not in json.dumps(entry(name)["outputSchema"])


def test_a_result_of_ours_has_no_field_that_is_not_declared() -> None:
    for kind in {action.result for action in publish.list_published().values()}:
        assert kind.model_config["extra"] == "forbid"
