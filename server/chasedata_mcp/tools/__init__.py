"""The tools: what each takes, what it would do, what it returns, and how it is published.

It knows no HTTP, no MCP and no database.
"""
