"""Arlo's mail with a code, and how the tests read one."""

from __future__ import annotations

import time
import uuid
from email import message_from_bytes, policy
from email.utils import formatdate

from support.checks import Failed

SENDER = "do_not_reply@arlo.com"
SUBJECT = "Your one-time authentication code from Arlo"


def fields(sender: str, to: str, subject: str, content_type: str, age: float = 0, **more: str) -> list[str]:
    """The header of a mail that was written `age` seconds ago. `more` adds or replaces fields; an empty one is left
    out.
    """
    known = {
        "From": sender,
        "To": to,
        "Subject": subject,
        "Date": formatdate(time.time() - age),
        "Message-ID": f"<{uuid.uuid4()}@arlo.com>",
    }
    known |= {name.replace("_", "-"): value for name, value in more.items()}
    known |= {"MIME-Version": "1.0", "Content-Type": content_type}
    return [f"{name}: {value}" for name, value in known.items() if value]


def mail(header: list[str], body: bytes) -> bytes:
    return ("\r\n".join(header) + "\r\n\r\n").encode() + body


def arlo(code: str, to: str, **more: str) -> bytes:
    """Arlo's mail as it was in May 2026, dated now."""
    body = f'<style>p {{ color: #333333 }}</style><p>Your code is:</p>\r\n<h1 style="color:#1B5A8F">\r\n  {code} </h1>\r\n'
    return mail(fields(f"Arlo <{SENDER}>", to, SUBJECT, "text/html; charset=utf-8", **more), body.encode())


def arlo_text(to: str, *codes: str, sender: str = SENDER, age: float = 0, charset: str = "utf-8") -> bytes:
    """Arlo's mail as plain text. With several codes it is one that Arlo never writes."""
    lines = [line for code in codes for line in ("Your Arlo one-time authentication code is:", "", code, "")]
    body = "\r\n".join([*lines, "\u00a9 Arlo Technologies", ""]).encode(charset)
    header = fields(f"Arlo <{sender}>", to, SUBJECT, f"text/plain; charset={charset}", age)
    return mail([*header, "Content-Transfer-Encoding: 8bit"], body)


def code_in(raw: bytes) -> str:
    """The code as the person sees it who opens the mail: by itself on a line of the text."""
    text = message_from_bytes(raw, policy=policy.default).get_body(("plain",)).get_content()
    codes = [line.strip() for line in text.splitlines() if line.strip().isdigit() and len(line.strip()) == 6]
    if len(codes) != 1:
        raise Failed("the simulated mail does not show one code")
    return codes[0]
