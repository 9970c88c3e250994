"""What a month costs, and what one login costs."""

from __future__ import annotations

from scale.figures import FUNCTIONS, LOG_BYTES, MAIL_READS, PUTS, READS, WRITES, Figure, Prices

PRICES = Prices()


def call(known: dict[str, Figure]) -> float:
    """One call of a function."""
    return PRICES.call + known["function"].value * known["memory"].value / 1024 * PRICES.gb_second


def login(known: dict[str, Figure], polls: float | None = None) -> float:
    """Without anything that is free."""
    polls = known["polls"].value if polls is None else polls
    storage = PUTS * PRICES.put + (MAIL_READS + polls) * PRICES.get + WRITES * PRICES.write + READS * PRICES.read
    return PRICES.mail + storage + PRICES.api + FUNCTIONS * call(known) + LOG_BYTES / 1e9 * PRICES.log_gb


def rest_login(known: dict[str, Figure]) -> float:
    """By pyaarlo's REST API: it asks a function, which reads the item."""
    asked = known["code_after"].value / known["rest_every"].value
    return login(known, polls=0) + asked * (PRICES.api + call(known) + PRICES.read)


def wasted_mail(known: dict[str, Figure]) -> float:
    """A mail that ends no login: received, stored, read, looked up and counted."""
    stored = PRICES.put + PRICES.get + PRICES.read + PRICES.write
    return PRICES.mail + stored + call(known) + LOG_BYTES / 2 / 1e9 * PRICES.log_gb


def month(known: dict[str, Figure], logins: float) -> float:
    seconds = known["function"].value * known["memory"].value / 1024
    free = min(FUNCTIONS * logins, PRICES.free_calls) * PRICES.call
    free += min(FUNCTIONS * logins * seconds, PRICES.free_gb_seconds) * PRICES.gb_second
    free += min(logins * LOG_BYTES / 1e9, PRICES.free_log_gb) * PRICES.log_gb
    return max(0.0, logins * login(known) - free)
