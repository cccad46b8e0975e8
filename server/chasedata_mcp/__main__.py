"""`python -m chasedata_mcp`: the same as the command `chasedata-mcp`."""

from chasedata_mcp.cli import main

if __name__ == "__main__":
    main()
