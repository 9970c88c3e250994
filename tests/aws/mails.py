"""Mails for the tests: Arlo's, signed or not, as Gmail forwards them; and the records they are judged by."""

import base64
import email.utils
import time
from dataclasses import dataclass, replace
from functools import cache

import dkim
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from loopback_smtp import hand_in
from ses_inbound import Records

GMAIL = "209.85.128.41"
ELSEWHERE = "198.51.100.7"
GMAIL_NAME = "mail-wr1-f41.google.com"


@cache
def key(domain: str) -> rsa.RSAPrivateKey:
    """The signing key of a domain, made once in a run."""
    del domain
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def public(domain: str) -> str:
    der = key(domain).public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return "v=DKIM1; k=rsa; p=" + base64.b64encode(der).decode()


def records() -> Records:
    return Records(
        {
            "arlo.com": "v=spf1 ip4:203.0.113.0/24 -all",
            "_dmarc.arlo.com": "v=DMARC1; p=reject",
            "s1._domainkey.arlo.com": public("arlo.com"),
            "gmail.com": "v=spf1 include:_spf.google.com ~all",
            "_spf.google.com": "v=spf1 ip4:209.85.128.0/17 ~all",
            "_dmarc.gmail.com": "v=DMARC1; p=none",
            "s1._domainkey.google.com": public("google.com"),
            "s1._domainkey.evil.example": public("evil.example"),
        }
    )


@dataclass
class Mail:
    """One mail on its way to the relay."""

    raw: bytes
    mail_from: str
    ip: str = GMAIL
    helo: str = GMAIL_NAME
    account: str = ""

    def signed(self, domain: str) -> "Mail":
        pem = key(domain).private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
        )
        signature = dkim.sign(self.raw, b"s1", domain.encode(), pem, include_headers=[b"from", b"subject", b"to", b"date"])
        return replace(self, raw=signature + self.raw)

    def under(self, headers: str) -> "Mail":
        """With more header lines on top, as a server on the way adds them."""
        return replace(self, raw=headers.encode() + self.raw)

    def from_elsewhere(self) -> "Mail":
        """Sent by a server that none of the domains has named."""
        return replace(self, ip=ELSEWHERE)

    def send(self, port: int, *recipients: str, tls: bool = True):
        hand_in(port, self.mail_from, list(recipients), self.raw, ip=self.ip, helo=self.helo, tls=tls)


def arlo(account: str, code: str, *, date: float | None = None, message_id: str | None = None) -> Mail:
    """Arlo's mail with its code, as the account's Gmail forwards it on."""
    local, _, domain = account.partition("@")
    when = email.utils.formatdate(time.time() if date is None else date)
    message_id = message_id or email.utils.make_msgid(domain="arlo.com")
    text = (
        f"From: Arlo <do_not_reply@arlo.com>\r\nTo: {account}\r\n"
        "Subject: Your one-time authentication code from Arlo\r\n"
        f"Date: {when}\r\nMessage-ID: {message_id}\r\nMIME-Version: 1.0\r\n"
        "Content-Type: text/html; charset=utf-8\r\n\r\n"
        "<html><head><style>p{color:#123456}</style></head><body><p>Your Arlo one-time authentication code is</p>"
        f"<h1>{code}</h1><p>It expires in 10 minutes.</p></body></html>\r\n"
    )
    return Mail(text.encode(), f"{local}+caf_=x=mfa.example.org@{domain}", account=account)


def gmail_confirmation(account: str, relay_address: str) -> Mail:
    text = (
        "From: Gmail Team <forwarding-noreply@google.com>\r\n"
        f"To: {relay_address}\r\nSubject: (Gmail Forwarding Confirmation - Receive Mail from {account}\r\n"
        f"Date: {email.utils.formatdate()}\r\nMessage-ID: {email.utils.make_msgid(domain='mail.gmail.com')}\r\n"
        "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=UTF-8\r\n\r\n"
        f"{account} has requested to automatically forward mail to your email address {relay_address}.\r\n\r\n"
        "To allow it, click the link below:\r\n\r\n"
        "https://mail-settings.google.com/mail/vf-%5BANGjdJ8example%5D-abcdefgh\r\n\r\n"
        "To cancel:\r\n\r\nhttps://mail-settings.google.com/mail/uf-%5BANGjdJ8example%5D-abcdefgh\r\n"
    )
    return Mail(text.encode(), "forwarding-noreply@google.com")
