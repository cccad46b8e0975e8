"""Whether a policy wants codes of a second factor that nobody on this machine can give."""

from chasedata_mcp.app.state import directory
from chasedata_mcp.approvals.assurance import AssuranceLevel
from chasedata_mcp.approvals.second_factor import SecondFactor
from chasedata_mcp.cli.screen import NAME
from chasedata_mcp.policy.models import PolicyTerms
from chasedata_mcp.settings import Settings

TO_ENROLL = f"To enroll one: {NAME} second-factor enroll"


def without_a_factor(terms: PolicyTerms, found: Settings) -> str | None:
    """A sentence where a policy wants codes and there is no second factor; None where all is well.

    Raises:
        SettingsError: The state directory is none.
    """
    sure = terms.yes.model_dump().items()
    wanted = [f"yes.{impact}" for impact, how in sure if how is AssuranceLevel.SECOND_FACTOR]
    if not wanted:
        return None
    try:
        if SecondFactor(directory(found)).enrolled:
            return None
    except OSError as error:
        return f"The policy wants a code of a second factor, and {error}."
    return (
        f"The policy wants a code of a second factor ({', '.join(wanted)}), and none is enrolled "
        "on this machine: until one is, nobody here can say yes to what it is wanted for."
    )
