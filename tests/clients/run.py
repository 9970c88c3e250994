"""Runs every page of docs/clients as its reader would, and checks what `serve` answers against the API's description.

The code of a page is taken from the page itself and run against a relay and a simulated Arlo cloud. It must log in and
list the cloud's devices, with the same settings whether Arlo asks for codes or not, in each form in which Arlo may say
that it does not. Code that logs in is also given a wrong token and a mail with two codes. Prints a line for each page
and check and `N passed, N failed` last. What cannot run here is skipped with a line that says so. Exit code 0 if all
that ran passed, 1 if one failed, 77 if nothing could run.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Callable, Iterator

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from clients import answers, pages  # noqa: E402 - the path above comes first
from clients.wire import call  # noqa: E402
from support.cargo import example  # noqa: E402
from support.checks import Failed, must, must_equal, until  # noqa: E402
from support.mails import arlo_text  # noqa: E402
from support.reports import Skip, report, summary  # noqa: E402
from support.servers import Binaries, Cloud, Enrolment, Relay, cloud, relay  # noqa: E402
from support.venvs import CHECKOUT, Unavailable, python_of  # noqa: E402

CLIENT_SECONDS = 120
AT_A_TIME = 6
ACCOUNT = "casey@gmail.com"
DEVICES = ["Home", "Front door", "Garden"]
PYTHON = HERE / "requirements.txt"
# How Arlo says that it has switched its second factor off.
MFA_OFF = ("mfa-disabled", "mfa-disabled-no-number", "mfa-disabled-unsaid", "mfa-false")
# For pyaarlo, which takes 20 s to stop: tests/pyaarlo plays the others.
ONE_FORM = MFA_OFF[:1]


def python() -> Path:
    try:
        return python_of("clients", PYTHON)
    except Unavailable as error:
        raise Skip(str(error)) from None


def program(name: str) -> str:
    found = shutil.which(name)
    if not found:
        raise Skip(f"there is no {name} here")
    return found


# From the end that other tests use last. The checks run at the same time and share the iterator, so no two try the same
# address.
LOOPBACK_HOSTS = iter([f"127.0.0.{last}" for last in range(254, 200, -1)])


def port_80() -> str:
    """A loopback address whose port 80 is free, another one each time."""
    for host in LOOPBACK_HOSTS:
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, 80))
            return f"{host}:80"
    raise Skip("pyaarlo reaches a relay on port 80 only, and it cannot be bound here")


@dataclass
class Setup:
    relay: Relay
    cloud: Cloud
    enrolment: Enrolment
    directory: Path

    def environment(self, token: str) -> dict[str, str]:
        """What the pages ask their reader to set, and where the simulated cloud is."""
        return {
            "ARLO_ACCOUNT": self.cloud.account,
            "ARLO_PASSWORD": self.cloud.password,
            "ARLO_PRESTAGE_URL": self.enrolment.prestage_url.replace(self.enrolment.token, token),
            "ARLO_RELAY_URL": self.relay.url.removesuffix(":80"),
            "ARLO_RELAY_TOKEN": token,
            "ARLO_AUTH_HOST": self.cloud.url,
            "ARLO_HOST": self.cloud.url,
            "HOME": str(self.directory),
            "NO_PROXY": "*",
            "no_proxy": "*",
        }

    def begin(self, *command: str, token: str | None = None, stdin: int = subprocess.DEVNULL) -> subprocess.Popen:
        return subprocess.Popen(
            [str(part) for part in command],
            cwd=self.directory,
            env={**os.environ, **self.environment(token or self.enrolment.token)},
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *command: str, token: str | None = None) -> subprocess.CompletedProcess:
        return end(self.begin(*command, token=token))


def end(process: subprocess.Popen) -> subprocess.CompletedProcess:
    try:
        stdout, stderr = process.communicate(timeout=CLIENT_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        raise Failed(f"did not end within {CLIENT_SECONDS} s\n{process.communicate()[1][-2000:]}") from None
    return subprocess.CompletedProcess(process.args, process.returncode, stdout, stderr)


@contextlib.contextmanager
def set_up(
    binaries: Binaries, directory: Path, *faults: str, account: str = ACCOUNT, http: str = "127.0.0.1:0"
) -> Iterator[Setup]:
    directory.mkdir()
    with relay(binaries.relay, directory, http) as running:
        enrolment = running.enrol(account)
        there = (account, running.smtp, enrolment.relay_address, faults)
        with cloud(binaries.cloud, directory, *there) as arlo:
            yield Setup(running, arlo, enrolment, directory)


def lists_the_devices(done: subprocess.CompletedProcess) -> None:
    must_equal((done.returncode, done.stdout.splitlines()), (0, DEVICES), f"the client\n{done.stderr[-2000:]}")


def ends_with(done: subprocess.CompletedProcess, reason: str, secrets: list[str]) -> None:
    """A refusal is a sentence, without a traceback and without a secret."""
    said = done.stdout + done.stderr
    must(done.returncode != 0, f"the login succeeded\n{said[-2000:]}")
    must(reason in said, f"the client does not say {reason!r}\n{said[-2000:]}")
    must("Traceback" not in said, f"the client crashed\n{said[-2000:]}")
    for secret in secrets:
        must(secret not in said, "the client shows a secret")


def logs_in(binaries: Binaries, directory: Path, files: dict[str, str], *command: str) -> None:
    """The login, and what happens when the relay says no, is away, or will not guess."""
    with set_up(binaries, directory / "good", "slow-mail=2") as good:
        write(files, good.directory)
        lists_the_devices(good.run(*command))
    logs_in_without_codes(binaries, directory, files, *command)
    with set_up(binaries, directory / "wrong", "no-mail") as bad:
        write(files, bad.directory)
        token = bad.relay.enrol("robin@example.org").token
        ends_with(bad.run(*command, token=token), "access", [token, bad.cloud.password])
    # Set up anew: a client that keeps its session waits after a refusal.
    with set_up(binaries, directory / "away", "no-mail") as away:
        write(files, away.directory)
        away.relay.stop()
        ends_with(away.run(*command), "reached", [away.enrolment.token, away.cloud.password])
    with set_up(binaries, directory / "two-codes", "no-mail") as both:
        write(files, both.directory)
        process = both.begin(*command)
        hand_in_two_codes(both)
        ends_with(end(process), "two different numbers", [both.enrolment.token, "482913", "597204"])


def logs_in_without_codes(
    binaries: Binaries,
    directory: Path,
    files: dict[str, str],
    *command: str,
    http: Callable[[], str] = lambda: "127.0.0.1:0",
    forms: tuple[str, ...] = MFA_OFF,
) -> None:
    """The same login while Arlo asks for no codes: no mail comes, and none is waited for."""
    for form in forms:
        with set_up(binaries, directory / form, form, "no-mail", http=http()) as off:
            write(files, off.directory)
            lists_the_devices(off.run(*command))
            must("login request staged" not in off.relay.said(), "a login that needs no code was announced to the relay")


def hand_in_two_codes(both: Setup) -> None:
    until(lambda: "login request staged" in both.relay.said(), "the client's announcement")
    mail = arlo_text(both.cloud.account, "482913", "597204")
    answered = answers.rest(call(both.relay.http, "POST", f"/mail?token={both.enrolment.token}", mail))
    must_equal(answered[0], 200, "the mail with two codes")


def write(files: dict[str, str], directory: Path) -> None:
    for name, code in files.items():
        (directory / name).write_text(code, encoding="utf-8")


def python_page(binaries: Binaries, directory: Path) -> None:
    logs_in(binaries, directory, pages.Page("python.md").files, python(), "arlo_login.py")


def node_page(binaries: Binaries, directory: Path) -> None:
    node = program("node")
    version = subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout
    if int(version[1:].split(".")[0]) < 18:
        raise Skip(f"the page needs Node 18 or later, this is {version.strip()}")
    logs_in(binaries, directory, pages.Page("node.md").files, node, "arlo-login.mjs")


def curl_page(binaries: Binaries, directory: Path) -> None:
    program("curl")
    logs_in(binaries, directory, pages.Page("curl.md").files, program("sh"), "arlo-login.sh")


def rust_page(binaries: Binaries, directory: Path) -> None:
    page = pages.Page("rust.md")
    code = CHECKOUT / "crates" / "arlo-client" / "examples" / "login.rs"
    must_equal(page.files["login.rs"], code.read_text(encoding="utf-8"), "the page's code and the example")
    program("cargo")
    logs_in(binaries, directory, {}, example("login"))


def jeffreydwalter_page(binaries: Binaries, directory: Path) -> None:
    page = pages.Page("jeffreydwalter-arlo.md")
    installed = re.findall(r"^pip install (?:--no-deps )?(.*)$", page.text, re.MULTILINE)
    pins = dict(line.split()[0].split("==") for line in PYTHON.read_text().splitlines() if "==" in line)
    for wanted in " ".join(installed).split():
        name, _, version = wanted.partition("==")
        must(name in pins and version in ("", pins[name]), f"{wanted} is not what this test installs")
    logs_in(binaries, directory, page.files, python(), "-W", "ignore", str(HERE / "simulated.py"), "relay_arlo.py")


def pyaarlo_page(binaries: Binaries, directory: Path) -> None:
    page = pages.Page("pyaarlo.md")
    with set_up(binaries, directory / "mail", http=port_80()) as good:
        write(page.files, good.directory)
        lists_the_devices(good.run(python(), str(HERE / "simulated.py"), "arlo_devices.py"))
    script = (str(HERE / "simulated.py"), "arlo_devices.py")
    logs_in_without_codes(binaries, directory, page.files, python(), *script, http=port_80, forms=ONE_FORM)
    program("curl")
    with set_up(binaries, directory / "phone", http=port_80()) as phone:
        write(page.files, phone.directory)
        query = answers.who(phone.enrolment)
        answers.refused(call(phone.relay.http, "GET", f"/add?{query}&code=123456"))
        answers.rest(call(phone.relay.http, "GET", f"/clear?{query}"))
        done = phone.run(program("sh"), "phone.sh")
        must(json.loads(done.stdout)["data"]["success"], f"the code was not taken: {done.stdout}{done.stderr}")
        must_equal(answers.rest(call(phone.relay.http, "GET", f"/get?{query}"))[1]["code"], "482913", "/get")


def hass_aarlo_page(binaries: Binaries, directory: Path) -> None:
    """The settings as pyaarlo gets them from the integration."""
    with set_up(binaries, directory / "hass", http=port_80()) as good:
        write(pages.Page("hass-aarlo.md").files, good.directory)
        shutil.copy(HERE / "home_assistant.py", good.directory)
        lists_the_devices(good.run(python(), str(HERE / "simulated.py"), "home_assistant.py"))
    files = {**pages.Page("hass-aarlo.md").files, "home_assistant.py": (HERE / "home_assistant.py").read_text()}
    script = (str(HERE / "simulated.py"), "home_assistant.py")
    logs_in_without_codes(binaries, directory, files, python(), *script, http=port_80, forms=ONE_FORM)


def scrypted_page(binaries: Binaries, directory: Path) -> None:
    """A person begins a login elsewhere, which asks for the code, and types what the page's script prints."""
    program("curl")
    with set_up(binaries, directory / "good", "slow-mail=2") as good:
        write(pages.Page("scrypted.md").files, good.directory)
        script = good.begin(program("sh"), "arlo-code.sh")
        must(script.stderr.readline().startswith("Log in now."), "the script does not say when to log in")
        client = good.begin(binaries.relay, "devices", "--codes", "console", "--json", stdin=subprocess.PIPE)
        code = end(script).stdout.strip()
        must(re.fullmatch("[0-9]{6}", code), f"the script printed {len(code)} letters")
        devices, said = client.communicate(code + "\n", timeout=CLIENT_SECONDS)
        must_equal(client.returncode, 0, f"the login by hand\n{said[-2000:]}")
        must(all(name in devices for name in DEVICES), f"the devices are {devices}")
    for form in MFA_OFF:
        with set_up(binaries, directory / form, form, "no-mail") as off:
            write(pages.Page("scrypted.md").files, off.directory)
            script = off.begin(program("sh"), "arlo-code.sh")
            must("no code is asked" in script.stderr.readline(), "the script does not say that there may be no code")
            done = off.run(binaries.relay, "devices", "--codes", "console", "--json")
            must_equal(done.returncode, 0, f"the login without a code\n{done.stderr[-2000:]}")
            # As its reader does with Ctrl-C; a shell that was begun in the background heeds no SIGINT.
            script.terminate()
            script.communicate(timeout=CLIENT_SECONDS)
    with set_up(binaries, directory / "wrong", "no-mail") as bad:
        write(pages.Page("scrypted.md").files, bad.directory)
        token = bad.relay.enrol("robin@example.org").token
        ends_with(bad.run(program("sh"), "arlo-code.sh", token=token), "access", [token])
    with set_up(binaries, directory / "two-codes", "no-mail") as both:
        write(pages.Page("scrypted.md").files, both.directory)
        script = both.begin(program("sh"), "arlo-code.sh")
        hand_in_two_codes(both)
        ends_with(end(script), "two different numbers", [both.enrolment.token])


def prestage_client(binaries: Binaries, directory: Path) -> None:
    """The calls of the clients that serverless relays have, by an account with a label."""
    script = (python(), str(HERE / "prestage_client.py"), "--code-timeout", "20")
    for name, account in (("plain", ACCOUNT), ("label", "casey.jones+arlo@gmail.com")):
        with set_up(binaries, directory / name, "slow-mail=10", account=account) as good:
            done = good.run(*script, "--account", account, "--cloud", good.cloud.url)
            must_equal(done.returncode, 0, f"the login of {name}\n{done.stderr[-2000:]}")
            outcome = json.loads(done.stdout)
            must(outcome["user_id"] and outcome["polls"] > 1, f"the client never saw pending: {outcome}")
    with set_up(binaries, directory / "two-codes", "no-mail") as both:
        process = both.begin(*script, "--account", ACCOUNT, "--cloud", both.cloud.url)
        hand_in_two_codes(both)
        ends_with(end(process), "two different numbers", [both.enrolment.token])
    with set_up(binaries, directory / "wrong", "no-mail") as bad:
        token = bad.relay.enrol("robin@example.org").token
        done = bad.run(*script, "--account", ACCOUNT, "--cloud", bad.cloud.url, token=token)
        ends_with(done, "prestage answered 403", [token])


def openapi(binaries: Binaries, directory: Path) -> None:
    answers.openapi(binaries, directory, python())


PAGES: dict[str, Callable[[Binaries, Path], None]] = {
    "pyaarlo.md": pyaarlo_page,
    "hass-aarlo.md": hass_aarlo_page,
    "rust.md": rust_page,
    "jeffreydwalter-arlo.md": jeffreydwalter_page,
    "scrypted.md": scrypted_page,
    "curl.md": curl_page,
    "python.md": python_page,
    "node.md": node_page,
}
CHECKS: dict[str, Callable[[Binaries, Path], None]] = {
    **PAGES,
    "client of a serverless relay": prestage_client,
    "registration closed": answers.registration_closed,
    "registration open": answers.registration_open,
    "REST API": answers.rest_api,
    "plus in an address": answers.plus_in_an_address,
    "SMS texts": answers.sms_texts,
    "mail bodies": answers.mail_bodies,
    "prestage and poll": answers.prestage_and_poll,
    "OpenAPI document": openapi,
}


def passes(name: str, binaries: Binaries) -> bool | None:
    with tempfile.TemporaryDirectory(prefix="client-") as directory:
        return report(name, lambda: CHECKS[name](binaries, Path(directory)), Path(directory))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--relay", required=True, metavar="PATH", help="the arlo-relay executable")
    parser.add_argument("--cloud", required=True, metavar="PATH", help="the arlo-sim executable")
    parser.add_argument("--only", metavar="NAME", help="one page or check by its name")
    arguments = parser.parse_args()
    chosen = [name for name in CHECKS if arguments.only in (None, name)]
    if not chosen:
        parser.error("the pages and checks are: " + ", ".join(CHECKS))

    with contextlib.suppress(Skip):
        # Once, and not by each of those who run at the same time.
        python()
    binaries = Binaries.at(arguments.relay, arguments.cloud)
    with ThreadPoolExecutor(AT_A_TIME) as pool:
        outcomes = list(pool.map(lambda name: passes(name, binaries), chosen))
    untested = [] if arguments.only else sorted(set(pages.names()) - set(PAGES) - {"README.md"})
    for name in untested:
        print(f"FAILED {name}: no test runs this page", flush=True)
    # In CI every program is installed, so nothing may be skipped.
    is_incomplete = None in outcomes and os.environ.get("CI") == "true"
    code = summary([*outcomes, *(False for _ in untested)])
    return 1 if is_incomplete else code


if __name__ == "__main__":
    sys.exit(main())
