"""Names files, and directories of names over them."""

from pathlib import Path

from chasedata_mcp.tools.names.directory import NameDirectory
from chasedata_mcp.tools.names.names_file import NamesFile
from chasedata_mcp.tools.names.store import NameStore

OWN = """
sender = "Main line"

[agents]
names = ["jsmith", "lena.k", "DQ - Dissqualified"]
Joe = "jsmith"

[campaigns]
names = ["Spring Sale", "Fall Sale"]
complete = true
spring = "Spring Sale"

[dispositions]
names = ["Ans. Machine", "SALE"]
complete = true
stop = "DO NOT CALL"

[own_numbers]
"Main line" = "(954) 555-0195"

[ring_groups]
sales = "305-555-0100"

[custom_fields]
DOB = "Date of Birth"
"""


def a_names_file(folder: Path, text: str = OWN, account: str = "test") -> NamesFile:
    """Write a names file, and open it for an account."""
    path = folder / "names.toml"
    path.write_text(text, encoding="utf-8")
    return NamesFile(path, account)


def a_directory(
    folder: Path, text: str = OWN, store: NameStore | None = None, account: str = "test"
) -> NameDirectory:
    """Open a directory of the names in a new file."""
    return NameDirectory(a_names_file(folder, text, account), store)
