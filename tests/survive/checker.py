"""Whether what a household was answered can be true: the promises of the relay, judged from the client's own record.

A mail that was answered 250 is in the code of a request, or a rule explains it: no request waited that it could end, or
one took it that the client cannot read any more. Where a kill leaves two courses open, both are allowed; everything
else is a fault. The rule of nearness is that of `Pending::choose`: of the requests that wait, a mail ends the one that was made
nearest to its Date, give or take a minute between clocks.
"""

from __future__ import annotations

from collections import Counter
from typing import Iterable

from survive.record import COMPLETE, ERROR, GONE, OPEN_END, PENDING, Attempt, Household, Mail, Request

# Between the clocks of the relay and of Arlo's mail servers.
CLOCK_SKEW = 60.0
MAX_PENDING = 16
# Of one enrolment; when there are more, the first ones to expire are dropped.
MAX_ENDED = 48


class Judge:
    """The faults in the record of one household."""

    def __init__(self, household: Household, lifetime: float) -> None:
        self.household, self.lifetime = household, lifetime
        self.by_code = {mail.code: mail for mail in household.mails}

    def faults(self) -> list[str]:
        found = [*self.requests(), *self.mails(), *self.tokens(), *self.counts(), *self.crowded()]
        return [f"{self.household.account}: {fault}" for fault in found]

    # ---- What each request has been

    def requests(self) -> Iterable[str]:
        for number, request in enumerate(self.household.requests):
            yield from (f"request {number} {fault}" for fault in self.request(request))
        times = Counter(request.code for request in self.household.requests if request.code)
        yield from (f"code {code} was given to {count} requests" for code, count in times.items() if count > 1)

    def request(self, request: Request) -> Iterable[str]:
        ended = gone = False
        codes = {seen.code for seen in request.seen if seen.code}
        if len(codes) > 1:
            yield f"was answered with the codes {sorted(codes)}"
        for code in codes - set(self.by_code):
            yield f"was answered with the code {code}, which no mail of its account holds"
        for seen in request.seen:
            if ended and seen.state == PENDING:
                yield "was ended, and is pending again"
            if gone and seen.state != GONE:
                yield f"was gone, and is {seen.state} again"
            if request.is_dropped and seen.span.begin > request.dropped.end and seen.state != GONE:
                yield f"was given up, and is {seen.state}"
            if seen.state == GONE and not gone and not self.may_be_gone(request, seen.span.end):
                yield "was answered, and is gone before its time"
            if seen.state == ERROR:
                yield "ended with an error, though each mail holds one code"
            ended |= seen.state in (COMPLETE, ERROR)
            gone |= seen.state == GONE

    def may_be_gone(self, request: Request, at: float) -> bool:
        if request.staged.begin + self.lifetime <= at:
            return True
        if request.dropped is not None and request.dropped.begin <= at:
            return True
        younger = [other for other in self.household.requests if other.staged.end > request.staged.begin]
        return len(younger) > MAX_ENDED

    # ---- What became of each mail

    def mails(self) -> Iterable[str]:
        for number, mail in enumerate(self.household.mails):
            if mail.judged == len(mail.attempts):
                continue
            yield from (f"mail {number}, code {mail.code}, {fault}" for fault in self.mail(mail))

    def mail(self, mail: Mail) -> Iterable[str]:
        taker = next((request for request in self.household.requests if request.code == mail.code), None)
        tried = [attempt for attempt in mail.attempts if attempt.may_be_taken]
        if taker is not None:
            if not any(self.may_take(taker, mail, attempt) for attempt in tried):
                yield "ended a request that is not the nearest one that waited"
            return
        explained = False
        for attempt in tried:
            explained |= any(self.may_take(request, mail, attempt) for request in self.household.requests)
            if attempt.is_taken and not explained and self.surely_waiting(mail, attempt):
                yield "was answered 250 while a request waited for it, and no request has its code"

    def may_take(self, request: Request, mail: Mail, attempt: Attempt) -> bool:
        """Whether the request may have been ended by this transmission, as far as the client can know."""
        span = attempt.span
        if request.code != mail.code:
            if request.is_ended:
                return False
            # What was read as pending after it was not ended by it.
            if was_pending_after(request, span.end):
                return False
        if request.staged.begin > min(span.end, mail.date + 1 + CLOCK_SKEW):
            return False
        if request.is_dropped and request.dropped.end < span.begin:
            return False
        if request.staged.end + self.lifetime < span.begin:
            return False
        nearest = min((farthest(other, mail) for other in self.surely_waiting(mail, attempt)), default=OPEN_END)
        return closest(request, mail) <= nearest

    def surely_waiting(self, mail: Mail, attempt: Attempt) -> list[Request]:
        """The requests that waited while this was transmitted, whatever course a kill took, and that it may end."""
        return [request for request in self.household.requests if self.is_waiting(request, mail, attempt)]

    def is_waiting(self, request: Request, mail: Mail, attempt: Attempt) -> bool:
        span = attempt.span
        if not request.path or request.staged.end > min(span.begin, mail.date + CLOCK_SKEW):
            return False
        if request.staged.begin + self.lifetime <= span.end:
            return False
        if request.dropped is not None and request.dropped.begin <= span.end:
            return False
        if not request.is_ended:
            return was_pending_after(request, span.end)
        ended_by = self.by_code.get(request.code)
        return ended_by is not None and all(other.span.begin > span.end for other in ended_by.attempts)

    # ---- Tokens, counts, places

    def tokens(self) -> Iterable[str]:
        for number, token in enumerate(self.household.tokens):
            for span, status in token.shown:
                is_replaced = token.replaced is not None and token.replaced.begin <= span.end
                if status == 403 and not is_replaced:
                    yield f"token {number} is refused, and was never replaced"
                if status == 200 and token.is_void and span.begin > token.replaced.end:
                    yield f"token {number} was replaced, and is good again"

    def counts(self) -> Iterable[str]:
        before: dict[str, int] = {}
        everything = [*self.household.mails, *self.household.questions]
        for counts in self.household.counts:
            for event, count in before.items():
                if counts.of.get(event, 0) < count:
                    yield f"{event} was counted {count} times, and later {counts.of.get(event, 0)} times"
            before = counts.of
            tried = [attempt for mail in everything for attempt in mail.attempts if attempt.may_be_taken]
            surely = [one for one in tried if one.is_taken and one.span.end <= counts.span.begin]
            at_most = [one for one in tried if one.span.begin <= counts.span.end]
            total = sum(counts.of.values())
            if not len(surely) <= total <= len(at_most):
                yield f"{total} mails were counted of {len(surely)} to {len(at_most)} that were taken"
            ended = counts.of.get("code-delivered", 0)
            requests = self.household.requests
            surely_ended = sum(1 for request in requests if ended_before(request, counts.span.begin))
            may_have_ended = sum(1 for request in requests if not was_pending_after(request, counts.span.end))
            sent = sum(1 for mail in self.household.mails if mail.attempts)
            if not surely_ended <= ended <= min(may_have_ended, sent):
                yield f"{ended} logins were counted of {surely_ended} that had ended and {may_have_ended} that may have"

    def crowded(self) -> Iterable[str]:
        for span in self.household.crowded:
            waiting = [
                request
                for request in self.household.requests
                if request.staged.begin < span.end and request.staged.end + self.lifetime > span.begin
            ]
            if len(waiting) < MAX_PENDING:
                yield f"a request was refused beside {len(waiting)} others"


def ended_before(request: Request, at: float) -> bool:
    return any(seen.state in (COMPLETE, ERROR) and seen.span.end <= at for seen in request.seen)


def was_pending_after(request: Request, at: float) -> bool:
    return any(seen.state == PENDING and seen.span.begin >= at for seen in request.seen)


def closest(request: Request, mail: Mail) -> float:
    """How near to the mail's Date the request may have been made, at the nearest."""
    staged = request.staged
    return max(0.0, staged.begin - mail.date, mail.date - staged.end)


def farthest(request: Request, mail: Mail) -> float:
    return max(abs(request.staged.begin - mail.date), abs(request.staged.end - mail.date))


def judge(households: Iterable[Household], lifetime: float) -> list[str]:
    """All faults; none if the relay has kept its promises."""
    households = list(households)
    faults = [fault for household in households for fault in Judge(household, lifetime).faults()]
    codes = [{request.code for request in household.requests if request.code} for household in households]
    given = Counter(code for of_one in codes for code in of_one)
    return faults + [f"code {code} was given to {count} accounts" for code, count in given.items() if count > 1]
