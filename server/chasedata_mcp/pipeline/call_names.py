"""The account's names around a call: what its caller means, what isn't known, what it teaches."""

from collections.abc import Mapping, Sequence

from chasedata_mcp.errors import CallError, Code
from chasedata_mcp.fields.context import ValidationContext
from chasedata_mcp.pipeline.call import Call
from chasedata_mcp.tools.base import Action
from chasedata_mcp.tools.names.directory import NameDirectory
from chasedata_mcp.tools.names.given_names import GivenName
from chasedata_mcp.tools.names.lessons import KeepsOut
from chasedata_mcp.tools.results import Result


class CallNames:
    """The names that calls hold, looked up before they are decided and after they are done.

    Args:
        directory: The account's names.
        keeps_out: Tells of a field's text whether it is kept out of the record, so not learned.
    """

    def __init__(self, directory: NameDirectory, keeps_out: KeepsOut) -> None:
        self._directory, self._keeps_out = directory, keeps_out

    def read(
        self,
        tool: type[Action],
        given: Mapping[str, object],
        context: ValidationContext,
        *,
        resolves: bool,
    ) -> Action:
        """Read a call whose arguments may hold aliases; without `resolves` they hold names alone.

        Raises:
            CallError: `invalid_arguments`, or `not_allowed` while the names file can't be used.
        """
        if not resolves:
            return tool.read(given, context)
        return self._directory.read(tool, given, context)

    async def list_unknown(self, call: Call) -> tuple[GivenName, ...]:
        """List the names of a call that aren't known here, where that says something.

        Of a row nobody would read it, and thousands of rows may have as many wrong names.
        """
        return () if call.row is not None else await self._directory.list_unknown(call.action)

    def advise(self, error: CallError, unknown: Sequence[GivenName]) -> None:
        """Add to the dialer's refusal which names aren't known here: one of them may be why."""
        if error.code is Code.REFUSED_BY_DIALER:
            sentences = [self._directory.describe_unknown(one, quotes=False) for one in unknown]
            error.hint = " ".join([error.hint, *sentences])

    async def finish(self, action: Action, result: Result, unknown: Sequence[GivenName]) -> Result:
        """Add the names to a result that weren't known here, and learn those that were taken."""
        await self._directory.learn(action, result, self._keeps_out)
        if not unknown:
            return result
        sentences = [self._directory.describe_unknown(one, quotes=True) for one in unknown]
        return result.model_copy(update={"warnings": [*result.warnings, *sentences]})
