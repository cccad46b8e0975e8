"""The policy: allow, ask or refuse, by pure rules over the effects of a call and over facts.

It knows no HTTP, no MCP and no database.
"""
