"""What a login costs: `arlo-relay login` beside pyaarlo, with the code coming by mail through a relay.

Both log in to the simulated Arlo, through proxies that count what passes. A login is over when Arlo has answered the
last request for the session. pyaarlo's second login is that of a trusted browser. Ours uses the saved session, and
after the session's end it is a trusted browser, too.
"""

from __future__ import annotations

import os
import socket
import socketserver
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Callable, Iterator

TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS), str(TESTS / "cameras")]

from measure import Usage  # noqa: E402 - the path above comes first
from pyaarlo.run import loopback_hosts  # noqa: E402
from support.checks import Failed  # noqa: E402
from support.servers import Cloud, Enrolment, cloud, relay  # noqa: E402
from support.serving import serving  # noqa: E402
from support.venvs import python_of  # noqa: E402

ACCOUNT = "casey@gmail.com"
SESSION = b"/hmsweb/users/session/"
ROUNDS = 3
LOGIN_SECONDS = 150


@dataclass
class Exchange:
    """One request and its answer, as bytes."""

    request: bytearray = field(default_factory=bytearray)
    answered: int = 0

    @property
    def is_session(self) -> bool:
        return self.request.split(b" ", 2)[1].startswith(SESSION)


class Passage(socketserver.BaseRequestHandler):
    """One connection, through which a client sends no request before it has the answer to the one before."""

    def handle(self) -> None:
        counter: Counter = self.server
        with socket.create_connection(counter.upstream) as upstream:
            self.exchange: Exchange | None = None
            back = threading.Thread(target=self.pump, args=(upstream, self.request, self.answer), daemon=True)
            back.start()
            self.pump(self.request, upstream, self.ask)
            back.join()

    def pump(self, source: socket.socket, to: socket.socket, count: Callable[[bytes], None]) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                count(data)
                to.sendall(data)
        with suppress(OSError):
            to.shutdown(socket.SHUT_WR)

    def ask(self, data: bytes) -> None:
        if self.exchange is None or self.exchange.answered:
            self.exchange = Exchange()
            self.server.exchanges.append(self.exchange)
        self.exchange.request += data

    def answer(self, data: bytes) -> None:
        self.exchange.answered += len(data)
        if self.server.on_answer:
            self.server.on_answer(self.exchange)


class Counter(socketserver.ThreadingTCPServer):
    """A proxy of TCP that keeps what passes. `on_answer` is called before an answer goes on to the client."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, address: tuple[str, int], upstream: str) -> None:
        super().__init__(address, Passage)
        host, port = upstream.rsplit(":", 1)
        self.upstream = host, int(port)
        self.exchanges: list[Exchange] = []
        self.on_answer: Callable[[Exchange], None] | None = None

    @property
    def url(self) -> str:
        host, port = self.server_address
        return f"http://{host}" if port == 80 else f"http://{host}:{port}"


@dataclass
class Setup:
    """A cloud and a relay, each behind a proxy that counts."""

    arlo: Counter
    relay: Counter
    cloud: Cloud
    enrolment: Enrolment
    relay_program: str
    # Where a client keeps what it remembers.
    kept: Path

    def pyaarlo(self) -> list[str]:
        python = python_of("pyaarlo-0.8.0.27", TESTS / "pyaarlo" / "requirements.txt")
        command = [str(python), str(TESTS / "pyaarlo" / "login.py"), "--account", ACCOUNT, "--cloud", self.arlo.url]
        return [*command, "--relay", self.relay.url, "--no-stop", "--storage-dir", str(self.kept)]

    def ours(self) -> list[str]:
        command = [self.relay_program, "login", "--account", ACCOUNT, "--host", self.arlo.url, "--json"]
        command += ["--auth-host", self.arlo.url, "--codes", f"relay:{self.enrolment.prestage_url}"]
        return [*command, "--session-file", str(self.kept / "session.json")]

    def log_in(self, command: list[str]) -> dict[str, float]:
        """What a login used, by the titles below."""
        self.arlo.exchanges.clear()
        self.relay.exchanges.clear()
        secrets = {"ARLO_PASSWORD": self.cloud.password, "RELAY_TOKEN": self.enrolment.token}
        secrets |= {"ARLO_RELAY_TOKEN": self.enrolment.token, "NO_PROXY": "*", "no_proxy": "*"}
        over: tuple[float, float] | None = None
        began = time.monotonic()
        process = subprocess.Popen(
            command,
            env={**os.environ, **secrets},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        usage = Usage(process.pid)

        def look(exchange: Exchange) -> None:
            nonlocal over
            if exchange.is_session:
                over = time.monotonic() - began, usage.processor()

        self.arlo.on_answer = look
        _, stderr = process.communicate(timeout=LOGIN_SECONDS)
        usage.end()
        if process.returncode != 0 or over is None:
            raise Failed(f"a login failed: {stderr.decode()[-2000:]}")
        # The same request shows that a saved session has ended. What pyaarlo does after the last one is no login.
        last = max(number for number, exchange in enumerate(self.arlo.exchanges) if exchange.is_session)
        login = self.arlo.exchanges[: last + 1]
        seconds, processor = over
        return {
            "requests to Arlo": len(login),
            "bytes to Arlo": sum(len(each.request) for each in login),
            "bytes from Arlo": sum(each.answered for each in login),
            "requests to the relay": len(self.relay.exchanges),
            "bytes to and from the relay": sum(len(each.request) + each.answered for each in self.relay.exchanges),
            "processor time": processor * 1e3,
            "time": seconds * 1e3,
        }


# The logins that one client makes in a row.
CODE, AGAIN, ENDED = "login with a code", "login again", "login after the session's end"


def logins_of(
    client: Callable[[Setup], list[str]], relay_program: str, cloud_program: str
) -> dict[str, dict[str, float]]:
    """What each login of a new client used."""
    with ExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="client-")))
        # pyaarlo drops the port of the relay's URL.
        [host] = loopback_hosts(1)
        running = stack.enter_context(relay(relay_program, directory, options=("--public-url", f"http://{host}")))
        enrolment = running.enrol(ACCOUNT)
        addresses = running.smtp, enrolment.relay_address
        arlo = stack.enter_context(cloud(cloud_program, directory, ACCOUNT, *addresses, controlled=True))
        to_arlo = stack.enter_context(serving(Counter(("127.0.0.1", 0), arlo.url.removeprefix("http://"))))
        to_relay = stack.enter_context(serving(Counter((host, 80), running.http)))
        kept = directory / "kept"
        kept.mkdir()
        setup = Setup(to_arlo, to_relay, arlo, enrolment, relay_program, kept)
        found = {name: setup.log_in(client(setup)) for name in (CODE, AGAIN)}
        arlo.play("expire-tokens")
        return found | {ENDED: setup.log_in(client(setup))}


def logins(relay_program: str, cloud_program: str) -> Iterator[tuple[str, str, float, float]]:
    """Each figure with its unit: of `arlo-relay login`, and of pyaarlo. They are medians."""
    clients = Setup.ours, Setup.pyaarlo
    rounds = [[logins_of(client, relay_program, cloud_program) for client in clients] for _ in range(ROUNDS)]
    for login, used in rounds[0][0].items():
        for what in used:
            ours, theirs = (statistics.median(each[client][login][what] for each in rounds) for client in (0, 1))
            if ours or theirs:
                yield f"{login}: {what}", "ms" if "time" in what else "a login", ours, theirs
