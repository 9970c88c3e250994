"""Proves the relay with a client that no one here wrote: pyaarlo, unmodified, logs in to the simulated Arlo cloud.

Each scenario has its own cloud, its own relay and its own client process, all at the same time; pyaarlo drops the port
of the relay's URL, so each relay serves on port 80 of a loopback address of its own. Prints a line per scenario and
`N passed, N failed` last. Exit code 0 if all passed, 1 if one failed, 77 if port 80 cannot be bound here.
"""

import argparse
import contextlib
import json
import os
import re
import secrets
import socket
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Callable, Iterator

SKIPPED = 77
START_SECONDS = 30
LOGIN_SECONDS = 150
CAMERAS = ["Front door", "Garden"]


class Failed(Exception):
    """A scenario did not go as it must."""


@dataclass
class Binaries:
    relay: str
    cloud: str


@dataclass
class Login:
    """What one run of login.py gave."""

    exit_code: int
    result: dict
    stderr: str

    def must_succeed(self) -> None:
        if self.exit_code != 0 or not self.result["connected"] or self.result["cameras"] != CAMERAS:
            raise Failed(f"the login failed: {self.result.get('last_error')}\n{self.stderr[-2000:]}")

    def must_fail_with(self, error: str) -> None:
        if self.exit_code != 1 or self.result["connected"]:
            raise Failed("the login succeeded, or the client crashed")
        if error not in str(self.result["last_error"]):
            raise Failed(f"the login failed with {self.result['last_error']!r} instead of {error!r}")


class Stage:
    """One relay, one cloud and one enrolled account."""

    def __init__(self, host: str, cloud_url: str, account: str, token: str, password: str) -> None:
        self.host, self.cloud_url, self.account, self.token, self.password = host, cloud_url, account, token, password

    def log_in(self, *options: str, token: str | None = None) -> Login:
        script = Path(__file__).with_name("login.py")
        where = ["--cloud", self.cloud_url, "--relay", f"http://{self.host}", "--account", self.account]
        secret = {"ARLO_PASSWORD": self.password, "RELAY_TOKEN": token or self.token}
        done = subprocess.run(
            [sys.executable, str(script), *where, *options],
            env={**os.environ, **secret, "NO_PROXY": "*", "no_proxy": "*"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=LOGIN_SECONDS,
            check=False,
        )
        lines = done.stdout.splitlines()
        if len(lines) != 1:
            raise Failed(f"the client crashed\n{done.stderr[-2000:]}")
        return Login(done.returncode, json.loads(lines[0]), done.stderr)


@dataclass
class Scenario:
    name: str
    play: Callable[[Stage], None]
    account: str = "casey@gmail.com"
    faults: tuple[str, ...] = ()


def logs_in(stage: Stage) -> None:
    stage.log_in("--no-stop").must_succeed()


def logs_in_and_out(stage: Stage) -> None:
    stage.log_in().must_succeed()


def wrong_token(stage: Stage) -> None:
    login = stage.log_in("--code-timeout", "7", token="wrong-" + stage.token[:8])
    login.must_fail_with("code retrieval failed")


def wrong_code(stage: Stage) -> None:
    stage.log_in().must_fail_with("login failed: finish failed: 400 - Invalid OTP")


def trusted_browser(stage: Stage) -> None:
    """The second login needs no code: with a token that gets none it succeeds all the same."""
    with tempfile.TemporaryDirectory(prefix="pyaarlo-") as storage:
        options = ["--no-stop", "--storage-dir", storage, "--code-timeout", "7"]
        stage.log_in(*options).must_succeed()
        stage.log_in(*options, token="wrong").must_succeed()


SCENARIOS = [
    Scenario("plain", logs_in_and_out),
    Scenario("plus-addressed account", logs_in, account="casey.jones+arlo@gmail.com"),
    Scenario("account of another domain", logs_in, account="casey@example.org"),
    Scenario("two mails", logs_in, faults=("two-mails",)),
    Scenario("stale mail first", logs_in, faults=("stale-mail-first",)),
    Scenario("late mail", logs_in, faults=("slow-mail=9",)),
    Scenario("trusted browser", trusted_browser),
    Scenario("wrong token", wrong_token),
    Scenario("wrong code", wrong_code, faults=("wrong-otp",)),
]


@contextlib.contextmanager
def running(command: list[str], log: Path, **environment: str) -> Iterator[str]:
    """Runs a server and gives the line that says it is ready; at the end SIGTERM must end it with exit code 0."""
    with log.open("wb") as stderr:
        process = subprocess.Popen(
            command,
            env={**os.environ, **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
        )
    watchdog = threading.Timer(START_SECONDS, process.kill)
    watchdog.start()
    try:
        ready = process.stdout.readline().strip()
        watchdog.cancel()
        if not ready.startswith("ready "):
            raise Failed(f"{command[0]} did not become ready: {ready!r}\n{log.read_text(errors='replace')[-2000:]}")
        yield ready
    finally:
        watchdog.cancel()
        process.terminate()
        try:
            code = process.wait(START_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            code = process.wait()
        process.stdout.close()
    if code != 0:
        raise Failed(f"{command[0]} ended with {code} on SIGTERM")


def ready_address(ready: str, name: str) -> str:
    found = re.search(rf"\b{name}=(?:\w+://)?(\S+)", ready)
    if not found:
        raise Failed(f"no {name}= in {ready!r}")
    return found[1]


def enrol(binaries: Binaries, account: str, data: Path) -> dict:
    command = [binaries.relay, "enroll", account, "--data-dir", str(data), "--json"]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, check=False)
    if done.returncode != 0:
        raise Failed(f"enroll ended with {done.returncode}\n{done.stderr[-2000:]}")
    return json.loads(done.stdout)


def play(scenario: Scenario, host: str, binaries: Binaries, directory: Path) -> None:
    data = directory / "data"
    serve = [binaries.relay, "serve", "--http", f"{host}:80", "--smtp", "127.0.0.1:0"]
    serve += ["--data-dir", str(data), "--domain", "relay.localhost"]
    with running(serve, directory / "relay.log") as ready:
        enrolment = enrol(binaries, scenario.account, data)
        password = secrets.token_hex(8)
        cloud = [binaries.cloud, "--smtp", ready_address(ready, "smtp"), "--account", scenario.account]
        cloud += ["--deliver-to", enrolment["relay_address"]]
        for fault in scenario.faults:
            cloud += ["--fault", fault]
        with running(cloud, directory / "cloud.log", ARLO_PASSWORD=password) as cloud_ready:
            url = "http://" + ready_address(cloud_ready, "http")
            scenario.play(Stage(host, url, scenario.account, enrolment["token"], password))


def report(scenario: Scenario, host: str, binaries: Binaries) -> bool:
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="relay-") as directory:
        try:
            play(scenario, host, binaries, Path(directory))
        except Exception as error:  # noqa: BLE001 - whatever it is, the others go on
            reason = error if isinstance(error, Failed) else f"{type(error).__name__}: {error}"
            logs = "".join(f"\n--- {log.name}\n{log.read_text(errors='replace')[-2000:]}" for log in Path(directory).glob("*.log"))
            print(f"FAILED {scenario.name}: {reason}{logs}", flush=True)
            return False
    print(f"ok     {scenario.name} ({time.monotonic() - began:.1f} s)", flush=True)
    return True


def loopback_hosts(count: int) -> list[str]:
    """Loopback addresses whose port 80 is free; an OSError of the last one tried if there are not that many."""
    hosts, failure = [], None
    for last in range(2, 255):
        if len(hosts) == count:
            break
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((f"127.0.0.{last}", 80))
                hosts.append(f"127.0.0.{last}")
            except OSError as error:
                failure = error
    if len(hosts) < count:
        raise failure
    return hosts


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--relay", required=True, metavar="PATH", help="the arlo-relay executable")
    parser.add_argument("--cloud", required=True, metavar="PATH", help="the arlo-sim executable")
    parser.add_argument("--only", metavar="NAME", help="one scenario by its name")
    arguments = parser.parse_args()
    chosen = [scenario for scenario in SCENARIOS if arguments.only in (None, scenario.name)]
    if not chosen:
        parser.error("the scenarios are: " + ", ".join(scenario.name for scenario in SCENARIOS))

    try:
        hosts = loopback_hosts(len(chosen))
    except OSError as error:
        print(f"SKIPPED: pyaarlo reaches a relay on port 80 only, and none can be bound: {error.strerror}", flush=True)
        return SKIPPED

    binaries = Binaries(relay=os.path.abspath(arguments.relay), cloud=os.path.abspath(arguments.cloud))
    with ThreadPoolExecutor(len(chosen)) as pool:
        outcomes = list(pool.map(lambda pair: report(*pair, binaries), zip(chosen, hosts)))
    passed = sum(outcomes)
    print(f"{passed} passed, {len(outcomes) - passed} failed", flush=True)
    return 0 if passed == len(outcomes) else 1


if __name__ == "__main__":
    sys.exit(main())
