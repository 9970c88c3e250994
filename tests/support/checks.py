"""How a test waits, checks, and fails."""

from __future__ import annotations

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


def free_port() -> int:
    """For a server that takes no port 0."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
