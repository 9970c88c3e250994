"""The relay under a program that changes what the system does for it: strace, libfaketime, a limit of the shell.

Each is a script that stands in place of the executable and becomes it, so that the process that was started is the
relay.
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
from pathlib import Path

from support.checks import Failed
from support.packages import install
from support.reports import Skip

LIBRARIES = ("/usr/lib/*/faketime/libfaketime.so.1", "/usr/lib64/faketime/libfaketime.so.1")


def wrapper(directory: Path, name: str, lines: list[str]) -> str:
    script = directory / name
    script.write_text("\n".join(["#!/bin/sh", *lines]) + "\n")
    script.chmod(0o755)
    return str(script)


def missing(what: str, how: str) -> Exception:
    """Where nothing may be skipped, what is missing is a fault."""
    kind = Failed if os.environ.get("CI") == "true" else Skip
    return kind(f"{what}: {how}")


def tracer() -> str:
    """The path of strace, which can trace here."""
    if not shutil.which("strace"):
        install("strace")
    found = shutil.which("strace")
    if not found:
        raise missing("there is no strace", "on Debian: apt-get install strace")
    tried = subprocess.run([found, "-f", "-q", "-o", os.devnull, "true"], capture_output=True, check=False)
    if tried.returncode != 0:
        raise missing("strace may not trace here", tried.stderr.decode(errors="replace").strip()[-200:])
    return found


def injected(directory: Path, binary: str, calls: str, fault: str, name: str = "traced") -> str:
    """The executable, with a fault of strace's (strace(1), --inject) at these system calls.

    strace runs as a grandchild (-D), so that the signals of the test reach the relay itself.
    """
    options = f"-D -f -q -o /dev/null -e trace={calls} -e signal=none -e inject={calls}:{fault}"
    return wrapper(directory, name, [f'exec {tracer()} {options} {shlex.quote(binary)} "$@"'])


def limited(directory: Path, binary: str, files: int) -> str:
    """The executable, with so many file descriptors."""
    return wrapper(directory, "limited", [f"ulimit -n {files}", f'exec {shlex.quote(binary)} "$@"'])


def clock_library() -> str:
    """The path of libfaketime."""

    def found() -> list[Path]:
        return [path for pattern in LIBRARIES for path in Path("/").glob(pattern.lstrip("/"))]

    if not found():
        install("faketime")
    if not found():
        raise missing("there is no libfaketime", "on Debian: apt-get install faketime")
    return str(found()[0])


class Clock:
    """The wall clock of a relay, which a file moves. Its monotonic clock goes on as it is."""

    def __init__(self, directory: Path, binary: str) -> None:
        self.file = directory / "clock"
        self.offset = 0
        self.set(0)
        variables = [f"LD_PRELOAD={clock_library()}", f"FAKETIME_TIMESTAMP_FILE={self.file}"]
        variables += ["FAKETIME_NO_CACHE=1", "FAKETIME_DONT_FAKE_MONOTONIC=1", "DONT_FAKE_MONOTONIC=1"]
        self.binary = wrapper(directory, "timed", [f'exec env {" ".join(variables)} {shlex.quote(binary)} "$@"'])

    def set(self, seconds: int) -> None:
        """Whole at once: the relay never reads half a line."""
        new = self.file.with_suffix(".new")
        new.write_text(f"{seconds:+d}\n")
        new.replace(self.file)
        self.offset = seconds
