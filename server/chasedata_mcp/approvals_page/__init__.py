"""The approvals page: handlers, sessions, views and their templates.

It shows the calls that wait for a person and takes the answer; it may not import the MCP server.
"""
