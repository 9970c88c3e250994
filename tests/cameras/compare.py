"""Compares `arlo-relay watch` and `record` with pyaarlo 0.8.0.27, unmodified, on simulated houses, in one run.

Each trial is made once for each client, in a house of its own that is the same for both; the trials of time follow each
other and do not run side by side. Prints the table, and writes it into a document between the lines
`<!-- comparison -->` and `<!-- end of comparison -->`. It takes some eight minutes. Exit code 0 if all trials could be
made, 1 if not, 77 if pyaarlo cannot be installed.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Callable

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

import trials  # noqa: E402 - the path above comes first
from support.checks import Failed  # noqa: E402
from support.reports import SKIPPED  # noqa: E402
from support.venvs import Unavailable, python_of  # noqa: E402
from trials import RECORDINGS, WATCHED, Program  # noqa: E402

BEGIN, END = "<!-- comparison -->", "<!-- end of comparison -->"
PYAARLO = "pyaarlo-0.8.0.27"
NAMES = ["arlo-relay", PYAARLO.replace("-", " ")]

Found = dict[str, dict]


def yes(value: bool) -> str:
    return "yes" if value else "no"


def megabytes(found: dict) -> str:
    return f"{found['resident']:.1f} MB, {found['own']:.1f} MB of it its own"


# What a row says, of which trial, and how its figure is written.
ROWS: list[tuple[str, str, Callable[[dict], str]]] = [
    (f"recordings kept of {RECORDINGS}", "recordings", lambda found: str(found["kept"])),
    ("of these files, incomplete ones under a final name", "recordings", lambda found: str(found["incomplete"])),
    (
        "event stream refused: requests for it in 10 s, and logins",
        "refused_subscribe",
        lambda found: f"{found['subscribes']:,}, {found['logins']}",
    ),
    (
        "token dead right after the login: CONNECTs in 10 s, and logins",
        "dead_token",
        lambda found: f"{found['connects']:,}, {found['logins']}",
    ),
    ("token refused with 2015: a mode can be chosen within a minute", "refusal_2015", lambda found: yes(found["mode"])),
    (
        "the same: the event stream is open again, and an event comes",
        "refusal_2015",
        lambda found: yes(found["stream"] and found["event"]),
    ),
    ("start until it can be used, median of 5", "start", lambda found: f"{found['seconds']:.2f} s"),
    ("calls of Arlo's API until 5 s after that", "start", lambda found: f"{found['calls']:.0f}"),
    ("processor time of an idle day", "idle", lambda found: f"{found['a_day']:.1f} s"),
    ("resident, idle", "idle", megabytes),
    ("calls an hour, idle", "idle", lambda found: f"{found['calls_an_hour']:.0f}"),
    ("10 events a second: share of a core", "busy", lambda found: f"{found['core']:.1f} %"),
    ("the same: resident", "busy", megabytes),
    ("the same: events that came", "busy", lambda found: f"{found['came']} of {found['made']}"),
    (
        "the same: event to line, median, 99th percentile",
        "busy",
        lambda found: f"{found['median']:.1f} ms, {found['p99']:.1f} ms" if "median" in found else "none came",
    ),
]


def compare(programs: list[Program], idle_seconds: float, directory: Path) -> dict[str, Found]:
    """What each trial found, by the trial and the program."""
    found: dict[str, Found] = {}

    def place(trial: str, program: Program) -> Path:
        return directory / f"{trial}-{program.name}-{time.monotonic_ns()}"

    def side_by_side(*wanted: tuple[str, Callable[..., dict], tuple]) -> None:
        with ThreadPoolExecutor(len(wanted) * len(programs)) as pool:
            say(" and ".join(trial for trial, _, _ in wanted))
            begun = {
                trial: {each.name: pool.submit(make, each, place(trial, each), *more) for each in programs}
                for trial, make, more in wanted
            }
            for trial, of_each in begun.items():
                found[trial] = {name: one.result() for name, one in of_each.items()}
                say(f"{trial}: {found[trial]}")

    say("start")
    starts = [{each.name: trials.start(each, place("start", each)) for each in programs} for _ in range(5)]
    found["start"] = {
        each.name: {key: statistics.median(one[each.name][key] for one in starts) for key in ("seconds", "calls")}
        for each in programs
    }
    say(f"start: {found['start']}")
    say("busy")
    found["busy"] = {each.name: trials.busy(each, place("busy", each), 20) for each in programs}
    say(f"busy: {found['busy']}")
    # Of these only counts and a process's own processor time are taken, so all clients may be at work.
    side_by_side(("refused_subscribe", trials.refused_subscribe, ()))
    side_by_side(("dead_token", trials.dead_token, ()))
    side_by_side(("refusal_2015", trials.refusal_2015, ()))
    side_by_side(("idle", trials.idle, (idle_seconds,)), ("recordings", trials.recordings, ()))
    return found


def say(what: str) -> None:
    print(f"{time.strftime('%T')} {what}", file=sys.stderr, flush=True)


def table(found: dict[str, Found], programs: list[Program], idle_seconds: float, load: list[float]) -> str:
    names = [each.name for each in programs]
    lines = ["| | " + " | ".join(names) + " |", "|---" * (len(names) + 1) + "|"]
    for title, trial, shown in ROWS:
        lines.append("| " + " | ".join([title, *(shown(found[trial][name]) for name in names)]) + " |")
    machine = f"{os.cpu_count()} cores of {platform.machine()}, Python {platform.python_version()}, load average "
    machine += " and ".join(f"{each:.1f}" for each in load) + " before and after"
    said = (
        f"Made by `tests/cameras/compare.py` in one run ({machine}). Idle is a house with {WATCHED} cameras in which "
        f"nothing happens for {idle_seconds:.0f} s, begun 20 s after the start; the processor time is scaled to a day. "
        "pyaarlo looks at the hub every 60 s and `watch` every 100 s; what either does less often than that is left out."
    )
    return "\n".join([*lines, "", *wrapped(said)])


def wrapped(text: str) -> list[str]:
    import textwrap

    return textwrap.wrap(text, 118, break_long_words=False, break_on_hyphens=False)


def write(document: Path, text: str) -> None:
    before, begin, rest = document.read_text().partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise SystemExit(f"{document} has no lines {BEGIN} and {END}")
    document.write_text(f"{before}{BEGIN}\n\n{text}\n\n{END}{after}")


def check(document: Path) -> None:
    """Fails unless the document has a table with the rows and columns that this program writes."""
    written = document.read_text().partition(BEGIN)[2].partition(END)[0]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in written.splitlines() if line[:1] == "|"]
    titles, columns = [line[0] for line in cells[2:]], cells[0][1:] if cells else []
    if titles != [title for title, _, _ in ROWS] or columns != NAMES or any(len(line) != 3 for line in cells):
        raise Failed(f"the table in {document.name} is not of this program: write it with tests/cameras/compare.py")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--relay", required=True, metavar="PATH", help="the arlo-relay executable, a release build")
    parser.add_argument("--cloud", required=True, metavar="PATH", help="the arlo-sim executable, a release build")
    parser.add_argument("--write", metavar="FILE", type=Path, help="the document that gets the table")
    parser.add_argument("--idle", metavar="SECONDS", type=float, default=200, help="how long nothing happens; 200")
    arguments = parser.parse_args()
    try:
        python = python_of(PYAARLO, HERE.parent / "pyaarlo" / "requirements.txt")
    except Unavailable as error:
        print(f"SKIPPED: pyaarlo cannot be installed: {error}", flush=True)
        return SKIPPED
    relay, cloud = os.path.abspath(arguments.relay), os.path.abspath(arguments.cloud)
    programs = [Program(name, relay, its, cloud) for name, its in zip(NAMES, (None, str(python)))]
    with tempfile.TemporaryDirectory(prefix="compare-") as name:
        load = [os.getloadavg()[0]]
        found = compare(programs, arguments.idle, Path(name))
        load.append(os.getloadavg()[0])
        text = table(found, programs, arguments.idle, load)
    print(text)
    if arguments.write:
        write(arguments.write, text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
