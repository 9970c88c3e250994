"""An SMTP server that keeps what it gets: a mailbox that someone reads instead of forwarding it."""

from __future__ import annotations

import contextlib
import queue
import socketserver
import threading
from email import message_from_bytes, policy
from typing import Iterator

from stage.servers import Failed

WAIT_SECONDS = 30


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
                self.server.mails.put(self.message())
                self.say("250 2.0.0 kept")
            elif verb == [b"QUIT"]:
                self.say("221 2.0.0 bye")
                return
            else:
                self.say("250 2.0.0 ok")

    def message(self) -> bytes:
        lines = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line[1:] if line.startswith(b"..") else line)
        return b"".join(lines)

    def say(self, *lines: str) -> None:
        self.wfile.write("".join(f"{line}\r\n" for line in lines).encode())


class Mailbox(socketserver.ThreadingTCPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Session)
        self.mails: queue.Queue[bytes] = queue.Queue()

    @property
    def address(self) -> str:
        return "{}:{}".format(*self.server_address)

    def next_mail(self) -> bytes:
        try:
            return self.mails.get(timeout=WAIT_SECONDS)
        except queue.Empty:
            raise Failed(f"no mail came within {WAIT_SECONDS} s") from None


@contextlib.contextmanager
def mailbox() -> Iterator[Mailbox]:
    with Mailbox() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield server
        finally:
            server.shutdown()


def code_in(mail: bytes) -> str:
    """The code, as the person sees it who opens the mail: by itself on a line of the text."""
    text = message_from_bytes(mail, policy=policy.default).get_body(("plain",)).get_content()
    codes = [line.strip() for line in text.splitlines() if line.strip().isdigit() and len(line.strip()) == 6]
    if len(codes) != 1:
        raise Failed("the simulated mail does not show one code")
    return codes[0]
