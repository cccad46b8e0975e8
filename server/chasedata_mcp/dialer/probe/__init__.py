"""A dialer's wire as its answers tell it: observations in; findings, report and profile out.

It posts nothing and asks nobody: the command collects the answers.
"""
