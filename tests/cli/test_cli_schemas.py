from pathlib import Path

import pytest

from _support.terminals import run
from chasedata_mcp.cli.command_errors import UsageError
from chasedata_mcp.cli.schemas import OF_README, insert_tables
from chasedata_mcp.policy.explain import (
    render_caps_table,
    render_hours_table,
    render_rules_table,
)
from chasedata_mcp.tools import schema as publish

START, END = "<!-- tools -->", "<!-- /tools -->"


def written(directory: Path) -> dict[str, str]:
    return {path.name: path.read_text(encoding="utf-8") for path in directory.iterdir()}


def test_the_files_are_what_the_catalogue_makes(tmp_path: Path) -> None:
    ended = run("schemas", str(tmp_path / "made"))

    many = len(publish.render_files())
    assert (ended.code, ended.out) == (0, f"{many} tools; {many} files changed.\n")
    assert written(tmp_path / "made") == publish.render_files()


def test_what_is_up_to_date_passes_the_check_and_is_left_alone(tmp_path: Path) -> None:
    run("schemas", str(tmp_path))

    checked = run("schemas", str(tmp_path), "--check")
    assert (checked.code, checked.out, checked.err) == (0, "", "")
    unchanged = f"{len(publish.render_files())} tools; 0 files changed.\n"
    assert run("schemas", str(tmp_path)).out == unchanged


def test_the_check_names_each_file_and_the_command_that_mends_it(tmp_path: Path) -> None:
    run("schemas", str(tmp_path))
    (tmp_path / "send_sms.json").unlink()
    (tmp_path / "reload_skills.json").write_text("{}", encoding="utf-8")
    (tmp_path / "old_tool.json").write_text('{"inputSchema": {}}', encoding="utf-8")

    ended = run("schemas", str(tmp_path), "--check")

    assert ended.code == 1
    assert ended.err.splitlines() == [
        f"chasedata-mcp: {tmp_path / 'send_sms.json'} is missing",
        f"chasedata-mcp: {tmp_path / 'reload_skills.json'} is not what the catalogue makes",
        f"chasedata-mcp: {tmp_path / 'old_tool.json'} belongs to no tool",
        f"chasedata-mcp: mend it with: chasedata-mcp schemas {tmp_path}",
    ]
    assert (tmp_path / "old_tool.json").exists()


def test_a_tool_that_is_gone_takes_its_file_with_it(tmp_path: Path) -> None:
    (tmp_path / "old_tool.json").write_text('{"inputSchema": {}}', encoding="utf-8")

    run("schemas", str(tmp_path))

    assert written(tmp_path) == publish.render_files()


@pytest.mark.parametrize("text", ["{}", "[]", "3", "not JSON", '{"name": "package"}'])
def test_files_that_are_no_tools_are_never_touched(text: str, tmp_path: Path) -> None:
    (tmp_path / "package.json").write_text(text, encoding="utf-8")

    run("schemas", str(tmp_path))

    assert run("schemas", str(tmp_path), "--check").code == 0
    assert written(tmp_path)["package.json"] == text


def test_the_table_stands_between_its_marks_in_the_readme(tmp_path: Path) -> None:
    readme = tmp_path / "README.md"
    readme.write_text(f"before\n{START}\nold\n{END}\nafter\n", encoding="utf-8")

    stale = run("schemas", str(tmp_path), "--check", "--readme", str(readme))
    run("schemas", str(tmp_path), "--readme", str(readme))

    assert stale.code == 1
    assert stale.err.endswith(f"schemas {tmp_path} --readme {readme}\n")
    assert readme.read_text(encoding="utf-8") == (
        f"before\n{START}\n{publish.render_table()}{END}\nafter\n"
    )
    assert run("schemas", str(tmp_path), "--check", "--readme", str(readme)).code == 0


@pytest.mark.parametrize(
    "text", ["", START, END, f"{END}{START}", f"{START}{END}{START}{END}", f"{START}{END}{END}"]
)
def test_a_readme_without_one_place_for_the_table_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="the document needs one"):
        insert_tables(text, OF_README)


def test_the_tables_of_the_policy_stand_in_each_document_between_their_marks(
    tmp_path: Path,
) -> None:
    keys, hours = tmp_path / "keys.md", tmp_path / "hours.md"
    keys.write_text(
        "a\n<!-- rules -->\n<!-- /rules -->\nb\n<!-- caps -->\nold\n<!-- /caps -->\n", "utf-8"
    )
    hours.write_text("<!-- hours -->\nold\n<!-- /hours -->\nc\n", "utf-8")
    options = ["--policy", str(keys), "--policy", str(hours)]

    stale = run("schemas", str(tmp_path), "--check", *options)
    run("schemas", str(tmp_path), *options)

    assert stale.code == 1
    assert stale.err.endswith(f"schemas {tmp_path} {' '.join(options)}\n")
    assert keys.read_text(encoding="utf-8") == (
        f"a\n<!-- rules -->\n{render_rules_table()}<!-- /rules -->\n"
        f"b\n<!-- caps -->\n{render_caps_table()}<!-- /caps -->\n"
    )
    assert hours.read_text(encoding="utf-8") == (
        f"<!-- hours -->\n{render_hours_table()}<!-- /hours -->\nc\n"
    )
    assert run("schemas", str(tmp_path), "--check", *options).code == 0


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("no mark", "needs the place of a table, one of <!-- rules -->"),
        ("<!-- rules --><!-- /rules --><!-- hours -->", "needs one <!-- hours -->"),
        ("<!-- /caps -->", "needs one <!-- caps -->"),
    ],
)
def test_a_policy_document_without_a_whole_place_for_a_table_is_refused(
    text: str, problem: str, tmp_path: Path
) -> None:
    document = tmp_path / "policy.md"
    document.write_text(text, encoding="utf-8")

    ended = run("schemas", str(tmp_path), "--policy", str(document))

    assert (ended.code, problem in ended.err) == (2, True)
    assert document.read_text(encoding="utf-8") == text


def test_a_readme_that_is_not_there_is_a_usage_error(tmp_path: Path) -> None:
    assert run("schemas", str(tmp_path), "--readme", str(tmp_path / "no.md")).code == 2
