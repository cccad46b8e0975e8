"""Reading of the dialer's answers: frames, leads, agents, and the JSON that they come in.

The one place that interprets the dialer's text. It may not import the transport.
"""
