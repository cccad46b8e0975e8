"""What a dialer's answers tell of its wire: observations in, findings, a report and a profile out.

It posts nothing and asks nobody: the command collects the answers.
"""
