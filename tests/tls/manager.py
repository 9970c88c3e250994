"""What systemd does for a service: it listens to what the relay tells, and hands over sockets."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Iterator

from support.checks import free_ports, must, must_equal, until
from support.reports import Skip
from support.servers import START_SECONDS, Relay, direct
from tls.files import HTTPS
from tls.looking import make, shown_by_https

# Puts the descriptors where sd_listen_fds(3) has them, and becomes the relay, whose process has the same number.
LAUNCH = """
import fcntl, os, sys
count = int(sys.argv[1])
high = [fcntl.fcntl(int(fd), fcntl.F_DUPFD, 100) for fd in sys.argv[2 : 2 + count]]
for place, fd in enumerate(high, 3):
    os.dup2(fd, place, inheritable=True)
os.environ["LISTEN_FDS"] = str(count)
os.environ.setdefault("LISTEN_PID", str(os.getpid()))
os.execv(sys.argv[2 + count], sys.argv[2 + count :])
"""


@contextlib.contextmanager
def notifications(path: Path) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as heard:
        heard.bind(str(path))
        heard.settimeout(START_SECONDS)
        yield heard


def next_state(heard: socket.socket) -> str:
    """The next message that is no sign of life."""
    while (message := heard.recv(4096).decode()) == "WATCHDOG=1":
        pass
    return message


def notified(binary: str, directory: Path) -> None:
    chain, key = make(directory)
    options = (*HTTPS, "--tls-certificate", str(chain), "--tls-key", str(key))
    relay = Relay(binary, directory, options=options)
    with notifications(directory / "notify") as heard:
        relay.environment = {"NOTIFY_SOCKET": str(directory / "notify"), "WATCHDOG_USEC": "100000"}
        relay.start()
        process = relay.server.process
        must_equal(next_state(heard), "READY=1", "at the start")
        for _ in range(3):
            must_equal(heard.recv(4096), b"WATCHDOG=1", "while it serves")
        os.kill(process.pid, signal.SIGHUP)
        reloading = next_state(heard).split("\n")
        must(reloading[0] == "RELOADING=1" and reloading[1].startswith("MONOTONIC_USEC="), reloading)
        must_equal(next_state(heard), "READY=1", "after it has read the certificate")
        relay.stop()
        must_equal(next_state(heard), "STOPPING=1", "at the end")


def hangup(binary: str, directory: Path) -> None:
    relay = Relay(binary, directory)
    relay.start()
    process = relay.server.process
    os.kill(process.pid, signal.SIGHUP)
    must_equal(process.wait(START_SECONDS), -signal.SIGHUP, "it ended with")
    process.stdout.close()


def listening() -> socket.socket:
    opened = socket.socket()
    opened.bind(("127.0.0.1", 0))
    opened.listen(16)
    return opened


def address(opened: socket.socket) -> str:
    return "{}:{}".format(*opened.getsockname())


def launch(binary: str, directory: Path, handed: list[socket.socket], names: str, *options: str, **environment: str) -> list:
    serve = [binary, "serve", "--http", "127.0.0.1:0", "--smtp", "127.0.0.1:0", "--data-dir", str(directory / "data"), *options]
    fds = [str(opened.fileno()) for opened in handed]
    for opened in handed:
        opened.set_inheritable(True)
    command = [sys.executable, "-c", LAUNCH, str(len(fds)), *fds, *serve]
    return [command, {**os.environ, "LISTEN_FDNAMES": names, **environment}]


def sockets(binary: str, directory: Path) -> None:
    chain, key = make(directory)
    with contextlib.ExitStack() as stack:
        handed = [stack.enter_context(listening()) for _ in range(3)]
        smtp, https, http = handed
        options = ("--tls-certificate", str(chain), "--tls-key", str(key))
        command, environment = launch(binary, directory, handed, "smtp:https:http", *options)
        with (directory / "relay.log").open("ab") as log:
            process = subprocess.Popen(
                command, env=environment, stdout=subprocess.PIPE, stderr=log, text=True, close_fds=False
            )
        try:
            ready = process.stdout.readline().strip()
            must_equal(ready, f"ready http={address(http)} smtp={address(smtp)} https={address(https)}", "it serves")
            with direct.open(f"http://{address(http)}/healthz") as answer:
                must_equal(answer.status, 200, "/healthz")
            shown_by_https(address(https))
            with socket.create_connection(smtp.getsockname(), timeout=START_SECONDS) as client:
                must(client.recv(100).startswith(b"220 "), "SMTP greets")
        finally:
            process.terminate()
            must_equal(process.wait(START_SECONDS), 0, "it ended with")
            process.stdout.close()
        # The sockets are the service manager's: a client can connect while nobody serves.
        socket.create_connection(smtp.getsockname(), timeout=START_SECONDS).close()


def refused_sockets(binary: str, directory: Path) -> None:
    with contextlib.ExitStack() as stack:
        handed = [stack.enter_context(listening()) for _ in range(2)]
        for names, said in (("smtp:web", '"web"'), ("smtp:smtp", '"smtp"'), ("smtp", "2 sockets")):
            command, environment = launch(binary, directory, handed, names)
            ran = subprocess.run(
                command, env=environment, capture_output=True, text=True, timeout=START_SECONDS, close_fds=False, check=False
            )
            must(ran.returncode == 1 and said in ran.stderr and not ran.stdout, f"{names}: {ran}")
        # HTTPS has to show something.
        command, environment = launch(binary, directory, handed[:1], "https")
        ran = subprocess.run(
            command, env=environment, capture_output=True, text=True, timeout=START_SECONDS, close_fds=False, check=False
        )
        must(ran.returncode == 2 and "--acme-domain" in ran.stderr, ran)
        not_listening = stack.enter_context(socket.socket())
        not_listening.bind(("127.0.0.1", 0))
        command, environment = launch(binary, directory, [not_listening], "smtp")
        ran = subprocess.run(
            command, env=environment, capture_output=True, text=True, timeout=START_SECONDS, close_fds=False, check=False
        )
        must(ran.returncode == 1 and "no listening TCP socket" in ran.stderr, ran)
        # Those of a parent are not this process's.
        command, environment = launch(binary, directory, handed, "web:smtp", LISTEN_PID=str(os.getpid()))
        process = subprocess.Popen(
            command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, close_fds=False
        )
        ready = process.stdout.readline()
        process.terminate()
        must_equal(process.wait(START_SECONDS), 0, "it ended with")
        process.stdout.close()
        must(ready.startswith("ready ") and not any(address(opened) in ready for opened in handed), ready)


def activated(binary: str, directory: Path) -> None:
    if not shutil.which("systemd-socket-activate"):
        raise Skip("there is no systemd-socket-activate")
    http, smtp = free_ports(2)
    command = ["systemd-socket-activate", "-l", f"127.0.0.1:{http}", "-l", f"127.0.0.1:{smtp}", "--fdname=http:smtp"]
    command += [binary, "serve", "--data-dir", str(directory / "data")]
    with (directory / "relay.log").open("ab") as log:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True)

    def greets() -> bool:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", smtp), timeout=START_SECONDS) as client:
            return client.recv(100).startswith(b"220 ")
        return False

    try:
        until(greets, "an SMTP server")
        must_equal(process.stdout.readline().strip(), f"ready http=127.0.0.1:{http} smtp=127.0.0.1:{smtp}", "it serves")
    finally:
        process.terminate()
        process.wait(START_SECONDS)
        process.stdout.close()
