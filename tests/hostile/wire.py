"""SMTP and HTTP from an address of one's own, so that one machine plays many clients and networks."""

from __future__ import annotations

import http.client
import json
import socket
import time
from urllib.parse import urlsplit

from hostile.network import client

PATIENCE = 12.0


def place(address: str) -> tuple[str, int]:
    host, port = address.rsplit(":", 1)
    return host, int(port)


def connect(address: str, source: str, timeout: float = PATIENCE) -> socket.socket:
    connection = socket.create_connection(place(address), timeout, (client(source), 0))
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection


class Refused(Exception):
    """The server said no before the message was over."""


class Smtp:
    """One session. Replies are given as their last line."""

    def __init__(self, address: str, source: str, timeout: float = PATIENCE) -> None:
        self.socket = connect(address, source, timeout)
        self.reader = self.socket.makefile("rb")
        try:
            self.must(self.reply(), "220")
            self.must(self.say("EHLO mail.example.net"), "250")
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Smtp:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self.reader.close()
        self.socket.close()

    def reply(self) -> str:
        while line := self.reader.readline(2000).decode(errors="replace"):
            if line[3:4] != "-":
                return line.strip()
        raise Refused("the connection was closed")

    @staticmethod
    def must(reply: str, code: str) -> None:
        if not reply.startswith(code):
            raise Refused(reply)

    def say(self, text: str) -> str:
        self.socket.sendall(text.encode() + b"\r\n")
        return self.reply()

    def start(self, recipient: str, reverse_path: str = "bounce@example.net") -> None:
        """Goes on until the message may begin."""
        self.must(self.say(f"MAIL FROM:<{reverse_path}>"), "250")
        self.must(self.say(f"RCPT TO:<{recipient}>"), "250")
        self.must(self.say("DATA"), "354")

    def send(self, recipient: str, mail: bytes, reverse_path: str = "bounce@example.net") -> str:
        """Gives the reply to the whole message."""
        self.start(recipient, reverse_path)
        return self.finish(mail)

    def finish(self, mail: bytes) -> str:
        """Sends the message that was begun, whole; gives the reply to it."""
        self.socket.sendall(mail.replace(b"\r\n.", b"\r\n..") + b"\r\n.\r\n")
        return self.reply()


def send_mail(
    address: str, source: str, recipient: str, mail: bytes, reverse_path: str = "", timeout: float = PATIENCE
) -> str:
    """One mail in a session of its own; what the relay said last, or why it said nothing."""
    try:
        with Smtp(address, source, timeout) as session:
            return session.send(recipient, mail, reverse_path or "bounce@example.net")
    except Refused as refused:
        return str(refused)
    except OSError as error:
        return f"{type(error).__name__}: {error}"


class Http:
    """A client whose connection is kept, and made anew when it was lost."""

    def __init__(self, address: str, source: str, timeout: float = PATIENCE) -> None:
        self.connection = http.client.HTTPConnection(
            *place(address), timeout=timeout, source_address=(client(source), 0)
        )

    def __enter__(self) -> Http:
        return self

    def __exit__(self, *_: object) -> None:
        self.connection.close()

    def call(self, method: str, path: str, body: bytes | None = None, **headers: str) -> tuple[int, bytes]:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        try:
            self.connection.request(method, path, body, named)
            response = self.connection.getresponse()
            return response.status, response.read()
        except BaseException:
            self.connection.close()
            raise

    def try_call(self, method: str, path: str, body: bytes | None = None, **headers: str) -> int:
        """The status; 0 where there was none."""
        try:
            return self.call(method, path, body, **headers)[0]
        except (OSError, http.client.HTTPException):
            return 0


def path_of(url: str) -> str:
    return urlsplit(url).path


def prestage(caller: Http, account: str, prestage_url: str) -> str:
    """Begins a login; gives the path of its poll URL."""
    body = json.dumps({"email": account}).encode()
    status, answer = caller.call("POST", path_of(prestage_url), body, Content_Type="application/json")
    if status != 200:
        raise Refused(f"prestage answered {status}")
    return path_of(answer.decode().strip())


def poll(caller: Http, path: str, wait: int = 0) -> dict:
    status, answer = caller.call("GET", path + (f"?wait={wait}" if wait else ""))
    if status != 200:
        raise Refused(f"poll answered {status}")
    return json.loads(answer)


def paced(until: float, per_second: float):
    """Numbers, at this pace, until then. What was late is not made up for."""
    number, due = 0, time.monotonic()
    while time.monotonic() < until:
        yield number
        number += 1
        due = max(due + 1 / per_second, time.monotonic() - 1 / per_second)
        time.sleep(max(0.0, min(due, until) - time.monotonic()))
