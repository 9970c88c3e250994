"""A disk that is full, and one that is slow."""

from __future__ import annotations

import contextlib
import os
import subprocess
from pathlib import Path
from typing import Iterator

from hostile.wire import Http
from support.checks import Failed, must, until
from support.reports import end_of

from survive.record import PENDING
from survive.setup import Setup
from survive.wrapped import injected, missing

DISK = "6m"
# How SQLite flushes, as .cargo/config.toml has it built.
FLUSHING = "fdatasync"
# Microseconds that each flush takes.
FLUSH = 300_000
LOADED_SECONDS = 8.0
# So many of a thread succeed before they fail.
FLUSHES = 40
BLOCK = bytes(64 * 1024)


@contextlib.contextmanager
def small_disk(place: Path) -> Iterator[Path]:
    """A file system of its own in memory, which is gone with the block."""
    place.mkdir()
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={DISK}", "tmpfs", str(place)], capture_output=True, text=True, check=False
    )
    if made.returncode != 0:
        raise missing("no file system can be mounted here", made.stderr.strip())
    try:
        yield place
    finally:
        subprocess.run(["umount", str(place)], check=True)


def fill(place: Path) -> Path:
    """Takes the last byte of the disk."""
    filler = place / "filler"
    with filler.open("ab", buffering=0) as file:
        for block in (BLOCK, BLOCK[:4096], BLOCK[:1]):
            with contextlib.suppress(OSError):
                while file.write(block):
                    pass
    return filler


def full(binary: str, directory: Path) -> None:
    with small_disk(directory / "disk") as disk:
        setup = Setup(binary, directory, disk / "data")
        try:
            setup.relay.start()
            setup.enrol(4)
            must(not (faults := setup.act(2.0)), faults)
            for client in setup.clients:
                with client.http() as caller:
                    client.stage(caller)
            filler = fill(disk)
            until(lambda: fill(disk) and not setup.takes_anything(), "mails and logins are refused")
            # A sweep may have given back room meanwhile.
            until(lambda: fill(disk) and setup.health() == 503, "the relay says that it is not healthy")
            reads_go_on(setup)
            setup.kill()
            said = start_on_a_full_disk(setup)
            filler.unlink()
            if setup.relay.server is None:
                setup.relay.start()
            until(lambda: setup.health() == 200, "the relay is healthy again")
            setup.must_hold()
            before = setup.delivered()
            must(not (faults := setup.act(2.0, 1)), faults)
            setup.must_hold()
            must(setup.delivered() > before, "nobody logs in after it")
            print(f"a start on a full disk: {said}", flush=True)
        finally:
            setup.relay.kill()


def reads_go_on(setup: Setup) -> None:
    """Who has a poll URL can read it."""
    for client in setup.clients:
        request = next(one for one in reversed(client.household.requests) if one.path and not one.is_rest)
        with client.http() as caller:
            before = len(request.seen)
            client.look(caller, request)
        must(len(request.seen) > before or request.seen[-1].state == PENDING, "a poll URL cannot be read")


def start_on_a_full_disk(setup: Setup) -> str:
    """It may serve, or it says in one sentence why not."""
    try:
        setup.relay.start()
    except Failed:
        setup.relay.server = None
        last = end_of(setup.relay.log).strip().splitlines()[-1]
        must("panicked" not in last, last)
        return f"refused: {last[-200:].replace(os.fspath(setup.directory), '…')}"
    return "served"


def failing(binary: str, directory: Path) -> None:
    """A disk that does not flush any more: nothing is promised that is not on it."""
    setup = Setup(binary, directory)
    try:
        setup.start_under(injected(directory, binary, FLUSHING, f"error=EIO:when={FLUSHES}+"), 4)
        until(lambda: not (setup.act(0.5) or setup.takes_anything()), "no mail and no login is taken")
        must(setup.health() == 503, "the relay says that it is healthy")
        sent = [mail for client in setup.clients for mail in client.household.mails if mail.attempts]
        taken = sum(mail.attempts[-1].is_taken for mail in sent)
        setup.kill()
        setup.relay.start()
        setup.must_hold()
        must(not (faults := setup.act(1.0, 1)), faults)
        setup.must_hold()
        print(f"{taken} mails were taken before the flushes failed, and none after", flush=True)
    finally:
        setup.relay.kill()


def slow(binary: str, directory: Path) -> None:
    setup = Setup(binary, directory)
    try:
        setup.start_under(injected(directory, binary, FLUSHING, f"delay_enter={FLUSH}"), 12)
        must(not (faults := setup.act(LOADED_SECONDS)), faults)
        setup.must_hold()
        must(setup.health() == 200, "the relay says that it is not healthy")
        must(setup.delivered() > 0, "nobody logged in")
        before = setup.delivered()
        # Whoever is killed here has mostly a flush under way.
        setup.kill()
        setup.relay.start()
        setup.must_hold()
        with Http(setup.relay.http, "10.250.0.1") as caller:
            must(caller.try_call("GET", "/healthz") == 200, "the relay is not healthy")
        print(f"{before} logins with {FLUSH / 1e6:.1f} s for each flush", flush=True)
    finally:
        setup.relay.kill()
