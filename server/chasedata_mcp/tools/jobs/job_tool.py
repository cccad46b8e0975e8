"""The base of the jobs: a tool whose calls are other tools' and go down the pipeline one by one."""

from typing import Any, Final

from typing_extensions import override

from chasedata_mcp.tools.base import Tool
from chasedata_mcp.tools.impact import Impact
from chasedata_mcp.tools.jobs.job_results import JobResult
from chasedata_mcp.tools.results import Result

JOBS_TOOLSET: Final = "jobs"


class JobTool(Tool):
    """A job, and one call of it; each of its steps is a call of an action."""

    @override
    def __init_subclass__(
        cls,
        *,
        impact: Impact,
        idempotent: bool,
        loses: bool = False,
        result: type[Result] = JobResult,
        **kwargs: Any,
    ) -> None:
        """Register the job's own facts.

        Args:
            impact: The gravest that one of its steps can have.
            idempotent: Twice is as once.
            loses: It may overwrite or remove what can't be got back.
            result: The class of its results.
            **kwargs: Pydantic's own.
        """
        super().__init_subclass__(**kwargs)
        cls._register(impact, result, JOBS_TOOLSET, idempotent=idempotent, loses=loses)
