"""The account's names as a client has them: over stdio, in completions, and after a bad file."""

from pathlib import Path
from typing import Any

import pytest
from mcp_types import PromptReference

from _support.name_files import OWN
from _support.served import client_of
from _support.stdio_lines import spoken

pytestmark = pytest.mark.anyio


def a_file(folder: Path, text: str = OWN) -> str:
    path = folder / "names.toml"
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_a_server_resolves_an_alias_and_goes_by_what_its_file_says_now(tmp_path: Path) -> None:
    path = a_file(tmp_path, "[agents]\nBoss = 'Lena'\n[campaigns]\nnames = ['Solar']\n")
    with spoken(names=path) as server:

        def call(number: int, tool: str, **arguments: object) -> Any:  # noqa: ANN401 - JSON
            server.ask("modern", number, "tools/call", name=tool, arguments=arguments)
            return server.answer()["result"]["structuredContent"]

        made = call(1, "create_dial_list", agent="Boss", list_name="Renewals")
        assert "“Boss” means “Lena”" in made["warnings"][0]
        a_file(tmp_path, "[campaigns]\nnames = ['Solar']\ncomplete = true\n")
        lead = {"primary_phone": "9545550123", "import_only": True}
        refused = call(2, "insert_lead", campaign="Solr", **lead)
        assert (refused["code"], refused["retry"]) == ("invalid_arguments", "after_change")
        assert "did you mean “Solar”?" in refused["message"]
        assert call(3, "insert_lead", campaign="Solar", **lead)["outcome"] == "done"


async def test_own_and_learned_names_complete_arguments_beside_the_sandboxs(
    tmp_path: Path,
) -> None:
    environ = {
        "CHASEDATA_SANDBOX": "1",
        "CHASEDATA_STATE_DIR": str(tmp_path / "state"),
        "CHASEDATA_NAMES": a_file(tmp_path, "[agents]\nBoss = 'Lena'\nnames = ['lena.k']"),
    }
    book = PromptReference(name="book_callback")
    playlist = PromptReference(name="switch_playlist_filter")
    async with client_of("auto", environ) as client:
        typed = {"name": "agent", "value": "l"}
        found = await client.complete(book, typed)
        assert found.completion.values == ["Lena", "lena.k"]
        by_alias = await client.complete(book, {"name": "agent", "value": "boss"})
        assert by_alias.completion.values == ["Lena"]
        await client.call_tool("enable_playlist_filter", {"playlist": "x", "filter_name": "y"})
        (tmp_path / "names.toml").write_text("[broken", "utf-8")
        still = await client.complete(book, typed)
        assert still.completion.values == ["Lena", "lena.k"]
        others = await client.complete(playlist, {"name": "playlist", "value": ""})
        assert others.completion.values == ["Medicare-Main", "Solar-Main"]
