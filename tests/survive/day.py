"""A day's logins of many households, one after the other as fast as it goes: memory and database stay as they are.

Each household needs a code every hour, as the dearest column of docs/aws.md has it. A login is whole: the
request, the mail, the code, read while it waits. A request lives for ten seconds here, so that as many expire as begin.
"""

from __future__ import annotations

import contextlib
import sqlite3
import statistics
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from random import Random

from support.checks import must, must_equal, until
from support.resources import resident, rows

from survive.client import Client
from survive.record import Span
from survive.setup import Setup

HOUSEHOLDS, EVERY_HOURS = 400, 1
LIFETIME = 20
AT_ONCE = 12
SAMPLE_SECONDS = 0.25
# What the last third may hold more than the first: a share for the allocator, and four megabytes.
MARGIN_SHARE, MARGIN_BYTES = 0.10, 4 << 20
# Rows that one household has at the most: itself, its events, the mails that are remembered, counts.
ROWS_OF_ONE = 1 + 50 + 64 + 10


def replayed(binary: str, directory: Path) -> None:
    setup = Setup(binary, directory, lifetime=LIFETIME)
    try:
        setup.relay.start()
        setup.enrol(HOUSEHOLDS)
        logins = a_day(setup.clients)
        memory = Memory(setup.relay.server.process.pid)
        began = time.monotonic()
        with ThreadPoolExecutor(AT_ONCE) as pool:
            list(pool.map(log_in, logins))
        seconds = time.monotonic() - began
        first, last = memory.stop()
        must_equal(setup.delivered(), len(logins), "logins that got their code")
        most = first * (1 + MARGIN_SHARE) + MARGIN_BYTES
        until(lambda: pending(setup.relay.data) == 0, "the requests of the day are dropped", 120)
        left = rows(setup.relay.data)
        note = f"{len(logins)} logins of {HOUSEHOLDS} households in {seconds:.0f} s, {left} rows left"
        print(f"{note}, resident {first / 1e6:.1f} MB in the first third, {last / 1e6:.1f} MB in the last", flush=True)
        must(last <= most, f"resident memory grew from {first} to {last} bytes; at most {most:.0f} are flat")
        must(left <= HOUSEHOLDS * ROWS_OF_ONE, f"{left} rows are left")
        setup.must_hold()
        setup.relay.stop()
    finally:
        setup.relay.kill()


def a_day(clients: list[Client]) -> list[Client]:
    """Who logs in, in the order of the day."""
    random = Random(0)
    times = [
        (random.uniform(0, EVERY_HOURS) + hour, number)
        for number in range(len(clients))
        for hour in range(0, 24, EVERY_HOURS)
    ]
    return [clients[number] for _, number in sorted(times)]


LOCKS: dict[str, threading.Lock] = {}


def log_in(client: Client) -> None:
    # A household's next login begins when the one before is over.
    with LOCKS.setdefault(client.household.account, threading.Lock()), client.http() as caller:
        request = client.stage(caller)
        must(request, "a login could not be begun")
        wait = Span(time.time())
        caller.connection.request("GET", client.question(request, 8))
        client.send(client.code_mail(Random(0)))
        client.answered(caller, request, wait)


def pending(data: Path) -> int:
    path = data / "relay.sqlite3"
    with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=5.0)) as database:
        return database.execute("SELECT count(*) FROM requests").fetchone()[0]


class Memory:
    """What a process holds, a few times a second."""

    def __init__(self, pid: int) -> None:
        self.pid, self.done, self.samples = pid, threading.Event(), []
        self.thread = threading.Thread(target=self.sample, daemon=True)
        self.thread.start()

    def sample(self) -> None:
        while not self.done.wait(SAMPLE_SECONDS):
            self.samples.append(resident(self.pid))

    def stop(self) -> tuple[float, float]:
        """The medians of the first third and of the last, without the first tenth, in which it warms up."""
        self.done.set()
        self.thread.join()
        samples = self.samples[len(self.samples) // 10 :]
        must(len(samples) >= 9, "the day was over too soon to tell")
        third = len(samples) // 3
        return statistics.median(samples[:third]), statistics.median(samples[-third:])
