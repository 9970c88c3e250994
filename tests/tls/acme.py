"""A certificate by ACME, from Debian's pebble: it really connects to the relay by TLS-ALPN-01."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import ssl
import subprocess
import urllib.request
from pathlib import Path
from typing import Iterator

from support.checks import WAIT_SECONDS, free_ports, must, must_equal, until
from support.packages import install
from support.reports import Skip
from support.servers import Relay
from tls.looking import NAME, connection, ended, make, shown_by_https, shown_by_smtp

PROGRAMS = ("pebble", "pebble-challtestsrv")
NO_CERTIFICATE = "no TLS certificate came by ACME"


class Authority:
    """A pebble with its name server, for which every name is this machine."""

    def __init__(self, directory: Path) -> None:
        if not all(map(shutil.which, PROGRAMS)):
            install("pebble")
        missing = [program for program in PROGRAMS if not shutil.which(program)]
        if missing:
            raise Skip(f"there is no {' and no '.join(missing)}: apt-get install pebble")
        self.directory = directory
        self.https, self.port, self.management, self.dns, self.control = free_ports(5)
        self.roots, self.key = make(directory, "authority", name="localhost")
        self.processes: list[subprocess.Popen] = []

    @property
    def url(self) -> str:
        return f"https://localhost:{self.port}/dir"

    def start(self) -> None:
        configuration = self.directory / "pebble.json"
        settings = {
            "listenAddress": f"127.0.0.1:{self.port}",
            "managementListenAddress": f"127.0.0.1:{self.management}",
            "certificate": str(self.roots),
            "privateKey": str(self.key),
            "httpPort": 1,
            "tlsPort": self.https,
        }
        configuration.write_text(json.dumps({"pebble": settings}))
        names = ["-defaultIPv4", "127.0.0.1", "-defaultIPv6", "", "-http01", "", "-https01", "", "-tlsalpn01", ""]
        # Newer ones answer by HTTPS too.
        usage = subprocess.run(["pebble-challtestsrv", "-help"], capture_output=True, text=True, check=False)
        names += ["-doh", ""] if "-doh" in usage.stdout + usage.stderr else []
        names += ["-dns01", f"127.0.0.1:{self.dns}", "-management", f"127.0.0.1:{self.control}"]
        self.run(["pebble-challtestsrv", *names])
        # It pauses nowhere, refuses nothing by chance, and wants each name proven for each certificate.
        steady = {"PEBBLE_VA_NOSLEEP": "1", "PEBBLE_WFE_NONCEREJECT": "0", "PEBBLE_AUTHZREUSE": "0"}
        self.run(["pebble", "-config", str(configuration), "-dnsserver", f"127.0.0.1:{self.dns}"], **steady)
        until(lambda: self.get("/roots/0"), "pebble")

    def run(self, command: list[str], **environment: str) -> None:
        with (self.directory / f"{command[0]}.log").open("ab") as log:
            process = subprocess.Popen(
                command, env={**os.environ, **environment}, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        self.processes.append(process)

    def stop(self) -> None:
        for process in self.processes:
            process.kill()
            process.wait()
        self.processes.clear()

    def get(self, path: str) -> bytes:
        """What it tells on its port for tests; nothing where it does not answer."""
        context = ssl.create_default_context(cafile=str(self.roots))
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context))
        with contextlib.suppress(OSError):
            return opener.open(f"https://127.0.0.1:{self.management}{path}", timeout=WAIT_SECONDS).read()
        return b""

    def answer(self, address: str) -> None:
        """Lets all names lead there, or nowhere."""
        body = json.dumps({"ip": address}).encode()
        request = urllib.request.Request(f"http://127.0.0.1:{self.control}/set-default-ipv4", body)
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        until(lambda: opened(opener, request), "the name server of pebble")

    def trusting(self) -> ssl.SSLContext:
        """A client that trusts what it issues, for the right name."""
        return ssl.create_default_context(cadata=self.get("/roots/0").decode())


def opened(opener: urllib.request.OpenerDirector, request: urllib.request.Request) -> bool:
    with contextlib.suppress(OSError):
        return opener.open(request, timeout=WAIT_SECONDS).status == 200
    return False


@contextlib.contextmanager
def authority(directory: Path, starts: bool = True) -> Iterator[Authority]:
    running = Authority(directory)
    try:
        if starts:
            running.start()
        yield running
    finally:
        running.stop()


@contextlib.contextmanager
def asking(binary: str, directory: Path, of: Authority) -> Iterator[Relay]:
    options = ("--https", f"127.0.0.1:{of.https}", "--acme-domain", NAME, "--acme-contact", "op@example.org")
    options += ("--acme-directory", of.url, "--acme-roots", str(of.roots), "--log", "debug")
    relay = Relay(binary, directory, options=options)
    relay.start()
    try:
        yield relay
    finally:
        relay.stop()


def shown(relay: Relay) -> str | None:
    """What HTTPS shows; None while there is no certificate."""
    with contextlib.suppress(ssl.SSLError, ConnectionError):
        return shown_by_https(relay.server.address("https"))
    return None


def obtained(binary: str, directory: Path) -> None:
    with authority(directory) as ca, asking(binary, directory, ca) as relay:
        must_equal(relay.server.address("https"), f"127.0.0.1:{ca.https}", "HTTPS is at")
        certificate = until(lambda: shown(relay), "a certificate")
        # Everybody who trusts the authority trusts it, by HTTPS and by SMTP.
        with connection(f"127.0.0.1:{ca.https}", ca.trusting()) as trusting:
            trusting.ask()
        must_equal(shown_by_smtp(relay.smtp), certificate, "STARTTLS shows")
        kept = relay.data / "acme"
        modes = {path.name: oct(path.stat().st_mode & 0o777) for path in (kept, *kept.iterdir())}
        expected = {"acme": "0o700", "account.json": "0o600", "certificate.json": "0o600"}
        must_equal(modes, expected, "the modes of what is kept")
        must("PRIVATE KEY" not in relay.said() and "op@example.org" not in relay.said(), "the log has no secret")
        # A start with a good certificate asks nobody.
        ca.stop()
        relay.restart()
        must_equal(shown(relay), certificate, "after a restart HTTPS shows")
        must(NO_CERTIFICATE not in relay.said(), relay.said()[-500:])


def renewed(binary: str, directory: Path) -> None:
    with authority(directory) as ca, asking(binary, directory, ca) as relay:
        first = until(lambda: shown(relay), "a certificate")
        account = (relay.data / "acme" / "account.json").read_text()
        relay.stop()
        # One that ended long before a third of its time is left.
        chain, key = make(directory, "old", days=1)
        place = relay.data / "acme" / "certificate.json"
        kept = json.loads(place.read_text())
        kept["issued"] = {"chain": ended(chain, key).read_text(), "key": key.read_text()}
        place.write_text(json.dumps(kept))
        relay.start()
        until(lambda: shown(relay) not in (None, first) and trusts(ca), "another certificate")
        must_equal((relay.data / "acme" / "account.json").read_text(), account, "the account")


def trusts(ca: Authority) -> bool:
    with contextlib.suppress(OSError), connection(f"127.0.0.1:{ca.https}", ca.trusting()) as trusting:
        trusting.ask()
        return True
    return False


def refused(binary: str, directory: Path) -> None:
    with authority(directory, starts=False) as ca:
        with asking(binary, directory, ca) as relay:
            # It serves all the same, and offers no TLS that it has not.
            until(lambda: NO_CERTIFICATE in relay.said(), "a warning that the authority is away")
            must_equal((shown(relay), shown_by_smtp(relay.smtp)), (None, None), "without a certificate")
            must("again=300s" in relay.said(), "the log says when it is tried again")
            ca.start()
            # Nobody listens there.
            ca.answer("127.0.0.2")
            process = relay.server.process
            os.kill(process.pid, signal.SIGHUP)
            until(lambda: relay.said().count(NO_CERTIFICATE) == 2, "a warning that the name cannot be proven")
            must(NAME in relay.said() and "port 443" in relay.said(), relay.said()[-1000:])
            ca.answer("127.0.0.1")
            os.kill(process.pid, signal.SIGHUP)
            until(lambda: shown(relay), "a certificate")
            # A look at a good certificate asks for no other.
            orders = relay.said().count("the TLS certificate is one by ACME")
            os.kill(process.pid, signal.SIGHUP)
            until(lambda: relay.said().count("looking for another certificate") == 3, "the last signal")
            must_equal(relay.said().count("the TLS certificate is one by ACME"), orders, "certificates")
