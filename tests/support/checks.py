"""How a test waits, checks, and fails."""

from __future__ import annotations

import contextlib
import random
import socket
import time
from typing import Callable, TypeVar

WAIT_SECONDS = 30
Found = TypeVar("Found")


class Failed(AssertionError):
    """Something is not as it must be."""


def until(condition: Callable[[], Found], what: str, seconds: float = WAIT_SECONDS) -> Found:
    """Waits until the condition is true and returns its value; fails with the name of what it waited for."""
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        if time.monotonic() > deadline:
            raise Failed(f"not within {seconds:.0f} s: {what}")
        time.sleep(0.02)
    return found


def must(condition: object, what: object) -> None:
    if not condition:
        raise Failed(str(what))


def must_equal(found: object, expected: object, what: str) -> None:
    must(found == expected, f"{what}: {found!r} instead of {expected!r}")


def free_ports(count: int) -> list[int]:
    """For servers that take no port 0: ports that differ, below those that the system gives to clients: nobody takes one until it is listened on."""
    with contextlib.ExitStack() as stack:
        ports: list[int] = []
        while len(ports) < count:
            probe, port = stack.enter_context(socket.socket()), random.randrange(20000, 32000)
            with contextlib.suppress(OSError):
                probe.bind(("127.0.0.1", port))
                ports.append(port)
        return ports


def free_port() -> int:
    return free_ports(1)[0]
