"""Tests the relay with a client that others wrote: pyaarlo, unmodified, logs in to the simulated Arlo cloud.

Three published versions, and both HTTP backends of the one that has two, each in a Python environment of its own below
.venv/. Each scenario has its own cloud, its own relay and its own client process. pyaarlo drops the port of the relay's
URL, so each relay (or the proxy in front of it) serves on port 80 or 443 of a loopback address of its own. Prints a
line for each scenario and client, and `N passed, N failed` last. Exit code 0 if all passed, 1 if one failed, 77 if
nothing could run here.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import urllib.parse
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Callable

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from support.checks import Failed, until  # noqa: E402 - the path above comes first
from support.mailbox import Mailbox, mailbox  # noqa: E402
from support.mails import code_in  # noqa: E402
from support.proxy import Proxy, proxy  # noqa: E402
from support.reports import SKIPPED, report, summary  # noqa: E402
from support.servers import Binaries, Cloud, Enrolment, Relay, cloud, direct, relay  # noqa: E402
from support.venvs import Unavailable, python_of  # noqa: E402

LOGIN_SECONDS = 150
AT_A_TIME = 10
CAMERAS = ["Front door", "Garden"]
PREFIX = "/relay/v1"


@dataclass(frozen=True)
class Client:
    """One published pyaarlo. `backend` is how it speaks to Arlo; 0.8.0.20 knows cloudscraper only."""

    version: str
    backend: str
    requirements: str
    # Whether it logs in while Arlo asks for no codes. What came out before 2026-10-06 does not.
    knows_no_codes: bool = False
    # Whether it runs the scenarios that are not about that.
    runs_all: bool = True

    @property
    def name(self) -> str:
        return f"{self.version} {self.backend}"

    def python(self) -> Path:
        return python_of(f"pyaarlo-{self.version}", HERE / self.requirements)


CLIENTS = [
    Client("0.8.0.27", "curl_cffi", "requirements.txt", knows_no_codes=True),
    Client("0.8.0.27", "cloudscraper", "requirements.txt", knows_no_codes=True),
    # The version that hass-aarlo 0.8.1.22 pins.
    Client("0.8.0.22", "cloudscraper", "requirements-0.8.0.22.txt", runs_all=False),
    Client("0.8.0.20", "cloudscraper", "requirements-0.8.0.20.txt"),
]


@dataclass
class Login:
    """What one run of login.py gave."""

    exit_code: int
    result: dict
    stderr: str

    def must_succeed(self) -> None:
        if self.exit_code != 0 or not self.result["connected"] or self.result["cameras"] != CAMERAS:
            raise Failed(f"the login failed: {self.result.get('last_error')}\n{self.stderr[-2000:]}")

    def must_fail_with(self, error: str) -> None:
        if self.exit_code != 1 or self.result["connected"]:
            raise Failed("the login succeeded, or the client crashed")
        if error not in str(self.result["last_error"]):
            raise Failed(f"the login failed with {self.result['last_error']!r} instead of {error!r}")


@dataclass
class Setup:
    """One relay, one cloud and one enrolled account."""

    client: Client
    host: str
    relay: Relay
    cloud: Cloud
    enrolment: Enrolment
    directory: Path
    mailbox: Mailbox | None = None
    proxy: Proxy | None = None
    relay_url: str = ""
    environment: dict[str, str] = field(default_factory=dict)

    def log_in(self, *options: str, token: str | None = None) -> Login:
        return self.begin_login(*options, token=token)()

    def begin_login(self, *options: str, token: str | None = None) -> Callable[[], Login]:
        """Starts the client; what is returned waits for its end."""
        where = ["--cloud", self.cloud.url, "--relay", self.relay_url, "--account", self.cloud.account]
        secret = {"ARLO_PASSWORD": self.cloud.password, "RELAY_TOKEN": token or self.enrolment.token}
        process = subprocess.Popen(
            [str(self.client.python()), str(HERE / "login.py"), *where, "--http-backend", self.client.backend, *options],
            env={**os.environ, **self.environment, **secret, "NO_PROXY": "*", "no_proxy": "*"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

        def end() -> Login:
            try:
                stdout, stderr = process.communicate(timeout=LOGIN_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                stderr = process.communicate()[1]
                raise Failed(f"the client did not end within {LOGIN_SECONDS} s\n{stderr[-2000:]}") from None
            lines = stdout.splitlines()
            if len(lines) != 1:
                raise Failed(f"the client crashed\n{stderr[-2000:]}")
            return Login(process.returncode, json.loads(lines[0]), stderr)

        return end

    def must_crash_with(self, *errors: str) -> None:
        """The client dies of one of these exceptions of its own."""
        try:
            login = self.log_in("--no-stop")
        except Failed as crash:
            if not any(error in str(crash) for error in errors):
                raise Failed(f"the client does not end with {' or '.join(errors)}: {crash}") from None
        else:
            raise Failed(f"the client does not crash: {login.result}")

    def call(self, path: str, query: str, body: bytes | None = None, content_type: str = "") -> dict:
        """One call of the REST API, by what is no Arlo client: a phone, a script, a mail server."""
        headers = {"Content-Type": content_type} if body is not None else {}
        request = urllib.request.Request(f"{self.relay.url}{path}?{query}", body, headers)
        with direct.open(request, timeout=30) as answer:
            answered = json.load(answer)
        if answered["meta"]["code"] != 200 or answered["data"]["success"] is not True:
            raise Failed(f"{path} answered {answered}")
        return answered["data"]

    def who(self) -> str:
        return f"email={urllib.parse.quote(self.cloud.account)}&token={self.enrolment.token}"


@dataclass
class Scenario:
    name: str
    test: Callable[[Setup], None]
    account: str = "casey@gmail.com"
    faults: tuple[str, ...] = ()
    # Whether the mail stays in the account's mailbox instead of being forwarded.
    kept: bool = False
    # In front of the relay: a proxy by "http" or "https", under a path prefix.
    proxied: str = ""
    # Whether it is run with every client, and not only with those that run all scenarios.
    for_all: bool = False


def logs_in(setup: Setup) -> None:
    setup.log_in("--no-stop").must_succeed()


def logs_in_and_out(setup: Setup) -> None:
    setup.log_in().must_succeed()


def asks_for_no_code(setup: Setup) -> None:
    """Arlo has switched its second factor off. A version that knows this case logs in; an older one crashes."""
    if setup.client.knows_no_codes:
        setup.log_in("--no-stop").must_succeed()
    else:
        # It takes the refusal of getFactors for a list, or looks for the refusal's number where there is none.
        setup.must_crash_with("TypeError: string indices must be integers", "KeyError: 'error'")
    if "login request staged" in setup.relay.said() and setup.client.knows_no_codes:
        raise Failed("the relay was asked for a code that nobody wants")


def wrong_token(setup: Setup) -> None:
    login = setup.log_in("--code-timeout", "7", token="wrong-" + setup.enrolment.token[:8])
    login.must_fail_with("code retrieval failed")


def wrong_code(setup: Setup) -> None:
    setup.log_in().must_fail_with("login failed: finish failed: 400 - Invalid OTP")


def trusted_browser(setup: Setup) -> None:
    """The second login needs no code: with a token that gets none it succeeds all the same."""
    with tempfile.TemporaryDirectory(prefix="pyaarlo-") as storage:
        options = ["--no-stop", "--storage-dir", storage, "--code-timeout", "7"]
        setup.log_in(*options).must_succeed()
        setup.log_in(*options, token="wrong").must_succeed()


# A call for the code while no relay is there ends pyaarlo's login: this is how long a relay may take to start.
PATIENT = ("--code-pause", "12", "--code-timeout", "90")


def restarted_before_the_mail(setup: Setup) -> None:
    """The relay ends and begins again between /clear and the mail: the login request is on disk."""
    end = setup.begin_login("--no-stop", *PATIENT)
    until(lambda: "login request staged" in setup.relay.said(), "the client's /clear")
    setup.relay.restart()
    end().must_succeed()


def restarted_while_get_waits(setup: Setup) -> None:
    """As above, and the client's /get is answered at once when the relay drains."""
    restarted = threading.Event()

    def restart(path: str) -> None:
        if path == "/get" and not restarted.is_set():
            restarted.set()
            # The call has to be inside the relay for the relay to drain it.
            until(lambda: waits_inside(setup.relay), "a /get that waits")
            setup.relay.restart()

    setup.proxy.watcher = restart
    setup.log_in("--no-stop", *PATIENT).must_succeed()
    if not restarted.is_set() or setup.proxy.passed.count("/get") < 2:
        raise Failed("the relay was not restarted while a /get waited")


def waits_inside(running: Relay) -> bool:
    """Whether a client's connection to the relay stands, and everything sent on it was read."""
    port = f":{int(running.http.rpartition(':')[2]):04X}"
    rows = [row.split() for row in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return any(row[1].endswith(port) and row[3] == "01" and row[4].endswith(":00000000") for row in rows)


def behind_a_proxy(setup: Setup) -> None:
    setup.log_in("--no-stop").must_succeed()
    if "/clear" not in setup.proxy.passed or "/get" not in setup.proxy.passed:
        raise Failed(f"the client went past the prefix: {setup.proxy.passed}")


def code_is_late(setup: Setup) -> None:
    """The code comes with the mail, not with the client's next round: /get held the call until then."""
    behind_a_proxy(setup)
    if setup.proxy.passed.count("/get") > 2:
        raise Failed(f"the relay did not hold the calls: {setup.proxy.passed}")


def phone_shortcut(text: str, quote: Callable[[str], str]) -> Callable[[Setup], None]:
    """A phone forwards Arlo's SMS as it is: its text in `msg=`."""

    def test(setup: Setup) -> None:
        end = setup.begin_login("--no-stop")
        message = text.replace("CODE", code_in(setup.mailbox.next_mail()))
        data = setup.call("/add", f"{setup.who()}&msg={quote(message)}")
        if data["email"] != setup.cloud.account:
            raise Failed(f"/add answered for {data['email']}")
        end().must_succeed()

    return test


def code_by_hand(setup: Setup) -> None:
    end = setup.begin_login("--no-stop")
    code = code_in(setup.mailbox.next_mail())
    form = f"{setup.who()}&code={code}".encode()
    setup.call("/add", "", form, "application/x-www-form-urlencoded")
    end().must_succeed()


def mail_as_form(setup: Setup) -> None:
    """As the postfix pipe of pyaarlo's own helper posts it: the file email.txt of a form."""
    end = setup.begin_login("--no-stop")
    mail = setup.mailbox.next_mail()
    head = b'--cut\r\nContent-Disposition: form-data; name="file"; filename="email.txt"\r\n\r\n'
    body = head + mail + b"\r\n--cut--\r\n"
    setup.call("/mail", f"token={setup.enrolment.token}", body, "multipart/form-data; boundary=cut")
    end().must_succeed()


def mail_as_body(setup: Setup) -> None:
    end = setup.begin_login("--no-stop")
    setup.call("/mail", f"token={setup.enrolment.token}", setup.mailbox.next_mail(), "message/rfc822")
    end().must_succeed()


SCENARIOS = [
    Scenario("plain", logs_in_and_out, for_all=True),
    Scenario("no codes", asks_for_no_code, faults=("mfa-disabled", "no-mail"), for_all=True),
    Scenario("no codes, by no number", asks_for_no_code, faults=("mfa-disabled-no-number", "no-mail"), for_all=True),
    Scenario("no codes, unsaid", asks_for_no_code, faults=("mfa-disabled-unsaid", "no-mail"), for_all=True),
    Scenario("no codes, mfa false", asks_for_no_code, faults=("mfa-false", "no-mail"), for_all=True),
    Scenario("late mail", logs_in, faults=("slow-mail=9",)),
    Scenario("late mail, held calls", code_is_late, faults=("slow-mail=9",), proxied="http"),
    Scenario("restarted before the mail", restarted_before_the_mail, faults=("slow-mail=20",)),
    Scenario("restarted while get waits", restarted_while_get_waits, faults=("slow-mail=20",), proxied="http"),
    Scenario("wrong token", wrong_token),
    Scenario("trusted browser", trusted_browser),
    Scenario("plus-addressed account", logs_in, account="casey.jones+arlo@gmail.com"),
    Scenario("account of another domain", logs_in, account="casey@example.org"),
    Scenario("two mails", logs_in, faults=("two-mails",)),
    Scenario("stale mail first", logs_in, faults=("stale-mail-first",)),
    Scenario("wrong code", wrong_code, faults=("wrong-otp",)),
    Scenario("path prefix", behind_a_proxy, proxied="http"),
    Scenario("https, path prefix, no scheme", behind_a_proxy, account="casey+home@example.org", proxied="https"),
    Scenario(
        "SMS by IFTTT, in German",
        phone_shortcut("Ihr einmaliger Arlo-Authentifizierungscode lautet: CODE.", urllib.parse.quote),
        kept=True,
    ),
    Scenario(
        "SMS by a shortcut, in Japanese",
        phone_shortcut("Arloワンタイム認証コード：CODE。", urllib.parse.quote_plus),
        account="casey+arlo@gmail.com",
        kept=True,
    ),
    Scenario("code by hand", code_by_hand, account="casey+arlo@gmail.com", kept=True),
    Scenario("mail as a form", mail_as_form, kept=True),
    Scenario("mail as a body", mail_as_body, kept=True),
]


def certificate(host: str, directory: Path) -> tuple[ssl.SSLContext, Path]:
    """A certificate for the address, which signs itself."""
    chain, key = directory / "certificate.pem", directory / "key.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=relay"]
    command += ["-addext", f"subjectAltName=IP:{host}", "-out", str(chain), "-keyout", str(key)]
    subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=True, timeout=60)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain, key)
    return context, chain


def run(scenario: Scenario, client: Client, host: str, binaries: Binaries, directory: Path) -> None:
    with contextlib.ExitStack() as stack:
        http = "127.0.0.1:0" if scenario.proxied else f"{host}:80"
        running = stack.enter_context(relay(binaries.relay, directory, http))
        enrolment = running.enrol(scenario.account)
        kept = stack.enter_context(mailbox()) if scenario.kept else None
        smtp = kept.address if kept else running.smtp
        there = (scenario.account, smtp, enrolment.relay_address, scenario.faults)
        arlo = stack.enter_context(cloud(binaries.cloud, directory, *there))
        setup = Setup(client, host, running, arlo, enrolment, directory, kept, relay_url=f"http://{host}")
        if scenario.proxied:
            port = 443 if scenario.proxied == "https" else 80
            setup.proxy = stack.enter_context(proxy(host, port, running.http, PREFIX))
            setup.relay_url = f"http://{host}{PREFIX}"
        if scenario.proxied == "https":
            context, chain = certificate(host, directory)
            setup.proxy.secure(context)
            setup.relay_url = f"{host}{PREFIX}"
            setup.environment = {"REQUESTS_CA_BUNDLE": str(chain)}
        scenario.test(setup)
        if setup.proxy and setup.proxy.faults:
            raise Failed("; ".join(setup.proxy.faults))


def passes(scenario: Scenario, client: Client, host: str, binaries: Binaries) -> bool | None:
    with tempfile.TemporaryDirectory(prefix="relay-") as name:
        directory = Path(name)
        test = partial(run, scenario, client, host, binaries, directory)
        return report(f"{scenario.name} ({client.name})", test, directory)


def loopback_hosts(count: int) -> list[str]:
    """Loopback addresses whose ports 80 and 443 are free; the last OSError if there are not enough."""
    hosts, failure = [], OSError("no loopback address is free")
    for last in range(2, 255):
        if len(hosts) == count:
            return hosts
        host = f"127.0.0.{last}"
        try:
            for port in (80, 443):
                with socket.socket() as probe:
                    probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                    probe.bind((host, port))
            hosts.append(host)
        except OSError as error:
            failure = error
    if len(hosts) < count:
        raise failure
    return hosts


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--relay", required=True, metavar="PATH", help="the arlo-relay executable")
    parser.add_argument("--cloud", required=True, metavar="PATH", help="the arlo-sim executable")
    parser.add_argument("--only", metavar="NAME", help="one scenario by its name")
    parser.add_argument("--client", metavar="NAME", help="one client by its name, as 0.8.0.20 cloudscraper")
    arguments = parser.parse_args()
    scenarios = [scenario for scenario in SCENARIOS if arguments.only in (None, scenario.name)]
    clients = [client for client in CLIENTS if arguments.client in (None, client.name)]
    if not scenarios or not clients:
        names = ", ".join(each.name for each in (*SCENARIOS, *CLIENTS))
        parser.error(f"the scenarios and clients are: {names}")
    if not shutil.which("openssl"):
        print("SKIPPED: https needs the openssl command for its certificate", flush=True)
        scenarios = [scenario for scenario in scenarios if scenario.proxied != "https"]
        if not scenarios or os.environ.get("CI") == "true":
            return SKIPPED

    tests = [(each, client) for each in scenarios for client in clients if client.runs_all or each.for_all]
    try:
        hosts = loopback_hosts(len(tests))
        for client in clients:
            client.python()
    except OSError as error:
        print(f"SKIPPED: pyaarlo reaches a relay on ports 80 and 443 only, and they cannot be bound: {error}", flush=True)
        return SKIPPED
    except Unavailable as error:
        print(f"SKIPPED: pyaarlo cannot be installed: {error}", flush=True)
        return SKIPPED

    binaries = Binaries.at(arguments.relay, arguments.cloud)
    with ThreadPoolExecutor(AT_A_TIME) as pool:
        return summary(pool.map(lambda each: passes(*each[0], each[1], binaries), zip(tests, hosts)))


if __name__ == "__main__":
    sys.exit(main())
