"""Measures the relay beside what it replaces, each pair in one run: `./bench.sh [PART…]`.

A part prints its table when it is done. `--write` also writes docs/performance.md and its plots from all parts that
were measured by this and earlier runs of the same commit. Nothing here fails for a figure.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from email import message_from_bytes, policy
from pathlib import Path
from typing import Callable, Iterator

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(HERE.parent))

from bench import ways as each_way  # noqa: E402 - the path above comes first
from bench.client import logins  # noqa: E402
from bench.page import write_page  # noqa: E402
from support.checks import free_port, until  # noqa: E402
from support.packages import install  # noqa: E402
from support.resources import resident  # noqa: E402
from support.servers import Server  # noqa: E402
from support.venvs import python_of  # noqa: E402

TARGET = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
RESULTS = TARGET / "bench" / "results.json"
CORPUS = ROOT / "crates/arlo-mail/tests/corpus/made"
# As many members as the largest part of the load needs.
MEMBERS = 10_000
# Those of crates/arlo-relay/benches/relay/large.rs.
SIZES = (1_000, 100_000, 1_000_000)
FLUSHES = 500


@dataclass
class Row:
    """One figure, and the same figure of the reference in the same run."""

    part: str
    what: str
    unit: str
    ours: float
    reference: float | None = None
    beside: str = ""
    # Whether more is better.
    more: bool = False
    note: str = ""

    @property
    def ratio(self) -> float | None:
        """How many times better ours is."""
        if not self.reference or not self.ours:
            return None
        return self.ours / self.reference if self.more else self.reference / self.ours


def cargo_bench(package: str, bench: str, *arguments: str, relay: Path | None = None) -> str:
    command = ["cargo", "bench", "--quiet", "-p", package, "--bench", bench, "--", *arguments]
    environment = {**os.environ, **({"BENCH_RELAY": str(relay)} if relay else {})}
    done = subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    return done.stdout


def programs() -> tuple[Path, Path]:
    """The command and the simulated Arlo, built as they are released."""
    subprocess.run(["cargo", "build", "--quiet", "--release", "-p", "arlo-relay", "-p", "arlo-sim"], cwd=ROOT, check=True)
    return TARGET / "release" / "arlo-relay", TARGET / "release" / "arlo-sim"


def figures(printed: str) -> dict[str, dict]:
    """The figures of crates/arlo-relay/benches/relay, by their names."""
    lines = (json.loads(line) for line in printed.splitlines() if line.startswith("{"))
    return {line["what"]: line for line in lines}


# ---- The reader


def reader() -> list[Row]:
    """The reader beside Python's `email`, on the same mails and one core."""
    mails = [path.read_bytes() for path in sorted(CORPUS.rglob("*.eml"))]
    size, best = sum(map(len, mails)) / 1e6, float("inf")
    for _ in range(3):
        began = time.perf_counter()
        for raw in mails:
            # A program in Python reads what it can and skips the rest.
            try:
                mail = message_from_bytes(raw, policy=policy.default)
                if body := mail.get_body(("plain", "html")):
                    body.get_content()
            except Exception:  # noqa: BLE001 - made mails break it in many ways
                pass
        best = min(best, time.perf_counter() - began)
    printed = cargo_bench("arlo-mail", "read")
    ours = next(line.split() for line in printed.splitlines() if line.startswith("the whole corpus"))
    speed = float(ours[ours.index("MB/s,") - 1])
    return [Row("reader", f"reading {len(mails)} mails", "MB/s", speed, size / best, "Python's email", more=True)]


# ---- The relay on one machine


class Reference:
    """The relay in Python on a directory of its own, with so many members."""

    def __init__(self, directory: Path, members: int, *options: str) -> None:
        self.directory, self.described = directory, directory / "reference.json"
        self.command = [str(python_of("bench", HERE / "requirements.txt")), str(HERE / "reference.py"), "--data", str(directory)]
        subprocess.run([*self.command, "--fill", str(members), *options], check=True)

    def start(self, *options: str) -> Server:
        return Server([*self.command, *options], self.directory / "reference.log")


@contextmanager
def reference() -> Iterator[Path]:
    """The relay in Python, while it serves; the file that describes it."""
    with tempfile.TemporaryDirectory() as directory:
        python = Reference(Path(directory), MEMBERS)
        server = python.start("--describe", str(python.described))
        try:
            yield python.described
        finally:
            server.stop()


def relay() -> list[Row]:
    """`serve` beside a relay in Python: aiosmtpd, aiohttp and sqlite3."""
    parts = ("waits", "throughput")
    runs = [figures(cargo_bench("arlo-relay", "relay", "--json", "starts", *parts))]
    with reference() as described:
        python = figures(cargo_bench("arlo-relay", "relay", "--json", *parts, relay=described))
    # Ours again: what else the machine does hits both.
    runs.append(figures(cargo_bench("arlo-relay", "relay", "--json", *parts)))
    flushes = flushes_a_second()
    rows = []
    for what, figure in runs[0].items():
        if what == "cores":
            continue
        both = [run[what] for run in runs if what in run]
        more = what.startswith("mails over")
        ours = statistics.mean(each["value"] for each in both)
        theirs = python.get(what, {}).get("value")
        note = f"p99 {max(each['p99'] for each in both):.2f} ms" if "p99" in figure else ""
        if theirs and "p99" in python[what]:
            note += f", Python {python[what]['p99']:.2f} ms"
        rows.append(Row("relay", what, figure["unit"], ours, theirs, "a relay in Python" if theirs else "", more, note))
        if more:
            rows.append(Row("relay", "mails beside one flush each", "a second", ours, flushes, "fdatasync alone", True))
    return rows


def flushes_a_second() -> float:
    """How often this disk can write 4 KiB so that they stay, one after the other."""
    with tempfile.NamedTemporaryFile() as file:
        began = time.perf_counter()
        for _ in range(FLUSHES):
            file.write(bytes(4096))
            file.flush()
            os.fdatasync(file.fileno())
        return FLUSHES / (time.perf_counter() - began)


def ways() -> list[Row]:
    """From the moment at which a mail is handed over to the answer of a client in Python, by the way of the mail."""
    program, _ = programs()
    with tempfile.TemporaryDirectory() as directory:
        ours = {way: statistics.median(times) for way, times in each_way.times(str(program), Path(directory)).items()}
    with reference() as described:
        ours["SMTP, Python"] = statistics.median(each_way.over_smtp(json.loads(described.read_text())))
    beside = (
        ("SMTP", "SMTP, Python", "a relay in Python"),
        ("LMTP", None, ""),
        ("IMAP", "IMAP, its server alone", "the server's word of the mail"),
        ("IMAP", "IMAP, pyaarlo", "pyaarlo"),
    )
    return [
        Row("ways", f"{way} to the answer", "ms", ours[way], ours.get(other), name)
        for way, other, name in beside
        if way in ours
    ]


# ---- An SMTP server that keeps nothing


def sink() -> list[Row]:
    """Mails a second beside Postfix's `smtp-sink`, which answers 250 and throws the mail away."""
    program = shutil.which("smtp-sink") or "/usr/sbin/smtp-sink"
    if not Path(program).exists() and not (install("postfix") and Path(program).exists()):
        print("smtp-sink is missing: install Debian's package postfix")
        return []
    with tempfile.TemporaryDirectory() as directory:
        port = free_port()
        command = [program, *(["-u", "nobody"] if os.geteuid() == 0 else []), f"127.0.0.1:{port}", "1024"]
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        try:
            described = Path(directory) / "sink.json"
            members = [{"account": "a@b", "relay_address": f"m{n}@relay", "prestage_url": "http://relay/x"} for n in range(64)]
            described.write_text(json.dumps({"http": f"127.0.0.1:{port}", "smtp": f"127.0.0.1:{port}", "pid": process.pid, "members": members}))
            until(lambda: listens(port), "smtp-sink")
            theirs = figures(cargo_bench("arlo-relay", "relay", "--json", "throughput", relay=described))
        finally:
            process.terminate()
            process.wait()
    ours = figures(cargo_bench("arlo-relay", "relay", "--json", "throughput"))
    names = ("mails over 64 connections", "processor time of one of these mails")
    return [
        Row("sink", name, ours[name]["unit"], ours[name]["value"], theirs[name]["value"], "smtp-sink", name == names[0])
        for name in names
    ]


def listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True


# ---- Very many


def large() -> list[Row]:
    """Very many enrolments, pending requests and logins: the start, the memory and the database."""
    ours = figures(cargo_bench("arlo-relay", "relay", "--json", "large"))
    theirs = {}
    for size in SIZES:
        theirs |= large_reference(f"with {size} enrolments", size)
        theirs |= large_reference(f"with {size} pending requests", size, "--pending")
    rows = []
    for what, each in ours.items():
        if what != "cores":
            beside = "a relay in Python" if what in theirs else ""
            rows.append(Row("large", what, each["unit"], each["value"], theirs.get(what), beside))
    return rows


def large_reference(of: str, members: int, *options: str) -> dict[str, float]:
    """The figures of crates/arlo-relay/benches/relay/large.rs, of the relay in Python."""
    with tempfile.TemporaryDirectory() as directory:
        python = Reference(Path(directory), members, *options)
        size = sum(file.stat().st_size for file in Path(directory).iterdir())
        began = time.perf_counter()
        server = python.start()
        ready = time.perf_counter() - began
        try:
            memory = resident(server.process.pid)
        finally:
            server.stop()
    return {f"database {of}": size / 1e6, f"ready {of}": ready * 1e3, f"resident {of}": memory / 1e6}


# ---- The functions on AWS


def functions() -> list[Row]:
    """The Lambda functions beside Python with boto3, and beside a bare program that makes the same calls."""
    file = RESULTS.with_name("functions.json")
    file.parent.mkdir(parents=True, exist_ok=True)
    environment = {**os.environ, "RUN": "bench.py", "BENCH_JSON": str(file)}
    subprocess.run(["tests/aws/run.sh", "200"], cwd=ROOT, env=environment, check=True)
    found = json.loads(file.read_text())
    rows = []
    for function, by_figure in found.items():
        for figure in by_figure.values():
            for language, beside in (("bare", "a bare program"), ("python", "Python and boto3")):
                if language in figure:
                    what = f"{function}: {figure['what']}"
                    rows.append(Row("functions", what, figure["unit"], figure["rust"], figure[language], beside))
    return rows


# ---- The client


def client() -> list[Row]:
    """The client's requests and bytes a login beside pyaarlo, which logs in to the same simulated Arlo."""
    return [Row("client", *figure, "pyaarlo") for figure in logins(*map(str, programs()))]


PARTS: dict[str, Callable[[], list[Row]]] = {
    "reader": reader,
    "relay": relay,
    "ways": ways,
    "sink": sink,
    "large": large,
    "functions": functions,
    "client": client,
}


def table(rows: list[Row]) -> None:
    print(f"\n{'':<58} {'relay':>10} {'reference':>10}  {'ratio':>6}")
    for row in rows:
        theirs = "" if row.reference is None else f"{row.reference:.2f}"
        ratio = "" if row.ratio is None else f"{row.ratio:.1f}x"
        print(f"{row.what + ' [' + row.unit + ']':<58} {row.ours:>10.2f} {theirs:>10}  {ratio:>6}  {row.beside} {row.note}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"of {', '.join(PARTS)} [default: all]")
    parser.add_argument("--write", action="store_true", help="write docs/performance.md")
    args = parser.parse_args()
    if unknown := set(args.parts) - set(PARTS):
        parser.error(f"no such part: {', '.join(sorted(unknown))}")
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False)
    known = {"commit": commit.stdout.strip(), "rows": {}}
    if RESULTS.exists() and (earlier := json.loads(RESULTS.read_text()))["commit"] == known["commit"]:
        known = earlier
    known["machine"] = f"{os.cpu_count()} cores, {platform.machine()}, {platform.system()}"
    for part in args.parts or PARTS:
        print(f"== {part}: {PARTS[part].__doc__}", flush=True)
        rows = PARTS[part]()
        table(rows)
        known["rows"][part] = [asdict(row) | {"ratio": row.ratio} for row in rows]
        RESULTS.parent.mkdir(parents=True, exist_ok=True)
        RESULTS.write_text(json.dumps(known, indent=1))
    if args.write:
        write_page(ROOT / "docs", known, {name: part.__doc__ for name, part in PARTS.items()})
    return 0


if __name__ == "__main__":
    sys.exit(main())
