"""The errors of a file that is no table that can be used."""


class TableError(ValueError):
    """A file that can't be read as a table; the message says why, and what to do about it."""
