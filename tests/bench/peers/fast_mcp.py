"""A naive server of fastmcp, over stdio; it runs in an environment of its own (`make bench`)."""

from fastmcp import FastMCP

import dialer

server = FastMCP("fastmcp")
server.tool(dialer.search_lead)
server.tool(dialer.update_lead)

if __name__ == "__main__":
    server.run(show_banner=False, log_level="ERROR")
