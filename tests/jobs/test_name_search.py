"""The job `find_names`, and how many names `status` says are known."""

from pathlib import Path
from typing import Any, get_args

import pytest
from mcp import Client

from _support.conversations import ERAS, client, text, told, unmarked
from _support.name_files import OWN, a_directory
from _support.served_pipeline import Served
from chasedata_mcp.tools.jobs.job_results import KindOfName
from chasedata_mcp.tools.names.kinds import NameKind

pytestmark = pytest.mark.anyio


async def found(connected: Client, **arguments: object) -> dict[str, Any]:
    result = await connected.call_tool("find_names", arguments)
    names: dict[str, Any] = unmarked(told(result))
    assert all(f"name: {one['name']}" in text(result) for one in names["names"])
    return names


async def test_names_are_found_by_a_part_an_alias_or_a_misspelling(
    pipeline: Served, tmp_path: Path
) -> None:
    many = ", ".join(f'"agent{number:02}"' for number in range(40))
    listed = OWN.replace('"jsmith",', f'"jsmith", {many},')
    served = Served(pipeline.over(names=a_directory(tmp_path, listed)).parts, pipeline.behind)
    async with client(served.server(), ERAS[0]) as connected:
        for arguments, names in (
            ({"text": "joe"}, ["jsmith"]),
            ({"text": "jsmiht"}, ["jsmith"]),
            ({"text": "sale", "kind": "campaigns"}, ["Fall Sale", "Spring Sale"]),
            ({"text": "sale", "kind": "agents"}, []),
            ({"kind": "own_numbers"}, ["9545550195"]),
        ):
            shown = await found(connected, **arguments)
            assert [one["name"] for one in shown["names"]] == names, arguments
        (joe,) = (await found(connected, text="Joe"))["names"]
        assert joe == {"kind": "agents", "name": "jsmith", "also": "Joe", "source": "file"}
        agents = await found(connected, kind="agents")
        assert (len(agents["names"]), "the first 25" in agents["message"]) == (25, True)
        (tmp_path / "names.toml").write_text("[broken", "utf-8")
        stale = await found(connected, text="Joe")
        assert "no TOML" in stale["warnings"][0]
        status = told(await connected.call_tool("status", {}))
        assert "51 names are known" in status["message"]
        assert "no TOML" in status["warnings"][0]


def test_the_kinds_that_a_model_may_ask_for_are_all_there_are() -> None:
    assert set(get_args(KindOfName)) == {kind.value for kind in NameKind}
