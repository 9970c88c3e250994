"""Tests the simulated house with a client that others wrote: pyaarlo 0.8.0.27, unmodified.

Each scenario has its own simulated cloud and its own client process: an account of the second generation with its
events by server-sent events, by MQTT over websockets and by MQTT in TLS, and one of the third. Prints a line for each
scenario, and `N passed, N failed` last. Exit code 0 if all passed, 1 if one failed, 77 if nothing could run here.
"""

from __future__ import annotations

import argparse
import json
import os
import secrets
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

import compare  # noqa: E402 - the path above comes first
from support.checks import Failed  # noqa: E402
from support.reports import SKIPPED, report, summary  # noqa: E402
from support.servers import Server, direct  # noqa: E402
from support.venvs import Unavailable, python_of  # noqa: E402

CLIENT_SECONDS = 180
ACCOUNT = "casey@gmail.com"
STEPS = 9
# A scene of ten seconds takes one.
SPEED = "10"


@dataclass(frozen=True)
class Scenario:
    name: str
    generation: str
    mqtt: str | None
    # The event stream that the client must choose, as a request or a connection.
    subscribes: bool


SCENARIOS = [
    Scenario("server-sent events", "v2", None, subscribes=True),
    Scenario("MQTT over websockets", "v2", "wss", subscribes=False),
    Scenario("MQTT in TLS", "v2", "ssl", subscribes=False),
    Scenario("modes of a location, MQTT over websockets", "v3", "wss", subscribes=False),
    Scenario("modes of a location, server-sent events", "v3", None, subscribes=True),
]


def run(scenario: Scenario, cloud: str, python: Path, directory: Path) -> None:
    password = secrets.token_hex(8)
    # No mail is sent: the login needs no code.
    command = [cloud, "--smtp", "127.0.0.1:9", "--account", ACCOUNT, "--deliver-to", "k3y@relay.localhost"]
    command += ["--fault", "mfa-disabled", "--house", scenario.generation, "--speed", SPEED, "--control", "127.0.0.1:0"]
    authority = directory / "ca.pem"
    if scenario.mqtt:
        command += ["--mqtt", scenario.mqtt, "--ca-file", str(authority)]
    server = Server(command, directory / "cloud.log", ARLO_PASSWORD=password)
    try:
        where = ["--cloud", f"http://{server.address('http')}", "--control", f"http://{server.address('control')}"]
        environment = {"ARLO_PASSWORD": password, "NO_PROXY": "*", "no_proxy": "*", "TZ": "UTC"}
        if scenario.mqtt:
            environment["SSL_CERT_FILE"] = str(authority)
        client = [str(python), str(HERE / "client.py"), *where, "--account", ACCOUNT, "--generation", scenario.generation]
        with (directory / "client.log").open("ab") as log:
            done = subprocess.run(
                client,
                env={**os.environ, **environment},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                timeout=CLIENT_SECONDS,
                check=False,
            )
        steps = [json.loads(line) for line in done.stdout.splitlines()]
        if done.returncode != 0 or len(steps) != STEPS:
            raise Failed(f"the client ended with {done.returncode} after the steps {steps}")
        requests = requests_of(server)
        if ("GET /hmsweb/client/subscribe" in requests) != scenario.subscribes:
            raise Failed("the client chose the other event stream")
    except subprocess.TimeoutExpired:
        raise Failed(f"the client did not end within {CLIENT_SECONDS} s") from None
    finally:
        server.stop()


def requests_of(server: Server) -> list[str]:
    with direct.open(f"http://{server.address('control')}/requests", timeout=30) as answer:
        return json.load(answer)


def passes(scenario: Scenario, cloud: str, python: Path) -> bool | None:
    with tempfile.TemporaryDirectory(prefix="cameras-") as name:
        directory = Path(name)
        return report(scenario.name, partial(run, scenario, cloud, python, directory), directory)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cloud", required=True, metavar="PATH", help="the arlo-sim executable")
    parser.add_argument("--only", metavar="NAME", help="one scenario by its name")
    arguments = parser.parse_args()
    scenarios = [scenario for scenario in SCENARIOS if arguments.only in (None, scenario.name)]
    if not scenarios:
        parser.error(f"the scenarios are: {', '.join(each.name for each in SCENARIOS)}")
    try:
        # The environment of tests/pyaarlo: the same client.
        python = python_of("pyaarlo-0.8.0.27", HERE.parent / "pyaarlo" / "requirements.txt")
    except Unavailable as error:
        print(f"SKIPPED: pyaarlo cannot be installed: {error}", flush=True)
        return SKIPPED
    cloud = os.path.abspath(arguments.cloud)
    document = HERE.parent.parent / "docs" / "cameras.md"
    table = report("the table of the comparison", partial(compare.check, document), HERE / "no logs")
    with ThreadPoolExecutor(len(scenarios)) as pool:
        return summary([table, *pool.map(lambda each: passes(each, cloud, python), scenarios)])


if __name__ == "__main__":
    sys.exit(main())
