"""The jobs: several calls of the catalogue, one by one down the one pipeline, told as one.

They know nothing of MCP, HTTP or the dialer's wire; nothing is sent but by the pipeline.
"""
