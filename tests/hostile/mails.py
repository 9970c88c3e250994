"""The mails: Arlo's as it is, and those that are dear to read."""

from __future__ import annotations

import secrets
import uuid
from email.utils import formatdate


def header(sender: str, to: str, subject: str, content_type: str, **more: str) -> list[str]:
    fields = {
        "From": sender,
        "To": to,
        "Subject": subject,
        "Date": formatdate(),
        "Message-ID": f"<{uuid.uuid4()}@arlo.com>",
    }
    fields |= {name.replace("_", "-"): value for name, value in more.items()}
    fields |= {"MIME-Version": "1.0", "Content-Type": content_type}
    return [f"{name}: {value}" for name, value in fields.items() if value]


def arlo(code: str, to: str, **more: str) -> bytes:
    """Arlo's mail, dated now. An empty field is left out."""
    subject = "Your one-time authentication code from Arlo"
    lines = header("Arlo <do_not_reply@arlo.com>", to, subject, "text/html; charset=utf-8", **more)
    body = (
        f'<style>p {{ color: #333333 }}</style><p>Your code is:</p>\r\n<h1 style="color:#1B5A8F">\r\n  {code} </h1>\r\n'
    )
    return ("\r\n".join(lines) + "\r\n\r\n" + body).encode()


def gmail_asks(relay_address: str) -> bytes:
    """Gmail's question whether it may forward to the relay address."""
    account, number = "casey@gmail.com", secrets.randbelow(10**8)
    link = f"https://mail-settings.google.com/mail/vf-%5BANGjdJ8Qx{number}%5D-Zx3kLmN_467266"
    lines = header(
        "Gmail Team <forwarding-noreply@google.com>",
        relay_address,
        f"(#{number:09}) Gmail Forwarding Confirmation - Receive Mail from {account}",
        "text/plain; charset=utf-8",
    )
    body = f"{account} has requested to automatically forward mail to your email\r\naddress {relay_address}.\r\n"
    body += f"Confirmation code: {number:09}\r\n\r\nTo allow this, please click the link below:\r\n\r\n{link}\r\n"
    return ("\r\n".join(lines) + "\r\n\r\n" + body).encode()


def stranger(to: str, content_type: str, body: bytes, sender: str = "someone@stranger.example", **more: str) -> bytes:
    lines = header(sender, to, "hello", content_type, **more)
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + body


def nested(to: str, depth: int) -> bytes:
    """Messages within messages."""
    inner = b"Content-Type: message/rfc822\r\n\r\n" * depth
    return stranger(to, "message/rfc822", inner)


def nested_multiparts(to: str, depth: int) -> bytes:
    parts = [f"--b{n}\r\nContent-Type: multipart/mixed; boundary=b{n + 1}\r\n\r\n" for n in range(depth)]
    return stranger(to, "multipart/mixed; boundary=b0", "".join(parts).encode())


def filled(text: bytes, size: int) -> bytes:
    return text * (size // len(text))


def dear(to: str, size: int) -> dict[str, bytes]:
    """Mails of about this size whose reading once took time that grew with the square of it, or much for each byte."""

    def html(body: bytes, **more: str) -> bytes:
        return stranger(to, "text/html; charset=utf-8", body, **more)

    def text(body: bytes) -> bytes:
        return stranger(to, "text/plain; charset=utf-8", body)

    def forged(body: bytes) -> bytes:
        return stranger(to, "text/plain; charset=utf-8", body, "do_not_reply@arlo.com")

    quoted = b"---------- Forwarded message ---------\r\n"
    part = b"--outer\r\nContent-Type: multipart/mixed; boundary=never\r\n\r\n"
    return {
        "cells of a quoted header": text(quoted + filled(b"From:\t", size)),
        "cells named no": text(filled(b"no:\t", size)),
        "cells of one line": text(quoted + filled(b"From: x\ta\t", size)),
        "dashes before orders": forged(b"-" * (size // 2) + filled(b" order 123456", size // 2)),
        "dashes before orders, by line": forged(filled(b"-" * 60 + b" order 123456\r\n", size)),
        "styles that do not end": html(filled(b"<STYLE></", size), Message_ID=""),
        "styles": html(filled(b"<STYLE>p{color:red}</STYLE>", size)),
        "words of a code": forged(filled(b"Your code is: verification code ", size)),
        "parts without their boundary": stranger(to, "multipart/mixed; boundary=outer", filled(part, size)),
        "at signs": text(filled(b"a@b.c,", size)),
        "numbers": html(filled(b"<p>123456</p>", size)),
        "headings": html(filled(b"<h1><b><i>", size)),
    }
