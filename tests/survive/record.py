"""What a household did and what it was answered, as the checker needs it.

Times are seconds of this machine's wall clock, which is the relay's too. What was asked and not answered, because the
relay was killed, may have been done or not: its span ends when the relay was seen to be dead.
"""

from __future__ import annotations

from dataclasses import dataclass, field

PENDING, COMPLETE, ERROR, GONE = "pending", "complete", "error", "gone"
OPEN_END = float("inf")


@dataclass
class Span:
    begin: float
    end: float = OPEN_END


@dataclass
class Seen:
    """What one read of a request said. It was true at some moment of the span."""

    span: Span
    state: str
    code: str = ""


@dataclass
class Request:
    """A login request. Without a path it was asked for and not answered: there may be one that nobody can read."""

    staged: Span
    path: str = ""
    # Read by the pyaarlo REST API instead of a poll URL.
    is_rest: bool = False
    # Its client gave it up, began another in its place, or its token was replaced; `is_dropped` once that was answered.
    dropped: Span | None = None
    is_dropped: bool = False
    seen: list[Seen] = field(default_factory=list)

    @property
    def code(self) -> str:
        return next((seen.code for seen in self.seen if seen.code), "")

    @property
    def is_ended(self) -> bool:
        return any(seen.state in (COMPLETE, ERROR) for seen in self.seen)

    def drop(self, span: Span, is_answered: bool = False) -> None:
        """What is tried again was begun with the first try."""
        begin = self.dropped.begin if self.dropped else span.begin
        self.dropped, self.is_dropped = Span(begin, span.end), self.is_dropped or is_answered

    def see(self, seen: Seen) -> None:
        """Of equal answers in a row the first and the last are kept."""
        alike = [(each.state, each.code) for each in self.seen[-2:]]
        if alike == [(seen.state, seen.code)] * 2:
            self.seen.pop()
        self.seen.append(seen)


@dataclass
class Attempt:
    """One transmission of a mail, from the start of its session; it may have been handed over whole."""

    span: Span
    # The code of the reply to the whole mail; nothing if there was none.
    reply: str = ""

    @property
    def is_taken(self) -> bool:
        return self.reply == "250"

    @property
    def may_be_taken(self) -> bool:
        """A mail that was refused is not taken. One without an answer, or put off, may be: it is sent again."""
        return self.reply[:1] != "5"


@dataclass
class Mail:
    code: str
    # Its Date, in whole seconds.
    date: int
    attempts: list[Attempt] = field(default_factory=list)
    raw: bytes = field(default=b"", repr=False)
    # How many of its attempts have been judged.
    judged: int = 0


@dataclass
class Token:
    value: str
    # When it was replaced; `is_void` once that was answered.
    replaced: Span | None = None
    is_void: bool = False
    # When it was shown and the status that was answered.
    shown: list[tuple[Span, int]] = field(default_factory=list)


@dataclass
class Counts:
    """The enrolment's status at one time: how many mails came to what."""

    span: Span
    of: dict[str, int]


@dataclass
class Household:
    """One enrolment, and all that its client knows of it."""

    account: str
    relay_address: str
    tokens: list[Token]
    requests: list[Request] = field(default_factory=list)
    mails: list[Mail] = field(default_factory=list)
    # Mails that hold no code: a provider's question.
    questions: list[Mail] = field(default_factory=list)
    counts: list[Counts] = field(default_factory=list)
    # When a request was refused because 16 are pending.
    crowded: list[Span] = field(default_factory=list)

    @property
    def token(self) -> str:
        return self.tokens[-1].value

    def close(self, now: float) -> None:
        """The relay is dead: what has no answer by now gets none."""
        attempts = [attempt.span for mail in [*self.mails, *self.questions] for attempt in mail.attempts]
        dropped = [request.dropped for request in self.requests if request.dropped]
        replaced = [token.replaced for token in self.tokens if token.replaced]
        for span in [*(request.staged for request in self.requests), *attempts, *dropped, *replaced]:
            span.end = min(span.end, now)

    def settle(self) -> None:
        """What was judged and found true need not be judged again, unless more comes to it."""
        for mail in self.mails:
            mail.judged = len(mail.attempts)
        self.counts = self.counts[-1:]
        self.crowded.clear()
        for token in self.tokens:
            token.shown.clear()
