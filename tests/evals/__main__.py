"""`make evals`: which calls does a model make for what people say? It needs a model's endpoint.

    make evals ENDPOINT=http://127.0.0.1:11434/v1 MODEL=qwen3
    make evals ENDPOINT=https://api.anthropic.com/v1 PROTOCOL=anthropic MODEL=NAME

The key, where the endpoint wants one, is in EVALS_KEY. Each request gets a server of its own with a
sandbox, so that nothing is called; nobody says yes to what would be asked.
"""

import argparse
import os
import sys
from functools import partial
from pathlib import Path

import anyio
import httpx

from evals.conversation import calls_for_each
from evals.endpoints import PROTOCOLS, EndpointError, connect
from evals.report import as_json, as_text, judge
from evals.request_file import load_requests


def main() -> int:
    """Measure a model, print what went wrong, and give 1 where something was written wrongly."""
    chosen = _arguments()
    requests = [one for one in load_requests() if chosen.only.lower() in one.says.lower()]
    begin = partial(PROTOCOLS[chosen.protocol], _client(chosen), chosen.model)
    try:
        calls = anyio.run(calls_for_each, requests, begin)
    except* EndpointError as errors:
        sys.exit(f"the endpoint: {errors.exceptions[0]}")
    judged = judge(requests, calls)
    if chosen.report:
        chosen.report.write_text(as_json(judged), "utf-8")
    sys.stdout.write(as_text(judged) + "\n")
    return 0 if all(one.score.harmless for one in judged) else 1


def _client(chosen: argparse.Namespace) -> httpx.AsyncClient:
    return connect(chosen.protocol, chosen.endpoint, os.environ.get("EVALS_KEY", "none"))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="evals", description=__doc__)
    parser.add_argument("--endpoint", required=True, help="its address, up to and with /v1")
    parser.add_argument("--model", required=True)
    parser.add_argument("--protocol", choices=PROTOCOLS, default="openai")
    parser.add_argument("--only", default="", metavar="TEXT", help="requests that say this")
    parser.add_argument("--report", type=Path, help="every request with its calls, as JSON")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
