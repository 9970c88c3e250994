"""Kills a relay under load, again and again, and judges what it says after each start.

A turn is: start, look at everything, judge, load, kill. It is killed at a moment, while it starts, before one of the
system calls by which it writes, or before one by which it empties its write-ahead log (with strace). A second process
enrols all the while, also during a start.
"""

from __future__ import annotations

import contextlib
import json
import shutil
import sqlite3
import subprocess
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from support.checks import Failed, must
from support.reports import Skip
from support.servers import Enrolment, Relay, Server

from survive.checker import judge
from survive.client import INTERRUPTED, Client, Codes, Journal, run_command
from survive.wrapped import injected

LIFETIME = 60
HOUSEHOLDS = 24
MOST_HOUSEHOLDS = 80
AT_ONCE = 8
# How long a relay lives under load, at the most.
LONGEST_LIFE = 3.0
DEATH_SECONDS = 20.0
WRITES, CHECKPOINT = "pwrite64,fdatasync,fsync,ftruncate", "ftruncate"
MOMENT, START, WRITE, EMPTYING = "at a moment", "during the start", "before a write", "before the log is emptied"


@dataclass
class Tally:
    kills: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)


class Killing:
    def __init__(self, binary: str, directory: Path, seed: int) -> None:
        self.binary, self.directory, self.seed = binary, directory, seed
        options = ("--registration", "invite", "--lifetime", str(LIFETIME))
        self.relay = Relay(binary, directory, options=options)
        self.journal, self.codes, self.tally = Journal(directory / "journal.jsonl"), Codes(), Tally()
        self.clients: list[Client] = []
        self.lock, self.over = threading.Lock(), threading.Event()
        # Held by who opens the database beside the relay, or reads its files.
        self.at_the_files = threading.Lock()
        self.ways = [MOMENT, START, WRITE, EMPTYING]
        try:
            injected(directory, binary, WRITES, "signal=KILL:when=1")
        except Skip as reason:
            print(f"SKIPPED: kills before a system call: {reason}", flush=True)
            self.ways = [MOMENT, START]

    # ---- Turns

    def run(self, seconds: float) -> Tally:
        end = time.monotonic() + seconds
        self.relay.start()
        for _ in range(HOUSEHOLDS):
            self.enrol()
        operator = threading.Thread(target=self.operate, daemon=True)
        operator.start()
        turn = 0
        try:
            while True:
                self.check()
                if self.tally.faults or time.monotonic() > end:
                    break
                # Each way once, then as it comes.
                random = Random(f"{self.seed}/{turn}")
                way = self.ways[turn] if turn < len(self.ways) else random.choice(self.ways)
                self.kill(way, random)
                self.must_be_whole()
                self.relay.binary = self.binary
                self.relay.start()
                turn += 1
        finally:
            self.over.set()
            operator.join()
            self.relay.kill()
        return self.tally

    def kill(self, way: str, random: Random) -> None:
        self.journal.note("turn", way=way)
        self.tally.kills[way] += 1
        if way == MOMENT:
            self.loaded(random, random.uniform(0.05, LONGEST_LIFE))
        else:
            self.relay.kill()
            if way == START:
                for _ in range(random.randrange(1, 6)):
                    self.kill_a_start(random.uniform(0, 0.04))
            else:
                calls, last = (WRITES, 3000) if way == WRITE else (CHECKPOINT, 5)
                fault = f"signal=KILL:when={int(last ** random.random())}"
                self.relay.binary = injected(self.directory, self.binary, calls, fault)
                # It may be dead before it serves.
                with contextlib.suppress(Failed):
                    self.relay.start()
                    # The second processes are not traced.
                    self.relay.binary = self.binary
                    self.loaded(random, 2 * LONGEST_LIFE)
        self.relay.kill()
        now = time.time()
        for client in self.known():
            client.household.close(now)

    def kill_a_start(self, after: float) -> None:
        address = ["--http", self.relay.http, "--smtp", self.relay.smtp, "--data-dir", str(self.relay.data)]
        command = [self.binary, "serve", *address, "--domain", "relay.localhost", *self.relay.options]
        with self.relay.log.open("ab") as log:
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=log)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(after)
        process.kill()
        process.wait()

    def loaded(self, random: Random, seconds: float) -> None:
        """Lets all households act until the relay is dead: by itself, or after so many seconds."""
        server: Server = self.relay.server
        stop = threading.Event()
        threads = [
            threading.Thread(target=self.act, args=(client, Random(random.random()), stop), daemon=True)
            for client in self.known()
        ]
        for thread in threads:
            thread.start()
        with contextlib.suppress(subprocess.TimeoutExpired):
            server.process.wait(seconds)
        server.process.kill()
        stop.set()
        for thread in threads:
            thread.join(DEATH_SECONDS)
            must(not thread.is_alive(), "a client noticed the death of the relay")

    def act(self, client: Client, random: Random, stop: threading.Event) -> None:
        try:
            while not stop.wait(random.uniform(0, 0.6)):
                client.act(random)
        except INTERRUPTED as error:
            client.note("interrupted", by=f"{type(error).__name__}: {error}"[:80])
        except Exception as error:  # noqa: BLE001 - it would end in this thread, unseen
            self.tally.faults.append(f"{client.household.account}: {type(error).__name__}: {error}")

    # ---- What must hold

    def check(self) -> None:
        clients = self.known()
        with ThreadPoolExecutor(AT_ONCE) as pool:
            list(pool.map(Client.check, clients))
        faults = judge([client.household for client in clients], LIFETIME)
        self.tally.faults += faults
        for client in clients:
            if any(client.household.account in fault for fault in faults):
                self.journal.note("fault", record=client.dump())
            client.household.settle()

    def must_be_whole(self) -> None:
        """The database as the kill left it, in a copy: the relay itself has to recover the other."""
        copy = self.directory / "copy"
        shutil.rmtree(copy, ignore_errors=True)
        copy.mkdir()
        # The last process that closes the database removes its log.
        with self.at_the_files:
            for suffix in ("", "-wal"):
                file = self.relay.data / f"relay.sqlite3{suffix}"
                if file.exists():
                    shutil.copy(file, copy / file.name)
        with contextlib.closing(sqlite3.connect(copy / "relay.sqlite3")) as database:
            said = database.execute("PRAGMA integrity_check").fetchall()
            must(said == [("ok",)], f"the database is damaged: {said[:3]}")
            must(not database.execute("PRAGMA foreign_key_check").fetchall(), "a row has lost its enrolment")

    # ---- A second process

    def known(self) -> list[Client]:
        with self.lock:
            return list(self.clients)

    def enrol(self, kill_after: float | None = None) -> None:
        number = len(self.clients)
        account = f"casey{number}.{time.time_ns()}@example.org"
        command = [self.binary, "enroll", account, "--data-dir", str(self.relay.data), "--json"]
        with self.at_the_files:
            printed = run_command(command, kill_after)
        self.journal.note("enrol", account=account, done=bool(printed))
        if printed:
            client = Client(self.relay, Enrolment.from_json(json.dumps(printed)), number, self.codes, self.journal)
            with self.lock:
                self.clients.append(client)
        elif kill_after is None:
            self.tally.faults.append(f"{account} could not be enrolled")

    def operate(self) -> None:
        random = Random(f"{self.seed}/operator")
        while not self.over.wait(random.uniform(0.2, 1.5)) and len(self.known()) < MOST_HOUSEHOLDS:
            self.enrol(random.choice([None, None, random.uniform(0, 0.03)]))


def killed(binary: str, directory: Path, seconds: float, seed: int, keep: Path) -> None:
    killing = Killing(binary, directory, seed)
    try:
        tally = killing.run(seconds)
        must(not tally.faults, "\n".join(tally.faults[:20]))
    except BaseException:
        keep.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(killing.journal.path, keep)
        print(f"what was done, a line each: {keep}", flush=True)
        raise
    households = [client.household for client in killing.known()]
    logins = sum(1 for household in households for request in household.requests if request.is_ended)
    taken = sum(len(household.mails) for household in households)
    requests = sum(len(household.requests) for household in households)
    ways = ", ".join(f"{count} {way}" for way, count in sorted(tally.kills.items()))
    print(f"{sum(tally.kills.values())} kills ({ways})", flush=True)
    print(f"{len(households)} households, {requests} requests, {taken} mails, {logins} logins read", flush=True)
    must(logins > 0 and taken > 0, "the load did nothing")


def forgets(binary: str, directory: Path) -> None:
    """That all of this can fail: a relay whose last seconds are taken from its disk is seen to break its promises."""
    killing = Killing(binary, directory, 0)
    relay, former = killing.relay, directory / "former"
    relay.start()
    try:
        for _ in range(HOUSEHOLDS // 2):
            killing.enrol()
        killing.check()
        relay.stop()
        shutil.copytree(relay.data, former)
        relay.start()
        killing.kill(MOMENT, Random(0))
        shutil.rmtree(relay.data)
        former.rename(relay.data)
        relay.start()
        killing.check()
        must(killing.tally.faults, "a relay that forgets was not seen")
    finally:
        relay.kill()
