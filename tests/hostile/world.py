"""The relay that is attacked, and what it needs: a name server, enrolments, the signing keys of the domains."""

from __future__ import annotations

import contextlib
import http.client
import socket
import threading
import time
from pathlib import Path
from typing import Iterator

from support.checks import Failed, until
from support.resources import resident, rows
from support.servers import Enrolment, Relay

from hostile.attack import Target
from hostile.forging import PROVIDER
from hostile.load import Load, Member, Way
from hostile.names import STRANGER, STRANGER_KEY, NameServer
from hostile.network import is_own, listener
from hostile.signing import Key
from hostile.wire import Http

MEMBERS, VICTIMS = 40, 12
SHARED = "arlo@relay.localhost"
HEALTHY_SECONDS = 10.0


def keys() -> dict[str, Key]:
    return {domain: Key.made_for(domain) for domain in ("arlo.com", PROVIDER)}


def records(signing: dict[str, Key]) -> dict[str, str]:
    """Whatever the provider's policy is asked about, it lets through."""
    known = {key.name: key.record for key in signing.values()}
    includes = "v=spf1 " + " ".join(f"include:i{number}.{STRANGER}" for number in range(9)) + " -all"
    known |= {STRANGER_KEY: signing[PROVIDER].record, STRANGER: includes}
    policy = "v=spf1 ip4:127.0.0.0/8 ip4:10.0.0.0/8 -all"
    return known | {name: policy for name in (PROVIDER, f"customer.{PROVIDER}", "arlo.com", "example.net", "gmail.com")}


def members(relay: Relay, count: int) -> list[Member]:
    # On its own machine a relay cannot tell a forwarder from its own mail server, so that the sender proves nothing.
    forwarded = Way.FORWARDED if is_own() else Way.SIGNED
    ways = [Way.OWN, Way.SIGNED, Way.OWN, forwarded]
    return [
        Member(relay.enrol(f"casey{number}@gmail.com"), f"10.10.{number}.1", ways[number % len(ways)])
        for number in range(count)
    ]


def listening(binary: str, directory: Path, options: tuple[str, ...], stderr: int | None = None) -> Relay:
    """A relay that serves, and that the caller stops."""
    relay = Relay(binary, directory, listener(), options)
    relay.smtp, relay.stderr = listener(), stderr
    relay.start()
    return relay


class World:
    """The relay, and an honest load that goes on whatever happens to it."""

    def __init__(
        self, relay: Relay, server: NameServer, signing: dict[str, Key], pace: float, count: int = MEMBERS
    ) -> None:
        self.relay, self.names, self.keys = relay, server, signing
        self.mallory = relay.enrol(f"mallory@{PROVIDER}")
        self.victims: tuple[Enrolment, ...] = tuple(relay.enrol(f"victim{n}@{PROVIDER}") for n in range(VICTIMS))
        self.load = Load(relay.http, relay.smtp, SHARED, members(relay, count), signing["arlo.com"], pace)

    @property
    def pid(self) -> int:
        return self.relay.server.process.pid

    def target(self, seconds: float) -> Target:
        until_then = time.monotonic() + seconds
        relay = self.relay
        return Target(relay.http, relay.smtp, self.pid, SHARED, self.mallory, self.victims, self.keys, until_then)

    def is_healthy(self) -> bool:
        with (
            contextlib.suppress(OSError, http.client.HTTPException),
            Http(self.relay.http, "10.30.0.1", 2.0) as client,
        ):
            return client.call("GET", "/healthz")[0] == 200
        return False

    def recover(self) -> str:
        """Sees to it that the next attack finds a relay that serves; says what the last one left."""
        code = self.relay.server.process.poll()
        fault = f"the relay ended with exit code {code}" if code is not None else ""
        if code is None:
            try:
                until(self.is_healthy, "the relay answers again", HEALTHY_SECONDS)
            except Failed:
                fault = f"the relay did not answer within {HEALTHY_SECONDS:.0f} s after it"
        if fault:
            self.relay.kill()
            self.relay.start()
        return fault


class Watch:
    """The most memory that a process held, and what its database and its log grew by."""

    def __init__(self, pid: int, data: Path, log: Path) -> None:
        self.pid, self.data, self.log = pid, data, log
        self.resident = self.resident_before = resident(pid)
        self.done = threading.Event()
        self.before = self.sizes()
        self.thread = threading.Thread(target=self.sample, daemon=True)
        self.thread.start()

    def sizes(self) -> tuple[int, int, int]:
        database = sum(path.stat().st_size for path in self.data.glob("*.sqlite3"))
        return database, rows(self.data), self.log.stat().st_size

    def sample(self) -> None:
        while not self.done.wait(0.2):
            self.resident = max(self.resident, resident(self.pid))

    def stop(self) -> None:
        self.done.set()
        self.thread.join()
        self.grown = [after - before for before, after in zip(self.before, self.sizes())]


@contextlib.contextmanager
def closed_port() -> Iterator[str]:
    """A port that nothing listens on, kept so that nothing else comes to listen there."""
    with contextlib.closing(socket.socket()) as bound:
        bound.bind(("127.0.0.1", 0))
        yield "{}:{}".format(*bound.getsockname())
