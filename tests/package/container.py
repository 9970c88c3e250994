"""A bare Debian: its file system, and a systemd that runs in it by systemd-nspawn.

Only root can do this. The file system is made once and kept below target/.
"""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import os
import shutil
import socket
import struct
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Iterator

from support.checks import Failed, until

CLONE_NEWNET = 0x40000000
SIOCSIFFLAGS, IFF_UP = 0x8914, 0x1
START_SECONDS = 90
COMMAND_SECONDS = 120
# A file system that is older is made anew, so that it is about what a user gets today.
KEPT_SECONDS = 7 * 24 * 3600


def suite() -> str:
    """The oldest Debian on which an executable of this machine runs: that depends on this machine's C library."""
    version = os.confstr("CS_GNU_LIBC_VERSION").split()[1]
    return "bookworm" if tuple(map(int, version.split("."))) <= (2, 36) else "trixie"


def base(kept: Path) -> Path:
    """The archive of a Debian with apt, systemd and ca-certificates, and nothing else that is not essential."""
    archive = kept / f"{suite()}.tar"
    if archive.exists() and time.time() - archive.stat().st_mtime < KEPT_SECONDS:
        return archive
    kept.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=kept) as directory:
        made = Path(directory) / "base.tar"
        command = ["mmdebstrap", "--quiet", "--variant=apt", "--include=systemd-sysv,ca-certificates", suite(), str(made)]
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise Failed(f"mmdebstrap ended with {done.returncode}\n{done.stderr[-2000:]}")
        made.rename(archive)
    return archive


def leave_the_network() -> None:
    """This process and what it starts have a loopback of their own from now on, and nothing else.

    So ports 25 and 80 are free, and nothing can be downloaded.
    """
    if ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWNET) != 0:
        raise Failed(f"no network namespace: {os.strerror(ctypes.get_errno())}")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, SIOCSIFFLAGS, struct.pack("16sh", b"lo", IFF_UP))


class Machine:
    """A Debian that runs."""

    def __init__(self, root: Path, log: Path) -> None:
        self.root, self.log, self.leader = root, log, 0
        self.process: subprocess.Popen | None = None

    def start(self) -> None:
        command = ["systemd-nspawn", "--quiet", "--directory", str(self.root), "--register=no", "--keep-unit"]
        command += ["--machine=arlo-relay-test", "--link-journal=no", "--console=pipe", "--boot"]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        self.leader = until(self._leader, "the machine's first process", START_SECONDS)
        until(self._is_up, "the machine's start", START_SECONDS)

    def _leader(self) -> int:
        if self.process.poll() is not None:
            raise Failed(f"systemd-nspawn ended with {self.process.returncode}")
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        for child in children:
            # One that has ended meanwhile is not it.
            with contextlib.suppress(OSError):
                if Path(f"/proc/{child}/comm").read_text().strip() == "systemd":
                    return int(child)
        return 0

    def _is_up(self) -> bool:
        state = self.run("systemctl", "is-system-running").stdout.strip()
        return state in ("running", "degraded")

    def run(self, *command: str, stdin: str = "", **environment: str) -> subprocess.CompletedProcess:
        """Runs a command in the machine, as its root."""
        inside = ["nsenter", f"--target={self.leader}", "--mount", "--uts", "--ipc", "--pid", "--root", "--wd=/"]
        variables = [f"{name}={value}" for name, value in environment.items()]
        path = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin"
        return subprocess.run(
            [*inside, "env", "-i", path, "HOME=/root", "LC_ALL=C.UTF-8", *variables, *command],
            input=stdin,
            capture_output=True,
            text=True,
            timeout=COMMAND_SECONDS,
            check=False,
        )

    def do(self, *command: str, stdin: str = "", **environment: str) -> str:
        """What a command printed that has to succeed."""
        done = self.run(*command, stdin=stdin, **environment)
        if done.returncode != 0:
            said = (done.stdout + done.stderr)[-3000:]
            raise Failed(f"{' '.join(command)} ended with {done.returncode}\n{said}")
        return done.stdout

    def stop(self) -> None:
        if not self.process:
            return
        with contextlib.suppress(Failed, subprocess.TimeoutExpired):
            self.run("systemctl", "--no-block", "poweroff", "--force")
        try:
            self.process.wait(START_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.terminate()
            self.process.wait()


@contextlib.contextmanager
def machine(archive: Path, directory: Path) -> Iterator[Machine]:
    """A new Debian that runs until the end of the block."""
    root = directory / "root"
    root.mkdir(mode=0o755)
    subprocess.run(["tar", "-C", str(root), "--numeric-owner", "-xpf", str(archive)], check=True)
    (root / "etc/machine-id").write_text("")
    # As Debian's installer writes it.
    (root / "etc/hosts").write_text("127.0.0.1 localhost\n::1 localhost\n")
    running = Machine(root, directory / "machine.log")
    try:
        running.start()
        yield running
    finally:
        running.stop()
        shutil.rmtree(root, ignore_errors=True)
