"""A naive server of the SDK's `MCPServer`, over stdio."""

from mcp.server.mcpserver import MCPServer

import dialer

server = MCPServer("mcp-server", log_level="ERROR")
server.add_tool(dialer.search_lead)
server.add_tool(dialer.update_lead)

if __name__ == "__main__":
    server.run()
