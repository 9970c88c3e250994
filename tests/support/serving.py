"""A server of this program, in a thread of its own."""

from __future__ import annotations

import contextlib
import socketserver
import threading
from typing import Iterator, TypeVar

Served = TypeVar("Served", bound=socketserver.BaseServer)


@contextlib.contextmanager
def serving(server: Served) -> Iterator[Served]:
    """The server answers until the end of the block."""
    with server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield server
        finally:
            server.shutdown()
