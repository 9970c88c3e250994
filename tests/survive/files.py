"""Few file descriptors, and more connections than they allow."""

from __future__ import annotations

import contextlib
import socket
from pathlib import Path

from hostile.wire import place
from support.checks import Failed, must, until
from support.reports import end_of

from survive.setup import Setup
from survive.wrapped import injected, limited

CONNECTIONS = 150
# Descriptors, and the households that find places among them.
LIMITS = {256: 4, 48: 1}
TOO_FEW = 12


def few(binary: str, directory: Path) -> None:
    for files, households in LIMITS.items():
        crowded(binary, directory, files, households)
    setup = Setup(binary, directory)
    setup.relay.binary = limited(directory, binary, TOO_FEW)
    with contextlib.suppress(Failed):
        setup.relay.start()
        setup.relay.kill()
    must("panicked" not in end_of(setup.relay.log), f"the relay panics with {TOO_FEW} descriptors")


def crowded(binary: str, directory: Path, files: int, households: int) -> None:
    inside = directory / str(files)
    inside.mkdir()
    setup = Setup(binary, inside)
    setup.relay.binary = limited(inside, binary, files)
    held: list[socket.socket] = []
    try:
        setup.relay.start()
        setup.enrol(households)
        must(not (faults := setup.act(1.0)), faults)
        for number in range(CONNECTIONS):
            for address in (setup.relay.http, setup.relay.smtp):
                with contextlib.suppress(OSError):
                    held.append(socket.create_connection(place(address), 1.0, (f"127.9.{number}.1", 0)))
        for connection in held:
            with contextlib.suppress(OSError):
                connection.sendall(b"GET /healthz HTTP/1.1\r\n")
        # Some households get through and some do not: what they are answered has to be true.
        refused = setup.act(1.0, 1)
        must(setup.relay.server.process.poll() is None, f"the relay ended: {end_of(setup.relay.log)}")
        for connection in held:
            connection.close()
        for client in setup.clients:
            client.household.close(float("inf"))
        until(lambda: setup.health() == 200, "the relay serves again when the connections are gone")
        until(lambda: not setup.act(0.5, 2), "every household is served again")
        setup.must_hold()
        print(f"{files} descriptors, {len(held)} connections: {len(refused)} households were refused", flush=True)
    finally:
        setup.relay.kill()


def none_left(binary: str, directory: Path) -> None:
    """The system refuses each second connection, as it does when no descriptors are left: nobody is lost for it."""
    setup = Setup(binary, directory)
    try:
        setup.start_under(injected(directory, binary, "accept4", "error=EMFILE:when=2+2"), 6)
        must(not (faults := setup.act(4.0)), faults)
        must("open files" in setup.relay.said(), "the relay does not log that the system refuses connections")
        setup.must_hold()
        print(f"{setup.delivered()} logins while each second connection is refused at first", flush=True)
    finally:
        setup.relay.kill()
