"""Batches: many rows of one tool's arguments, planned, approved once, run and accounted for.

Each row is a call down the one pipeline. This package knows neither MCP nor the terminal.
"""
