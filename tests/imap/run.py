"""Tests both ways in which the relay reads a mailbox against a real IMAP server: Debian's dovecot, with TLS.

Each scenario has its own dovecot, its own simulated Arlo and its own relay, all on free ports of the loopback. Arlo's
mail comes by SMTP to a small server here, which puts it into the mailbox as a mail server does. Prints a line per
scenario and `N passed, N failed` last. Exit code 0 if all passed, 1 if one failed, 77 if there is no dovecot and it
cannot be installed.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from support.checks import must, until  # noqa: E402 - the path above comes first
from support.dovecot import USER, Dovecot, has_dovecot  # noqa: E402
from support.mailbox import Mailbox, mailbox  # noqa: E402
from support.mails import arlo_text  # noqa: E402
from support.packages import install  # noqa: E402
from support.reports import SKIPPED, report, summary  # noqa: E402
from support.servers import Binaries, Cloud, Enrolment, Relay, cloud, poll  # noqa: E402
from support.venvs import Unavailable, python_of  # noqa: E402

SECONDS = 60
ACCOUNT = "casey@example.org"
CAMERAS = ["Front door", "Garden"]


@dataclass
class Programs:
    binaries: Binaries
    # A Python that has pyaarlo.
    python: str


class Setup:
    """A mailbox, a simulated Arlo that mails into it, and the relay's command."""

    def __init__(self, programs: Programs, directory: Path, stack: contextlib.ExitStack) -> None:
        self.programs, self.directory, self.stack = programs, directory, stack
        self.dovecot: Dovecot
        self.smtp: Mailbox
        self.arlo: Cloud
        self.relay: Relay
        self.enrolment: Enrolment

    def mailbox(self, capability: str = "") -> Dovecot:
        self.dovecot = Dovecot(self.directory, capability)
        self.dovecot.start()
        self.stack.callback(self.dovecot.stop)
        self.smtp = self.stack.enter_context(mailbox(self.dovecot.deliver))
        return self.dovecot

    def cloud(self, *faults: str) -> None:
        binary, address = self.programs.binaries.cloud, self.smtp.address
        self.arlo = self.stack.enter_context(cloud(binary, self.directory, ACCOUNT, address, "inbox@localhost", faults))

    def login(self, *options: str, trust: bool = True, **environment: str) -> subprocess.CompletedProcess:
        command = [self.programs.binaries.relay, "login", "--account", ACCOUNT]
        command += ["--auth-host", self.arlo.url, "--host", self.arlo.url]
        command += ["--codes", f"imap:{USER}@localhost:{self.dovecot.port}", "--json", *options]
        if trust:
            command += ["--imap-ca-file", str(self.dovecot.certificate)]
        secret = {"ARLO_PASSWORD": self.arlo.password, "IMAP_PASSWORD": self.dovecot.password, **environment}
        return run(command, **secret)

    def serve(self, *options: str, **environment: str) -> Relay:
        watch = ["--imap", f"{USER}@localhost:{self.dovecot.port}", "--imap-account", ACCOUNT]
        watch += ["--imap-ca-file", str(self.dovecot.certificate), *options]
        self.relay = Relay(self.programs.binaries.relay, self.directory, options=tuple(watch))
        self.relay.environment = {"NO_COLOR": "1", "ARLO_RELAY_IMAP_PASSWORD": self.dovecot.password, **environment}
        self.relay.start()
        self.stack.callback(self.relay.stop)
        return self.relay

    def enrol(self) -> None:
        self.enrolment = self.relay.enrol(ACCOUNT)

    def watches(self) -> None:
        """Waits until the relay watches the mailbox."""
        until(lambda: "the mailbox is watched" in self.relay.said(), "the mailbox being watched", SECONDS)

    def serve_an_account(self, *options: str) -> Relay:
        relay = self.serve(*options)
        self.enrol()
        self.watches()
        return relay


def run(command: list[str], **environment: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        command,
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=SECONDS * 3,
        check=False,
    )


def code_mail(code: str, **more) -> bytes:
    return arlo_text(ACCOUNT, code, **more)


def succeeded(done: subprocess.CompletedProcess) -> None:
    must(done.returncode == 0, f"the login failed\n{done.stderr[-2000:]}")
    must(json.loads(done.stdout)["mfa"] is True, done.stdout)


def failed_with(done: subprocess.CompletedProcess, words: str, secret: str) -> None:
    said = done.stdout + done.stderr
    must(done.returncode == 1, f"exit code {done.returncode} instead of 1\n{said}")
    must(words in said, f"{words!r} is not in {said}")
    must(secret not in said and USER + "@" not in said, "the password or the user is shown")


def login_reads_the_code(setup: Setup) -> None:
    """Old mail in the box, the code comes, nothing is marked."""
    dovecot = setup.mailbox()
    dovecot.deliver(code_mail("111111", age=30))
    dovecot.deliver(b"From: a@example.net\r\nSubject: hello\r\n\r\n222222\r\n")
    setup.cloud()
    succeeded(setup.login())
    flags = dovecot.flags()
    must(len(flags) == 3, flags)
    must(all("Seen" not in flag and "Deleted" not in flag for flag in flags), flags)


def login_without_idle(setup: Setup) -> None:
    setup.mailbox(capability="IMAP4rev1 UIDPLUS")
    setup.cloud()
    succeeded(setup.login())


def login_with_stale_mail_first(setup: Setup) -> None:
    setup.mailbox()
    setup.cloud("stale-mail-first")
    succeeded(setup.login())


def login_with_two_mails(setup: Setup) -> None:
    setup.mailbox()
    setup.cloud("two-mails")
    succeeded(setup.login())


def login_with_late_mail(setup: Setup) -> None:
    setup.mailbox()
    setup.cloud("slow-mail=5")
    succeeded(setup.login())


def login_over_a_restart(setup: Setup) -> None:
    """The IMAP server goes away during the wait and comes back with the mail in the box."""
    dovecot = setup.mailbox()
    setup.cloud("slow-mail=2")

    def restart() -> None:
        until(lambda: setup.smtp.delivered, "the mail", SECONDS)
        dovecot.start()

    deliver = dovecot.deliver
    setup.smtp.deliver = lambda raw: (dovecot.stop(), deliver(raw))
    thread = threading.Thread(target=restart)
    thread.start()
    done = setup.login()
    thread.join()
    succeeded(done)


def login_with_a_wrong_password(setup: Setup) -> None:
    dovecot = setup.mailbox()
    setup.cloud()
    failed_with(setup.login(IMAP_PASSWORD="wrong-password"), "does not take this user and password", "wrong-password")
    must(not setup.smtp.delivered, "a mail was caused though nobody could read it")
    must(dovecot.whole_log().count("Disconnected") < 10, "the password was tried again and again")


def login_with_an_unknown_certificate(setup: Setup) -> None:
    dovecot = setup.mailbox()
    setup.cloud()
    failed_with(setup.login(trust=False), "certificate", dovecot.password)
    must(not setup.smtp.delivered, "a mail was caused though nobody could read it")


def login_without_such_a_mailbox(setup: Setup) -> None:
    dovecot = setup.mailbox()
    setup.cloud()
    failed_with(setup.login("--imap-mailbox", "Nowhere"), "does not open the mailbox", dovecot.password)


def serve_completes_a_request(setup: Setup) -> None:
    dovecot = setup.mailbox()
    setup.serve()
    until(lambda: "not enrolled yet" in setup.relay.said(), "the word that the mailbox waits", SECONDS)
    setup.enrol()
    setup.watches()
    url = setup.enrolment.prestage()
    must(poll(url) == {"status": "pending"}, "a request that nobody ended is not pending")
    dovecot.deliver(b"From: a@example.net\r\nSubject: code\r\n\r\n222222\r\n")
    dovecot.deliver(code_mail("333333", sender="arlo@example.net"))
    dovecot.deliver(code_mail("444444", age=3600))
    dovecot.deliver(code_mail("012345", charset="iso-8859-1"))
    answer = poll(url, wait=30)
    must(answer.get("code") == "012345", answer)
    must(all("Seen" not in flag and "Deleted" not in flag for flag in dovecot.flags()), dovecot.flags())
    must("012345" not in setup.relay.said() and USER + "@" not in setup.relay.said(), "the log shows the code or the user")


def serve_remembers(setup: Setup) -> None:
    """A mail that came while the relay was down is taken after its start, and none is taken twice."""
    dovecot = setup.mailbox()
    setup.serve_an_account()
    first = setup.enrolment.prestage()
    dovecot.deliver(code_mail("111111"))
    must(poll(first, wait=30).get("code") == "111111", "the first code did not come")
    second = setup.enrolment.prestage()
    setup.relay.stop()
    dovecot.deliver(code_mail("222222"))
    setup.relay.start()
    answer = poll(second, wait=30)
    must(answer.get("code") == "222222", answer)
    must("duplicate" not in setup.relay.said(), "a mail was taken twice")


def serve_deletes_where_asked(setup: Setup) -> None:
    dovecot = setup.mailbox()
    setup.serve_an_account("--imap-delete")
    url = setup.enrolment.prestage()
    dovecot.deliver(b"From: a@example.net\r\nSubject: hello\r\n\r\nstays\r\n")
    dovecot.deliver(code_mail("111111"))
    must(poll(url, wait=30).get("code") == "111111", "the code did not come")
    until(lambda: len(dovecot.flags()) == 1, "the mail's deletion", SECONDS)


def serve_survives_the_server(setup: Setup) -> None:
    """A wrong password is named; a server that goes and comes is found again."""
    dovecot = setup.mailbox()
    setup.serve_an_account()
    dovecot.stop()
    url = setup.enrolment.prestage()
    dovecot.deliver(code_mail("111111"))
    dovecot.start()
    must(poll(url, wait=30).get("code") == "111111", "the code did not come")


def serve_names_a_wrong_password(setup: Setup) -> None:
    setup.mailbox()
    setup.serve(ARLO_RELAY_IMAP_PASSWORD="wrong-password")
    setup.enrol()
    until(lambda: "does not take this user and password" in setup.relay.said(), "the word of the wrong password", SECONDS)
    must("wrong-password" not in setup.relay.said(), "the password is shown")


def beside_pyaarlo(setup: Setup) -> None:
    """pyaarlo logs in by its own imap source while the relay watches the same mailbox for another login."""
    dovecot = setup.mailbox()
    setup.serve_an_account()
    setup.cloud()
    url = setup.enrolment.prestage()
    script = Path(__file__).with_name("pyaarlo_login.py")
    command = [setup.programs.python, str(script), "--cloud", setup.arlo.url, "--account", ACCOUNT]
    command += ["--imap", f"localhost:{dovecot.port}", "--user", USER]
    secret = {"ARLO_PASSWORD": setup.arlo.password, "IMAP_PASSWORD": dovecot.password}
    done = run(command, **secret, NO_PROXY="*", no_proxy="*")
    must(done.returncode == 0, f"pyaarlo did not log in\n{done.stdout}{done.stderr[-2000:]}")
    must(json.loads(done.stdout)["cameras"] == CAMERAS, done.stdout)
    must(poll(url, wait=30).get("status") == "complete", "the relay did not take the mail beside pyaarlo")


def latency(setup: Setup) -> None:
    """From the mail in the maildir to the long-polling client; dovecot itself waits half a second before it tells."""
    dovecot = setup.mailbox()
    setup.serve_an_account()
    took = []
    for number in range(5):
        url = setup.enrolment.prestage()
        answers = []
        thread = threading.Thread(target=lambda: answers.append((poll(url, wait=30), time.monotonic())))
        thread.start()
        began = time.monotonic()
        dovecot.deliver(code_mail(f"{number}12345"))
        thread.join()
        must(answers and answers[0][0].get("code") == f"{number}12345", answers)
        took.append(round((answers[0][1] - began) * 1000))
    print(f"       from delivery to answer: {sorted(took)} ms", flush=True)


SCENARIOS = {
    "login reads the code": login_reads_the_code,
    "login without IDLE": login_without_idle,
    "login, stale mail first": login_with_stale_mail_first,
    "login, two mails": login_with_two_mails,
    "login, late mail": login_with_late_mail,
    "login over a restart": login_over_a_restart,
    "login, wrong password": login_with_a_wrong_password,
    "login, unknown certificate": login_with_an_unknown_certificate,
    "login, no such mailbox": login_without_such_a_mailbox,
    "serve completes a request": serve_completes_a_request,
    "serve remembers": serve_remembers,
    "serve deletes where asked": serve_deletes_where_asked,
    "serve survives the server": serve_survives_the_server,
    "serve, wrong password": serve_names_a_wrong_password,
    "beside pyaarlo": beside_pyaarlo,
    "latency": latency,
}


def passes(name: str, programs: Programs) -> bool | None:
    with tempfile.TemporaryDirectory(prefix="imap-") as directory:

        def test() -> None:
            with contextlib.ExitStack() as stack:
                SCENARIOS[name](Setup(programs, Path(directory), stack))

        return report(name, test, Path(directory))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--relay", required=True, metavar="PATH", help="the arlo-relay executable")
    parser.add_argument("--cloud", required=True, metavar="PATH", help="the arlo-sim executable")
    parser.add_argument("--python", metavar="PATH", help="a Python that has pyaarlo; by default one is made below .venv/")
    parser.add_argument("--only", metavar="NAME", choices=SCENARIOS, help="one scenario by its name")
    arguments = parser.parse_args()
    if not (has_dovecot() or (install("dovecot-imapd") and has_dovecot())):
        print("SKIPPED: there is no dovecot here, and only root or CI may install it: apt-get install dovecot-imapd", flush=True)
        return SKIPPED
    if not shutil.which("openssl"):
        print("SKIPPED: there is no openssl here to make a certificate with", flush=True)
        return SKIPPED
    try:
        python = arguments.python or str(python_of("pyaarlo-0.8.0.27", HERE.parent / "pyaarlo" / "requirements.txt"))
    except Unavailable as error:
        print(f"SKIPPED: there is no pyaarlo: {error}", flush=True)
        return SKIPPED
    programs = Programs(Binaries.at(arguments.relay, arguments.cloud), python)
    return summary([passes(name, programs) for name in SCENARIOS if arguments.only in (None, name)])


if __name__ == "__main__":
    sys.exit(main())
