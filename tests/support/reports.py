"""How a test program reports: a line for each test, `N passed, N failed` last, and an exit code."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Callable, Iterable

from support.checks import Failed

# The exit code of a program none of whose tests could run here.
SKIPPED = 77
LAST_BYTES = 2000


class Skip(Exception):
    """Why a test cannot run on this machine."""


def report(name: str, run: Callable[[], None], logs: Path) -> bool | None:
    """Runs one test and prints what came of it, with the ends of the logs below `logs` if it failed.

    True if it passed, False if it failed, None if it was skipped.
    """
    began = time.monotonic()
    try:
        run()
    except Skip as reason:
        print(f"SKIPPED: {name}: {reason}", flush=True)
        return None
    except Exception as error:  # noqa: BLE001 - whatever it is, the other tests go on
        reason = error if isinstance(error, Failed) else f"{type(error).__name__}: {error}"
        print(f"FAILED {name}: {reason}{ends_of(logs)}", flush=True)
        return False
    print(f"ok     {name} ({time.monotonic() - began:.1f} s)", flush=True)
    return True


def ends_of(logs: Path) -> str:
    return "".join(f"\n--- {log.name}\n{end_of(log)}" for log in sorted(logs.rglob("*.log")))


def end_of(log: Path) -> str:
    """The last lines of a log; nothing where there is none."""
    return log.read_text(errors="replace")[-LAST_BYTES:] if log.exists() else ""


def summary(outcomes: Iterable[bool | None]) -> int:
    """Prints how many passed and failed; the exit code of the program."""
    outcomes = list(outcomes)
    passed, failed = outcomes.count(True), outcomes.count(False)
    print(f"{passed} passed, {failed} failed", flush=True)
    if failed:
        return 1
    return 0 if passed else SKIPPED
