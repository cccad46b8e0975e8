"""Serving on a port of this machine: the socket, its hosts, bounds on connections, uvicorn.

It knows nothing of what is served: no MCP, no approvals, no sandbox.
"""
