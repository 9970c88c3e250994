"""What an attack is, and what it is aimed at. Each runs in a process of its own, so that its work is not the load's."""

from __future__ import annotations

import multiprocessing
import resource
import time
import traceback
from dataclasses import dataclass, field
from typing import Callable

from support.servers import Enrolment

from hostile.signing import Key

# What an attack may take to end once its time is up.
GRACE = 60.0


@dataclass(frozen=True)
class Target:
    """What an attacker knows, and what a judge has to know beside it."""

    http: str
    smtp: str
    pid: int
    shared: str
    # An enrolment of the attacker's own.
    mallory: Enrolment
    # Accounts that nobody else logs in with meanwhile.
    victims: tuple[Enrolment, ...]
    # Signing keys, by domain: of Arlo, to make its genuine mail, and of a provider with many customers.
    keys: dict[str, Key] = field(repr=False)
    until: float = 0.0

    @property
    def remaining(self) -> float:
        return max(0.1, self.until - time.monotonic())


@dataclass
class Outcome:
    """What came of an attack beside what it did to the load."""

    faults: list[str] = field(default_factory=list)
    note: str = ""


Run = Callable[[Target], Outcome]


@dataclass(frozen=True)
class Attack:
    name: str
    run: Run
    # What the relay's memory and its database may grow by while it goes on.
    memory_mib: int = 300
    database_kib: int = 16 * 1024


def play(run: Run, target: Target, pipe: multiprocessing.connection.Connection) -> None:
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    try:
        outcome = run(target)
    except Exception:  # noqa: BLE001 - whatever it is, it is told
        outcome = Outcome([f"the attack itself broke: {traceback.format_exc()}"])
    pipe.send(outcome)


class Running:
    """An attack under way."""

    def __init__(self, run: Run, target: Target) -> None:
        # Not a fork: the load's threads hold locks.
        context = multiprocessing.get_context("spawn")
        self.pipe, far_end = context.Pipe(duplex=False)
        self.process = context.Process(target=play, args=(run, target, far_end), daemon=True)
        self.process.start()
        far_end.close()

    def outcome(self, until: float) -> Outcome:
        try:
            if self.pipe.poll(max(0.0, until - time.monotonic()) + GRACE):
                return self.pipe.recv()
            return Outcome(["it had to be ended, so what it found is not known"])
        except EOFError:
            return Outcome(["the attack itself ended without a word"])
        finally:
            self.process.kill()
            self.process.join()
            self.pipe.close()
