"""One household at the relay: it does what clients do, and writes down what it was answered before it believes it."""

from __future__ import annotations

import contextlib
import http.client
import itertools
import json
import subprocess
import threading
import time
from dataclasses import asdict
from email import message_from_bytes
from email.utils import formatdate, parsedate_to_datetime
from pathlib import Path
from random import Random
from typing import Iterator

from hostile.mails import gmail_asks
from hostile.wire import Http, Refused, Smtp, path_of
from support.mails import arlo, arlo_text
from support.servers import Enrolment, Relay

from survive.record import COMPLETE, GONE, PENDING, Attempt, Counts, Household, Mail, Request, Seen, Span, Token

# What the relay does not answer any more.
INTERRUPTED = (OSError, http.client.HTTPException, Refused)
PATIENCE = 12.0
COMMAND_SECONDS = 30
NOT_BEGUN = "no login waits"


class Codes:
    """Six digits that no other mail of the run holds."""

    def __init__(self) -> None:
        self.numbers = itertools.count(1)

    def next(self) -> str:
        # 7919 and a million have no common factor.
        return f"{next(self.numbers) * 7919 % 1_000_000:06}"


class Journal:
    """What was done, a JSON object a line, in the order in which it was answered."""

    def __init__(self, path: Path) -> None:
        self.path, self.lock, self.began = path, threading.Lock(), time.time()

    def note(self, what: str, **more: object) -> None:
        line = json.dumps({"at": round(time.time() - self.began, 4), "what": what, **more})
        with self.lock, self.path.open("a", encoding="ascii") as file:
            file.write(line + "\n")


class Client:
    """Does one thing after the other. An answer that does not come raises one of `INTERRUPTED`."""

    def __init__(self, relay: Relay, enrolment: Enrolment, number: int, codes: Codes, journal: Journal) -> None:
        self.relay, self.codes, self.journal = relay, codes, journal
        self.source = f"10.{1 + number // 200 % 200}.{1 + number % 200}.1"
        token = Token(enrolment.token)
        self.household = Household(enrolment.account, enrolment.relay_address, [token])
        # The token was to be replaced, and nobody knows whether it was.
        self.has_lost_token = False

    @contextlib.contextmanager
    def http(self, timeout: float = PATIENCE) -> Iterator[Http]:
        with Http(self.relay.http, self.source, timeout) as caller:
            # What cannot even connect has asked for nothing.
            caller.connection.connect()
            yield caller

    def note(self, what: str, **more: object) -> None:
        self.journal.note(what, account=self.household.account, **more)

    # ---- Requests

    def stage(self, caller: Http, is_rest: bool = False) -> Request | None:
        request = Request(Span(time.time()), is_rest=is_rest)
        earlier = [other for other in self.household.requests if other.is_rest and is_rest]
        self.household.requests.append(request)
        for other in earlier:
            other.drop(request.staged)
        if is_rest:
            status, body = caller.call("GET", f"/clear?email={self.household.account}&token={self.household.token}")
            path = "rest" if b'"success":true' in body else ""
        else:
            content = json.dumps({"email": self.household.account}).encode()
            place = f"/prepare-arlo-mfa/{self.household.token}"
            status, body = caller.call("POST", place, content, Content_Type="application/json")
            path = path_of(body.decode().strip()) if status == 200 else ""
        request.staged.end = time.time()
        self.note("stage", rest=is_rest, status=status, path=path)
        if status == 429:
            self.household.requests.remove(request)
            self.household.crowded.append(request.staged)
            return None
        request.path = path
        for other in earlier:
            other.drop(request.staged, is_answered=bool(path))
        return request if path else None

    def look(self, caller: Http, request: Request, wait: int = 0) -> None:
        span = Span(time.time())
        caller.connection.request("GET", self.question(request, wait))
        self.answered(caller, request, span)

    def question(self, request: Request, wait: int = 0) -> str:
        if request.is_rest:
            return f"/get?email={self.household.account}&token={self.household.token}"
        return request.path + (f"?wait={wait}" if wait else "")

    def answered(self, caller: Http, request: Request, span: Span) -> None:
        response = caller.connection.getresponse()
        status, body = response.status, response.read()
        span.end = time.time()
        state, code = rest_state(body) if request.is_rest else poll_state(status, body)
        self.note("look", path=request.path, status=status, state=state, code=code)
        if state:
            request.see(Seen(span, state, code))

    def give_up(self, caller: Http, request: Request) -> None:
        span = Span(time.time())
        request.drop(span)
        status, _ = caller.call("DELETE", request.path)
        span.end = time.time()
        request.drop(span, is_answered=status in (200, 204))
        self.note("give up", path=request.path, status=status)

    # ---- Mails

    def code_mail(self, random: Random, age: int = 0) -> Mail:
        code, account = self.codes.next(), self.household.account
        if random.random() < 0.5:
            raw = arlo(code, account, Date=formatdate(time.time() - age))
        else:
            raw = arlo_text(account, code, age=age)
        mail = Mail(code, date_of(raw), raw=raw)
        self.household.mails.append(mail)
        return mail

    def ask(self) -> Mail:
        """Gmail's question."""
        raw = gmail_asks(self.household.relay_address)
        mail = Mail("", date_of(raw), raw=raw)
        self.household.questions.append(mail)
        return mail

    def send(self, mail: Mail) -> None:
        attempt = Attempt(Span(time.time()))
        with Smtp(self.relay.smtp, self.source, PATIENCE) as session:
            session.start(self.household.relay_address, "do_not_reply@arlo.com")
            # From here on it may be taken whether an answer comes or not.
            mail.attempts.append(attempt)
            reply = session.finish(mail.raw)
        attempt.span.end = time.time()
        attempt.reply = reply[:3]
        self.note("mail", code=mail.code, reply=reply[:3])

    def send_again(self) -> None:
        """As a mail server does with what it got no answer to."""
        for mail in [*self.household.mails, *self.household.questions]:
            if mail.attempts and not any(attempt.reply[:1] in ("2", "5") for attempt in mail.attempts):
                self.send(mail)

    # ---- The enrolment

    def status(self, caller: Http) -> None:
        span = Span(time.time())
        token = self.household.tokens[-1]
        status, body = caller.call("GET", "/status", Authorization=f"Bearer {token.value}")
        span.end = time.time()
        token.shown.append((span, status))
        if status == 200:
            counts = {entry["event"]: entry["count"] for entry in json.loads(body)["mail"]}
            self.household.counts.append(Counts(span, counts))
            self.note("status", counts=counts)

    def show_former_token(self, caller: Http) -> None:
        if len(self.household.tokens) > 1:
            former = self.household.tokens[-2]
            span = Span(time.time())
            status, _ = caller.call("GET", "/status", Authorization=f"Bearer {former.value}")
            span.end = time.time()
            former.shown.append((span, status))

    def replace_token(self, caller: Http) -> None:
        span = self.replacing()
        bearer = f"Bearer {self.household.token}"
        status, body = caller.call("POST", "/enrolment/token", b"", Authorization=bearer)
        self.replaced(span, json.loads(body)["token"] if status == 200 else "")

    def replace_token_as_operator(self, kill_after: float | None = None) -> None:
        """By a second process, which may be killed."""
        span = self.replacing()
        command = [self.relay.binary, "enroll", "--rotate", self.household.account, "--data-dir", str(self.relay.data)]
        self.replaced(span, run_command([*command, "--json"], kill_after).get("token", ""))

    def replacing(self) -> Span:
        span = Span(time.time())
        self.has_lost_token = True
        token = self.household.tokens[-1]
        token.replaced = token.replaced or span
        for request in self.household.requests:
            request.drop(span)
        return span

    def replaced(self, span: Span, token: str) -> None:
        span.end = time.time()
        self.note("replace token", done=bool(token))
        if not token:
            return
        for request in self.household.requests:
            request.drop(span, is_answered=True)
        former = self.household.tokens[-1]
        former.replaced, former.is_void = Span(former.replaced.begin, span.end), True
        self.household.tokens.append(Token(token))
        self.has_lost_token = False

    # ---- What it does

    def act(self, random: Random) -> None:
        """One of the things that clients do."""
        if self.has_lost_token:
            self.replace_token_as_operator()
        self.send_again()
        chance = random.random()
        if chance < 0.75:
            self.log_in(random)
        elif chance < 0.85:
            self.log_in_by_rest_api(random)
        elif chance < 0.90:
            self.send(self.ask())
        elif chance < 0.95:
            with self.http() as caller:
                self.status(caller)
                self.show_former_token(caller)
        elif chance < 0.975:
            with self.http() as caller:
                self.replace_token(caller)
        else:
            self.replace_token_as_operator(random.choice([None, random.uniform(0, 0.03)]))

    def log_in(self, random: Random) -> None:
        """One login, or several at once; some are given up, some mails come late, twice or for nobody."""
        with self.http() as caller, self.http() as waiter:
            wanted = [self.stage(caller) for _ in range(random.choice((1, 1, 1, 2, 3)))]
            requests = [request for request in wanted if request]
            if not requests:
                return
            waited, wait = random.choice(requests), Span(time.time())
            waiter.connection.request("GET", self.question(waited, 1))
            for _ in range(random.choice((1, 1, 2))):
                mail = self.code_mail(random, random.choice((0, 0, 1, 5)))
                self.send(mail)
                if random.random() < 0.1:
                    self.send(mail)
            self.answered(waiter, waited, wait)
            for request in requests:
                self.look(caller, request)
                if random.random() < (0.2 if request.is_ended else 0.7):
                    self.give_up(caller, request)

    def log_in_by_rest_api(self, random: Random) -> None:
        with self.http() as caller:
            request = self.stage(caller, is_rest=True)
            if request:
                self.send(self.code_mail(random))
                self.look(caller, request)

    def check(self) -> None:
        """Looks at all that is not over, so that it can be judged."""
        if self.has_lost_token:
            self.replace_token_as_operator()
        with self.http() as caller:
            self.status(caller)
            self.show_former_token(caller)
            for request in self.household.requests:
                if request.path and not request.is_rest and not is_over(request):
                    self.look(caller, request)
        for request in self.household.requests:
            # One that waits for its code would be answered after eight seconds only.
            if request.is_rest and request.is_ended and not request.dropped and not is_over(request):
                with self.http() as caller:
                    self.look(caller, request)

    def dump(self) -> dict:
        """The record, for a person who looks for a fault."""
        known = asdict(self.household)
        for mail in [*known["mails"], *known["questions"]]:
            mail["raw"] = len(mail["raw"])
        return known


def is_over(request: Request) -> bool:
    return [seen.state for seen in request.seen[-2:]] == [GONE] * 2


def poll_state(status: int, body: bytes) -> tuple[str, str]:
    """Nothing where the answer says nothing of the request: the relay is busy."""
    if status == 403:
        return GONE, ""
    if status != 200:
        return "", ""
    answer = json.loads(body)
    return answer["status"], answer.get("code", "")


def rest_state(body: bytes) -> tuple[str, str]:
    data = json.loads(body)["data"]
    if data.get("code"):
        return COMPLETE, data["code"]
    error = data.get("error", "")
    if "no code yet" in error:
        return PENDING, ""
    return (GONE, "") if NOT_BEGUN in error else ("", "")


def date_of(raw: bytes) -> int:
    return int(parsedate_to_datetime(message_from_bytes(raw)["Date"]).timestamp())


def run_command(command: list[str], kill_after: float | None = None) -> dict:
    """What the command printed; nothing where it was killed before, or failed."""
    process = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    try:
        printed, _ = process.communicate(timeout=COMMAND_SECONDS if kill_after is None else kill_after)
    except subprocess.TimeoutExpired:
        process.kill()
        printed, _ = process.communicate()
    with contextlib.suppress(ValueError):
        return json.loads(printed)
    return {}
