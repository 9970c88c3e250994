"""Attacks by many calls: with one token, with none, and with mail for the operator."""

from __future__ import annotations

import json
import threading
import time
from pathlib import Path

from support.mails import arlo

from hostile import mails
from hostile.attack import Outcome, Target
from hostile.reading import answers, processor_seconds
from hostile.wire import Http, paced, path_of, send_mail

# Its digits begin as no honest code does.
HOSTILE_CODE = 600_000
# How much dearer the calls of the second half may be, beside what the processor's clock cannot tell apart.
DEARER, SLACK_SECONDS = 2.0, 0.5
MAILS_A_SECOND = 600.0


def logins_of_one(target: Target) -> Outcome:
    """Logins begun and ended with one token as fast as it goes: those that are over make the next ones no dearer."""
    mallory = target.mallory
    body = json.dumps({"email": mallory.account}).encode()
    account, token = mallory.account, mallory.token
    statuses: list[str] = []
    began = time.monotonic()
    half, at_half, calls_at_half = began + target.remaining / 2, None, 0
    used = processor_seconds(target.pid)
    with Http(target.http, "10.112.0.1") as client:
        for number in paced(target.until, 400.0):
            statuses.append(
                str(client.try_call("POST", path_of(mallory.prestage_url), body, Content_Type="application/json"))
            )
            statuses.append(
                str(client.try_call("GET", f"/add?email={account}&token={token}&code={HOSTILE_CODE + number}"))
            )
            if at_half is None and time.monotonic() > half:
                at_half, calls_at_half = processor_seconds(target.pid), len(statuses)
    end = processor_seconds(target.pid)
    note = f"{len(statuses)} calls ({answers(statuses)})"
    if at_half is None or calls_at_half == len(statuses):
        return Outcome(["the calls took the whole time"], note)
    first = (at_half - used) / calls_at_half
    second = (end - at_half) / (len(statuses) - calls_at_half)
    note += f", {first * 1e3:.2f} ms of processor for each at first, {second * 1e3:.2f} ms later"
    faults = []
    if (end - at_half) > DEARER * first * (len(statuses) - calls_at_half) + SLACK_SECONDS:
        faults.append("a login costs more the more the account had before")
    return Outcome(faults, note)


def mails_of_one(target: Target) -> Outcome:
    """Mails handed in with one token that end nothing, and one genuine mail of a victim's handed in again and again."""
    replies: list[str] = []
    victim = target.victims[0]
    genuine = target.keys["arlo.com"].signed(arlo("612345", victim.account), ("from", "to", "subject", "date"))
    head, rest = genuine.split(b"Message-ID: <", 1)

    def replay() -> None:
        for number in paced(target.until, 20.0):
            mail = head + f"Message-ID: <{number}".encode() + rest
            send_mail(target.smtp, f"10.113.{number % 20}.1", target.shared, mail, timeout=target.remaining)

    thread = threading.Thread(target=replay, daemon=True)
    thread.start()
    path = f"/mail?token={target.mallory.token}"
    with Http(target.http, "10.113.100.1") as client:
        for number in paced(target.until, MAILS_A_SECOND):
            mail = arlo(f"{HOSTILE_CODE + number % 1000}", target.mallory.account)
            replies.append(str(client.try_call("POST", path, mail, Content_Type="message/rfc822")))
    thread.join(5.0)
    return Outcome([], f"{len(replies)} mails ({answers(replies)})")


def strangers_calls(target: Target) -> Outcome:
    """Calls with tokens, poll URLs and accounts that were made up, and registrations where there are none."""
    made_up = "arelay_" + "b" * 57 + "a"
    account = target.victims[0].account
    body = json.dumps({"email": account}).encode()
    enrol = json.dumps({"email": "casey@attacker.example", "invitation": "c" * 43}).encode()
    calls = [
        ("POST", f"/prepare-arlo-mfa/{made_up}", body, "application/json"),
        ("POST", "/prepare-arlo-mfa", body, "application/json"),
        ("POST", f"/prepare-arlo-mfa/{made_up}", b"{" * 2000, "application/json"),
        ("POST", "/register_done", b"email=casey@attacker.example", "application/x-www-form-urlencoded"),
        ("POST", "/enrolments", enrol, "application/json"),
        ("GET", "/poll/" + "d" * 67 + "a", None, ""),
        ("GET", f"/get?email={account}&token={made_up}", None, ""),
        ("GET", f"/status?token={made_up}", None, ""),
        ("POST", f"/mail?token={made_up}", arlo("612345", account), "message/rfc822"),
        ("DELETE", "/poll/" + "e" * 67 + "a", None, ""),
    ]
    statuses: dict[str, list[str]] = {}

    def call(client_number: int) -> None:
        with Http(target.http, f"10.114.{client_number}.1", 5.0) as client:
            for number in paced(target.until, 150.0):
                method, path, content, kind = calls[number % len(calls)]
                headers = {"Content_Type": kind} if kind else {}
                status = str(client.try_call(method, path, content, **headers))
                statuses.setdefault(path_of(path).split("/")[1], []).append(status)

    threads = [threading.Thread(target=call, args=(number,), daemon=True) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    made = [status for status in statuses.get("enrolments", []) if status == "201"]
    faults = [f"{len(made)} enrolments by strangers"] if made else []
    return Outcome(faults, f"{sum(map(len, statuses.values()))} calls")


def operators_mail(target: Target) -> Outcome:
    """Mail for the operator, large and much, while a provider asks an enrolled person whether it may forward."""
    replies: list[str] = []
    domain = target.shared.split("@")[1]
    large = mails.stranger("operator", "text/plain", mails.filled(b"x" * 1022 + b"\r\n", 10_300_000))
    for number in range(8):
        recipient = f"postmaster@{domain}"
        replies.append(send_mail(target.smtp, f"10.115.{number}.1", recipient, large, timeout=target.remaining)[:3])

    def send(sender: int) -> None:
        recipient = (f"postmaster@{domain}", target.shared)[sender % 2]
        for _ in paced(target.until, 60.0):
            mail = mails.stranger("operator", "text/plain", b"hello\r\n")
            replies.append(send_mail(target.smtp, f"10.116.{sender}.1", recipient, mail, timeout=target.remaining)[:3])

    threads = [threading.Thread(target=send, args=(sender,), daemon=True) for sender in range(4)]
    for thread in threads:
        thread.start()
    faults = must_be_told(target)
    for thread in threads:
        thread.join(target.remaining + 1.0)
    return Outcome(faults, answers(replies))


def must_be_told(target: Target) -> list[str]:
    owner = target.victims[0]
    path, bearer = f"/status?email={owner.account}", f"Bearer {owner.token}"
    with Http(target.http, "10.117.0.1") as client:
        before = client.call("GET", path, Authorization=bearer)
        reply = send_mail(target.smtp, "10.20.0.1", owner.relay_address, mails.gmail_asks(owner.relay_address))
        after = client.call("GET", path, Authorization=bearer)
    faults = [] if after[0] == 200 else [f"the member's status was answered with {after[0]}"]
    if not reply.startswith("250"):
        faults.append(f"the provider's question to a member was answered {reply[:60]!r}")
    if before == after:
        faults.append("the provider's question is not in the member's status")
    return faults


def refused_calls(target: Target) -> Outcome:
    """Calls and connections that are refused, each of which would be a line in a log."""
    statuses: list[str] = []
    with Http(target.http, "10.118.0.1", 2.0) as client:
        for number in paced(target.until, 150.0):
            statuses.append(str(client.try_call("GET", f"/get?email=a@b.example&token=arelay_{'f' * 57}a")))
            if number % 10 == 0:
                send_mail(target.smtp, "10.118.0.1", "nobody@elsewhere.example", b"\r\n", timeout=2.0)
    return Outcome([], f"{len(statuses)} calls ({answers(statuses)})")


def size_of(directory: Path) -> int:
    """Bytes of the database itself; its log is bounded by the checkpoints."""
    return sum(path.stat().st_size for path in directory.glob("*.sqlite3"))
