"""A dialer of its own that speaks ChaseData's wire, for trying things out: nothing rings here.

This package itself is as light as its two constants. The rest is imported where it is used:

- `sandbox.dialer`: `Dialer`, the state and the rules, over SQLite in memory or in a file;
- `sandbox.app`: `create_app(dialer)`, the HTTP interface and the page under `/sandbox/`;
- `sandbox.faults`: `Faults`, `Fault` and `parse_faults`, for what goes wrong on purpose;
- `sandbox.embedded`: `SandboxTransport`, which calls the app in process for an `httpx` client;
- `sandbox.serving`: `serve`, which serves it on a port of loopback;
- `sandbox.seed`: the small call centre that it starts with, and the names to use in examples;
- `sandbox.transcript`: the vendor's parameters as this package read them.
"""

from chasedata_mcp.sandbox.identity import ACCID, TOKEN

__all__ = ["ACCID", "TOKEN"]
