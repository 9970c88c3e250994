"""The wall clock jumps by an hour, forwards and backwards (libfaketime). The monotonic clock goes on.

What must hold: nothing is given twice, whoever waits is answered, and who begins a login after the jump gets its code.
What began before a jump forwards has expired by the new clock; it is there again when the clock is mended.
"""

from __future__ import annotations

import threading
import time
from email.utils import formatdate
from pathlib import Path

from support.checks import must, must_equal, until
from support.mails import arlo
from support.reports import end_of

from survive.client import Client, poll_state
from survive.record import GONE, PENDING, Mail, Request
from survive.setup import Setup
from survive.wrapped import Clock

HOUR = 3600


class Jumping:
    """A relay whose clock jumps. Its mails are dated by that clock, as if all the world had jumped."""

    def __init__(self, binary: str, directory: Path) -> None:
        self.clock = Clock(directory, binary)
        self.setup = Setup(binary, directory)
        self.setup.relay.binary = self.clock.binary
        self.setup.relay.start()
        self.setup.enrol(6)

    def begin(self, client: Client) -> Request:
        with client.http() as caller:
            request = client.stage(caller)
        must(request, "a login could not be begun")
        return request

    def mail(self, client: Client, written_by: int | None = None) -> Mail:
        """By the relay's clock, or by one that is so far ahead of the true one."""
        ahead = self.clock.offset if written_by is None else written_by
        code = self.setup.codes.next()
        mail = Mail(code, 0, raw=arlo(code, client.household.account, Date=formatdate(time.time() + ahead)))
        client.send(mail)
        must_equal(mail.attempts[-1].reply, "250", "the reply to a mail")
        return mail

    def state(self, client: Client, request: Request) -> str:
        """What the poll URL says: the code, or a word."""
        with client.http() as caller:
            state, code = poll_state(*caller.call("GET", request.path))
        return code or state

    def counted(self, client: Client) -> dict[str, int]:
        with client.http() as caller:
            client.status(caller)
        return client.household.counts[-1].of


def jumps(binary: str, directory: Path) -> None:
    jumping = Jumping(binary, directory)
    relay = jumping.setup.relay
    try:
        for test in (forwards_and_mended, backwards, a_copy_after_a_jump, whoever_waits_is_answered):
            client = jumping.setup.clients.pop()
            test(jumping, client)
            jumping.clock.set(0)
            until(lambda: jumping.setup.health() == 200, "the relay is healthy after the jumps")
        must(relay.server.process.poll() is None, "the relay ended")
        must("panicked" not in relay.said(), f"the relay panicked: {end_of(relay.log)}")
    finally:
        relay.kill()


def forwards_and_mended(jumping: Jumping, client: Client) -> None:
    before = jumping.begin(client)
    jumping.clock.set(HOUR)
    must_equal(jumping.state(client, before), GONE, "a request after the hour in which it expired")
    after = jumping.begin(client)
    mail = jumping.mail(client)
    must_equal(jumping.state(client, after), mail.code, "a login that began after the jump")
    jumping.clock.set(0)
    must_equal(jumping.state(client, before), PENDING, "the request, when the clock is mended")
    mail = jumping.mail(client)
    must_equal(jumping.state(client, before), mail.code, "its login")
    must_equal(jumping.counted(client), {"code-delivered": 2}, "what is counted")


def backwards(jumping: Jumping, client: Client) -> None:
    jumping.clock.set(HOUR)
    ahead = jumping.begin(client)
    jumping.clock.set(0)
    # It was made in an hour, by a clock that was wrong. It is not lost.
    must_equal(jumping.state(client, ahead), PENDING, "a request that the clock before made")
    first = jumping.mail(client)
    must_equal(jumping.state(client, ahead), first.code, "its login")
    jumping.clock.set(HOUR)
    left = jumping.begin(client)
    jumping.clock.set(0)
    since = jumping.begin(client)
    second = jumping.mail(client)
    must_equal(jumping.state(client, since), second.code, "a login that began since")
    must_equal(jumping.state(client, left), PENDING, "the one that waited before it")
    must_equal(jumping.counted(client), {"code-delivered": 2}, "what is counted")


def a_copy_after_a_jump(jumping: Jumping, client: Client) -> None:
    first = jumping.begin(client)
    mail = jumping.mail(client)
    must_equal(jumping.state(client, first), mail.code, "a login")
    for offset in (HOUR, 0, -HOUR, 0):
        jumping.clock.set(offset)
        waiting = jumping.begin(client)
        client.send(mail)
        must_equal(jumping.state(client, waiting), PENDING, f"a login that began at {offset:+} s, after the copy")
    counted = jumping.counted(client)
    must_equal(counted.pop("code-delivered"), 1, "logins that the mail ended")
    must_equal(sum(counted.values()), 4, "its copies that are counted")


def whoever_waits_is_answered(jumping: Jumping, client: Client) -> None:
    for offset in (HOUR, -HOUR):
        jumping.clock.set(0)
        request = jumping.begin(client)
        answers: list[str] = []

        def wait(path: str = request.path, into: list[str] = answers) -> None:
            with client.http() as caller:
                into.append(f"{caller.call('GET', path + '?wait=8')[0]}")

        waiter = threading.Thread(target=wait, daemon=True)
        waiter.start()
        jumping.clock.set(offset)
        jumping.mail(client)
        waiter.join(30)
        must(answers in (["200"], ["403"]), f"who waited while the clock jumped by {offset:+} s was answered {answers}")
