"""A reverse proxy under a path prefix, as people put one in front of a relay; it watches what passes.

It checks that every answer of the pyaarlo REST API is one that this client survives: HTTP 200, JSON, an object in
`data`, within ten seconds.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import ssl
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Callable

from support.serving import serving

CLIENT_SECONDS = 10


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.forward()

    def do_POST(self) -> None:
        self.forward()

    def forward(self) -> None:
        proxy: Proxy = self.server
        path, query = self.path.partition("?")[::2]
        if not path.startswith(proxy.prefix + "/"):
            self.send_error(404)
            return
        path = path[len(proxy.prefix) :]
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        kept = {name: value for name, value in self.headers.items() if name.lower() not in ("host", "connection")}
        began = time.monotonic()
        upstream = http.client.HTTPConnection(proxy.upstream, timeout=60)
        upstream.request(self.command, path + ("?" + query if query else ""), body, kept)
        # Not before: a connection on which nothing was sent yet is no call that the relay has.
        watcher = proxy.watcher
        if watcher:
            threading.Thread(target=watcher, args=(path,), daemon=True).start()
        answer = upstream.getresponse()
        content = answer.read()
        upstream.close()
        proxy.note(path, answer.status, content, time.monotonic() - began)
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.headers.get("Content-Type", "application/octet-stream"))
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """The access log of such a proxy would hold tokens: there is none."""


class Proxy(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, address: tuple[str, int], upstream: str, prefix: str) -> None:
        super().__init__(address, Handler)
        self.upstream, self.prefix = upstream, prefix
        self.passed: list[str] = []
        self.faults: list[str] = []
        self.watcher: Callable[[str], None] | None = None

    def secure(self, context: ssl.SSLContext) -> None:
        """From now on what connects has to speak TLS."""
        self.socket = context.wrap_socket(self.socket, server_side=True)

    def note(self, path: str, status: int, content: bytes, seconds: float) -> None:
        self.passed.append(path)
        if seconds >= CLIENT_SECONDS:
            self.faults.append(f"{path} took {seconds:.1f} s")
        try:
            answer = json.loads(content)
            if status != 200 or not isinstance(answer["data"], dict):
                self.faults.append(f"{path} answered {status} without an object in data")
        except (ValueError, KeyError, TypeError):
            self.faults.append(f"{path} answered {status} without the JSON that its client needs")


def proxy(host: str, port: int, upstream: str, prefix: str = "") -> contextlib.AbstractContextManager[Proxy]:
    return serving(Proxy((host, port), upstream, prefix))
