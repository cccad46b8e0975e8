"""Files of the user's own: texts, tables of rows, and who else can get at them.

It knows nothing of tools or leads.
"""
