"""A broker, a reader of it, a simulated house, and the bridge between them."""

from __future__ import annotations

import contextlib
import json
import os
import re
import secrets
import shutil
import socket
import subprocess
import textwrap
import threading
from pathlib import Path

import paho.mqtt.client as paho
from support.checks import Failed, free_port, must, until
from support.reports import end_of
from support.servers import Server, direct

ACCOUNT = "casey@gmail.com"
PASSWORD = "correct horse"
USER = "arlo"
START_SECONDS = 20
PAGE = Path(__file__).resolve().parents[2] / "docs" / "mqtt.md"
PATH = f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin"


def access() -> str:
    """The access rules that docs/mqtt.md gives, and a user who may read and write all."""
    found = re.search(r"```text\n( *user arlo\n.*?)```", PAGE.read_text(), re.DOTALL)
    must(found, "docs/mqtt.md has access rules")
    return textwrap.dedent(found[1]) + "\nuser reader\ntopic readwrite #\n"


class Broker:
    """A mosquitto. With `secure`, it wants a user and a password, gives users the access that docs/mqtt.md shows, and
    speaks TLS with a certificate of its own."""

    def __init__(self, directory: Path, secure: bool = False) -> None:
        self.directory, self.secure, self.port = directory, secure, free_port()
        self.password = secrets.token_hex(8)
        self.authority = directory / "broker-ca.pem"
        self.process: subprocess.Popen | None = None
        lines = ["persistence false", "log_dest stderr", "log_type all", "connection_messages true"]
        if os.geteuid() == 0:
            # It would give up root, and could then not read its files.
            lines += ["user root"]
        lines += [f"listener {self.port} 127.0.0.1"]
        if secure:
            self.make_certificate()
            passwords = directory / "passwords"
            program = shutil.which("mosquitto_passwd", path=PATH)
            for user in (USER, "reader"):
                create = [] if passwords.exists() else ["-c"]
                subprocess.run([program, "-b", *create, str(passwords), user, self.password], check=True, capture_output=True)
            rules = directory / "access"
            rules.write_text(access())
            lines += ["allow_anonymous false", f"password_file {passwords}", f"acl_file {rules}"]
            lines += [f"certfile {directory / 'broker.pem'}", f"keyfile {directory / 'broker-key.pem'}"]
        else:
            lines += ["allow_anonymous true"]
        self.configuration = directory / "mosquitto.conf"
        self.configuration.write_text("\n".join([*lines, ""]))

    def make_certificate(self) -> None:
        """An authority, and a certificate that it has signed."""
        curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
        key, request = self.directory / "broker-key.pem", self.directory / "broker.csr"
        names = self.directory / "names"
        names.write_text("subjectAltName=DNS:localhost\n")
        for arguments in (
            ["req", "-x509", *curve, "-days", "2", "-subj", "/CN=house", "-keyout", "ca-key.pem", "-out", self.authority],
            ["req", *curve, "-subj", "/CN=localhost", "-keyout", key, "-out", request],
            ["x509", "-req", "-in", request, "-CA", self.authority, "-CAkey", "ca-key.pem", "-CAcreateserial", "-days", "2"]
            + ["-extfile", names, "-out", self.directory / "broker.pem"],
        ):
            subprocess.run(["openssl", *map(str, arguments)], cwd=self.directory, check=True, capture_output=True)

    @property
    def url(self) -> str:
        return f"mqtts://{USER}@localhost:{self.port}" if self.secure else f"mqtt://127.0.0.1:{self.port}"

    def start(self) -> None:
        program = shutil.which("mosquitto", path=PATH)
        with (self.directory / "mosquitto.log").open("ab") as log:
            self.process = subprocess.Popen(
                [program, "-c", str(self.configuration)], stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        until(self.answers, "mosquitto", START_SECONDS)

    def answers(self) -> bool:
        must(self.process.poll() is None, f"mosquitto ended\n{end_of(self.directory / 'mosquitto.log')}")
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=1):
            return True
        return False

    def stop(self) -> None:
        if self.process:
            process, self.process = self.process, None
            process.terminate()
            try:
                process.wait(START_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


class Reader:
    """Everything that the broker has, as another client sees it."""

    def __init__(self, broker: Broker) -> None:
        self.changed = threading.Condition()
        # By topic: the newest payload, and whether it was kept by the broker already when it was read.
        self.newest: dict[str, tuple[bytes, bool]] = {}
        # Everything in its order, since it forgot and since it began: topic, payload, retain.
        self.messages: list[tuple[str, bytes, bool]] = []
        self.all: list[tuple[str, bytes, bool]] = []
        self.client = paho.Client(paho.CallbackAPIVersion.VERSION2)
        self.subscribed = threading.Event()
        self.client.on_connect = lambda client, *_: client.subscribe("#")
        self.client.on_subscribe = lambda *_: self.subscribed.set()
        self.client.on_message = self.received
        self.client.reconnect_delay_set(1, 1)
        host = "127.0.0.1"
        if broker.secure:
            self.client.username_pw_set("reader", broker.password)
            self.client.tls_set(str(broker.authority))
            host = "localhost"
        self.client.connect(host, broker.port)
        self.client.loop_start()
        must(self.subscribed.wait(START_SECONDS), "the reader is subscribed")

    def received(self, _client: object, _data: object, message: paho.MQTTMessage) -> None:
        with self.changed:
            self.newest[message.topic] = (message.payload, message.retain)
            self.messages.append((message.topic, message.payload, message.retain))
            self.all.append(self.messages[-1])
            self.changed.notify_all()

    def payload(self, topic: str) -> bytes | None:
        with self.changed:
            return self.newest.get(topic, (None, False))[0]

    def text(self, topic: str) -> str | None:
        payload = self.payload(topic)
        return None if payload is None else payload.decode()

    def wait(self, topic: str, wanted: str) -> None:
        try:
            until(lambda: self.text(topic) == wanted, f"{topic} is {wanted!r}")
        except Failed as error:
            raise Failed(f"{error}; it is {self.payload(topic)!r}") from None

    def texts(self, topic: str) -> list[str]:
        """All that came since the reader forgot, in its order."""
        with self.changed:
            return [payload.decode() for known, payload, _ in self.messages if known == topic]

    def count(self, topic: str) -> int:
        return len(self.texts(topic))

    def forget(self) -> None:
        with self.changed:
            self.messages.clear()

    def topics(self, prefix: str) -> list[str]:
        """Those with a payload."""
        with self.changed:
            return sorted(topic for topic, (payload, _) in self.newest.items() if topic.startswith(prefix) and payload)

    def publish(self, topic: str, payload: str | bytes, retain: bool = False) -> None:
        self.client.publish(topic, payload, qos=1, retain=retain).wait_for_publish(START_SECONDS)

    def close(self) -> None:
        self.client.disconnect()
        self.client.loop_stop()


class House:
    """A simulated cloud with a house."""

    def __init__(self, cloud: str, directory: Path, generation: str, mqtt: str | None) -> None:
        self.authority = directory / "arlo-ca.pem" if mqtt else None
        command = [cloud, "--smtp", "127.0.0.1:9", "--account", ACCOUNT, "--deliver-to", "k3y@relay.localhost"]
        command += ["--fault", "mfa-disabled", "--house", generation, "--speed", "10", "--control", "127.0.0.1:0"]
        if mqtt:
            command += ["--mqtt", mqtt, "--ca-file", str(self.authority)]
        self.server = Server(command, directory / "cloud.log", ARLO_PASSWORD=PASSWORD)
        self.url = f"http://{self.server.address('http')}"
        self.control = f"http://{self.server.address('control')}"

    def play(self, script: str) -> None:
        direct.open(f"{self.control}/play", script.encode(), timeout=60).close()

    def get(self, path: str) -> object:
        with direct.open(f"{self.control}{path}", timeout=60) as answer:
            return json.load(answer)

    def user(self) -> dict:
        return self.get("/state")["users"][0]

    def property(self, device: str, name: str) -> object:
        found = next(each for each in self.user()["devices"] if each["deviceId"] == device)
        return found["properties"].get(name)

    def requests(self, which: str) -> int:
        return sum(1 for request in self.get("/requests") if request.startswith(which))


class Bridge:
    """`arlo-relay mqtt`."""

    def __init__(self, relay: str, directory: Path, house: House, broker: Broker, *options: str) -> None:
        self.log = directory / "bridge.log"
        self.command = [relay, "mqtt", "--broker", broker.url, *options]
        self.environment = {
            "ARLO_ACCOUNT": ACCOUNT,
            "ARLO_PASSWORD": PASSWORD,
            "ARLO_AUTH_HOST": house.url,
            "ARLO_HOST": house.url,
            "ARLO_SESSION_FILE": str(directory / "session.json"),
            "NO_COLOR": "1",
        }
        if house.authority:
            self.environment["ARLO_BROKER_CA_FILE"] = str(house.authority)
        if broker.secure:
            self.environment["ARLO_RELAY_MQTT_PASSWORD"] = broker.password
            self.command += ["--broker-ca", str(broker.authority)]
        self.server: Server | None = None

    def start(self) -> None:
        self.server = Server(self.command, self.log, **self.environment)

    def run(self, **environment: str) -> subprocess.CompletedProcess:
        """Runs it to its end."""
        environment = {**os.environ, **self.environment, **environment}
        return subprocess.run(
            self.command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, check=False
        )

    def stop(self) -> None:
        if self.server:
            server, self.server = self.server, None
            server.stop()

    def kill(self) -> None:
        if self.server:
            server, self.server = self.server, None
            server.kill()

    def said(self) -> str:
        return self.log.read_text(errors="replace")
