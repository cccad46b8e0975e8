"""The frameworks for Python: each is driven by a program of a few lines, in a venv of its own."""

from collections.abc import Callable
from pathlib import Path

from hosting import Host, Launch, Place
from story import TASK

DRIVERS = Path(__file__).parent / "drivers"
Launcher = Callable[[Place], Launch]


def _driven(program: str, **settings: object) -> Launcher:
    def launch(place: Place) -> Launch:
        told = {"task": TASK, "model": place.model, "server": place.mcp_json(), **settings}
        config = place.write("config.json", told)
        environment = {
            "OPENAI_API_KEY": "scripted",
            "OPENAI_BASE_URL": f"{place.model}/v1",
            "OPENAI_API_BASE": f"{place.model}/v1",
        }
        return Launch(("python", str(DRIVERS / program), str(config)), environment)

    return launch


_AGENTS = "drive_openai_agents.py"
FRAMEWORKS = (
    Host("fastmcp", "FastMCP, client", "pypi", ("fastmcp",), _driven("drive_fastmcp.py")),
    Host(
        "openai-agents",
        "openai-agents",
        "pypi",
        ("openai-agents",),
        _driven(_AGENTS, strict=False, timeout=90),
    ),
    Host(
        "openai-agents-strict",
        "openai-agents, strict",
        "pypi",
        ("openai-agents",),
        _driven(_AGENTS, strict=True, timeout=90),
    ),
    Host(
        "langchain",
        "LangChain",
        "pypi",
        ("langchain-mcp-adapters", "langchain", "langchain-openai"),
        _driven("drive_langchain.py"),
    ),
    Host(
        "pydantic-ai",
        "Pydantic AI",
        "pypi",
        ("pydantic-ai-slim[openai,mcp]",),
        _driven("drive_pydantic_ai.py"),
    ),
    Host(
        "llama-index",
        "LlamaIndex",
        "pypi",
        ("llama-index-tools-mcp", "llama-index-core", "llama-index-llms-openai"),
        _driven("drive_llama_index.py", timeout=90),
    ),
)
