"""Tries the relay's two uses of a mailbox against a real IMAP server: Debian's dovecot, with TLS, on loopback.

Each scenario has its own dovecot, its own simulated Arlo and whatever it needs of the relay, all on free ports. Arlo's mail
comes by SMTP to a small sink here, which puts it into the mailbox as a mail server does. Prints a line per scenario and
`N passed, N failed` last. Exit code 0 if all passed, 1 if one failed, 77 if there is no dovecot and it cannot be installed.
"""

import argparse
import contextlib
import grp
import imaplib
import json
import os
import pwd
import re
import secrets
import shutil
import socketserver
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Callable

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from stage.servers import Failed, free_port, until  # noqa: E402 - the path above comes first
from stage.venvs import Unavailable, python_of  # noqa: E402

SKIPPED = 77
SECONDS = 60
USER = "casey"
ACCOUNT = "casey@example.org"
CAMERAS = ["Front door", "Garden"]


def stop(process: subprocess.Popen) -> int:
    process.terminate()
    try:
        return process.wait(SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        return process.wait()


class Dovecot:
    """An IMAP server with one user, run by whoever runs this."""

    def __init__(self, directory: Path, capability: str = "") -> None:
        self.directory, self.port, self.password = directory, free_port(), secrets.token_hex(8)
        self.certificate = directory / "certificate.pem"
        self.maildir = directory / "mail"
        for part in ("cur", "new", "tmp"):
            (self.maildir / part).mkdir(parents=True)
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]
            + ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]
            + ["-keyout", str(directory / "key.pem"), "-out", str(self.certificate)],
            check=True,
            capture_output=True,
        )
        (directory / "users").write_text(f"{USER}:{{PLAIN}}{self.password}\n")
        # As root, dovecot insists on other users for its parts; as anyone else all parts are that user's.
        is_root = os.getuid() == 0
        me, group = pwd.getpwuid(os.getuid()).pw_name, grp.getgrgid(os.getgid()).gr_name
        owner = "nobody" if is_root else me
        if is_root:
            shutil.chown(self.maildir, owner)
            for part in self.maildir.iterdir():
                shutil.chown(part, owner)
            for parent in (directory, *directory.parents):
                if str(parent).startswith(tempfile.gettempdir() + "/"):
                    parent.chmod(0o755)
        entry = pwd.getpwnam(owner)
        internal = "" if is_root else f"default_internal_user = {me}\ndefault_login_user = {me}\ndefault_internal_group = {group}\n"
        chroot = "" if is_root else "service imap-login {\n chroot =\n}\nservice anvil {\n chroot =\n}\nservice stats {\n chroot =\n}\n"
        self.configuration = directory / "dovecot.conf"
        self.configuration.write_text(
            f"""
base_dir = {directory}/run
state_dir = {directory}/state
log_path = {directory}/dovecot.log
protocols = imap
listen = 127.0.0.1
ssl = required
ssl_cert = <{self.certificate}
ssl_key = <{directory}/key.pem
mail_location = maildir:{self.maildir}
mail_uid = {entry.pw_uid}
mail_gid = {entry.pw_gid}
first_valid_uid = 1
first_valid_gid = 1
auth_mechanisms = plain
auth_failure_delay = 0 secs
mail_max_userip_connections = 50
{f"imap_capability = {capability}" if capability else ""}
{internal}
passdb {{
  driver = passwd-file
  args = {directory}/users
}}
userdb {{
  driver = static
  args = uid={entry.pw_uid} gid={entry.pw_gid} home={self.maildir}
}}
service imap-login {{
  inet_listener imap {{
    port = 0
  }}
  inet_listener imaps {{
    port = {self.port}
    ssl = yes
  }}
}}
{chroot}
"""
        )
        self.owner = entry
        self.process = None

    def start(self) -> None:
        command = [shutil.which("dovecot") or "/usr/sbin/dovecot", "-F", "-c", str(self.configuration)]
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        until(self.answers, "dovecot", 20)

    def answers(self) -> bool:
        with contextlib.suppress(OSError, imaplib.IMAP4.error):
            with self.log_in():
                return True
        return False

    def log_in(self) -> imaplib.IMAP4_SSL:
        context = ssl.create_default_context(cafile=str(self.certificate))
        client = imaplib.IMAP4_SSL("localhost", self.port, ssl_context=context, timeout=5)
        client.login(USER, self.password)
        return client

    def stop(self) -> None:
        if self.process:
            stop(self.process)

    def deliver(self, raw: bytes) -> None:
        """Puts a mail into the inbox the way of maildir: written aside, then moved into place."""
        name = f"{time.time_ns()}.{secrets.token_hex(4)}.test"
        aside = self.maildir / "tmp" / name
        aside.write_bytes(raw)
        os.chown(aside, self.owner.pw_uid, self.owner.pw_gid)
        aside.rename(self.maildir / "new" / name)

    def flags(self) -> list[str]:
        """The flags of each mail."""
        with self.log_in() as client:
            client.select("INBOX", readonly=True)
            found = client.fetch("1:*", "(FLAGS)")[1]
            return [re.search(rb"FLAGS \((.*?)\)", line)[1].decode() for line in found if line]

    def log(self) -> str:
        path = self.directory / "dovecot.log"
        return path.read_text(errors="replace")[-2000:] if path.exists() else ""


class Sink(socketserver.ThreadingTCPServer):
    """Takes mail by SMTP and delivers it into the mailbox."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, deliver: Callable[[bytes], None]) -> None:
        super().__init__(("127.0.0.1", 0), SinkHandler)
        self.deliver = deliver
        self.delivered: list[float] = []
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.server_address[1]}"


class SinkHandler(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        self.wfile.write(b"220 sink\r\n")
        while line := self.rfile.readline():
            verb = line[:4].upper()
            if verb == b"DATA":
                self.wfile.write(b"354 go\r\n")
                lines = []
                while (line := self.rfile.readline()) not in (b".\r\n", b""):
                    lines.append(line.removeprefix(b"."))
                self.server.deliver(b"".join(lines))
                self.server.delivered.append(time.time())
            elif verb == b"QUIT":
                self.wfile.write(b"221 bye\r\n")
                return
            self.wfile.write(b"250 ok\r\n")


class Stage:
    """A mailbox, a simulated Arlo that mails into it, and the relay's command."""

    def __init__(self, binaries: argparse.Namespace, directory: Path, stack: contextlib.ExitStack) -> None:
        self.binaries, self.directory, self.stack = binaries, directory, stack
        self.arlo_password = secrets.token_hex(8)

    def mailbox(self, capability: str = "") -> Dovecot:
        self.dovecot = Dovecot(self.directory, capability)
        self.dovecot.start()
        self.stack.callback(self.dovecot.stop)
        self.sink = Sink(self.dovecot.deliver)
        self.stack.callback(self.sink.shutdown)
        return self.dovecot

    def spawn(self, name: str, command: list[str], **environment: str) -> str:
        """Starts a server; gives the line that says it is ready."""
        log = (self.directory / f"{name}.log").open("wb")
        self.stack.callback(log.close)
        process = subprocess.Popen(
            command, env={**os.environ, **environment}, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log, text=True
        )

        def end() -> None:
            if (code := stop(process)) != 0:
                raise Failed(f"{name} ended with {code} on SIGTERM")

        self.stack.callback(end)
        self.last = process
        ready = process.stdout.readline().strip()
        if not ready.startswith("ready "):
            raise Failed(f"{name} did not become ready: {ready!r}")
        return ready

    def cloud(self, *faults: str) -> str:
        command = [self.binaries.cloud, "--smtp", self.sink.address, "--account", ACCOUNT, "--deliver-to", "inbox@localhost"]
        for fault in faults:
            command += ["--fault", fault]
        ready = self.spawn("cloud", command, ARLO_PASSWORD=self.arlo_password)
        self.cloud_url = re.search(r"http=(?:http://)?(\S+)", ready)[1]
        self.cloud_url = "http://" + self.cloud_url
        return self.cloud_url

    def login(self, *options: str, host: str = "localhost", trust: bool = True, **environment: str) -> subprocess.CompletedProcess:
        command = [self.binaries.relay, "login", "--account", ACCOUNT, "--auth-host", self.cloud_url, "--host", self.cloud_url]
        command += ["--codes", f"imap:{USER}@{host}:{self.dovecot.port}", "--json", *options]
        if trust:
            command += ["--imap-ca-file", str(self.dovecot.certificate)]
        secret = {"ARLO_PASSWORD": self.arlo_password, "IMAP_PASSWORD": self.dovecot.password, **environment}
        return subprocess.run(
            command, env={**os.environ, **secret}, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=SECONDS * 3, check=False
        )

    def serve(self, *options: str, **environment: str) -> str:
        self.data = self.directory / "data"
        command = [self.binaries.relay, "serve", "--http", "127.0.0.1:0", "--smtp", "127.0.0.1:0", "--data-dir", str(self.data)]
        command += ["--imap", f"{USER}@localhost:{self.dovecot.port}", "--imap-account", ACCOUNT]
        command += ["--imap-ca-file", str(self.dovecot.certificate), *options]
        secret = {"ARLO_RELAY_IMAP_PASSWORD": self.dovecot.password, **environment}
        ready = self.spawn("relay", command, NO_COLOR="1", **secret)
        self.relay_url = "http://" + re.search(r"http=(\S+)", ready)[1]
        return self.relay_url

    def enrol(self) -> dict:
        command = [self.binaries.relay, "enroll", ACCOUNT, "--data-dir", str(self.data), "--json"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)
        if done.returncode != 0:
            raise Failed(f"enroll ended with {done.returncode}\n{done.stderr}")
        self.token = json.loads(done.stdout)["token"]
        return json.loads(done.stdout)

    def relay_log(self) -> str:
        return (self.directory / "relay.log").read_text(errors="replace")

    def watched(self, times: int = 1) -> None:
        until(lambda: self.relay_log().count("the mailbox is watched") >= times, "the mailbox being watched", SECONDS)

    def prestage(self) -> str:
        request = urllib.request.Request(
            f"{self.relay_url}/prepare-arlo-mfa/{self.token}",
            data=json.dumps({"email": ACCOUNT}).encode(),
            headers={"content-type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=SECONDS) as answer:
            return answer.read().decode()

    def poll(self, url: str, wait: int = 0) -> dict:
        with urllib.request.urlopen(f"{url}?wait={wait}" if wait else url, timeout=SECONDS * 2) as answer:
            return json.load(answer)


def code_mail(code: str, sender: str = "do_not_reply@arlo.com", age: int = 0, charset: str = "utf-8") -> bytes:
    date = time.strftime("%a, %d %b %Y %H:%M:%S +0000", time.gmtime(time.time() - age))
    text = f"Your Arlo one-time authentication code is:\r\n\r\n{code}\r\n\r\n\u00a9 Arlo Technologies\r\n"
    head = f"From: Arlo <{sender}>\r\nTo: {ACCOUNT}\r\nSubject: Your one-time authentication code from Arlo\r\nDate: {date}\r\n"
    head += f"Message-ID: <{secrets.token_hex(8)}@arlo.com>\r\nMIME-Version: 1.0\r\n"
    head += f"Content-Type: text/plain; charset={charset}\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
    return head.encode() + text.encode(charset)


def must(condition: object, what: object) -> None:
    if not condition:
        raise Failed(str(what))


def succeeded(done: subprocess.CompletedProcess) -> None:
    must(done.returncode == 0, f"the login failed\n{done.stderr[-2000:]}")
    must(json.loads(done.stdout)["mfa"] is True, done.stdout)


def failed_with(done: subprocess.CompletedProcess, words: str, secret: str) -> None:
    said = done.stdout + done.stderr
    must(done.returncode == 1, f"exit code {done.returncode} instead of 1\n{said}")
    must(words in said, f"{words!r} is not in {said}")
    must(secret not in said and USER + "@" not in said, "the password or the user is shown")


def login_reads_the_code(stage: Stage) -> None:
    """Old mail in the box, the code comes, nothing is marked."""
    dovecot = stage.mailbox()
    dovecot.deliver(code_mail("111111", age=30))
    dovecot.deliver(b"From: a@example.net\r\nSubject: hello\r\n\r\n222222\r\n")
    stage.cloud()
    succeeded(stage.login())
    flags = dovecot.flags()
    must(len(flags) == 3, flags)
    must(all("Seen" not in flag and "Deleted" not in flag for flag in flags), flags)


def login_without_idle(stage: Stage) -> None:
    stage.mailbox(capability="IMAP4rev1 UIDPLUS")
    stage.cloud()
    succeeded(stage.login())


def login_with_stale_mail_first(stage: Stage) -> None:
    stage.mailbox()
    stage.cloud("stale-mail-first")
    succeeded(stage.login())


def login_with_two_mails(stage: Stage) -> None:
    stage.mailbox()
    stage.cloud("two-mails")
    succeeded(stage.login())


def login_with_late_mail(stage: Stage) -> None:
    stage.mailbox()
    stage.cloud("slow-mail=5")
    succeeded(stage.login())


def login_over_a_restart(stage: Stage) -> None:
    """The IMAP server goes away during the wait and comes back with the mail in the box."""
    dovecot = stage.mailbox()
    stage.cloud("slow-mail=2")

    def restart() -> None:
        until(lambda: stage.sink.delivered, "the mail", SECONDS)
        dovecot.start()

    deliver = dovecot.deliver
    stage.sink.deliver = lambda raw: (dovecot.stop(), deliver(raw))
    thread = threading.Thread(target=restart)
    thread.start()
    done = stage.login()
    thread.join()
    succeeded(done)


def login_with_a_wrong_password(stage: Stage) -> None:
    dovecot = stage.mailbox()
    stage.cloud()
    failed_with(stage.login(IMAP_PASSWORD="wrong-password"), "does not take this user and password", "wrong-password")
    must(not stage.sink.delivered, "a mail was caused though nobody could read it")
    must(dovecot.log().count("Disconnected") < 10, "the password was tried again and again")


def login_with_an_unknown_certificate(stage: Stage) -> None:
    dovecot = stage.mailbox()
    stage.cloud()
    failed_with(stage.login(trust=False), "certificate", dovecot.password)
    must(not stage.sink.delivered, "a mail was caused though nobody could read it")


def login_without_such_a_mailbox(stage: Stage) -> None:
    dovecot = stage.mailbox()
    stage.cloud()
    failed_with(stage.login("--imap-mailbox", "Nowhere"), "does not open the mailbox", dovecot.password)


def serve_completes_a_request(stage: Stage) -> None:
    dovecot = stage.mailbox()
    stage.serve()
    until(lambda: "not enrolled yet" in stage.relay_log(), "the word that the mailbox waits", SECONDS)
    stage.enrol()
    stage.watched()
    url = stage.prestage()
    must(stage.poll(url) == {"status": "pending"}, "a request that nobody ended is not pending")
    dovecot.deliver(b"From: a@example.net\r\nSubject: code\r\n\r\n222222\r\n")
    dovecot.deliver(code_mail("333333", sender="arlo@example.net"))
    dovecot.deliver(code_mail("444444", age=3600))
    dovecot.deliver(code_mail("012345", charset="iso-8859-1"))
    answer = stage.poll(url, wait=30)
    must(answer.get("code") == "012345", answer)
    must(all("Seen" not in flag and "Deleted" not in flag for flag in dovecot.flags()), dovecot.flags())
    must("012345" not in stage.relay_log() and USER + "@" not in stage.relay_log(), "the log shows the code or the user")


def serve_remembers(stage: Stage) -> None:
    """A mail that came while the relay was down is taken after its start, and none is taken twice."""
    dovecot = stage.mailbox()
    stage.serve()
    stage.enrol()
    stage.watched()
    first = stage.prestage()
    dovecot.deliver(code_mail("111111"))
    must(stage.poll(first, wait=30).get("code") == "111111", "the first code did not come")
    second = stage.prestage()
    stop(stage.last)
    dovecot.deliver(code_mail("222222"))
    url = second.removeprefix(stage.relay_url)
    stage.serve()
    answer = stage.poll(stage.relay_url + url, wait=30)
    must(answer.get("code") == "222222", answer)
    must("duplicate" not in stage.relay_log(), "a mail was taken twice")


def serve_deletes_when_told(stage: Stage) -> None:
    dovecot = stage.mailbox()
    stage.serve("--imap-delete")
    stage.enrol()
    stage.watched()
    url = stage.prestage()
    dovecot.deliver(b"From: a@example.net\r\nSubject: hello\r\n\r\nstays\r\n")
    dovecot.deliver(code_mail("111111"))
    must(stage.poll(url, wait=30).get("code") == "111111", "the code did not come")
    until(lambda: len(dovecot.flags()) == 1, "the mail's deletion", SECONDS)


def serve_outlives_the_server(stage: Stage) -> None:
    """A wrong password is named; a server that goes and comes is found again."""
    dovecot = stage.mailbox()
    stage.serve()
    stage.enrol()
    stage.watched()
    dovecot.stop()
    url = stage.prestage()
    dovecot.deliver(code_mail("111111"))
    dovecot.start()
    must(stage.poll(url, wait=30).get("code") == "111111", "the code did not come")


def serve_names_a_wrong_password(stage: Stage) -> None:
    stage.mailbox()
    stage.serve(ARLO_RELAY_IMAP_PASSWORD="wrong-password")
    stage.enrol()
    until(lambda: "does not take this user and password" in stage.relay_log(), "the word of the wrong password", SECONDS)
    must("wrong-password" not in stage.relay_log(), "the password is shown")


def beside_pyaarlo(stage: Stage) -> None:
    """pyaarlo logs in by its own imap source while the relay watches the same mailbox for another login."""
    dovecot = stage.mailbox()
    stage.serve()
    stage.enrol()
    stage.watched()
    stage.cloud()
    url = stage.prestage()
    script = Path(__file__).with_name("pyaarlo_login.py")
    command = [stage.binaries.python, str(script), "--cloud", stage.cloud_url, "--account", ACCOUNT]
    command += ["--imap", f"localhost:{dovecot.port}", "--user", USER]
    secret = {"ARLO_PASSWORD": stage.arlo_password, "IMAP_PASSWORD": dovecot.password, "NO_PROXY": "*", "no_proxy": "*"}
    done = subprocess.run(command, env={**os.environ, **secret}, capture_output=True, text=True, timeout=SECONDS * 3, check=False)
    must(done.returncode == 0, f"pyaarlo did not log in\n{done.stdout}{done.stderr[-2000:]}")
    must(json.loads(done.stdout)["cameras"] == CAMERAS, done.stdout)
    must(stage.poll(url, wait=30).get("status") == "complete", "the relay did not take the mail beside pyaarlo")


def latency(stage: Stage) -> None:
    """From the mail in the maildir to the long-polling client; dovecot itself waits half a second before it tells."""
    dovecot = stage.mailbox()
    stage.serve()
    stage.enrol()
    stage.watched()
    took = []
    for number in range(5):
        url = stage.prestage()
        answers = []
        thread = threading.Thread(target=lambda: answers.append((stage.poll(url, wait=30), time.monotonic())))
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
    "serve deletes when told": serve_deletes_when_told,
    "serve outlives the server": serve_outlives_the_server,
    "serve, wrong password": serve_names_a_wrong_password,
    "beside pyaarlo": beside_pyaarlo,
    "latency": latency,
}


def report(name: str, binaries: argparse.Namespace) -> bool:
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="imap-") as directory:
        try:
            with contextlib.ExitStack() as stack:
                SCENARIOS[name](Stage(binaries, Path(directory), stack))
        except Exception as error:  # noqa: BLE001 - whatever it is, the others go on
            reason = error if isinstance(error, Failed) else f"{type(error).__name__}: {error}"
            logs = "".join(f"\n--- {log.name}\n{log.read_text(errors='replace')[-2000:]}" for log in Path(directory).glob("*.log"))
            print(f"FAILED {name}: {reason}{logs}", flush=True)
            return False
    print(f"ok     {name} ({time.monotonic() - began:.1f} s)", flush=True)
    return True


def has_dovecot() -> bool:
    return bool(shutil.which("dovecot", path=os.environ.get("PATH", "") + ":/usr/sbin") and Path("/usr/lib/dovecot/imap").exists())


def install() -> bool:
    """Installs dovecot where that is allowed."""
    if not has_dovecot() and shutil.which("apt-get"):
        sudo = [] if os.getuid() == 0 else ["sudo", "-n"]
        if os.getuid() == 0 or os.environ.get("CI"):
            environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
            for command in (["update", "-qq"], ["install", "-y", "-qq", "--no-install-recommends", "dovecot-imapd"]):
                with contextlib.suppress(OSError):
                    subprocess.run([*sudo, "apt-get", *command], env=environment, stdout=subprocess.DEVNULL, check=False)
    return has_dovecot()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--relay", required=True, metavar="PATH", help="the arlo-relay executable")
    parser.add_argument("--cloud", required=True, metavar="PATH", help="the arlo-sim executable")
    parser.add_argument("--python", metavar="PATH", help="a Python that has pyaarlo; by default one is made below .venv/")
    parser.add_argument("--only", metavar="NAME", choices=SCENARIOS, help="one scenario by its name")
    arguments = parser.parse_args()
    if not install():
        print("SKIPPED: there is no dovecot here, and only root or CI may install it: apt-get install dovecot-imapd", flush=True)
        return SKIPPED
    if not shutil.which("openssl"):
        print("SKIPPED: there is no openssl here to make a certificate with", flush=True)
        return SKIPPED
    try:
        arguments.python = arguments.python or str(python_of("pyaarlo-0.8.0.27", HERE.parent / "pyaarlo" / "requirements.txt"))
    except Unavailable as error:
        print(f"SKIPPED: there is no pyaarlo: {error}", flush=True)
        return SKIPPED
    arguments.relay, arguments.cloud = os.path.abspath(arguments.relay), os.path.abspath(arguments.cloud)
    outcomes = [report(name, arguments) for name in SCENARIOS if arguments.only in (None, name)]
    passed = sum(outcomes)
    print(f"{passed} passed, {len(outcomes) - passed} failed", flush=True)
    return 0 if passed == len(outcomes) else 1


if __name__ == "__main__":
    sys.exit(main())
