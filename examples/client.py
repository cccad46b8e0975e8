"""A program of one's own: the MCP client of the Python SDK, connected to the embedded sandbox.

    python examples/client.py

It lists the tools, looks a lead up, and takes a number off the do-not-call list, which a person has
to confirm: at the terminal here, so without a terminal nobody says yes.
"""

import sys

import anyio
from mcp import Client, StdioServerParameters
from mcp.client.context import ClientRequestContext
from mcp_types import ElicitRequestFormParams, ElicitRequestParams, ElicitResult

SERVER = StdioServerParameters(
    command=sys.executable,
    args=["-m", "chasedata_mcp", "--sandbox"],
    env={"CHASEDATA_SANDBOX_FILE": ":memory:"},  # it keeps nothing
)


async def ask(context: ClientRequestContext, params: ElicitRequestParams) -> ElicitResult:
    """Put the server's question to the person at the terminal.

    Never answer for them: the number has to come from somebody who has read the question.
    """
    del context  # there is one session only
    print(f"\n{params.message}")
    if not (sys.stdin.isatty() and isinstance(params, ElicitRequestFormParams)):
        print("(nobody is at the terminal, so nobody says yes)")
        return ElicitResult(action="decline")
    label = params.requested_schema["properties"]["confirm"]["title"]
    typed = await anyio.to_thread.run_sync(input, f"{label}: ")
    return ElicitResult(action="accept", content={"confirm": typed})


async def main() -> None:
    """Connect, and make a few calls."""
    async with Client(SERVER, elicitation_callback=ask) as client:
        print(client.instructions)

        tools = await client.list_tools()
        print("\nTools:", ", ".join(tool.name for tool in tools.tools))

        found = await client.call_tool(
            "search_lead", {"search_field": "phone", "identifier": "(305) 555-0110"}
        )
        told = found.structured_content or {}
        print("\nLeads:", [lead["lead_id"] for lead in told["leads"]])

        wrong = await client.call_tool("search_lead", {"search_field": "name"})
        print("\nMistake:", (wrong.structured_content or {})["message"])

        allowed = await client.call_tool("delete_dnc", {"number": "212-555-0104"})
        told = allowed.structured_content or {}
        print(f"\n{told['outcome']} ({told.get('code', 'as asked')}): {told['message']}")


if __name__ == "__main__":
    anyio.run(main)
