"""That the checker can fail: records of a relay that breaks one promise each, and the same without the breach."""

from __future__ import annotations

from typing import Callable

from support.checks import must, must_equal

from survive.checker import judge
from survive.record import COMPLETE, ERROR, GONE, PENDING, Attempt, Counts, Household, Mail, Request, Seen, Span, Token

LIFETIME = 60.0
CODE, OTHER = "111111", "222222"


def at(begin: float, length: float = 0.1) -> Span:
    return Span(begin, begin + length)


def seen(begin: float, state: str, code: str = "") -> Seen:
    return Seen(at(begin), state, code)


def login() -> Household:
    """Two requests, the younger of which the mail ended; the older one still waits."""
    older = Request(at(100), "/poll/a", seen=[seen(106, PENDING), seen(112, PENDING)])
    answers = [seen(104.5, PENDING), seen(106, COMPLETE, CODE), seen(112, COMPLETE, CODE)]
    younger = Request(at(104), "/poll/b", seen=answers)
    mail = Mail(CODE, 105, [Attempt(at(105.2), "250")])
    token = Token("t", shown=[(at(112), 200)])
    counts = [Counts(at(112), {"code-delivered": 1})]
    return Household("casey@example.org", "r@relay.localhost", [token], [older, younger], [mail], counts=counts)


def lost(one: Household) -> None:
    one.requests[1].seen = [seen(106, PENDING)]
    one.counts = []


def forgotten(one: Household) -> None:
    one.requests[1].seen[-1] = seen(112, PENDING)


def twice(one: Household) -> None:
    one.requests[0].seen[-1] = seen(112, COMPLETE, CODE)


def another_code(one: Household) -> None:
    one.mails.append(Mail(OTHER, 105, [Attempt(at(105.4), "250")]))
    one.requests[1].seen[-1] = seen(112, COMPLETE, OTHER)
    one.counts = []


def a_code_of_nobody(one: Household) -> None:
    one.requests[0].seen[-1] = seen(112, COMPLETE, OTHER)


def the_farther_one(one: Household) -> None:
    older, younger = one.requests
    older.seen, younger.seen = younger.seen, [seen(106, PENDING), seen(112, PENDING)]


def gone_early(one: Household) -> None:
    one.requests[0].seen[-1] = seen(112, GONE)


def back_again(one: Household) -> None:
    one.requests[0].seen = [seen(170, GONE), seen(175, PENDING)]


def given_up_and_back(one: Household) -> None:
    one.requests[0].dropped, one.requests[0].is_dropped = at(107), True


def an_error(one: Household) -> None:
    one.requests[0].seen[-1] = seen(112, ERROR)


def not_enrolled(one: Household) -> None:
    one.tokens[0].shown.append((at(113), 403))


def a_token_that_is_back(one: Household) -> None:
    one.tokens[0].replaced, one.tokens[0].is_void = at(110), True
    one.requests = []
    one.counts = []


def counted_twice(one: Household) -> None:
    one.counts[0].of["duplicate"] = 1


def not_counted(one: Household) -> None:
    one.counts[0].of.clear()


def counted_backwards(one: Household) -> None:
    one.counts.append(Counts(at(115), {"nothing-waiting": 1}))


def a_login_too_many(one: Household) -> None:
    one.mails.append(Mail(OTHER, 90, [Attempt(at(105.4), "250")]))
    one.requests[0].seen.append(seen(113, PENDING))
    one.counts[0].of["code-delivered"] = 2


def refused_place(one: Household) -> None:
    one.crowded.append(at(108))


BREACHES: dict[Callable[[Household], None], str] = {
    lost: "answered 250 while a request waited",
    forgotten: "was ended, and is pending again",
    twice: "was given to 2 requests",
    another_code: "was answered with the codes",
    a_code_of_nobody: "which no mail of its account holds",
    the_farther_one: "not the nearest one",
    gone_early: "gone before its time",
    back_again: "was gone, and is pending again",
    given_up_and_back: "was given up, and is pending",
    an_error: "ended with an error",
    not_enrolled: "is refused, and was never replaced",
    a_token_that_is_back: "was replaced, and is good again",
    counted_twice: "2 mails were counted",
    not_counted: "0 mails were counted",
    counted_backwards: "was counted 1 times, and later 0",
    a_login_too_many: "2 logins were counted",
    refused_place: "was refused beside",
}


def unanswered(one: Household) -> None:
    """The kill came between the last byte of the mail and its `250`; the client sent it again."""
    one.mails[0].attempts = [Attempt(at(105.2)), Attempt(at(111), "250")]
    one.counts = [Counts(at(112), {"code-delivered": 1, "duplicate": 1})]


def taken_by_one_that_nobody_can_read(one: Household) -> None:
    """The prestage was not answered, so the mail may have ended its request."""
    one.requests[1].path, one.requests[1].seen, one.requests[1].staged = "", [], Span(104, 107)


def taken_before_it_was_given_up(one: Household) -> None:
    one.requests[1].seen = [seen(112, GONE)]
    one.requests[1].dropped, one.requests[1].is_dropped = at(106), True


def nothing_waited(one: Household) -> None:
    for request in one.requests:
        request.staged, request.seen = at(108), [seen(112, PENDING)]
    one.counts[0].of = {"nothing-waiting": 1}


def expired(one: Household) -> None:
    one.requests[0].seen.append(seen(161, GONE))


EXPLAINED = [unanswered, taken_by_one_that_nobody_can_read, taken_before_it_was_given_up, nothing_waited, expired]


def self_test() -> None:
    must_equal(judge([login()], LIFETIME), [], "faults of a relay that keeps its promises")
    for change in EXPLAINED:
        household = login()
        change(household)
        must_equal(judge([household], LIFETIME), [], f"faults in what is allowed: {change.__name__}")
    for change, words in BREACHES.items():
        household = login()
        change(household)
        faults = judge([household], LIFETIME)
        must(any(words in fault for fault in faults), f"{change.__name__} was not seen: {faults}")
    one, other = login(), login()
    other.account = "robin@example.org"
    faults = judge([one, other], LIFETIME)
    must(any("2 accounts" in fault for fault in faults), f"one code for two accounts was not seen: {faults}")
