"""Honest logins at a fixed pace, whatever becomes of those before: prestage, long poll, the mail, the code.

Each account has an address of its own that it calls from; the mail comes from the servers of a few providers, by each
way that there is.
"""

from __future__ import annotations

import enum
import http.client
import threading
import time
from collections import Counter
from dataclasses import dataclass, field

from support.checks import Failed
from support.mails import arlo
from support.servers import Enrolment

from hostile.signing import Key
from hostile.wire import Http, Refused, poll, prestage, send_mail

# A code of an attacker begins with a digit that no honest one begins with.
HONEST, HOSTILE = "1", "6"
# What a person would call broken. The attacks are judged against the same load without them, not against this.
LONGEST_LOGIN = 30.0
MAIL_SERVERS = 8


class Way(enum.Enum):
    """How Arlo's mail comes to the relay."""

    OWN = "to the enrolment's own relay address"
    SIGNED = "to the shared one, with Arlo's signature"
    FORWARDED = "to the shared one, as Gmail forwards it"


@dataclass
class Login:
    """What became of one."""

    began: float
    phase: str
    seconds: float = 0.0
    # From the `250` of the mail to the answer of the poll.
    answered: float = 0.0
    fault: str = ""


@dataclass
class Member:
    enrolment: Enrolment
    # Where the client is.
    address: str
    way: Way
    busy: threading.Lock = field(default_factory=threading.Lock)


class Load:
    """Runs from `start` to `stop`; each login belongs to the phase in which it began."""

    def __init__(self, http_at: str, smtp_at: str, shared: str, members: list[Member], arlo: Key, pace: float) -> None:
        self.http, self.smtp, self.shared = http_at, smtp_at, shared
        self.members, self.arlo, self.pace = members, arlo, pace
        self.phase = ""
        self.logins: list[Login] = []
        self.under_way: Counter[str] = Counter()
        self.ended = threading.Condition()
        self.stopping = threading.Event()
        self.thread = threading.Thread(target=self.run, daemon=True)

    def start(self) -> None:
        self.thread.start()

    def stop(self) -> None:
        self.stopping.set()
        self.thread.join()
        self.settle(self.phase)

    def settle(self, phase: str) -> None:
        """Waits until the logins that began in the phase are over. Each is bounded in time."""
        with self.ended:
            self.ended.wait_for(lambda: not self.under_way[phase])

    def run(self) -> None:
        number, due = 0, time.monotonic()
        while not self.stopping.wait(max(0.0, due - time.monotonic())):
            due += 1 / self.pace
            member, phase = self.members[number % len(self.members)], self.phase
            with self.ended:
                self.under_way[phase] += 1
            threading.Thread(target=self.login, args=(member, number, phase), daemon=True).start()
            number += 1

    def login(self, member: Member, number: int, phase: str) -> None:
        login = Login(time.monotonic(), phase)
        # An account whose last login is not over begins no other: two at once are not what is measured.
        if member.busy.acquire(blocking=False):
            try:
                self.log_in(member, number, login)
            except (OSError, Refused, http.client.HTTPException, ValueError) as error:
                login.fault = f"{type(error).__name__}: {error}"
            finally:
                member.busy.release()
        else:
            login.fault = "the account's login before was not over"
        login.seconds = time.monotonic() - login.began
        if not login.fault and login.seconds > LONGEST_LOGIN:
            login.fault = f"took more than {LONGEST_LOGIN:.0f} s"
        with self.ended:
            self.logins.append(login)
            self.under_way[phase] -= 1
            self.ended.notify_all()

    def log_in(self, member: Member, number: int, login: Login) -> None:
        account = member.enrolment.account
        code = HONEST + f"{number * 7919 % 100_000:05}"
        mail = arlo(code, account)
        recipient, reverse_path = self.shared, "bounces@arlo.com"
        if member.way is Way.OWN:
            recipient = member.enrolment.relay_address
        elif member.way is Way.FORWARDED:
            reverse_path = account.replace("@", f"+caf_={self.shared.replace('@', '=')}@")
        else:
            mail = self.arlo.signed(mail)
        with Http(self.http, member.address, LONGEST_LOGIN) as client:
            path = prestage(client, account, member.enrolment.prestage_url)
            try:
                client.connection.request("GET", f"{path}?wait=30")
                server = f"10.20.{number % MAIL_SERVERS}.1"
                reply = send_mail(self.smtp, server, recipient, mail, reverse_path, LONGEST_LOGIN)
                taken = time.monotonic()
                if not reply.startswith("250"):
                    raise Refused(f"the mail: {reply}")
                response = client.connection.getresponse()
                answer = response.read().decode()
                login.answered = time.monotonic() - taken
                if f'"{HOSTILE}' in answer:
                    login.fault = "ENDED BY AN ATTACKER'S CODE"
                elif response.status != 200 or f'"{code}"' not in answer:
                    login.fault = f"answered {response.status} without the code"
            finally:
                if not login.answered:
                    client.connection.close()
                    give_up(self.http, member.address, path)

    def of(self, phase: str) -> list[Login]:
        return [login for login in self.logins if login.phase == phase]


def give_up(http_at: str, address: str, path: str) -> None:
    """As a client does, so that the account's next login is the only one."""
    with Http(http_at, address, 2.0) as client:
        client.try_call("DELETE", path)


def at(values: list[float], percent: int) -> float:
    """The percentile of a list that is not empty."""
    ordered = sorted(values)
    return ordered[(len(ordered) - 1) * percent // 100]


def must_log_in(client_at: tuple[str, str], member: Enrolment, recipient: str, mail: bytes, code: str) -> None:
    """One login alone, of an account that an attack was aimed at."""
    http_at, smtp_at = client_at
    with Http(http_at, "10.30.0.1") as client:
        path = prestage(client, member.account, member.prestage_url)
        reply = send_mail(smtp_at, "10.20.0.1", recipient, mail, "bounces@arlo.com")
        answer = poll(client, path, 5)
    if answer.get("code") != code:
        raise Failed(f"an honest login got {answer.get('status')} after {reply}")
