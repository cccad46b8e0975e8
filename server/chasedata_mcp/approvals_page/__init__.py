"""The approvals page: handlers, sessions, views and their templates.

It shows what waits for a person and takes the answer; it may not import the MCP server.
"""
