"""Kills a real `serve` at random moments under load, and takes disk, files and clock from it, and checks that it keeps
its promises: what was answered holds after every start, and nothing is relayed twice.

Prints the seed, a line for each part, and `N passed, N failed` last. Exit code 0 if all passed, 1 if one failed. With
the same seed the same things are done in the same order by each household; what the system's scheduler does is not in
it. What was done is written to target/survive/ where the killing fails.
"""

from __future__ import annotations

import argparse
import contextlib
import functools
import os
import secrets
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from support import namespaces  # noqa: E402 - the path above comes first
from support.checks import Failed  # noqa: E402
from support.reports import Skip, report, summary  # noqa: E402
from support.venvs import CHECKOUT  # noqa: E402

from survive import clock, day, disk, files  # noqa: E402
from survive.killing import forgets, killed  # noqa: E402
from survive.self_test import self_test  # noqa: E402
from survive.wrapped import clock_library, tracer  # noqa: E402

KILLING, SELF_TEST = "killing", "self-test"
PARTS = {
    "forgetting": forgets,
    "full disk": disk.full,
    "failing disk": disk.failing,
    "slow disk": disk.slow,
    "few files": files.few,
    "no files": files.none_left,
    "clock jumps": clock.jumps,
    "a day": day.replayed,
}
# What is mounted is gone with this program, and so is every process that it started.
OWN = ["--mount", "--pid", "--fork", "--mount-proc", "--kill-child"]
INSIDE = "SURVIVE_INSIDE"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--relay", metavar="PATH", help="the arlo-relay executable")
    parser.add_argument("--seconds", type=float, default=120, help="how long it is killed (120)")
    parser.add_argument("--seed", type=int, default=secrets.randbelow(10**6), help="for the same run again")
    parser.add_argument("--only", metavar="NAME", action="append", help="this part; may be repeated")
    parser.add_argument("--self-test", action="store_true", help="only whether the checker can fail; needs no relay")
    arguments = parser.parse_args()
    if arguments.self_test:
        self_test()
        return 0
    if not arguments.relay:
        parser.error("--relay is needed")
    only = arguments.only or [SELF_TEST, KILLING, *PARTS]
    if not set(only) <= {SELF_TEST, KILLING, *PARTS}:
        parser.error("the parts are: " + ", ".join([SELF_TEST, KILLING, *PARTS]))
    for tool in (tracer, clock_library):
        # Installed before, where they can be: within, this program is root of nothing but its own mounts.
        with contextlib.suppress(Skip, Failed):
            tool()
    namespaces.enter(OWN, INSIDE)
    binary = os.path.abspath(arguments.relay)
    print(f"seed {arguments.seed}", flush=True)

    def outcomes(parts: list[str]) -> list[bool | None]:
        return [outcome(part) for part in parts]

    def outcome(part: str) -> bool | None:
        directory = Path(name) / part.replace(" ", "-")
        directory.mkdir()
        if part == SELF_TEST:
            run = self_test
        elif part == KILLING:
            keep = CHECKOUT / "target" / "survive" / f"{arguments.seed}.jsonl"
            run = functools.partial(killed, binary, directory, arguments.seconds, arguments.seed, keep)
        else:
            run = functools.partial(PARTS[part], binary, directory)
        return report(part, run, directory)

    # The killing has a time of its own. The other parts go on beside it, one after the other.
    beside = [part for part in only if part != KILLING]
    with tempfile.TemporaryDirectory(prefix="survive-") as name, ThreadPoolExecutor(1) as pool:
        running = pool.submit(outcomes, beside)
        killing = outcomes([KILLING] if KILLING in only else [])
        return summary(killing + running.result())


if __name__ == "__main__":
    sys.exit(main())
