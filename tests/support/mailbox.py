"""An SMTP server that keeps the mails it gets, or delivers them elsewhere: a mailbox that nothing forwards."""

from __future__ import annotations

import contextlib
import queue
import socketserver
from typing import Callable

from support.checks import WAIT_SECONDS, Failed
from support.serving import serving


class Session(socketserver.StreamRequestHandler):
    timeout = WAIT_SECONDS

    def handle(self) -> None:
        self.say("220 mailbox.localhost ESMTP")
        while line := self.rfile.readline(1000):
            verb = line.split(b":")[0].split()[:1]
            if verb == [b"EHLO"]:
                self.say("250-mailbox.localhost", "250 8BITMIME")
            elif verb == [b"DATA"]:
                self.say("354 go on")
                self.server.deliver(self.message())
                self.server.delivered += 1
                self.say("250 2.0.0 delivered")
            elif verb == [b"QUIT"]:
                self.say("221 2.0.0 bye")
                return
            else:
                self.say("250 2.0.0 ok")

    def message(self) -> bytes:
        lines = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            # RFC 5321, section 4.5.2.
            lines.append(line.removeprefix(b"."))
        return b"".join(lines)

    def say(self, *lines: str) -> None:
        self.wfile.write("".join(f"{line}\r\n" for line in lines).encode())


class Mailbox(socketserver.ThreadingTCPServer):
    daemon_threads = True

    def __init__(self, deliver: Callable[[bytes], object] | None = None) -> None:
        super().__init__(("127.0.0.1", 0), Session)
        self.mails: queue.Queue[bytes] = queue.Queue()
        self.deliver = deliver or self.mails.put
        # How many mails came.
        self.delivered = 0

    @property
    def address(self) -> str:
        return "{}:{}".format(*self.server_address)

    def next_mail(self) -> bytes:
        try:
            return self.mails.get(timeout=WAIT_SECONDS)
        except queue.Empty:
            raise Failed(f"no mail came within {WAIT_SECONDS} s") from None


def mailbox(deliver: Callable[[bytes], object] | None = None) -> contextlib.AbstractContextManager[Mailbox]:
    return serving(Mailbox(deliver))
