"""`chasedata-mcp setup` writes one entry into the settings of hosts, after a yes, and no secret."""

import json
import os
import stat
import sys
import tomllib
from datetime import UTC, datetime
from pathlib import Path

import pytest
from mcp import Client, StdioServerParameters

from _support.terminals import answered, environment, run_wide
from chasedata_mcp.cli.host_setup.changes import Change, Refused, Unchanged, plan
from chasedata_mcp.cli.host_setup.hosts import HOSTS, Host, Server, UserMachine
from chasedata_mcp.cli.host_setup.server_words import server_words
from chasedata_mcp.cli.setup import entry_text
from chasedata_mcp.files.replacement import ChangedMeanwhileError, replace_file

BY_KEY = {host.key: host for host in HOSTS}
AT = datetime(2026, 11, 29, 20, 0, tzinfo=UTC)
SANDBOX = Server(("/bin/chasedata-mcp", "--sandbox"))
LIVE = Server(("/bin/chasedata-mcp",), {"CHASEDATA_TOKEN_FILE": "/t", "CHASEDATA_ACCID": "test"})
POSIX_ONLY = pytest.mark.skipif(sys.platform == "win32", reason="modes, links and terminals")


def a_machine(home: Path, platform: str = "linux", **environ: str) -> UserMachine:
    return UserMachine(platform, home, environ, lambda _: None)


def planned(host: Host, file: Path, server: Server | None, **how: bool) -> Change:
    change = plan(host, file, host.write(server) if server else None, **how)
    assert isinstance(change, Change), change
    return change


def write(change: Change) -> Path | None:
    return replace_file(change.file, change.before, change.after, AT)


@pytest.fixture(name="home")
def home_of_somebody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home directory of its own, with Codex and Cursor in it and no other program."""
    home = tmp_path / "somebody"
    (home / ".codex").mkdir(parents=True)
    (home / ".cursor").mkdir()
    for name in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(name, str(home))
    for name in ("XDG_CONFIG_HOME", "APPDATA", "LOCALAPPDATA", "CODEX_HOME", "CLAUDE_CONFIG_DIR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PATH", str(home))
    return home


PLACES = {
    "claude-desktop": (
        ".config/Claude/claude_desktop_config.json",
        "Library/Application Support/Claude/claude_desktop_config.json",
        "AppData/Roaming/Claude/claude_desktop_config.json",
    ),
    "claude-code": (".claude.json",) * 3,
    "codex": (".codex/config.toml",) * 3,
    "gemini-cli": (".gemini/settings.json",) * 3,
    "vscode": (
        ".config/Code/User/mcp.json",
        "Library/Application Support/Code/User/mcp.json",
        "AppData/Roaming/Code/User/mcp.json",
    ),
    "cursor": (".cursor/mcp.json",) * 3,
    "opencode": (".config/opencode/opencode.json",) * 3,
}


def test_each_hosts_file_is_found_on_each_system(tmp_path: Path) -> None:
    assert set(PLACES) == set(BY_KEY)
    for key, places in PLACES.items():
        for platform, place in zip(("linux", "darwin", "win32"), places, strict=True):
            machine = a_machine(tmp_path, platform)
            assert BY_KEY[key].file(machine) == tmp_path / place
            assert not BY_KEY[key].is_here(machine)


def test_variables_that_move_a_hosts_settings_are_minded(tmp_path: Path) -> None:
    other = tmp_path / "other"
    for key, variable, file in (
        ("codex", "CODEX_HOME", "config.toml"),
        ("claude-code", "CLAUDE_CONFIG_DIR", ".claude.json"),
        ("vscode", "XDG_CONFIG_HOME", "Code/User/mcp.json"),
    ):
        machine = a_machine(tmp_path, **{variable: str(other)})
        assert BY_KEY[key].file(machine) == other / file
    store = tmp_path / "AppData/Local/Packages/Claude_x/LocalCache/Roaming/Claude"
    store.mkdir(parents=True)
    (store / "claude_desktop_config.json").touch()
    assert BY_KEY["claude-desktop"].file(a_machine(tmp_path, "win32")).parent == store


def test_the_one_of_two_files_that_is_there_is_meant(tmp_path: Path) -> None:
    folder = tmp_path / ".config" / "opencode"
    folder.mkdir(parents=True)
    (folder / "opencode.jsonc").write_text("{}")

    assert BY_KEY["opencode"].file(a_machine(tmp_path)).suffix == ".jsonc"


def test_what_is_set_is_set_once_and_goes_again(tmp_path: Path) -> None:
    for host in HOSTS:
        file = tmp_path / host.key / "settings"
        assert write(planned(host, file, SANDBOX)) is None
        first = file.read_bytes()
        assert isinstance(plan(host, file, host.write(SANDBOX)), Unchanged)
        assert write(planned(host, file, LIVE)) is not None
        kept = write(planned(host, file, None))
        assert kept is not None
        assert b"chasedata" not in file.read_bytes()
        assert isinstance(plan(host, file, None), Unchanged)
        assert entry_text(host, SANDBOX) == first.decode().strip()


def test_an_entry_for_ones_own_dialer_is_replaced_only_when_that_is_asked_for(
    tmp_path: Path,
) -> None:
    for host in HOSTS:
        file = tmp_path / host.key
        write(planned(host, file, LIVE))
        stays = plan(host, file, host.write(SANDBOX))
        assert isinstance(stays, Unchanged)
        assert "--replace" in stays.why
        planned(host, file, SANDBOX, replace=True)


def test_what_a_person_has_set_in_the_entry_stays(tmp_path: Path) -> None:
    codex, cursor = tmp_path / "codex", tmp_path / "cursor"
    codex.write_text(
        '[mcp_servers.chasedata]\ncommand = "old"\nargs = ["--sandbox"]\ntool_timeout_sec = 300\n'
        '[mcp_servers.chasedata.env]\nCHASEDATA_SANDBOX_FILE = "/b"\nCHASEDATA_POLICY = "/p"\n'
        '[mcp_servers.chasedata.tools."delete dnc"]\napproval_mode = "prompt"\n'
    )
    write(planned(BY_KEY["codex"], codex, LIVE))
    assert tomllib.loads(codex.read_text())["mcp_servers"]["chasedata"] == {
        "command": "/bin/chasedata-mcp",
        "args": [],
        "required": True,
        "tool_timeout_sec": 300,
        "env": {"CHASEDATA_POLICY": "/p", **LIVE.variables},
        "tools": {"delete dnc": {"approval_mode": "prompt"}},
    }
    write(planned(BY_KEY["cursor"], cursor, SANDBOX))
    cursor.write_text(cursor.read_text().replace('"args"', '"disabled": true, "args"'))
    assert isinstance(plan(BY_KEY["cursor"], cursor, BY_KEY["cursor"].write(SANDBOX)), Unchanged)


def test_two_that_are_kept_in_the_same_second_are_both_there(tmp_path: Path) -> None:
    file = tmp_path / "mcp.json"
    file.write_text("{}")
    kept = [write(planned(BY_KEY["cursor"], file, server)) for server in (SANDBOX, None)]

    assert [one.read_text() == "{}" for one in kept if one] == [True, False]


def test_a_file_that_is_not_understood_is_not_touched(tmp_path: Path) -> None:
    codex, cursor = BY_KEY["codex"], BY_KEY["cursor"]
    for host, content in (
        (cursor, b'{"mcpServers": {]}'),
        (cursor, b'{"mcpServers": 3}'),
        (cursor, "{}".encode("utf-16")),
        (codex, b"[mcp_servers"),
        (codex, b'mcp_servers = {chasedata = {command = "x", args = ["--sandbox"]}}'),
        (codex, b'mcp_servers.chasedata.args = ["--sandbox"]'),
    ):
        file = tmp_path / "settings"
        file.write_bytes(content)
        assert isinstance(plan(host, file, host.write(SANDBOX)), Refused), content
    file.unlink()
    file.mkdir()
    assert isinstance(plan(cursor, file, cursor.write(SANDBOX)), Refused)


def test_what_others_have_in_the_file_is_not_shown(tmp_path: Path) -> None:
    others = {"mcpServers": {"x": {"command": "x", "env": {"TOKEN": "s3cr3t"}}}}
    for indent in (None, 2):
        file = tmp_path / f"{indent}"
        file.write_text(json.dumps(others, indent=indent))
        shown = "\n".join(planned(BY_KEY["cursor"], file, SANDBOX).diff())
        assert "s3cr3t" not in shown
        assert "--sandbox" in shown


def test_a_file_that_another_wrote_meanwhile_is_left_to_it(tmp_path: Path) -> None:
    file = tmp_path / "mcp.json"
    change = planned(BY_KEY["cursor"], file, SANDBOX)
    file.write_text("{}")

    with pytest.raises(ChangedMeanwhileError):
        write(change)
    assert [path.read_text() for path in tmp_path.iterdir()] == ["{}"]


@POSIX_ONLY
def test_a_link_and_a_mode_stay_and_what_was_is_kept(tmp_path: Path) -> None:
    real, link = tmp_path / "real.json", tmp_path / "mcp.json"
    real.write_bytes(b"\xef\xbb\xbf{}\r\n")
    real.chmod(0o640)
    link.symlink_to(real)

    kept = write(planned(BY_KEY["cursor"], link, SANDBOX))

    assert kept is not None
    assert kept.read_bytes() == b"\xef\xbb\xbf{}\r\n"
    assert link.is_symlink()
    assert {stat.S_IMODE(path.stat().st_mode) for path in (real, kept)} == {0o640}
    assert real.read_bytes().startswith(b"\xef\xbb\xbf{\r\n")
    assert len(list(tmp_path.iterdir())) == 3


@POSIX_ONLY
def test_after_a_yes_the_hosts_that_are_here_have_it(home: Path) -> None:
    codex = home / ".codex" / "config.toml"
    codex.write_text('model = "mine"\n')

    asked, ended = answered("setup", typed="yes")

    assert "Write these 2 files, to give the server to Codex, Cursor?" in asked
    assert ended.code == 0
    assert "config.toml.before-chasedata-" in ended.out
    assert codex.read_text().startswith('model = "mine"\n\n[mcp_servers.chasedata]\n')
    entry = json.loads((home / ".cursor" / "mcp.json").read_text())["mcpServers"]["chasedata"]
    assert entry["args"][-1] == "--sandbox"
    again = run_wide("setup")
    assert again.code == 0
    assert again.out.count("is as it should be") == 2


@POSIX_ONLY
def test_without_a_yes_nothing_is_written(home: Path) -> None:
    _, ended = answered("setup", "codex", typed="no")
    assert ended.code == 3
    assert run_wide("setup").code == 3
    assert list((home / ".codex").iterdir()) == []


def test_of_a_file_that_is_not_touched_it_says_what_to_paste(home: Path) -> None:
    file = home / ".codex" / "config.toml"
    file.write_text("model = \n")

    ended = run_wide("setup", "codex")

    assert ended.code == 1
    assert "isn't touched: line 1: it isn't TOML" in ended.out
    assert "[mcp_servers.chasedata]" in ended.out
    assert f"put this into {file} by hand" in ended.err
    assert file.read_text() == "model = \n"


def test_no_token_is_taken_as_an_argument_or_written(home: Path) -> None:
    token = home / "token"
    for words in ((), ("--account", "test"), ("--account", "test", "--token-file", str(token))):
        ended = run_wide("setup", "--live", *words)
        assert ended.code == 2, ended.out
    token.write_text("s3cr3t")
    ended = run_wide("setup", "cursor", "--live", "--account", "test", "--token-file", str(token))
    assert f'"CHASEDATA_TOKEN_FILE": "{token}"' in ended.out
    assert "s3cr3t" not in ended.out + ended.err
    assert "--sandbox" not in ended.out


def test_where_no_host_is_found_or_none_is_called_so_that_is_said(home: Path) -> None:
    for folder in (".codex", ".cursor"):
        (home / folder).rmdir()
    assert "setup --print HOST shows what to paste" in run_wide("setup").err
    assert "did you mean codex?" in run_wide("setup", "codx").err
    assert "there are claude-desktop, " in run_wide("setup", "--print", "zed").err


@pytest.mark.anyio
async def test_a_client_that_is_given_what_is_printed_serves_the_sandbox(home: Path) -> None:
    del home
    printed = run_wide("setup", "--print", "claude-code").out
    entry = json.loads(printed)["mcpServers"]["chasedata"]
    server = StdioServerParameters(
        command=entry["command"],
        args=entry["args"],
        env=environment(SANDBOX_FILE=":memory:"),
    )
    async with Client(server) as client:
        assert "SANDBOX" in (client.instructions or "")


def test_a_host_is_told_a_command_that_is_there_tomorrow(tmp_path: Path) -> None:
    passing = tmp_path / "uv" / "archive-v0" / "x" / "bin" / "python"
    uv = {"UV": "/bin/uv"}
    assert server_words(uv, passing) == ["/bin/uv", "tool", "run", "chasedata-mcp"]
    by_file = ["/bin/uv", "tool", "run", "--from", "/w.whl", "chasedata-mcp"]
    assert server_words(uv, passing, "/w.whl") == by_file
    once, kept = tmp_path / "pipx" / "x" / "python", tmp_path / "pipx" / "venvs" / "python"
    by_pipx = ["/bin/pipx", "run", "chasedata-mcp"]
    assert server_words({}, once, which="/bin/{}".format) == by_pipx
    assert server_words({}, kept, which="/bin/{}".format)[0] == str(kept)
    script = tmp_path / "bin" / "chasedata-mcp"
    script.parent.mkdir()
    script.touch()
    assert server_words(uv, script.with_name("python")) == [str(script)]
    assert server_words({}, tmp_path / "python")[1:] == ["-m", "chasedata_mcp"]
    assert os.path.isabs(server_words(os.environ)[0])  # noqa: PTH117 - a word, and not a path
