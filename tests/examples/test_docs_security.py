"""SECURITY.md: each row names a test that there is, and the tables have every heading of theirs."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "SECURITY.md").read_text("utf-8")
TEST = re.compile(r"`([\w/]+\.py)::(test_\w+)`")
# Headings of the page for protocol version 2026-07-28 (2026-07-28), and of Session Hijacking for
# the older era; read on 2026-11-29.
MCP = (
    "Confused Deputy Problem",
    "Token Passthrough",
    "Server-Side Request Forgery (SSRF)",
    "State Handle Hijacking",
    "Session Hijacking (2025-11-25)",
    "Local MCP Server Compromise",
    "OAuth Authorization URL Validation",
    "stdio Transport Security in Proxy Scenarios",
    "Mix-Up Attacks",
    "Localhost Redirect URI Impersonation",
    "CIMD Trust Policies",
    "Scope Minimization",
)
# Of the project's index.md in the state of 2026-04-14, read on 2026-11-29.
OWASP = (
    "MCP01:2025 Token Mismanagement & Secret Exposure",
    "MCP02:2025 Privilege Escalation via Scope Creep",
    "MCP03:2025 Tool Poisoning",
    "MCP04:2025 Software Supply Chain Attacks & Dependency Tampering",
    "MCP05:2025 Command Injection & Execution",
    "MCP06:2025 Intent Flow Subversion",
    "MCP07:2025 Insufficient Authentication & Authorization",
    "MCP08:2025 Lack of Audit and Telemetry",
    "MCP09:2025 Shadow MCP Servers",
    "MCP10:2025 Context Injection & Over-Sharing",
)


def rows(heading: str) -> list[list[str]]:
    """The cells of the table under a heading, row by row, without its head."""
    section = PAGE.partition(f"## {heading}\n")[2].partition("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines[2:]]


@pytest.mark.parametrize(
    ("heading", "first_cells"),
    [
        ("Against MCP's security best practices", MCP),
        ("Against the OWASP MCP Top 10", OWASP),
    ],
)
def test_the_tables_have_every_heading_of_their_source_in_its_order(
    heading: str, first_cells: tuple[str, ...]
) -> None:
    assert tuple(row[0] for row in rows(heading)) == first_cells


@pytest.mark.parametrize(
    ("heading", "least"),
    [
        ("Who attacks, and what holds", 12),
        ("Against MCP's security best practices", len(MCP)),
        ("Against the OWASP MCP Top 10", len(OWASP)),
    ],
)
def test_every_row_names_tests_that_there_are(heading: str, least: int) -> None:
    found = rows(heading)
    assert len(found) >= least
    for row in found:
        named = TEST.findall(row[-1])
        assert named, row[0]
        assert row[-1] == " ".join(f"`{file}::{test}`" for file, test in named)
        for file, test in named:
            source = (ROOT / "tests" / file).read_text("utf-8")
            assert re.search(rf"^(async )?def {test}\(", source, re.MULTILINE), (row[0], test)
