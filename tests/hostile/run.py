"""Honest logins at a fixed pace while the relay is attacked: each attack for its time, one phase after the other.

Prints a table: for the load alone and during each attack the logins, those that were lost, codes a second, the time of
a login, the time from the mail's `250` to the answer, the most memory used, and how much the database and the log grew.
The relay has withstood an attack if every login got its own code, at half the pace of the load alone or better, if no
login ended with another's code, and if memory and files stayed within their bounds. Everything runs on the loopback,
bounded in number and time, and is ended. Exit code 0 if the relay withstood all attacks, 1 if not.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import resource
import sys
import tempfile
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from hostile import calling, forging, holding, logs, network, reading  # noqa: E402 - the path above comes first
from hostile.attack import Attack, Outcome, Running, Target  # noqa: E402
from hostile.load import Login, at  # noqa: E402

from hostile.names import NameServer, name_server  # noqa: E402
from hostile.signing import Key  # noqa: E402
from hostile.world import Watch, World, closed_port, keys, listening, records  # noqa: E402
from support.checks import Failed  # noqa: E402

PACE = 8.0
# Each attack has its time. Some go on two at a time, so that all of them end within four minutes.
ATTACK_SECONDS = 20.0
ALONE, ALONE_SECONDS = "alone", 12.0
LOGS = "logs that cannot be written"
ENROLLED, FORGED = "who is enrolled", "forged mail"
MIB, KIB = 1024 * 1024, 1024
# Rows and bytes that honest logins leave for their own time are far below.
MOST_ROWS, MOST_LOG = 1000, 512 * KIB

ATTACKS = [
    [Attack("messages in messages", reading.nesting), Attack("mails dear to read", reading.dear_reading)],
    [Attack("SMTP connections", holding.smtp_connections)],
    [Attack("message memory", holding.message_memory)],
    [Attack("HTTP connections", holding.http_connections, memory_mib=400)],
    [Attack("unfinished bodies", holding.unfinished_bodies), Attack("mail for the operator", calling.operators_mail)],
    [Attack("logins of one member", calling.logins_of_one), Attack("a signed mail replayed", forging.replayed)],
    [Attack("mails of one member", calling.mails_of_one), Attack("calls of strangers", calling.strangers_calls)],
    [Attack(FORGED, forging.forged)],
]


@dataclass
class Phase:
    """What was seen in one phase."""

    name: str
    seconds: float
    logins: list[Login]
    watch: Watch | None = None
    faults: list[str] = field(default_factory=list)
    note: str = ""

    @property
    def good(self) -> list[Login]:
        return [login for login in self.logins if not login.fault]

    @property
    def pace(self) -> float:
        return len(self.good) / self.seconds

    def judge(self, attacks: list[Attack], alone: float) -> None:
        for fault, count in Counter(login.fault for login in self.logins if login.fault).most_common(3):
            self.faults.append(f"{count} of {len(self.logins)} honest logins: {fault}")
        if self.pace < alone / 2:
            self.faults.append(f"{self.pace:.1f} codes a second, {alone:.1f} without the attack")
        if attacks and self.watch:
            memory, kept = (max(getattr(one, most) for one in attacks) for most in ("memory_mib", "database_kib"))
            database, rows, log = self.watch.grown
            more = self.watch.resident - self.watch.resident_before
            if more > memory * MIB:
                self.faults.append(f"{more // MIB} MiB more memory, {memory} are the most")
            if database > kept * KIB:
                self.faults.append(f"the database grew by {database // KIB} KiB, {kept} are the most")
            if rows > MOST_ROWS:
                self.faults.append(f"the database grew by {rows} rows, {MOST_ROWS} are the most")
            if log > MOST_LOG:
                self.faults.append(f"the log grew by {log // KIB} KiB, {MOST_LOG // KIB} are the most")

    def line(self) -> str:
        figures = [self.name, len(self.logins), len(self.logins) - len(self.good), f"{self.pace:.2f}"]
        for values in ([one.seconds for one in self.good], [one.answered for one in self.good]):
            figures += [f"{at(values, percent) * 1e3:.1f}" if values else "-" for percent in (50, 99)]
        if self.watch:
            database, rows, log = self.watch.grown
            figures += [self.watch.resident // MIB, database // KIB, rows, log // KIB]
        return COLUMNS.format(*figures, *[""] * (12 - len(figures)))


COLUMNS = "{:44} {:>6} {:>5} {:>8} {:>8} {:>8} {:>8} {:>8} {:>7} {:>7} {:>6} {:>6}"
HEAD = "\n".join(
    COLUMNS.format(*words)
    for words in (
        ("", "", "", "codes", "login,", "ms", "250 to", "code, ms", "memory", "db", "", "log"),
        ("", "logins", "lost", "a second", "p50", "p99", "p50", "p99", "MiB", "KiB", "rows", "KiB"),
    )
)


class Enrolled:
    """Who is enrolled is asked from here, where what the name server was asked can be seen."""

    def __init__(self, target: Target, names: NameServer) -> None:
        self.result = Outcome(["it was not over in time"])
        self.thread = threading.Thread(target=self.run, args=(target, names), daemon=True)
        self.thread.start()

    def run(self, target: Target, names: NameServer) -> None:
        self.result = forging.is_enrolled_asked(target, names.asked)

    def outcome(self, until: float) -> Outcome:
        self.thread.join(max(0.0, until - time.monotonic()) + 40.0)
        return self.result


def phase(world: World, name: str, seconds: float, attackers: list[Running | Enrolled]) -> Phase:
    """Lets the attack have its time, and gathers what was seen."""
    until = time.monotonic() + seconds
    watch = Watch(world.pid, world.relay.data, world.relay.log)
    world.load.phase = name
    time.sleep(seconds)
    world.load.phase = f"after {name}"
    outcomes = [attacker.outcome(until) for attacker in attackers]
    world.load.settle(name)
    watch.stop()
    seen = Phase(name, seconds, world.load.of(name), watch)
    for outcome in outcomes:
        seen.faults += outcome.faults
        seen.note = "; ".join(filter(None, (seen.note, outcome.note)))
    return seen


def attacked(world: World, attacks: list[Attack]) -> Phase:
    target = world.target(ATTACK_SECONDS)
    attackers: list[Running | Enrolled] = [Running(attack.run, target) for attack in attacks]
    if any(attack.name == FORGED for attack in attacks):
        attackers.append(Enrolled(target, world.names))
    seen = phase(world, " + ".join(attack.name for attack in attacks), ATTACK_SECONDS, attackers)
    if left := world.recover():
        seen.faults.insert(0, left)
    return seen


def play(binary: str, directory: Path, only: list[str]) -> list[Phase]:
    signing: dict[str, Key] = keys()
    phases = []
    with contextlib.ExitStack() as stack:
        names = stack.enter_context(name_server(records(signing)))
        smarthost = stack.enter_context(closed_port())
        options = (
            "--name-server",
            names.address,
            "--forward-to",
            "operator@example.net",
            "--smarthost",
            f"smtp://{smarthost}",
        )
        running = listening(binary, directory, options)
        stack.callback(running.stop)
        world = World(running, names, signing, PACE)
        world.load.start()
        alone = phase(world, ALONE, ALONE_SECONDS, [])
        alone.judge([], 0.0)
        phases.append(alone)
        print(HEAD + "\n" + alone.line(), flush=True)
        for together in ATTACKS:
            if attacks := [attack for attack in together if attack.name in only]:
                seen = attacked(world, attacks)
                seen.judge(attacks, alone.pace)
                phases.append(seen)
                print(seen.line(), flush=True)
        world.load.stop()
        if LOGS in only:
            outcome, logins = logs.attack(binary, directory, names, signing, ATTACK_SECONDS)
            seen = Phase(LOGS, ATTACK_SECONDS, logins, None, outcome.faults, outcome.note)
            # Two relays, each at its own pace.
            seen.judge([], 2 * logs.PACE)
            phases.append(seen)
            print(seen.line(), flush=True)
    return phases


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--relay", required=True, metavar="PATH", help="the arlo-relay executable")
    parser.add_argument("--only", metavar="NAME", action="append", help="this attack; may be repeated")
    arguments = parser.parse_args()
    known = [*(attack.name for together in ATTACKS for attack in together), LOGS]
    only = arguments.only or known
    if not set(only) <= set(known):
        parser.error("the attacks are: " + ", ".join(known))
    network.enter()
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="hostile-") as name:
        try:
            phases = play(os.path.abspath(arguments.relay), Path(name), only)
        except Failed as error:
            print(f"FAILED {error}", flush=True)
            return 1
    print()
    for seen in phases:
        if seen.note:
            print(f"{seen.name}: {seen.note}")
    failed = [seen for seen in phases if seen.faults]
    for seen in failed:
        for fault in seen.faults:
            print(f"FAILED {seen.name}: {fault}")
    print(f"{len(phases) - len(failed)} passed, {len(failed)} failed in {time.monotonic() - began:.0f} s", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
