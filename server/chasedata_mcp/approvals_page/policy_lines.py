"""The policy in force as lines for people: each value, and where it comes from."""

from collections.abc import Iterator, Mapping
from typing import Final

from chasedata_mcp.approvals_page.oversight import PolicyView
from chasedata_mcp.errors import SettingsError
from chasedata_mcp.policy.explain import describe_value
from chasedata_mcp.policy.loader import EffectivePolicy, list_key_paths, load_policy
from chasedata_mcp.settings import Settings

_OF_THE_PAGE: Final = (
    "What the settings of this page and their policy file say now. A server holds to what its own "
    "settings said when it started."
)
_OF_THE_SERVER: Final = "What the server of this page holds to, by its settings and policy file."
_CHANGED: Final = (
    "What the settings of this page and their policy file say now. It has changed since the "
    "server of this page started, which holds to what they said then: start it again."
)


def policy_view(settings: Settings, served_with: EffectivePolicy | None = None) -> PolicyView:
    """Show the policy of the settings, read anew, and whose it is.

    Args:
        settings: Those of the page.
        served_with: The policy of the server beside the page, None where the page runs by itself.
    """
    try:
        now = load_policy(settings)
    except SettingsError as error:
        return PolicyView({}, _OF_THE_PAGE if served_with is None else _CHANGED, str(error))
    if served_with is None:
        return PolicyView(policy_lines(now), _OF_THE_PAGE)
    return PolicyView(policy_lines(now), _OF_THE_SERVER if now == served_with else _CHANGED)


def policy_lines(in_force: EffectivePolicy) -> Mapping[str, tuple[str, str]]:
    """Give by key each value in words and its source; the two steps of a cap make one line."""
    return dict(_lines(in_force))


def _lines(in_force: EffectivePolicy) -> Iterator[tuple[str, tuple[str, str]]]:
    values = dict(list_key_paths(in_force.terms.model_dump()))
    for key, value in values.items():
        source = in_force.sources[key]
        cap, _, step = key.rpartition(".")
        if step not in {"ask", "stop"}:
            yield key, (describe_value(key, value), source)
        elif step == "ask":
            yield cap, (f"asks at {value}, stops at {values[f'{cap}.stop']}", source)
