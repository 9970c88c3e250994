"""A name server on loopback (RFC 1035): knows some TXT records, is silent for some names, keeps what it was asked."""

from __future__ import annotations

import contextlib
import socketserver
import struct
import time

from support.serving import serving

from hostile.signing import SELECTOR

TXT = 16
NO_SUCH_NAME = 3
# Below the one nothing is answered; below the other every name has the one key or the one policy.
SILENT, STRANGER = "silent.example", "stranger.example"
STRANGER_KEY = f"{SELECTOR}._domainkey.{STRANGER}"


class Query(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        packet, socket = self.request
        server: NameServer = self.server
        try:
            name, end = question(packet)
            kind = struct.unpack("!H", packet[end - 4 : end - 2])[0]
        except (IndexError, struct.error, UnicodeDecodeError):
            return
        server.asked.append((time.monotonic(), name, kind))
        if name == SILENT or name.endswith("." + SILENT):
            return
        if name.endswith("." + STRANGER):
            name = STRANGER_KEY if "._domainkey." in name else STRANGER
        socket.sendto(
            answer(packet[:end], server.records.get(name) if kind == TXT else None, name in server.records),
            self.client_address,
        )


def question(packet: bytes) -> tuple[str, int]:
    """The name that is asked for, and where the question ends."""
    labels, at = [], 12
    while packet[at]:
        end = at + 1 + packet[at]
        labels.append(packet[at + 1 : end].decode("ascii"))
        at = end
    return ".".join(labels).lower(), at + 5


def answer(query: bytes, text: str | None, is_known: bool) -> bytes:
    code = 0 if is_known else NO_SUCH_NAME
    reply = query[:2] + struct.pack("!BBHHHH", 0x85, 0x80 | code, 1, int(text is not None), 0, 0) + query[12:]
    if text is not None:
        raw = text.encode()
        data = b"".join(bytes([len(raw[at : at + 255])]) + raw[at : at + 255] for at in range(0, len(raw), 255))
        # The name is a pointer to the question; class IN, 300 seconds.
        reply += struct.pack("!HHHIH", 0xC00C, TXT, 1, 300, len(data)) + data
    return reply


class NameServer(socketserver.UDPServer):
    def __init__(self, records: dict[str, str]) -> None:
        super().__init__(("127.0.0.1", 0), Query)
        self.records = records
        self.asked: list[tuple[float, str, int]] = []

    @property
    def address(self) -> str:
        return "{}:{}".format(*self.server_address)


def name_server(records: dict[str, str]) -> contextlib.AbstractContextManager[NameServer]:
    return serving(NameServer(records))
