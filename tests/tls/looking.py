"""Makes certificates, and looks at those that a relay shows."""

from __future__ import annotations

import contextlib
import hashlib
import os
import smtplib
import socket
import ssl
import subprocess
from pathlib import Path
from typing import Iterator

from support.checks import must_equal

SECONDS = 30
NAME = "relay.example"


def make(directory: Path, stem: str = "made", days: int = 90, name: str = NAME) -> tuple[Path, Path]:
    """A certificate of its own and its key, as files."""
    chain, key = directory / f"{stem}-chain.pem", directory / f"{stem}-key.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
        + ["-days", str(days), "-subj", f"/CN={name}", "-addext", f"subjectAltName=DNS:{name}"]
        + ["-addext", "basicConstraints=critical,CA:FALSE"]
        + ["-keyout", str(key), "-out", str(chain)],
        check=True,
        capture_output=True,
    )
    return chain, key


def ended(chain: Path, key: Path) -> Path:
    """The same certificate, which has ended, as a file beside it."""
    copy = chain.with_name(f"ended-{chain.name}")
    subprocess.run(
        ["openssl", "x509", "-in", str(chain), "-signkey", str(key), "-days", "-1", "-out", str(copy)],
        check=True,
        capture_output=True,
    )
    return copy


def put(made: Path, place: Path) -> None:
    """Puts a file into the place of another at once, as programs do that renew certificates."""
    beside = place.with_suffix(".new")
    beside.write_bytes(made.read_bytes())
    os.replace(beside, place)


def digest(chain: Path) -> str:
    """Which certificate it is."""
    return hashlib.sha256(ssl.PEM_cert_to_DER_cert(first(chain.read_text()))).hexdigest()


def first(chain: str) -> str:
    end = "-----END CERTIFICATE-----"
    return chain[: chain.index(end) + len(end)] + "\n"


def looking() -> ssl.SSLContext:
    """A client that takes any certificate, since it wants to see which one comes."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


class Connection:
    """A connection by HTTPS that stays open."""

    def __init__(self, address: str, context: ssl.SSLContext | None = None) -> None:
        host, port = address.rsplit(":", 1)
        plain = socket.create_connection((host, int(port)), timeout=SECONDS)
        self.stream = (context or looking()).wrap_socket(plain, server_hostname=NAME)

    @property
    def shows(self) -> str:
        return hashlib.sha256(self.stream.getpeercert(binary_form=True)).hexdigest()

    def ask(self, path: str = "/healthz") -> None:
        self.stream.sendall(f"GET {path} HTTP/1.1\r\nHost: {NAME}\r\n\r\n".encode())
        answer = b""
        while b"\r\n\r\n" not in answer:
            answer += self.stream.recv(4096)
        head, _, body = answer.partition(b"\r\n\r\n")
        length = next(int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:"))
        while len(body) < length:
            body += self.stream.recv(4096)
        must_equal(head.split()[1], b"200", path)

    def close(self) -> None:
        self.stream.close()


@contextlib.contextmanager
def connection(address: str, context: ssl.SSLContext | None = None) -> Iterator[Connection]:
    connected = Connection(address, context)
    try:
        yield connected
    finally:
        connected.close()


def shown_by_https(address: str) -> str:
    with connection(address) as connected:
        connected.ask()
        return connected.shows


def shown_by_smtp(address: str) -> str | None:
    """None if STARTTLS is not offered."""
    host, port = address.rsplit(":", 1)
    with smtplib.SMTP(host, int(port), timeout=SECONDS) as client:
        client.ehlo("client.example")
        if not client.has_extn("starttls"):
            return None
        client.starttls(context=looking())
        return hashlib.sha256(client.sock.getpeercert(binary_form=True)).hexdigest()
