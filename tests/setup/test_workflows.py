"""The workflows publish what was checked, by no secret, with actions that nobody can exchange."""

import re

from dist_contents import ROOT

WORKFLOWS = {
    file.stem: file.read_text("utf-8") for file in (ROOT / ".github" / "workflows").glob("*.yml")
}
JOB = re.compile(r"^  ([a-z]+):$", re.MULTILINE)


def jobs(workflow: str) -> dict[str, str]:
    """The text of each job."""
    _, *parts = JOB.split(workflow.partition("\njobs:\n")[2])
    return dict(zip(parts[::2], parts[1::2], strict=True))


def test_every_action_is_pinned_by_its_commit() -> None:
    for text in WORKFLOWS.values():
        used = re.findall(r"uses: (.*)", text)
        assert used
        for action in used:
            assert re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", action), action


def test_no_workflow_has_a_secret_or_a_right_that_it_does_not_name() -> None:
    for text in WORKFLOWS.values():
        assert "secrets." not in text
        assert "\npermissions: {}\n" in text
        for job in jobs(text).values():
            assert re.search(r"^    permissions:\n      [a-z-]+: (read|write) #", job, re.MULTILINE)


def test_only_what_publishes_may_and_only_after_the_build() -> None:
    release = jobs(WORKFLOWS["release"])
    rights = {name: set(re.findall(r"([a-z-]+): write", job)) for name, job in release.items()}

    assert rights == {
        "build": set(),
        "bundle": {"contents"},
        "pypi": {"id-token"},
        "registry": {"id-token"},
    }
    assert {name: re.findall(r"needs: (\w+)", job) for name, job in release.items()} == {
        "build": [],
        "bundle": ["pypi"],
        "pypi": ["build"],
        "registry": ["pypi"],
    }


def test_what_is_fetched_is_held_against_its_hash() -> None:
    registry = jobs(WORKFLOWS["release"])["registry"]

    assert re.search(r"SHA256: [0-9a-f]{64}\n", registry)
    assert registry.index("sha256sum --check") < registry.index("./mcp-publisher login")
