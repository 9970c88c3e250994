"""Mails that are not Arlo's: a provider's question, a stranger's mails, and mails whose reading is expensive."""

from __future__ import annotations

import secrets

from support.mails import fields, mail


def gmail_asks(relay_address: str) -> bytes:
    """Gmail's question whether it may forward to the relay address."""
    account, number = "casey@gmail.com", secrets.randbelow(10**8)
    link = f"https://mail-settings.google.com/mail/vf-%5BANGjdJ8Qx{number}%5D-Zx3kLmN_467266"
    header = fields(
        "Gmail Team <forwarding-noreply@google.com>",
        relay_address,
        f"(#{number:09}) Gmail Forwarding Confirmation - Receive Mail from {account}",
        "text/plain; charset=utf-8",
    )
    body = f"{account} has requested to automatically forward mail to your email\r\naddress {relay_address}.\r\n"
    body += f"Confirmation code: {number:09}\r\n\r\nTo allow this, please click the link below:\r\n\r\n{link}\r\n"
    return mail(header, body.encode())


def stranger(to: str, content_type: str, body: bytes, sender: str = "someone@stranger.example", **more: str) -> bytes:
    return mail(fields(sender, to, "hello", content_type, **more), body)


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
