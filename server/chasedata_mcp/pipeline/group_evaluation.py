"""The evaluation of calls that are wanted together: one after another, with one question."""

from collections.abc import Sequence
from dataclasses import replace

from chasedata_mcp.errors import CallError
from chasedata_mcp.ledger.usage import Unit
from chasedata_mcp.pipeline.call import Call, CallGroup
from chasedata_mcp.pipeline.evaluated import EvaluatedCall, EvaluatedGroup
from chasedata_mcp.pipeline.evaluation import Evaluator
from chasedata_mcp.pipeline.lead_search import LeadLookups
from chasedata_mcp.pipeline.recorder import Recorder
from chasedata_mcp.policy.decision import RefusedError
from chasedata_mcp.policy.evaluator import Policy
from chasedata_mcp.tools.base import Action
from chasedata_mcp.tools.results import build_failure


class GroupEvaluator:
    """The evaluator of calls by a policy; what that refuses is on record."""

    def __init__(self, evaluator: Evaluator, recorder: Recorder) -> None:
        self._evaluator = evaluator
        self._recorder = recorder

    async def evaluate(
        self, policy: Policy, wanted: Action | CallGroup, caller: str
    ) -> EvaluatedGroup:
        """Evaluate calls one after another, each with what those before it use up.

        Raises:
            RefusedError: Rules refuse one of them, and the group doesn't leave it out.
            CallError: `not_allowed`; what has to be known can't be read.
        """
        group = wanted if isinstance(wanted, CallGroup) else CallGroup((wanted,))
        lookups, refused = self._evaluator.lookups(), dict[int, CallError]()
        evaluated: list[EvaluatedCall] = []
        for place, call in enumerate(group.list_calls(caller, policy.mark)):
            # What those before it use is used up by the time that it is sent.
            ahead = [unit for one in evaluated for unit in one.units]
            supposes = () if place else group.supposes
            try:
                evaluated.append(await self.evaluate_one(policy, call, lookups, supposes, ahead))
            except RefusedError as error:
                if not group.skips_refused:
                    raise
                refused[place] = error
        whole = EvaluatedGroup.of(evaluated, caller, group.takes_back, self._recorder.describe_call)
        return replace(whole, refused=refused)

    async def evaluate_one(
        self,
        policy: Policy,
        call: Call,
        lookups: LeadLookups,
        supposes: Sequence[str] = (),
        ahead: Sequence[Unit] = (),
    ) -> EvaluatedCall:
        """Evaluate a call; `ahead` is what those before it use up.

        Raises:
            RefusedError: Rules refuse it.
            CallError: `not_allowed`; what has to be known can't be read.
        """
        try:
            return await self._evaluator.evaluate(
                _policy_for(policy, call), call, supposes, ahead, lookups
            )
        except RefusedError as error:
            refused = replace(call, refused_by=error.rules)
            self._recorder.note_refusal(refused, build_failure(self._recorder.account, error))
            raise


def _policy_for(policy: Policy, call: Call) -> Policy:
    if call.row is not None:
        return policy.for_row
    return policy if call.undoes is None else policy.for_undo
