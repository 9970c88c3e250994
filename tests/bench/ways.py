"""From the moment at which a mail is handed over to the answer of the client that waits, for each way of the mail.

The client is a long poll in Python; each way has the same. Beside the mailbox stands pyaarlo, which reads the same one.
"""

from __future__ import annotations

import contextlib
import imaplib
import os
import queue
import smtplib
import subprocess
import tempfile
import threading
import time
from pathlib import Path
from typing import Callable

from support.dovecot import USER, Dovecot, has_dovecot
from support.mails import arlo_text
from support.packages import install
from support.servers import Enrolment, poll, relay
from support.venvs import python_of

HERE = Path(__file__).resolve().parent
ACCOUNT = "casey@example.org"
SENDER = "bounce@example.org"
CODES = 40
# pyaarlo takes seconds for each. Its pauses are of three seconds, so that the mails come at all moments of one.
CODES_OF_PYAARLO = 10
# Until the relay has read the poll that was sent.
SETTLE = 0.05
CODE_SECONDS = 30

Deliver = Callable[[bytes], object]


def times(program: str, directory: Path) -> dict[str, list[float]]:
    """Milliseconds of each code, by the way of its mail."""
    socket = directory / "lmtp"
    with relay(program, directory, options=("--lmtp", str(socket))) as running:
        member = running.enrol(ACCOUNT)
        host, port = running.smtp.rsplit(":", 1)
        with smtplib.SMTP(host, int(port)) as smtp, smtplib.LMTP(str(socket)) as lmtp:
            found = {
                "SMTP": until_answered(member, lambda mail: smtp.sendmail(SENDER, member.relay_address, mail)),
                "LMTP": until_answered(member, lambda mail: lmtp.sendmail(SENDER, member.relay_address, mail)),
            }
    if has_dovecot() or (install("dovecot-imapd") and has_dovecot()):
        found |= of_mailbox(program)
    else:
        print("no mailbox is measured: install Debian's package dovecot-imapd")
    return found


def over_smtp(described: dict) -> list[float]:
    """The same of a relay that is described as crates/arlo-relay/benches/relay wants it."""
    first = described["members"][0]
    url = first["prestage_url"].replace("http://relay", f"http://{described['http']}")
    member = Enrolment(first["account"], "", first["relay_address"], url, {})
    host, port = described["smtp"].rsplit(":", 1)
    with smtplib.SMTP(host, int(port)) as smtp:
        return until_answered(member, lambda mail: smtp.sendmail(SENDER, member.relay_address, mail))


def of_mailbox(program: str) -> dict[str, list[float]]:
    with tempfile.TemporaryDirectory() as place, contextlib.ExitStack() as stack:
        directory = Path(place)
        dovecot = Dovecot(directory)
        dovecot.start()
        stack.callback(dovecot.stop)
        watch = ("--imap", f"{USER}@localhost:{dovecot.port}", "--imap-account", ACCOUNT)
        options = (*watch, "--imap-ca-file", str(dovecot.certificate))
        running = stack.enter_context(relay(program, directory, options=options, ARLO_RELAY_IMAP_PASSWORD=dovecot.password))
        member = running.enrol(ACCOUNT)
        return {
            "IMAP": until_answered(member, dovecot.deliver),
            "IMAP, its server alone": until_told(dovecot),
            "IMAP, pyaarlo": of_pyaarlo(dovecot),
        }


def until_answered(member: Enrolment, deliver: Deliver) -> list[float]:
    taken = []
    for number in range(CODES):
        url, answered = member.prestage(), queue.Queue()
        threading.Thread(target=lambda: answered.put((poll(url, CODE_SECONDS), time.perf_counter()))).start()
        time.sleep(SETTLE)
        code = f"{number + 100_000}"
        mail = arlo_text(ACCOUNT, code)
        began = time.perf_counter()
        deliver(mail)
        answer, at = answered.get(timeout=2 * CODE_SECONDS)
        if answer.get("code") != code:
            raise SystemExit(f"the client waited for {code} and read another answer")
        taken.append((at - began) * 1e3)
    return taken


def until_told(dovecot: Dovecot) -> list[float]:
    """Until the server tells a client in IDLE that there is a mail; it has yet to be fetched."""
    taken = []
    with dovecot.log_in() as client:
        client.select("INBOX", readonly=True)
        for number in range(CODES):
            client.send(b"i IDLE\r\n")
            told_of(client, b"+ idling")
            time.sleep(SETTLE)
            began = time.perf_counter()
            dovecot.deliver(arlo_text(ACCOUNT, f"{number + 300_000}"))
            told_of(client, b"EXISTS")
            taken.append((time.perf_counter() - began) * 1e3)
            client.send(b"DONE\r\n")
            told_of(client, b"i OK")
    return taken


def told_of(client: imaplib.IMAP4_SSL, word: bytes) -> None:
    while word not in (line := client.readline()):
        if not line:
            raise SystemExit("the IMAP server closed the connection")


def of_pyaarlo(dovecot: Dovecot) -> list[float]:
    """pyaarlo's own source `imap` on the same mailbox."""
    python = python_of("pyaarlo-0.8.0.27", HERE.parent / "pyaarlo/requirements.txt")
    command = [str(python), str(HERE / "pyaarlo_imap.py"), "localhost", str(dovecot.port), USER]
    environment = {**os.environ, "IMAP_PASSWORD": dovecot.password}
    taken = []
    with subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as pyaarlo:
        for number in range(CODES_OF_PYAARLO):
            pyaarlo.stdin.write("\n")
            pyaarlo.stdin.flush()
            if pyaarlo.stdout.readline() != "watching\n":
                raise SystemExit("pyaarlo does not watch the mailbox")
            time.sleep(3 * number / CODES_OF_PYAARLO)
            code, began = f"{number + 200_000}", time.perf_counter()
            dovecot.deliver(arlo_text(ACCOUNT, code))
            if pyaarlo.stdout.readline().strip() != code:
                raise SystemExit(f"pyaarlo did not find {code}")
            taken.append((time.perf_counter() - began) * 1e3)
        pyaarlo.stdin.close()
    return taken

