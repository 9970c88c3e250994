"""What the comparison of clients is made of: a simulated house, a client as a process, and what that process uses."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import signal
import subprocess
import threading
import time
import urllib.request
from pathlib import Path
from typing import Callable, Iterator

from support.checks import Failed
from support.servers import Server, direct

ACCOUNT = "casey@gmail.com"
# Scenes take a thousandth of their time.
SPEED = "1000"
STOP_SECONDS = 10


class House:
    """A simulated Arlo cloud with one account and a house of its own."""

    def __init__(self, server: Server, password: str, authority: Path | None) -> None:
        self.url = f"http://{server.address('http')}"
        self.control = f"http://{server.address('control')}"
        self.password, self.authority = password, authority

    def play(self, script: str) -> None:
        request = urllib.request.Request(f"{self.control}/play", script.encode(), method="POST")
        direct.open(request, timeout=30).close()

    def state(self) -> dict:
        with direct.open(f"{self.control}/state", timeout=30) as answer:
            return json.load(answer)

    def requests(self) -> list[str]:
        with direct.open(f"{self.control}/requests", timeout=30) as answer:
            return json.load(answer)

    def has_stream(self) -> bool:
        return self.state()["streams"] > 0

    def environment(self) -> dict[str, str]:
        """For either client. The time zone is the house's, so that a recording of today is one for both."""
        known = {**os.environ, "ARLO_PASSWORD": self.password, "NO_PROXY": "*", "no_proxy": "*", "TZ": "UTC"}
        known |= {"ARLO_ACCOUNT": ACCOUNT, "ARLO_HOST": self.url, "ARLO_AUTH_HOST": self.url}
        if self.authority:
            known |= {"SSL_CERT_FILE": str(self.authority), "ARLO_BROKER_CA_FILE": str(self.authority)}
        return known


@contextlib.contextmanager
def house(cloud: str, directory: Path, mqtt: str | None, *options: str) -> Iterator[House]:
    """A house whose events come by this transport of MQTT, or by server-sent events."""
    directory.mkdir(parents=True)
    password = secrets.token_hex(8)
    # No mail is sent: the login needs no code.
    command = [cloud, "--smtp", "127.0.0.1:9", "--account", ACCOUNT, "--deliver-to", "k3y@relay.localhost"]
    command += ["--fault", "mfa-disabled", "--house", "v2", "--speed", SPEED, "--control", "127.0.0.1:0", *options]
    authority = directory / "ca.pem" if mqtt else None
    if authority:
        command += ["--mqtt", mqtt, "--ca-file", str(authority)]
    server = Server(command, directory / "cloud.log", ARLO_PASSWORD=password)
    try:
        yield House(server, password, authority)
    finally:
        server.kill()


class Client:
    """A process that prints a JSON object a line. `said` has each with the time at which it came, in nanoseconds."""

    def __init__(self, command: list[str], environment: dict[str, str], log: Path) -> None:
        self.said: list[tuple[int, dict]] = []
        self.changed = threading.Condition()
        self.began = time.monotonic()
        with log.open("ab") as stderr:
            self.process = subprocess.Popen(
                command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=stderr, text=True
            )
        self.usage = Usage(self.process.pid)
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self) -> None:
        for line in self.process.stdout:
            at = time.time_ns()
            with contextlib.suppress(ValueError), self.changed:
                self.said.append((at, json.loads(line)))
                self.changed.notify_all()

    def heard(self, wanted: Callable[[dict], object], seconds: float) -> bool:
        """Whether it says something like that, now or within the time."""

        def came() -> bool:
            return any(wanted(said) for _, said in self.said)

        with self.changed:
            return self.changed.wait_for(came, seconds)

    def forget(self) -> None:
        with self.changed:
            self.said.clear()

    def ask(self, question: str) -> None:
        self.process.stdin.write(f"{question}\n")
        self.process.stdin.flush()

    def stop(self) -> None:
        self.usage.end()
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process.stdin.close()
        self.reader.join(STOP_SECONDS)


class Usage:
    """The processor time of a process, to the nanosecond. Linux gives it for each thread, so they are looked at often
    enough that little of one that ends is lost."""

    INTERVAL = 0.5

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.threads: dict[str, int] = {}
        self.lock = threading.Lock()
        self.ended = threading.Event()
        threading.Thread(target=self._look_often, daemon=True).start()

    def _look_often(self) -> None:
        while not self.ended.wait(self.INTERVAL):
            self.processor()

    def processor(self) -> float:
        """Seconds since its start."""
        with self.lock, contextlib.suppress(OSError):
            for thread in os.listdir(f"/proc/{self.pid}/task"):
                with contextlib.suppress(OSError, IndexError):
                    spent = Path(f"/proc/{self.pid}/task/{thread}/schedstat").read_text().split()[0]
                    self.threads[thread] = int(spent)
        return sum(self.threads.values()) / 1e9

    def memory(self) -> tuple[float, float]:
        """Resident megabytes, and how many of them are the process's own and no file's."""
        lines = Path(f"/proc/{self.pid}/status").read_text().splitlines()
        sizes = dict(line.split(":", 1) for line in lines if ":" in line)
        resident, own = (int(sizes[key].split()[0]) * 1024 / 1e6 for key in ("VmRSS", "RssAnon"))
        return resident, own

    def end(self) -> None:
        self.ended.set()


def until(condition: Callable[[], object], seconds: float) -> bool:
    """Whether the condition is true now or within the time."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


def must_open(client: Client, at: House, seconds: float = 60) -> None:
    if not until(lambda: client.process.poll() is None and at.has_stream(), seconds):
        raise Failed(f"the client opened no event stream within {seconds:.0f} s")
