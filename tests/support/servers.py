"""The relay and the simulated Arlo cloud, as processes."""

from __future__ import annotations

import contextlib
import json
import os
import re
import secrets
import subprocess
import threading
import urllib.request
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Iterator

from support.checks import Failed
from support.reports import end_of

START_SECONDS = 30
COMMAND_SECONDS = 60
# Longer than the longest wait of a poll URL.
CALL_SECONDS = 90
# No proxy of the environment is used for the loopback.
direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))


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
            raise Failed(f"{self.name} did not become ready: {self.ready!r}\n{end_of(self.log)}")

    def address(self, listener: str) -> str:
        """Where it listens, as host:port."""
        found = re.search(rf"\b{listener}=(?:\w+://)?(\S+)", self.ready)
        if not found:
            raise Failed(f"no {listener}= in {self.ready!r}")
        return found[1]

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
            raise Failed(f"{self.name} ended with {code} on SIGTERM\n{end_of(self.log)}")


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

    @classmethod
    def from_json(cls, printed: str) -> Enrolment:
        """What `enroll --json` printed."""
        known = json.loads(printed)
        return cls(**{each.name: known[each.name] for each in fields(cls)})

    def another_token(self) -> str:
        """One with the form of a token that is no proof. The last letter holds fewer bits: not each one may stand there."""
        return self.token[:-2] + ("b" if self.token[-2] == "a" else "a") + self.token[-1]

    def prestage(self) -> str:
        """Begins a login request; its poll URL."""
        body, headers = json.dumps({"email": self.account}).encode(), {"Content-Type": "application/json"}
        request = urllib.request.Request(self.prestage_url, body, headers)
        with direct.open(request, timeout=CALL_SECONDS) as answer:
            return answer.read().decode()


def poll(url: str, wait: int = 0) -> dict:
    """What the poll URL answers, as soon as it changes or after `wait` seconds."""
    with direct.open(f"{url}?wait={wait}" if wait else url, timeout=CALL_SECONDS) as answer:
        return json.load(answer)


class Relay:
    """A relay with a data directory of its own."""

    def __init__(self, binary: str, directory: Path, http: str = "127.0.0.1:0", options: tuple[str, ...] = ()) -> None:
        self.binary, self.data, self.options = binary, directory / "data", options
        self.log = directory / "relay.log"
        self.http, self.smtp = http, "127.0.0.1:0"
        # Where it logs to instead of `log`.
        self.stderr: int | None = None
        # Variables of its environment beside those of this process.
        self.environment: dict[str, str] = {}
        self.server: Server | None = None

    def start(self) -> None:
        serve = [self.binary, "serve", "--http", self.http, "--smtp", self.smtp, "--data-dir", str(self.data)]
        command = [*serve, "--domain", "relay.localhost", *self.options]
        self.server = Server(command, self.log, self.stderr, **self.environment)
        # After a restart it has the same addresses: its clients know no others.
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
        """The whole log."""
        return self.log.read_text(errors="replace")

    def enrol(self, account: str, *options: str) -> Enrolment:
        command = [self.binary, "enroll", account, "--data-dir", str(self.data), "--json", *options]
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=COMMAND_SECONDS, check=False
        )
        if done.returncode != 0:
            raise Failed(f"enroll ended with {done.returncode}\n{done.stderr[-2000:]}")
        return Enrolment.from_json(done.stdout)


@contextlib.contextmanager
def relay(
    binary: str, directory: Path, http: str = "127.0.0.1:0", options: tuple[str, ...] = (), **environment: str
) -> Iterator[Relay]:
    running = Relay(binary, directory, http, options)
    running.environment = environment
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
    # Its control port's URL, where it was given one.
    control: str = ""

    def play(self, script: str) -> None:
        request = urllib.request.Request(f"{self.control}/play", script.encode(), method="POST")
        direct.open(request, timeout=COMMAND_SECONDS).close()


@contextlib.contextmanager
def cloud(
    binary: str,
    directory: Path,
    account: str,
    smtp: str,
    deliver_to: str,
    faults: tuple[str, ...] = (),
    controlled: bool = False,
) -> Iterator[Cloud]:
    password = secrets.token_hex(8)
    command = [binary, "--smtp", smtp, "--account", account, "--deliver-to", deliver_to]
    command += ["--control", "127.0.0.1:0"] if controlled else []
    for fault in faults:
        command += ["--fault", fault]
    server = Server(command, directory / "cloud.log", ARLO_PASSWORD=password)
    try:
        control = f"http://{server.address('control')}" if controlled else ""
        yield Cloud(f"http://{server.address('http')}", account, password, control)
    finally:
        server.stop()
