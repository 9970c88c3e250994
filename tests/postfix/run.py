"""Tests the relay behind a mail server that others wrote: Debian's postfix, with the settings of docs/mta.md.

Postfix runs as an instance of its own: its configuration, queue and log are in a temporary directory, and it listens on
the loopback. The machine's own postfix is left alone. Prints a line per scenario and `N passed, N failed` last. Exit
code 0 if all passed, 1 if one failed, 77 if postfix is not installed and may not be installed here.
"""

from __future__ import annotations

import argparse
import contextlib
import grp
import json
import os
import re
import shutil
import smtplib
import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path
from typing import Iterator

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from support import packages, servers  # noqa: E402 - the path above comes first
from support.checks import Failed, free_port, until  # noqa: E402
from support.mails import arlo  # noqa: E402
from support.reports import SKIPPED, report, summary  # noqa: E402
from support.servers import Enrolment, poll  # noqa: E402

# For what postfix does by itself, also on a machine under load.
PATIENCE = 60

MAIN_CF = """\
compatibility_level = 3.6
queue_directory = {queue}
data_directory = {data}
command_directory = {command_directory}
daemon_directory = {daemon_directory}
maillog_file = {log}
maillog_file_prefixes = {directory}
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = mta.example
mydestination = mta.example
mynetworks = 127.0.0.0/8
local_recipient_maps =
smtpd_recipient_restrictions = permit_mynetworks, reject
smtp_tls_security_level = none
smtpd_tls_security_level = none
alias_maps = hash:{directory}/aliases
alias_database = hash:{directory}/aliases
relayhost = [127.0.0.1]:{relay_smtp}
transport_maps = inline:{{ {transport} }}
# So that only a flush brings a mail again.
minimal_backoff_time = 1h
maximal_backoff_time = 1h
queue_run_delay = 1h
"""

MASTER_CF = """\
127.0.0.1:{port} inet n - n - - smtpd
pickup   unix n - n 60 1 pickup
cleanup  unix n - n - 0 cleanup
qmgr     unix n - n 300 1 qmgr
rewrite  unix - - n - - trivial-rewrite
bounce   unix - - n - 0 bounce
defer    unix - - n - 0 bounce
trace    unix - - n - 0 bounce
flush    unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
smtp     unix - - n - - smtp
lmtp     unix - - y - - lmtp
local    unix - n n - - local
error    unix - - n - - error
retry    unix - - n - - error
discard  unix - - n - - discard
showq    unix n - n - - showq
anvil    unix - - n - 1 anvil
scache   unix - - n - 1 scache
postlog  unix-dgram n - n - 1 postlogd
"""

ALIASES = """\
arlo: "|{relay} deliver --url http://{http} --token-file {directory}/token --timeout 5"
stranger: "|{relay} deliver --url http://{http} --token-file {directory}/wrong-token"
"""


def command(*words: str) -> str:
    done = subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=300, check=False)
    if done.returncode != 0:
        raise Failed(f"{' '.join(words[:3])} ended with {done.returncode}\n{done.stderr[-2000:]}")
    return done.stdout


class Relay(servers.Relay):
    """The relay, with a socket for LMTP."""

    def __init__(self, executable: Path, directory: Path, lmtp: Path) -> None:
        super().__init__(str(executable), directory, options=("--lmtp", str(lmtp)))
        self.lmtp = lmtp

    def start(self) -> None:
        super().start()
        if self.server.address("lmtp") != str(self.lmtp):
            raise Failed(f"the relay did not become ready: {self.server.ready!r}")

    def stop(self) -> None:
        super().stop()
        if self.lmtp.exists():
            raise Failed("the relay left its LMTP socket behind")


def must_get(url: str, code: str) -> None:
    answer = until(lambda: (found := poll(url, 20))["status"] != "pending" and found, "the code", PATIENCE)
    if answer.get("code") != code:
        raise Failed(f"the login request ended with {answer['status']} and another code")


class Postfix:
    """An instance of its own."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.config, self.log, self.port = directory / "etc", directory / "postfix.log", free_port()
        self.queue_directory = directory / "spool"
        self.running = False

    def configure(self, relay: Relay, transport: str) -> None:
        names = {
            name: command("postconf", "-dh", name).strip() for name in ("command_directory", "daemon_directory")
        }
        data = self.directory / "postfix-data"
        for made in (self.config, data):
            made.mkdir()
        shutil.chown(data, "postfix")
        names |= {"directory": self.directory, "queue": self.queue_directory, "data": data, "log": self.log}
        names |= {"relay_smtp": relay.smtp.rsplit(":", 1)[1], "port": self.port, "transport": transport}
        (self.config / "main.cf").write_text(MAIN_CF.format(**names))
        (self.config / "master.cf").write_text(MASTER_CF.format(**names))
        aliases = ALIASES.format(relay=relay.binary, http=relay.http, directory=self.directory)
        (self.directory / "aliases").write_text(aliases)
        command("postalias", "-c", str(self.config), f"hash:{self.directory}/aliases")

    def start(self) -> None:
        command("postfix", "-c", str(self.config), "start")
        self.running = True
        until(self.answers, "postfix answers", PATIENCE)

    def answers(self) -> bool:
        with contextlib.suppress(OSError), self.client():
            return True
        return False

    def client(self) -> smtplib.SMTP:
        return smtplib.SMTP("127.0.0.1", self.port, local_hostname="client.example", timeout=PATIENCE)

    def stop(self) -> None:
        if self.running:
            command("postfix", "-c", str(self.config), "stop")

    def send(self, recipients: list[str], mail: bytes) -> None:
        with self.client() as client:
            refused = client.sendmail("", recipients, mail)
        if refused:
            raise Failed(f"postfix refused {len(refused)} of the recipients")

    def queue(self) -> list[dict]:
        return [json.loads(line) for line in command("postqueue", "-c", str(self.config), "-j").splitlines()]

    def must_defer(self, why: str) -> None:
        def deferred() -> str | None:
            found = [mail for mail in self.queue() if mail["queue_name"] == "deferred"]
            return found[0]["recipients"][0].get("delay_reason") if found else None

        reason = until(deferred, "the mail is deferred", PATIENCE)
        if why not in str(reason):
            raise Failed(f"deferred because of {reason!r}")

    def must_be_empty(self) -> None:
        until(lambda: not self.queue(), "the queue is empty", PATIENCE)

    def flush(self) -> None:
        command("postqueue", "-c", str(self.config), "-f")

    def position(self) -> int:
        return self.log.stat().st_size

    def must_log(self, position: int, pattern: str) -> None:
        def found() -> re.Match | None:
            with self.log.open(errors="replace") as log:
                log.seek(position)
                return re.search(pattern, log.read())

        until(found, f"{pattern} in the log of postfix", PATIENCE)


def arlo_mail(code: str) -> bytes:
    return arlo(code, "casey@gmail.com")


class Setup:
    """A relay and a postfix, and three enrolments whose mail comes each by another way."""

    def __init__(self, relay: Relay, postfix: Postfix, casey: Enrolment, robin: Enrolment, drew: Enrolment) -> None:
        self.relay, self.postfix = relay, postfix
        # By relayhost and by the alias; by LMTP; by a transport over SMTP.
        self.casey, self.robin, self.drew = casey, robin, drew

    def delivers(self, enrolment: Enrolment, recipient: str, code: str) -> None:
        url = enrolment.prestage()
        self.postfix.send([recipient], arlo_mail(code))
        must_get(url, code)
        self.postfix.must_be_empty()

    def survives_an_outage(self, enrolment: Enrolment, recipient: str, code: str, why: str) -> None:
        url = enrolment.prestage()
        self.relay.stop()
        self.postfix.send([recipient], arlo_mail(code))
        try:
            self.postfix.must_defer(why)
        finally:
            self.relay.start()
        if poll(url)["status"] != "pending":
            raise Failed("the login request ended without its mail")
        self.postfix.flush()
        must_get(url, code)
        self.postfix.must_be_empty()


def alias_pipe(setup: Setup) -> None:
    setup.delivers(setup.casey, "arlo@mta.example", "482913")


def alias_pipe_no_code(setup: Setup) -> None:
    """A mail that is no code is taken, and ends nothing."""
    url = setup.casey.prestage()
    position = setup.postfix.position()
    setup.postfix.send(["arlo@mta.example"], b"From: x@shop.example\r\nSubject: 123456 offers\r\n\r\n654321\r\n")
    setup.postfix.must_log(position, r"to=<arlo@mta\.example>.* status=sent ")
    setup.postfix.must_be_empty()
    if poll(url)["status"] != "pending":
        raise Failed("a mail from a shop ended the login request")
    # The next code is for this request, the oldest.
    setup.postfix.send(["arlo@mta.example"], arlo_mail("012345"))
    must_get(url, "012345")


def alias_pipe_outage(setup: Setup) -> None:
    setup.survives_an_outage(setup.casey, "arlo@mta.example", "482914", "cannot be reached")


def alias_pipe_wrong_token(setup: Setup) -> None:
    position = setup.postfix.position()
    setup.postfix.send(["stranger@mta.example"], arlo_mail("482915"))
    setup.postfix.must_log(position, r"to=<stranger@mta\.example>.* status=bounced .*refused the access token")
    setup.postfix.must_be_empty()


def relayhost(setup: Setup) -> None:
    setup.delivers(setup.casey, setup.casey.relay_address, "482916")


def relayhost_outage(setup: Setup) -> None:
    setup.survives_an_outage(setup.casey, setup.casey.relay_address, "482917", "Connection refused")


def smtp_transport(setup: Setup) -> None:
    setup.delivers(setup.drew, setup.drew.relay_address, "482921")


def lmtp(setup: Setup) -> None:
    position = setup.postfix.position()
    setup.delivers(setup.robin, setup.robin.relay_address, "482918")
    setup.postfix.must_log(position, r"postfix/lmtp.*relay=\S+\[arlo-relay/lmtp\.sock\].* status=sent \(250 2\.0\.0")


def lmtp_outage(setup: Setup) -> None:
    setup.survives_an_outage(setup.robin, setup.robin.relay_address, "482919", "No such file or directory")


def lmtp_two_recipients(setup: Setup) -> None:
    """One of them is nobody's: the other gets its mail all the same."""
    url, position = setup.robin.prestage(), setup.postfix.position()
    setup.postfix.send(["nobody@lmtp.example", setup.robin.relay_address], arlo_mail("482920"))
    must_get(url, "482920")
    setup.postfix.must_log(position, r"to=<nobody@lmtp\.example>.* status=bounced .*550 5\.7\.1")
    setup.postfix.must_be_empty()


def no_secret_is_logged(setup: Setup) -> None:
    """What the pipe prints goes to postfix's log. Neither that log nor the relay's holds a code or a token."""
    codes = ["012345", *(str(482913 + number) for number in range(9))]
    # Not the digits of a time, a queue file or a process.
    secrets = [rf"(?<![\w.\[]){code}(?!\w)" for code in codes]
    secrets += [setup.casey.token, setup.robin.token, setup.drew.token, "authentication code"]
    for log in (setup.postfix.log, setup.relay.log):
        text = log.read_text(errors="replace")
        if not text or re.search("|".join(secrets), text):
            raise Failed(f"{log.name} is empty or holds a secret")


SCENARIOS = [
    ("alias and pipe", alias_pipe),
    ("alias and pipe, no code", alias_pipe_no_code),
    ("alias and pipe, relay away", alias_pipe_outage),
    ("alias and pipe, wrong token", alias_pipe_wrong_token),
    ("relayhost", relayhost),
    ("relayhost, relay away", relayhost_outage),
    ("transport over SMTP", smtp_transport),
    ("LMTP", lmtp),
    ("LMTP, relay away", lmtp_outage),
    ("LMTP, two recipients", lmtp_two_recipients),
    ("nothing secret in the logs", no_secret_is_logged),
]


def private(path: Path, text: str, owner: str) -> None:
    path.touch(0o600)
    shutil.chown(path, owner)
    path.write_text(text + "\n")


@contextlib.contextmanager
def set_up(executable: str, directory: Path) -> Iterator[Setup]:
    # The users of postfix and of its pipes pass through here.
    directory.chmod(0o755)
    relay_executable = Path(shutil.copy(executable, directory / "arlo-relay"))
    postfix = Postfix(directory)
    postfix.queue_directory.mkdir()
    # As docs/mta.md has it: a directory whose files get the group of postfix, inside of what postfix sees.
    sockets = postfix.queue_directory / "arlo-relay"
    sockets.mkdir()
    os.chown(sockets, 0, grp.getgrnam("postfix").gr_gid)
    sockets.chmod(0o2750)
    relay = Relay(relay_executable, directory, sockets / "lmtp.sock")
    relay.start()
    try:
        casey, robin, drew = map(relay.enrol, ("casey@gmail.com", "robin@example.org", "drew@example.net"))
        # local(8) runs the commands of root's alias file as nobody.
        private(directory / "token", casey.token, "nobody")
        private(directory / "wrong-token", casey.another_token(), "nobody")
        socket_file, port = "lmtp:unix:arlo-relay/lmtp.sock", relay.smtp.rsplit(":", 1)[1]
        transport = {
            robin.relay_address: socket_file,
            "lmtp.example": socket_file,
            drew.relay_address: f"smtp:[127.0.0.1]:{port}",
        }
        postfix.configure(relay, ", ".join(f"{address}={way}" for address, way in transport.items()))
        postfix.start()
        try:
            yield Setup(relay, postfix, casey, robin, drew)
        finally:
            postfix.stop()
    finally:
        relay.stop()


def run(executable: str, only: str | None) -> list[bool | None]:
    # A short path: the length of a socket's path is limited.
    with tempfile.TemporaryDirectory(prefix="mta-", dir="/tmp") as name:
        directory = Path(name)
        with set_up(executable, directory) as setup:
            chosen = [(title, scenario) for title, scenario in SCENARIOS if only in (None, title)]
            return [report(title, partial(scenario, setup), directory) for title, scenario in chosen]


def install() -> str | None:
    """Installs postfix if it is missing; says why it cannot run here."""
    if os.geteuid() != 0:
        if not os.environ.get("CI") or not shutil.which("sudo"):
            return "postfix needs root to run"
        os.execvp("sudo", ["sudo", "-n", "-E", sys.executable, *sys.argv])
    if not (shutil.which("postfix") and shutil.which("postalias")):
        packages.install("postfix")
    return None if shutil.which("postfix") else "postfix is not installed, and cannot be installed here"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--relay", required=True, metavar="PATH", help="the arlo-relay executable")
    parser.add_argument("--only", metavar="NAME", help="one scenario by its name")
    arguments = parser.parse_args()
    if arguments.only not in (None, *(title for title, _ in SCENARIOS)):
        parser.error("the scenarios are: " + ", ".join(title for title, _ in SCENARIOS))
    if why := install():
        print(f"SKIPPED: {why}", flush=True)
        return SKIPPED
    try:
        outcomes = run(arguments.relay, arguments.only)
    except Failed as error:
        print(f"FAILED {error}", flush=True)
        outcomes = [False]
    return summary(outcomes)


if __name__ == "__main__":
    sys.exit(main())
