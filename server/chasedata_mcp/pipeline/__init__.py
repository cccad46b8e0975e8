"""The one way to the dialer: a call is evaluated, approved, executed, recorded and read back.

It knows neither MCP nor the terminal.
"""
