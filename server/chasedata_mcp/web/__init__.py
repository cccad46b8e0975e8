"""A server on a port of this machine: the socket, the guard on loopback, bounds, uvicorn.

It may not import what is served: no MCP, no approvals, no sandbox.
"""
