"""The files of time zones: of the operating system's and the package's, the newer ones hold."""

import subprocess
import sys
import zoneinfo
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import pytest

from chasedata_mcp.fields.zone_files import (
    OPERATING_SYSTEM,
    PACKAGE,
    TESTED,
    ZoneFiles,
    build_database,
    find_database,
    find_package,
    is_older,
    load_zone,
)

ZONE = "America/Vancouver"
IN_USE = files("tzdata").joinpath("zoneinfo")


def a_tree(place: Path, version: str | None, zone: str = "America/Phoenix", **named: str) -> Path:
    """Make a tree with one zone, Vancouver's, whose content is another's."""
    (place / "America").mkdir(parents=True)
    (place / ZONE).write_bytes(IN_USE.joinpath(*zone.split("/")).read_bytes())
    if version is not None:
        (place / "tzdata.zi").write_text(
            f"# version {version}\n# ddeps backzone\n", encoding="utf-8"
        )
    for name, text in named.items():
        (place / name.replace("PLUS", "+")).write_text(text, encoding="utf-8")
    return place


def the_package(place: Path, version: str | None) -> ZoneFiles:
    return ZoneFiles(PACKAGE, place, version)


def hours(zone: ZoneInfo) -> float:
    offset = zone.utcoffset(datetime(2026, 12, 1, 12))  # noqa: DTZ001 - a clock's reading
    assert offset is not None
    return offset / timedelta(hours=1)


@pytest.mark.parametrize(
    ("of_system", "of_package", "taken"),
    [
        ("2025b", "2026f", PACKAGE),
        ("2026g", "2026f", OPERATING_SYSTEM),
        ("2027a", "2026z", OPERATING_SYSTEM),
        ("2026f", "2026f", PACKAGE),
        ("2026za", "2026z", OPERATING_SYSTEM),
        (None, "2026f", PACKAGE),
        (None, None, PACKAGE),
        ("2025b", None, OPERATING_SYSTEM),
    ],
)
def test_the_newer_files_hold(
    tmp_path: Path, of_system: str | None, of_package: str | None, taken: str
) -> None:
    system = a_tree(tmp_path / "system", of_system, "America/Phoenix")
    package = a_tree(tmp_path / "package", of_package, "America/New_York")

    found = build_database([str(system)], the_package(package, of_package))

    assert found.trees[0].origin == taken
    assert hours(found.load(ZONE)) == (-7 if taken == OPERATING_SYSTEM else -5)
    assert found.load(ZONE) is found.load(ZONE)
    assert found.load(ZONE).key == ZONE


def test_the_newest_of_several_directories_holds(tmp_path: Path) -> None:
    old, new = a_tree(tmp_path / "old", "2025b"), a_tree(tmp_path / "new", "2026e")

    found = build_database([str(old), str(tmp_path / "none"), str(new)], None)

    assert [tree.version for tree in found.trees] == ["2026e", "2025b"]


def test_a_zone_that_the_newer_files_lack_or_garble_comes_from_the_older(tmp_path: Path) -> None:
    system = a_tree(tmp_path, "2027a")
    found = build_database([str(system)], find_package())
    assert hours(found.load("America/New_York")) == -5
    (system / "America" / "Denver").write_bytes(b"no time zone")
    assert hours(found.load("America/Denver")) == -7


def test_a_zone_that_nobody_has_is_none(tmp_path: Path) -> None:
    for found in (build_database([], None), build_database([str(tmp_path)], find_package())):
        with pytest.raises(ZoneInfoNotFoundError):
            found.load("America/Springfield")


def test_the_release_is_read_where_linux_and_where_macos_say_it(tmp_path: Path) -> None:
    said = {
        "2026c": a_tree(tmp_path / "linux", "2026c"),
        "2024b": a_tree(tmp_path / "macos", None, PLUSVERSION="2024b\n"),
        None: a_tree(tmp_path / "other", None, PLUSVERSION="unknown\n"),
    }
    for version, place in said.items():
        assert build_database([str(place)], None).trees[0].version == version


def test_a_release_that_is_not_known_is_older_than_any() -> None:
    assert is_older(None, "2005a")
    assert is_older("2026e", "2026f")
    assert not is_older("2026f", "2026f")
    assert not is_older("2027a", "2026f")


def test_british_columbia_alberta_and_manitoba_keep_one_clock_since_november_2026() -> None:
    # Of the system's files of 2025 each would be an hour earlier in winter.
    for zone, offset in (
        ("America/Vancouver", -7),
        ("America/Edmonton", -6),
        ("America/Winnipeg", -5),
    ):
        assert hours(load_zone(zone)) == offset
        summer = load_zone(zone).utcoffset(datetime(2027, 7, 1, 12))  # noqa: DTZ001 - as above
        assert summer == timedelta(hours=offset)


def test_this_machine_s_newest_files_are_at_least_those_that_were_tested_with() -> None:
    assert not is_older(find_database().trees[0].version, TESTED)


def test_what_other_code_gets_from_zoneinfo_stays_as_it_is() -> None:
    before = zoneinfo.TZPATH
    load_zone(ZONE)
    assert before == zoneinfo.TZPATH
    assert load_zone(ZONE) is not ZoneInfo(ZONE)


def test_the_same_moments_are_the_same_in_both() -> None:
    moment = datetime(2026, 7, 1, 12, tzinfo=UTC)
    assert moment.astimezone(load_zone(ZONE)) == moment.astimezone(ZoneInfo(ZONE))


def test_nothing_is_read_before_a_zone_is_needed() -> None:
    program = (
        "import sys, chasedata_mcp.policy.calling_hours;"
        "from chasedata_mcp.fields.zone_files import find_database;"
        "sys.exit('tzdata' in sys.modules or find_database.cache_info().currsize > 0)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0  # noqa: S603 - our own words
