"""What users install: the wheel has all of the package and nothing else, and its page leads on."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from dist_contents import ROOT, check_links, check_wheel, names_in_wheel

from chasedata_mcp import __version__


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(made)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)  # noqa: S603 - the backend
    [built] = made.glob("*.whl")
    return built


def test_the_wheel_is_the_package_with_all_that_it_reads(wheel: Path) -> None:
    assert list(check_wheel(wheel)) == []
    names = names_in_wheel(wheel)
    read = ("py.typed", "tools/published.json", "policy/calling_hours.toml", "sandbox/schema.sql")
    assert {f"chasedata_mcp/{name}" for name in read} <= names
    assert "chasedata_mcp/approvals_page/templates/question.html" in names
    assert not [name for name in names if "test" in Path(name).parts[0]]
    assert wheel.name.startswith(f"chasedata_mcp-{__version__}-py3-none-any")


def test_a_file_too_few_and_one_too_many_are_noticed(wheel: Path, tmp_path: Path) -> None:
    spoiled = tmp_path / wheel.name
    with zipfile.ZipFile(wheel) as whole, zipfile.ZipFile(spoiled, "w") as archive:
        for name in whole.namelist():
            if name != "chasedata_mcp/py.typed":
                archive.writestr(name, whole.read(name))
        archive.writestr("tests/test_wheel.py", "")
    assert list(check_wheel(spoiled)) == [
        "the wheel lacks chasedata_mcp/py.typed",
        "the wheel has tests/test_wheel.py, which is not the package's",
    ]


def test_links_that_lead_nowhere_are_noticed() -> None:
    page = "https://github.com/chasedata-mcp/chasedata-mcp/blob/main/docs"
    readme = f"# Top\n[a](#top) [b](#bottom) [c](docs/tools.md) [d]({page}/tools.md#for-every-tool)"
    assert len(list(check_links(readme))) == 2
    assert len(list(check_links(f"[a]({page}/no.md) [b]({page}/tools.md#no)"))) == 2
