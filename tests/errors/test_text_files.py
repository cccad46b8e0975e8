"""Files as Windows writes them are read alike wherever one is named, and by one function."""

import ast
import codecs
import os
import re
import sys
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chasedata_mcp.app.composition import load_policy
from chasedata_mcp.app.names_file import open_names_file
from chasedata_mcp.cli.command_errors import UsageError
from chasedata_mcp.cli.grant_request import GrantRequest, read_grant
from chasedata_mcp.errors import SettingsError
from chasedata_mcp.files.text import TextFileError, read_lines, read_text
from chasedata_mcp.policy.suppression_file import read_numbers
from chasedata_mcp.settings import load_settings
from chasedata_mcp.tools.account import NO_ACCOUNT
from chasedata_mcp.tools.names.kinds import NameKind

ROOT = Path(__file__).parents[2]
SHIPPED_HOURS = ROOT / "server" / "chasedata_mcp" / "policy" / "calling_hours.toml"
ENCODINGS: dict[str, Callable[[str], bytes]] = {
    "UTF-8": str.encode,
    "UTF-8 with a mark": lambda text: codecs.BOM_UTF8 + text.encode(),
    "UTF-16 LE": lambda text: codecs.BOM_UTF16_LE + text.encode("utf-16-le"),
    "UTF-16 BE": lambda text: codecs.BOM_UTF16_BE + text.encode("utf-16-be"),
}
WRONG = {
    "Windows-1252": "Müller s3cr3t".encode("cp1252"),
    "UTF-16 without a mark": "s3cr3t".encode("utf-16-le"),
    "UTF-16 cut off": codecs.BOM_UTF16_LE + b"s3cr3t!",
    "no text": b"\x00\x01s3cr3t",
}


def as_a_token(file: Path) -> object:
    return load_settings(
        {"CHASEDATA_TOKEN_FILE": str(file), "CHASEDATA_ACCID": "acme"}
    ).read_token()


def as_settings(file: Path) -> object:
    return load_settings({"CHASEDATA_CONFIG": str(file)}).log_level


def as_a_policy(file: Path) -> object:
    frequency = load_policy(load_settings({"CHASEDATA_POLICY": str(file)})).frequency
    return frequency and frequency.calls_in_24_hours


def as_hours(file: Path) -> object:
    policy = file.with_name("policy of the hours.toml")
    policy.write_text(f"calling_hours.windows = '{file}'", encoding="utf-8")
    hours = load_policy(load_settings({"CHASEDATA_POLICY": str(policy)})).hours
    return hours and hours.table.federal.opens.hour


def as_names(file: Path) -> object:
    settings = load_settings({"CHASEDATA_NAMES": str(file)})
    return open_names_file(settings, NO_ACCOUNT).names.names[NameKind.AGENTS]


def as_suppressed(file: Path) -> object:
    return frozenset(read_numbers(file))


def as_numbers_of_a_grant(file: Path) -> object:
    what = GrantRequest(("send_sms",), None, file, None, 7, "17:00", None)
    return read_grant(what, "acme", "me", datetime(2026, 3, 2, 12, 0).astimezone()).numbers


PLACES: dict[Callable[[Path], object], tuple[str, object]] = {
    as_a_token: ("T0K3N-0F-MINE\n", "T0K3N-0F-MINE"),
    as_settings: ('# Müller\nlog_level = "debug"\n', "debug"),
    as_a_policy: ("# Müller\n[frequency]\ncalls_in_24_hours = 2\n", 2),
    as_hours: (SHIPPED_HOURS.read_text("utf-8"), 8),
    as_names: ("# Müller\nagents = ['Müller']\n", ("Müller",)),
    as_suppressed: ("# Müller\n9545550123\n", frozenset({"9545550123"})),
    as_numbers_of_a_grant: ("9545550123 # Müller\n", ("9545550123",)),
}
places = pytest.mark.parametrize("place", PLACES, ids=lambda place: place.__name__)


@places
@pytest.mark.parametrize("encoded", ENCODINGS.values(), ids=ENCODINGS)
@pytest.mark.parametrize("end", ["\n", "\r\n"], ids=["LF", "CRLF"])
def test_a_file_of_any_system_is_read(
    tmp_path: Path, place: Callable[[Path], object], encoded: Callable[[str], bytes], end: str
) -> None:
    written, understood = PLACES[place]
    file = tmp_path / "file.txt"
    file.write_bytes(encoded(written.replace("\n", end)))
    assert place(file) == understood


@places
@pytest.mark.parametrize("content", WRONG.values(), ids=WRONG)
def test_what_is_no_such_text_is_refused_in_a_sentence_that_quotes_nothing(
    tmp_path: Path, place: Callable[[Path], object], content: bytes
) -> None:
    file = tmp_path / "file.txt"
    file.write_bytes(content)
    with pytest.raises((SettingsError, UsageError, ValueError)) as caught:
        place(file)
    assert "it is neither UTF-8 nor UTF-16 with a byte order mark" in str(caught.value)
    assert "s3cr3t" not in str(caught.value)


@pytest.mark.skipif(sys.platform == "win32", reason="FIFOs and devices in files are POSIX's")
@places
@pytest.mark.parametrize("kind", ["a FIFO", "a directory", "a device"])
def test_what_is_no_regular_file_is_refused_at_once(
    tmp_path: Path, place: Callable[[Path], object], kind: str
) -> None:
    file = tmp_path / "file.txt"
    match kind:
        case "a FIFO":
            os.mkfifo(file)  # nobody writes to it, so whoever waited would wait for good
        case "a directory":
            file.mkdir()
        case _:
            file.symlink_to("/dev/zero")
    with pytest.raises((SettingsError, UsageError, ValueError)) as caught:
        place(file)
    # What others may write is refused before it is looked at, wherever that matters.
    assert re.search("it is no regular file|others can write it", str(caught.value))


def test_a_link_to_a_file_is_read_as_the_file(tmp_path: Path) -> None:
    file = tmp_path / "file.txt"
    file.write_text("9545550123\n")
    link = tmp_path / "link.txt"
    link.symlink_to(file)
    assert read_text(link) == "9545550123\n"


def test_a_file_that_never_ends_is_not_read_to_its_end(tmp_path: Path) -> None:
    file = tmp_path / "long.txt"
    file.write_bytes(b"x" * 1_000_001)
    with pytest.raises(TextFileError, match="it is larger than 1 MB"):
        read_text(file)


BLOCK = 128 * 1024
"""About as much as is read at once; the texts end a little before it, on it, and beyond it."""


@given(
    st.integers(-8, 8),
    st.text(alphabet="1#\r\n\v\x85\u2028é\U0001f600", max_size=12),
    st.sampled_from([*ENCODINGS]),
)
def test_the_lines_that_are_read_one_by_one_are_those_of_the_whole(
    offset: int, end: str, encoding: str
) -> None:
    # One line before the end, since its text may have to wait for the next block as well.
    width = 2 if "16" in encoding else 1
    text = "9545550123\r\n" + "#" * (BLOCK // width - 12 + offset) + end
    with TemporaryDirectory() as place:
        file = Path(place) / "file.txt"
        file.write_bytes(ENCODINGS[encoding](text))
        assert list(read_lines(file)) == text.splitlines(keepends=True)


@pytest.mark.parametrize(
    ("last", "said"),
    [
        (b"12345", "line 100001 is not a phone number"),
        (b"954555012\xc3", "it is neither UTF-8 nor UTF-16 with a byte order mark"),
        (b"95455\x0050123\n", "it is neither UTF-8 nor UTF-16 with a byte order mark"),
    ],
    ids=["no number", "half a letter", "a zero"],
)
def test_a_line_that_is_wrong_at_the_end_of_many_is_told(
    tmp_path: Path, last: bytes, said: str
) -> None:
    file = tmp_path / "file.txt"
    file.write_bytes(b"9545550123\n" * 100_000 + last)
    with pytest.raises(ValueError, match=said):
        as_suppressed(file)


def test_lines_that_never_end_are_not_read_to_their_end(tmp_path: Path) -> None:
    file = tmp_path / "long.txt"
    file.write_bytes(b"9545550123\n" * 100_000)
    with pytest.raises(TextFileError, match="it is larger than 1 MB"):
        list(read_lines(file, 1_000_000))


def readings(source: Path) -> Iterator[str]:
    """Find modules that read a file by themselves; files shipped with the package don't count."""
    for node in ast.walk(ast.parse(source.read_text("utf-8"))):
        match node:
            case ast.Call(func=ast.Name(id="open")):
                yield f"{source.name}:{node.lineno}"
            case ast.Call(func=ast.Attribute(attr="load", value=ast.Name(id="tomllib" | "json"))):
                yield f"{source.name}:{node.lineno}"
            case ast.Call(func=ast.Attribute(attr="read_text" | "read_bytes", value=of)):
                if "files(" not in ast.unparse(of) and ast.unparse(of) != "file":
                    yield f"{source.name}:{node.lineno}"
            case ast.Call(
                func=ast.Attribute(attr="open"), args=[ast.Constant(value=str() as mode), *_]
            ):
                if "r" in mode:
                    yield f"{source.name}:{node.lineno}"
            case _:
                pass


@pytest.mark.parametrize(
    "line",
    [
        "open(name)",
        "tomllib.load(file)",
        "path.read_text()",
        "Path(a).read_bytes()",
        "path.open('rb')",
    ],
)
def test_a_module_that_reads_by_itself_would_be_found(tmp_path: Path, line: str) -> None:
    source = tmp_path / "module.py"
    source.write_text(f"import os\n{line}\n", encoding="utf-8")
    assert list(readings(source)) == ["module.py:2"]


def test_no_module_but_one_reads_a_users_file() -> None:
    package = ROOT / "server" / "chasedata_mcp"
    # The operating system's files of time zones are no text, and nobody's own, nor is a ledger; the
    # list of tools comes with the package, the name of the boot and the state of a process are the
    # system's, what the installation was made from is the installer's, and a workbook is no text.
    others = {
        "batches/process_identity.py",
        "cli/host_setup/server_words.py",
        "files/tables/workbook.py",
        "files/text.py",
        "fields/zone_files.py",
        "ledger/backup.py",
        "ledger/backup_files.py",
        "ledger/restore.py",
        "ledger/store_time.py",
        "tools/published.py",
    }
    modules = {str(source.relative_to(package)): source for source in package.rglob("*.py")}
    sources = [source for name, source in modules.items() if name not in others]
    assert [found for source in sources for found in readings(source)] == []
