"""Relays whose log cannot be written: its disk is full, its reader gone. And what an expired code leaves on disk."""

from __future__ import annotations

import contextlib
import os
import resource
import sqlite3
import time
from pathlib import Path

from support.checks import Failed, until
from support.mails import arlo

from hostile.attack import Outcome, Running
from hostile.calling import refused_calls
from hostile.load import Login, must_log_in
from hostile.names import NameServer
from hostile.signing import Key
from hostile.world import World, listening

MEMBERS, PACE = 8, 2.0
LIFETIME = 10
# The sweeper comes every five seconds; a busy machine is given twice as long.
SWEPT_SECONDS = 20.0
CODE = "739182"
PHASE = "logs"


def attack(
    binary: str, directory: Path, names: NameServer, signing: dict[str, Key], seconds: float
) -> tuple[Outcome, list[Login]]:
    """All at once: a load of logins for each, while refused calls come."""
    outcome, notes = Outcome(), []
    with contextlib.ExitStack() as stack:
        stack.callback(resource.setrlimit, resource.RLIMIT_CORE, resource.getrlimit(resource.RLIMIT_CORE))
        resource.setrlimit(resource.RLIMIT_CORE, [resource.getrlimit(resource.RLIMIT_CORE)[1]] * 2)
        full = os.open("/dev/full", os.O_WRONLY)
        stack.callback(os.close, full)
        reader, gone = os.pipe()
        stack.callback(os.close, gone)
        worlds: dict[str, World] = {}
        for name, stderr in (("log on a full disk", full), ("log without a reader", gone), ("log as usual", None)):
            place = directory / name.replace(" ", "-")
            place.mkdir()
            try:
                relay = listening(binary, place, ("--name-server", names.address, "--lifetime", str(LIFETIME)), stderr)
                stack.callback(relay.kill)
                worlds[name] = World(relay, names, signing, PACE, MEMBERS)
            except Failed as error:
                outcome.faults.append(f"{name}: {error}")
        os.close(reader)
        usual = worlds["log as usual"]
        outcome.faults += cores(usual.pid)
        kept = KeptCode(usual)
        stack.callback(kept.close)
        running = {}
        for name, world in worlds.items():
            # Where the expired code is looked for, no other login may bring the next sweep.
            if world is not usual:
                world.load.phase = PHASE
                world.load.start()
            running[name] = Running(refused_calls, world.target(seconds))
        for name, attacker in running.items():
            done = attacker.outcome(time.monotonic() + seconds)
            notes.append(f"{name}: {done.note}")
            outcome.faults += [f"{name}: {fault}" for fault in done.faults]
        for name, world in worlds.items():
            if world is not usual:
                world.load.stop()
            code = world.relay.server.process.poll()
            if code is not None:
                outcome.faults.append(f"{name}: the relay ended with exit code {code}")
            elif left := world.recover():
                outcome.faults.append(f"{name}: {left}")
        outcome.note = "; ".join(notes)
        outcome.faults += kept.faults()
        return outcome, [login for world in worlds.values() for login in world.load.logins]


def cores(pid: int) -> list[str]:
    """Nothing of a relay's memory may be left on disk when it is killed, whatever limit it was started with."""
    limits = Path(f"/proc/{pid}/limits").read_text(encoding="ascii")
    line = next(line for line in limits.splitlines() if line.startswith("Max core file size"))
    return [] if line.split()[4] == "0" else ["a core file with all secrets would be written"]


class KeptCode:
    """A login whose code has expired while a reader of the database, as a backup is one, was at work."""

    def __init__(self, world: World) -> None:
        self.data = world.relay.data
        self.began = time.monotonic()
        victim = world.victims[0]
        mail = arlo(CODE, victim.account)
        must_log_in((world.relay.http, world.relay.smtp), victim, victim.relay_address, mail, CODE)
        if not self.holders():
            raise Failed("the code is in no file before it expired: this looks in the wrong place")
        path = next(self.data.glob("*.sqlite3"))
        self.reader = sqlite3.connect(path, timeout=5.0, isolation_level=None, check_same_thread=False)
        self.reader.execute("BEGIN")
        self.reader.execute("SELECT count(*) FROM sqlite_master").fetchone()

    def holders(self) -> list[str]:
        return sorted(
            path.name for path in self.data.iterdir() if path.is_file() and CODE.encode() in path.read_bytes()
        )

    def faults(self) -> list[str]:
        # The reader goes when the code has been expired for one sweep.
        time.sleep(max(0.0, self.began + LIFETIME + 6.0 - time.monotonic()))
        self.close()
        try:
            until(lambda: not self.holders(), "an expired code is gone", SWEPT_SECONDS)
        except Failed:
            return [f"an expired code is still in {', '.join(self.holders())}"]
        return []

    def close(self) -> None:
        self.reader.close()
