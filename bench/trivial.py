"""The least a Python server can do: a WSGI callable that answers one customer's bytes, on mockbill's own server.

``python trivial.py PORT FILE``; FILE holds what it answers.
"""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from mockbill.server import Wsgi, serve


def answering(body: bytes) -> Wsgi:
    headers = [("Content-Type", "application/json"), ("Content-Length", str(len(body)))]

    def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
        environ["wsgi.input"].read()
        start_response("200 OK", headers)
        return [body]

    return app


if __name__ == "__main__":
    customer = Path(sys.argv[2]).read_bytes()
    serve(lambda url: answering(customer), "127.0.0.1", int(sys.argv[1]), lambda url: None)
