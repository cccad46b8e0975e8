"""The tools: their arguments, effects, results, and the schemas that are published.

It knows no HTTP, no MCP and no database.
"""
