"""SMTP servers of the tests, on loopback and on a port of their own."""

import smtplib
import socket
import ssl

from aiosmtpd.controller import Controller


class LoopbackSmtp(Controller):
    """`with LoopbackSmtp(handler) as server:` then SMTP at `127.0.0.1:server.port`. `make` makes what speaks with one
    client.
    """

    def __init__(self, handler, make=None):
        super().__init__(handler, hostname="127.0.0.1", port=0)
        if make:
            self.factory = make

    def _trigger_server(self):
        """What start() waits for; by itself the controller does not know the port that port 0 became."""
        self.port = self.server.sockets[0].getsockname()[1]
        with socket.create_connection(("127.0.0.1", self.port), 10) as connection:
            connection.recv(64)

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.stop()


def hand_in(port: int, mail_from: str, recipients: list[str], raw: bytes, *, ip: str, helo: str, tls: bool = True):
    """Sends one mail as the server with this address and name does."""
    with smtplib.SMTP("127.0.0.1", port, timeout=30) as smtp:
        smtp.ehlo(helo)
        if tls:
            # As servers do among themselves: encrypted to whoever answers.
            context = ssl.create_default_context()
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
            smtp.starttls(context=context)
            smtp.ehlo(helo)
        smtp.docmd("XCLIENT", f"ADDR={ip}")
        smtp.sendmail(mail_from, recipients, raw)


class Forwarder:
    """A handler: a mailbox provider that hands on each mail it takes, as from one of its own servers."""

    def __init__(self, port: int, ip: str, helo: str):
        self.port, self.ip, self.helo = port, ip, helo

    async def handle_DATA(self, server, session, envelope):
        hand_in(self.port, envelope.mail_from, envelope.rcpt_tos, envelope.content, ip=self.ip, helo=self.helo)
        return "250 ok"
