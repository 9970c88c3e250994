"""Holds a real `serve` against its OpenAPI document: schemathesis makes calls of every kind, one after another too, and
each answer has to be one that the document names. schemathesis.toml says what is checked.

Prints what was tried and `N passed, N failed` last. Exit code 0 if it passed, 1 if it failed, 77 if schemathesis cannot
be installed.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from support.checks import Failed, must  # noqa: E402 - the path above comes first
from support.reports import SKIPPED, report, summary  # noqa: E402
from support.servers import Relay, relay  # noqa: E402
from support.venvs import Unavailable, python_of  # noqa: E402

SECONDS = 400
MANY = "1000000"


def agrees(python: Path, running: Relay) -> None:
    command = [str(python.parent / "schemathesis"), "run", f"{running.url}/openapi.json", "--url", running.url]
    done = subprocess.run(
        command,
        cwd=HERE,
        env={**os.environ, "RELAY_URL": running.url},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    if done.returncode != 0:
        raise Failed(f"schemathesis ended with {done.returncode}\n{done.stdout[-8000:]}{done.stderr[-2000:]}")
    counts = [line.strip() for line in done.stdout.splitlines() if " generated, " in line or "API Links:" in line]
    must(len(counts) == 2, f"it did not say what it tried:\n{done.stdout[-2000:]}")
    print("\n".join(counts), flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--relay", required=True, metavar="FILE")
    binary = os.path.abspath(parser.parse_args().relay)
    try:
        python = python_of("schema", HERE / "requirements.txt")
    except Unavailable as reason:
        print(f"SKIPPED: {reason}")
        return SKIPPED
    options = ("--registration", "open", "--max-enrolments", MANY, "--max-joins-a-day", MANY)
    with tempfile.TemporaryDirectory() as directory, relay(binary, Path(directory), options=options) as running:
        name = "every answer is one that the document names"
        return summary([report(name, lambda: agrees(python, running), Path(directory))])


if __name__ == "__main__":
    sys.exit(main())
