"""The relay and the simulated Arlo cloud as the processes that they are."""

from __future__ import annotations

import contextlib
import json
import os
import re
import secrets
import socket
import subprocess
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Callable, Iterator, TypeVar

START_SECONDS = 30
COMMAND_SECONDS = 60
Found = TypeVar("Found")


class Failed(Exception):
    """Something did not go as it must."""


def until(condition: Callable[[], Found], what: str, seconds: float = START_SECONDS) -> Found:
    """Waits for the condition and gives what it gave; fails by its name when it does not come true."""
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        if time.monotonic() > deadline:
            raise Failed(f"not within {seconds:.0f} s: {what}")
        time.sleep(0.02)
    return found


def free_port() -> int:
    """For a server that takes no port 0."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """A process that prints one line `ready …` once it serves, and that ends with exit code 0 on SIGTERM."""

    def __init__(self, command: list[str], log: Path, stderr: int | None = None, **environment: str) -> None:
        """What it logs goes to the end of `log`, or to the descriptor `stderr`, which stays the caller's."""
        self.name, self.log = Path(command[0]).name, log
        with log.open("ab") as logged:
            self.process = subprocess.Popen(
                command,
                env={**os.environ, **environment},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=logged if stderr is None else stderr,
                text=True,
            )
        watchdog = threading.Timer(START_SECONDS, self.process.kill)
        watchdog.start()
        self.ready = self.process.stdout.readline().strip()
        watchdog.cancel()
        if not self.ready.startswith("ready "):
            self.process.kill()
            self.process.wait()
            raise Failed(f"{self.name} did not become ready: {self.ready!r}\n{self.said()[-2000:]}")

    def address(self, listener: str) -> str:
        """Where it listens, as host:port."""
        found = re.search(rf"\b{listener}=(?:\w+://)?(\S+)", self.ready)
        if not found:
            raise Failed(f"no {listener}= in {self.ready!r}")
        return found[1]

    def said(self) -> str:
        return self.log.read_text(errors="replace")

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()

    def stop(self) -> None:
        self.process.terminate()
        try:
            code = self.process.wait(START_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            code = self.process.wait()
        self.process.stdout.close()
        if code != 0:
            raise Failed(f"{self.name} ended with {code} on SIGTERM\n{self.said()[-2000:]}")


@dataclass
class Binaries:
    relay: str
    cloud: str

    @classmethod
    def at(cls, relay: str, cloud: str) -> Binaries:
        return cls(os.path.abspath(relay), os.path.abspath(cloud))


@dataclass
class Enrolment:
    account: str
    token: str
    relay_address: str
    prestage_url: str
    pyaarlo: dict


class Relay:
    """A relay with a data directory of its own."""

    def __init__(self, binary: str, directory: Path, http: str = "127.0.0.1:0", options: tuple[str, ...] = ()) -> None:
        self.binary, self.data, self.options = binary, directory / "data", options
        self.log = directory / "relay.log"
        self.http, self.smtp = http, "127.0.0.1:0"
        # Where it logs to instead of `log`.
        self.stderr: int | None = None
        self.server: Server | None = None

    def start(self) -> None:
        serve = [self.binary, "serve", "--http", self.http, "--smtp", self.smtp, "--data-dir", str(self.data)]
        self.server = Server([*serve, "--domain", "relay.localhost", *self.options], self.log, self.stderr)
        # Where it was it comes back: its clients know no other place.
        self.http, self.smtp = self.server.address("http"), self.server.address("smtp")

    def stop(self) -> None:
        if self.server:
            server, self.server = self.server, None
            server.stop()

    def restart(self) -> None:
        self.stop()
        self.start()

    def kill(self) -> None:
        if self.server:
            server, self.server = self.server, None
            server.kill()

    @property
    def url(self) -> str:
        return f"http://{self.http}"

    def said(self) -> str:
        return self.log.read_text(errors="replace")

    def enrol(self, account: str, *options: str) -> Enrolment:
        command = [self.binary, "enroll", account, "--data-dir", str(self.data), "--json", *options]
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=COMMAND_SECONDS, check=False
        )
        if done.returncode != 0:
            raise Failed(f"enroll ended with {done.returncode}\n{done.stderr[-2000:]}")
        told = json.loads(done.stdout)
        wanted = ("account", "token", "relay_address", "prestage_url", "pyaarlo")
        return Enrolment(**{name: told[name] for name in wanted})


@contextlib.contextmanager
def relay(binary: str, directory: Path, http: str = "127.0.0.1:0", options: tuple[str, ...] = ()) -> Iterator[Relay]:
    running = Relay(binary, directory, http, options)
    running.start()
    try:
        yield running
    finally:
        running.stop()


@dataclass
class Cloud:
    """A simulated Arlo cloud with one account."""

    url: str
    account: str
    password: str = field(repr=False)


@contextlib.contextmanager
def cloud(
    binary: str, directory: Path, account: str, smtp: str, deliver_to: str, faults: tuple[str, ...] = ()
) -> Iterator[Cloud]:
    password = secrets.token_hex(8)
    command = [binary, "--smtp", smtp, "--account", account, "--deliver-to", deliver_to]
    for fault in faults:
        command += ["--fault", fault]
    server = Server(command, directory / "cloud.log", ARLO_PASSWORD=password)
    try:
        yield Cloud(f"http://{server.address('http')}", account, password)
    finally:
        server.stop()
