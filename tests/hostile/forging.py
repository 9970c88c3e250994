"""Attacks on what a mail is believed: another's login ended, and who is enrolled asked by mail."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import Callable

from support import mails
from support.servers import Enrolment

from hostile.attack import Outcome, Target
from hostile.load import HOSTILE
from hostile.names import SILENT, STRANGER
from hostile.signing import Key
from hostile.wire import Http, paced, poll, prestage, send_mail

FIELDS = ("from", "to", "subject", "date", "message-id")
PROVIDER = "provider.example"
# The names that may be looked up for one mail.
MOST_NAMES = 4


@dataclass(frozen=True)
class Forger:
    """Somebody with genuine mail of Arlo's to himself, and with a mailbox at the victim's provider."""

    arlo: Key
    provider: Key
    own: str
    victim: str
    code: str

    def genuine(self, fields: tuple[str, ...] = FIELDS, **more: str) -> bytes:
        return self.arlo.signed(mails.arlo(self.code, self.own, **more), fields)

    def with_field(self, text: str, fields: tuple[str, ...] = FIELDS) -> tuple[bytes, str]:
        return text.encode() + b"\r\n" + self.genuine(fields), ""

    def from_here(self, reverse_path: str) -> tuple[bytes, str]:
        return mails.arlo(self.code, self.victim), reverse_path

    def handed_on(self) -> bytes:
        """A mail of the victim's provider about a mail of Arlo's, written by another of its customers."""
        quoted = "---------- Forwarded message ---------\r\nFrom: Arlo <do_not_reply@arlo.com>\r\nSubject: code\r\n"
        quoted += f"\r\nYour code is: {self.code}\r\n"
        header = mails.fields(f"mallory@{PROVIDER}", "arlo@relay.localhost", "Fwd: code", "text/plain; charset=utf-8")
        return self.provider.signed(mails.mail(header, quoted.encode()))


# Each makes a mail with its reverse-path. None may end a login of the victim.
FORGERIES: dict[str, Callable[[Forger], tuple[bytes, str]]] = {
    "a genuine mail to another": lambda f: (f.genuine(), ""),
    "X-Forwarded-For": lambda f: f.with_field(f"X-Forwarded-For: {f.victim} arlo@relay.localhost"),
    "X-Forwarded-To": lambda f: f.with_field(f"X-Forwarded-To: {f.victim}"),
    "Delivered-To": lambda f: f.with_field(f"Delivered-To: {f.victim}"),
    "X-Original-To": lambda f: f.with_field(f"X-Original-To: {f.victim}"),
    "Resent-To": lambda f: f.with_field(f"Resent-To: {f.victim}"),
    "Cc": lambda f: f.with_field(f"Cc: {f.victim}"),
    "a second To": lambda f: f.with_field(f"To: {f.victim}"),
    "a second To below": lambda f: (
        f.genuine().replace(b"MIME-Version:", f"To: {f.victim}\r\nMIME-Version:".encode(), 1),
        "",
    ),
    "an oversigned To and X-Forwarded-For": lambda f: f.with_field(f"X-Forwarded-For: {f.victim}", (*FIELDS, "to")),
    "a To that is not signed": lambda f: (
        f.genuine(("from", "date", "message-id")).replace(f"To: {f.own}".encode(), f"To: {f.victim}".encode()),
        "",
    ),
    "a To of two": lambda f: (f.genuine().replace(f.own.encode(), f"{f.own}, {f.victim}".encode(), 1), ""),
    "the envelope of Gmail": lambda f: (f.genuine(), f.victim.replace("@", "+caf_=arlo=relay.localhost@")),
    "the envelope of the victim": lambda f: (f.genuine(), f.victim),
    "no signature": lambda f: f.from_here("do_not_reply@arlo.com"),
    "SPF of a neighbour": lambda f: f.from_here(f"mallory@{PROVIDER}"),
    "SPF of a bounce address": lambda f: f.from_here(f"bounces+mallory@{PROVIDER}"),
    "SPF of SRS": lambda f: f.from_here(f"SRS0=abc=de=arlo.com=do_not_reply@{PROVIDER}"),
    "SPF of a subdomain": lambda f: f.from_here(f"SRS0=abc=de=arlo.com=x@customer.{PROVIDER}"),
    "DKIM of the provider on a mail of another": lambda f: (f.provider.signed(mails.arlo(f.code, f.victim)), ""),
    "a neighbour's forward": lambda f: (f.handed_on(), f"mallory@{PROVIDER}"),
}


def forged(target: Target) -> Outcome:
    """A login of a victim waits. A mail comes that nothing proves his: it goes on waiting and ends with his own."""
    faults, tried = [], 0
    for number in paced(target.until, 4.0):
        faults += forge(target, number)
        tried += 1
    # Each of them at least once, however slow the machine is.
    for number in range(tried, len(FORGERIES)):
        faults += forge(target, number)
        tried += 1
    return Outcome(list(dict.fromkeys(faults)), f"{tried} forgeries")


def forge(target: Target, number: int) -> list[str]:
    names = list(FORGERIES)
    name = names[number % len(names)]
    victim = target.victims[number % len(target.victims)]
    code = HOSTILE + f"{number * 31 % 100_000:05}"
    # Whether the forger is enrolled himself makes no difference.
    own = (f"forger@{PROVIDER}", target.mallory.account)[number // len(names) % 2]
    forger = Forger(target.keys["arlo.com"], target.keys[PROVIDER], own, victim.account, code)
    mail, reverse_path = FORGERIES[name](forger)
    fault = ended_by(target, victim, mail, reverse_path, number)
    return [f"{name}: {fault}"] if fault else []


def ended_by(target: Target, victim: Enrolment, mail: bytes, reverse_path: str, number: int) -> str:
    with Http(target.http, f"10.108.{number % 8}.1") as client:
        path = prestage(client, victim.account, victim.prestage_url)
        try:
            send_mail(target.smtp, f"10.109.{number % 8}.1", target.shared, mail, reverse_path)
            if (status := poll(client, path))["status"] != "pending":
                return f"ended a login of another with {'the code' if status.get('code') else 'an error'}"
            code = "1" + f"{number * 17 % 100_000:05}"
            own = target.keys["arlo.com"].signed(mails.arlo(code, victim.account))
            reply = send_mail(target.smtp, f"10.20.{number % 8}.1", target.shared, own, "bounces@arlo.com")
            if poll(client, path, 5).get("code") != code:
                return f"the victim's own mail then gave no code ({reply[:60]})"
        finally:
            client.try_call("DELETE", path)
    return ""


def replayed(target: Target) -> Outcome:
    """One genuine mail to the victim comes again and again under other Message-IDs, which are not signed."""
    victim = target.victims[0]
    fields = ("from", "to", "subject", "date")
    code, faults = HOSTILE + "00007", []
    mail = target.keys["arlo.com"].signed(mails.arlo(code, victim.account), fields)
    ended = 0
    with Http(target.http, "10.110.0.1") as client:
        for number in range(4):
            path = prestage(client, victim.account, victim.prestage_url)
            head, rest = mail.split(b"Message-ID: <", 1)
            other = head + f"Message-ID: <{number}".encode() + rest
            send_mail(target.smtp, "10.110.0.1", target.shared, other)
            ended += poll(client, path, 1)["status"] == "complete"
            client.try_call("DELETE", path)
    # The first of them is the victim's own mail, as far as anybody can tell.
    if ended != 1:
        faults.append(f"one signed mail ended {ended} logins under other Message-IDs, and not one")
    return Outcome(faults)


def is_enrolled_asked(target: Target, asked: list[tuple[float, str, int]]) -> Outcome:
    """What is answered, and which names are looked up for an enrolled account and for one that is not."""
    known = target.victims[0].account
    unknown = "nobody-at-all@" + known.split("@")[1]
    faults, tried = [], 0
    for author in ("someone@{}", "do_not_reply@arlo.com"):
        for kind in (SILENT, STRANGER):
            seen = {}
            for to in (known, unknown):
                # Each mail by a domain of its own: nothing is remembered from the one before.
                domain = f"d{tried}.{kind}"
                mail = mails.arlo("123456", to).replace(b"do_not_reply@arlo.com", author.format(domain).encode())
                for signer in (domain, *(f"k{number}.{domain}" for number in range(6))):
                    mail = replace(target.keys[PROVIDER], domain=signer).signed(mail)
                began = time.monotonic()
                reply = send_mail(target.smtp, "10.111.0.1", target.shared, mail, f"x@{domain}", timeout=30.0)
                names = sorted({name for at, name, _ in list(asked) if at >= began and kind in name})
                seen[to] = (reply[:3], [name.replace(domain, kind) for name in names])
                tried += 1
            faults += differences(kind, seen[known], seen[unknown])
    return Outcome(faults, f"{tried} questions")


def differences(kind: str, known: tuple[str, list[str]], other: tuple[str, list[str]]) -> list[str]:
    faults = []
    if known[0] != other[0]:
        faults.append(f"{known[0]} for who is enrolled, {other[0]} for who is not ({kind})")
    if known[1] != other[1]:
        faults.append(f"{known[1]} looked up for who is enrolled, {other[1]} for who is not")
    if len(known[1]) > MOST_NAMES:
        faults.append(f"{len(known[1])} names looked up for one mail, {MOST_NAMES} are the most")
    return faults
