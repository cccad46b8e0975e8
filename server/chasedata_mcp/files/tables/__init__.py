"""Tables in files of the user's own: CSV, TSV, JSON Lines, XLSX and XLS, read row by row.

It says what a file holds and what is wrong with it. It knows nothing of tools or leads.
"""

from chasedata_mcp.files.tables.errors import TableError
from chasedata_mcp.files.tables.table import Table, TableRow, open_table

__all__ = ["Table", "TableError", "TableRow", "open_table"]
