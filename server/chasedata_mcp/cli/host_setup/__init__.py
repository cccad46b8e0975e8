"""The settings of hosts on this machine: where they are, and one entry in each, set or removed.

It reads and writes files and starts nothing; the command is `cli/setup.py`.
"""
