"""A value of JSON as the text of a cell, in a line of a file or in a row of a call."""


def write_cell(value: object) -> str | None:
    """Write a value as a cell's text; None for a list or an object, which no cell can hold."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case str():
            return value
        case int() | float():
            return repr(value)
        case _:
            return None
