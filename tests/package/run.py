"""Tests the Debian package as a new user meets it: on a bare Debian, from `apt install` to the first code.

The package is built from the executable of the release build. A Debian is unpacked below target/ and booted by
systemd-nspawn, in a network of its own that has a loopback and nothing else. There the package is installed, upgraded,
removed and purged, and the relay reads Arlo's mail in a dovecot outside the machine. Prints a line per scenario and
`N passed, N failed` last. Exit code 0 if all passed, 1 if one failed, 77 if this user may not boot a machine here.
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
from pathlib import Path
from typing import Callable

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path.insert(0, str(HERE.parent))

from package import app, container  # noqa: E402 - the path above comes first
from package.container import Machine, machine  # noqa: E402
from package.image import Dockerfile, Image  # noqa: E402
from support.checks import must, must_equal, until  # noqa: E402
from support.dovecot import USER, Dovecot, has_dovecot  # noqa: E402
from support.mailbox import mailbox  # noqa: E402
from support.packages import install  # noqa: E402
from support.reports import SKIPPED, report, summary  # noqa: E402
from support.servers import Binaries, Cloud, Server, cloud, direct  # noqa: E402

TARGET = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
ACCOUNT = "casey@example.org"
PROGRAMS = {
    "mmdebstrap": "mmdebstrap",
    "systemd-nspawn": "systemd-container",
    "systemd-analyze": "systemd",
    "lintian": "lintian",
    "xz": "xz-utils",
    "apparmor_parser": "apparmor",
    "openssl": "openssl",
}
UNITS = ["arlo-relay.service", "arlo-relay-record.service", "arlo-relay-mqtt.service"]
SOCKETS = ["arlo-relay-smtp.socket", "arlo-relay-http.socket", "arlo-relay-https.socket"]
# What `systemd-analyze security` may say at most, in tenths: 1.5.
MAX_EXPOSURE = 15
DATA = "/var/lib/arlo-relay"
# What the user writes between `apt install` and `systemctl enable`.
class Setup:
    """The package, the one before it, and the machine on which they are installed."""

    def __init__(self, binaries: Binaries, directory: Path) -> None:
        self.binaries, self.directory = binaries, directory
        self.package, self.former = directory / "new", directory / "old"
        # The access token of the enrolment.
        self.token = ""
        self.debian: Machine
        self.archive: Path
        self.dovecot: Dovecot
        self.arlo: Cloud

    def build(self) -> None:
        done = subprocess.run(
            [ROOT / "packaging/deb.sh", str(self.directory)],
            env={**os.environ, "FAST": "1"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        must(done.returncode == 0, f"packaging/deb.sh ended with {done.returncode}\n{done.stderr[-3000:]}")
        self.package = Path(done.stdout.strip().splitlines()[-1])
        self.former = older(self.package, self.directory / "older")


def older(package: Path, directory: Path) -> Path:
    """The same package as a former version with another settings file."""
    subprocess.run(["dpkg-deb", "--raw-extract", str(package), str(directory)], check=True)
    control = directory / "DEBIAN/control"
    control.write_text(re.sub(r"^Version: .*$", "Version: 0.0.1-1", control.read_text(), flags=re.M))
    settings = directory / "etc/arlo-relay/relay.toml"
    settings.write_text("# The file of a former version.\n" + settings.read_text())
    made = directory.with_suffix(".deb")
    subprocess.run(["dpkg-deb", "--root-owner-group", "-Zgzip", "-z1", "--build", str(directory), str(made)], check=True, capture_output=True)
    shutil.rmtree(directory)
    return made


# --- The package by itself.


def lintian_finds_no_error(setup: Setup) -> None:
    overrides = HERE / "lintian-overrides"
    suppressed = [line.split()[0] for line in overrides.read_text().splitlines() if line and not line.startswith("#")]
    command = ["lintian", "--allow-root", "--fail-on=error,warning", "--suppress-tags", ",".join(suppressed)]
    done = subprocess.run([*command, str(setup.package)], capture_output=True, text=True, check=False)
    must(done.returncode == 0, done.stdout + done.stderr)


def units_are_closed(setup: Setup) -> None:
    """Each unit is as closed as systemd-analyze wants it, and valid."""
    unpacked = setup.directory / "unpacked"
    subprocess.run(["dpkg-deb", "--extract", str(setup.package), str(unpacked)], check=True)
    for unit in UNITS:
        path = unpacked / "usr/lib/systemd/system" / unit
        analyse = ["systemd-analyze", "security", "--offline=true", f"--threshold={MAX_EXPOSURE}", "--no-pager"]
        done = subprocess.run([*analyse, str(path)], capture_output=True, text=True, check=False)
        figure = re.search(r"exposure level for \S+: ([0-9.]+)", done.stdout)
        must(figure, done.stdout + done.stderr)
        print(f"       {unit}: {figure[1]}", flush=True)
        must(done.returncode == 0, f"{unit} is more exposed than {MAX_EXPOSURE / 10}\n{done.stdout[-3000:]}")


# --- The images, which need no machine.


def container_image_serves(setup: Setup) -> None:
    """Without a shell, as a user without rights, on a root that cannot be written; its health is seen from inside."""
    file = Dockerfile.read(ROOT / "Dockerfile")
    image = Image(file, setup.archive, built(setup), setup.directory / "container")
    must_equal(file.volumes, ["/data"], "the volumes")
    must_equal(image.healthcheck(), 1, "the health of a relay that does not run")
    server = Server(image.command(*file.entrypoint, *file.command), setup.directory / "logs" / "container.log")
    try:
        must("http=0.0.0.0:8080 smtp=0.0.0.0:2525" in server.ready, server.ready)
        must_equal(image.healthcheck(), 0, "the health of a relay that runs")
        status = Path(f"/proc/{server.process.pid}/status").read_text()
        must(re.search(r"^Uid:\s+65532\s+65532", status, re.M), status)
        root = Path(f"/proc/{server.process.pid}/mountinfo").read_text().splitlines()
        must(any(line.split()[4] == "/" and line.split()[5].startswith("ro") for line in root), "the root can be written")
        enrolled = image.run(*file.entrypoint, "enroll", ACCOUNT, "--json")
        must(enrolled.returncode == 0, enrolled.stderr)
    finally:
        server.stop()
    must_equal(image.healthcheck(), 1, "the health of a relay that has stopped")
    must({"hash.key", "relay.sqlite3"} <= set(os.listdir(image.data)), os.listdir(image.data))


def built(setup: Setup) -> dict[str, Path]:
    """What the first stage of the Dockerfile builds."""
    empty = setup.directory / "empty"
    empty.mkdir(exist_ok=True)
    return {"/out/usr/bin/arlo-relay": Path(setup.binaries.relay), "/out/data": empty}


def app_runs_in_home_assistant(setup: Setup) -> None:
    """From the options to a login with a code, and to the page."""
    relay = Dockerfile.read(ROOT / "Dockerfile")
    file = Dockerfile.read(ROOT / "app/Dockerfile", on=relay)
    image = Image(file, setup.archive, built(setup), setup.directory / "app")
    app.run(image, setup.dovecot, setup.arlo, ACCOUNT, setup.directory / "logs" / "app.log")


# --- The package on the machine. These run in this order, on one machine.


def install_changes_nothing_that_runs(setup: Setup) -> None:
    debian = setup.debian
    for package in (setup.package, setup.former):
        shutil.copy(package, debian.root / "srv" / package.name)
    apt_install(debian, setup.former)
    must(debian.do("arlo-relay", "--version").startswith("arlo-relay "), "the command does not run")
    for unit in UNITS + SOCKETS:
        must_equal(debian.run("systemctl", "is-enabled", unit).stdout.strip(), "disabled", unit)
        must_equal(active(debian, unit), "inactive", unit)
    for path, owner in [
        (DATA, "700 arlo-relay:arlo-relay"),
        ("/etc/arlo-relay/relay.toml", "640 root:arlo-relay"),
        ("/etc/arlo-relay/cameras.conf", "640 root:root"),
        ("/etc/arlo-relay/secrets", "700 root:root"),
        ("/etc/arlo-relay/cameras-secrets", "700 root:root"),
    ]:
        must_equal(debian.do("stat", "--format=%a %U:%G", path).strip(), owner, path)
    done = debian.run("systemd-analyze", "verify", "--man=no", *(f"/usr/lib/systemd/system/{unit}" for unit in UNITS + SOCKETS))
    must(done.returncode == 0 and "arlo-relay" not in done.stderr, done.stderr)


def three_commands_to_a_code(setup: Setup) -> None:
    """The first is `apt install`, above."""
    debian = setup.debian
    enrolment = configure(setup)
    debian.do("systemctl", "enable", "--now", "arlo-relay")
    until(lambda: "the mailbox is watched" in journal(debian), "the mailbox being watched")
    must_equal(main_pid_user(debian), "arlo-relay", "the user of the relay")
    setup.token = enrolment["token"]
    logged_in = json.loads(log_in(setup, enrolment))
    must(logged_in["mfa"] is True, logged_in)
    print(f"       {figures(debian)}", flush=True)
    must(setup.dovecot.password not in journal(debian), "the log shows the password")


def configure(setup: Setup) -> dict:
    """The second of the three commands: the settings, the password, the enrolment."""
    debian, dovecot = setup.debian, setup.dovecot
    etc = debian.root / "etc/arlo-relay"
    # What a provider's mailbox needs none of: a certificate of its own.
    shutil.copy(dovecot.certificate, etc / "imap-ca.pem")
    (etc / "imap-ca.pem").chmod(0o644)
    command = ["arlo-relay", "setup", "--account", ACCOUNT, *imap_options(setup), "--json"]
    printed = json.loads(debian.do(*command, ARLO_RELAY_IMAP_PASSWORD=dovecot.password))
    must_equal(printed["start"], "systemctl enable --now arlo-relay", "the next step")
    must_equal({check["check"]: check["verdict"] for check in printed["checks"]}, {"http": "ok", "mailbox": "ok"}, "the checks")
    # As root, before the relay ran: what it makes has to be the relay's own.
    owners = set(debian.do("find", DATA, "-printf", "%u:%g\n").split())
    must_equal(owners, {"arlo-relay:arlo-relay"}, "the owners of the data")
    for path, owner in [
        ("/etc/arlo-relay/relay.toml", "640 root:arlo-relay"),
        ("/etc/arlo-relay/secrets/imap", "600 root:root"),
    ]:
        must_equal(debian.do("stat", "--format=%a %U:%G", path).strip(), owner, path)
    must(dovecot.password not in debian.do("cat", "/etc/arlo-relay/relay.toml"), "the settings hold the password")
    return printed["enrolment"]


def imap_options(setup: Setup) -> list[str]:
    return ["--imap", f"{USER}@localhost:{setup.dovecot.port}", "--imap-ca-file", "/etc/arlo-relay/imap-ca.pem"]


def log_in(setup: Setup, enrolment: dict) -> str:
    """A login with a code, from the machine."""
    login = ["arlo-relay", "login", "--account", ACCOUNT, "--auth-host", setup.arlo.url, "--host", setup.arlo.url]
    login += ["--codes", f"relay:{enrolment['prestage_url']}", "--json"]
    return setup.debian.do(*login, ARLO_PASSWORD=setup.arlo.password, ARLO_RELAY_TOKEN=enrolment["token"])


def record_runs_as_another_user(setup: Setup) -> None:
    """The second unit, as cameras.conf describes it: a login with the relay's code, and an archive."""
    debian, etc = setup.debian, "/etc/arlo-relay/cameras-secrets"
    must_equal(debian.run("systemctl", "start", "arlo-relay-record").returncode, 0, "the start without a password")
    must_equal(active(debian, "arlo-relay-record"), "inactive", "record without a password")
    debian.do("install", "-m", "600", "/dev/stdin", f"{etc}/arlo", stdin=setup.arlo.password + "\n")
    debian.do("install", "-m", "600", "/dev/stdin", f"{etc}/token", stdin=setup.token + "\n")
    with (debian.root / "etc/arlo-relay/cameras.conf").open("a") as settings:
        settings.write(f"ARLO_ACCOUNT={ACCOUNT}\nARLO_RELAY_CODES=relay:http://127.0.0.1:8080/prepare-arlo-mfa\n")
        settings.write(f"ARLO_AUTH_HOST={setup.arlo.url}\nARLO_HOST={setup.arlo.url}\n")
    debian.do("systemctl", "start", "arlo-relay-record")
    until(lambda: (debian.root / "var/lib/arlo-cameras/session.json").exists(), "a login of record")
    must_equal(active(debian, "arlo-relay-record"), "active", "record")
    owners = set(debian.do("find", "/var/lib/arlo-cameras", "/var/lib/arlo-recordings", "-printf", "%u\n").split())
    must_equal(owners, {"arlo-cameras"}, "the owners of the cameras' data")
    debian.do("systemctl", "stop", "arlo-relay-record")


def upgrade_keeps_what_the_user_wrote(setup: Setup) -> None:
    debian = setup.debian
    before, settings = show(debian, "MainPID"), debian.do("cat", "/etc/arlo-relay/relay.toml")
    apt_install(debian, setup.package)
    must(show(debian, "MainPID") not in ("0", before), "the relay was not started again")
    must_equal(active(debian, "arlo-relay"), "active", "the relay")
    must_equal(debian.run("systemctl", "is-enabled", "arlo-relay").stdout.strip(), "enabled", "the relay")
    must_equal(debian.do("cat", "/etc/arlo-relay/relay.toml"), settings, "the settings")
    debian.do("test", "-e", "/etc/arlo-relay/relay.toml.dpkg-dist")
    listed = json.loads(debian.do("arlo-relay", "enroll", "--list", "--json"))
    must_equal(len(listed["enrolments"]), 1, "enrolments")
    must_equal(active(debian, "arlo-relay-record"), "inactive", "record")


def ports_below_1024_come_from_systemd(setup: Setup) -> None:
    debian = setup.debian
    debian.do("systemctl", "stop", "arlo-relay")
    debian.do("systemctl", "enable", "--now", "arlo-relay-smtp.socket", "arlo-relay-http.socket")
    debian.do("systemctl", "start", "arlo-relay")
    must_equal(health("127.0.0.1:80"), 200, "the health on port 80")
    must_equal(debian.do("cat", f"/proc/{show(debian, 'MainPID')}/status").count("CapEff:\t0000000000000000"), 1, "rights")
    listening = debian.do("cat", "/proc/net/tcp", "/proc/net/tcp6")
    must(":0019 " in listening and ":0050 " in listening, "nothing listens on port 25 or 80")
    # A call after the relay has ended starts it again.
    debian.do("systemctl", "stop", "arlo-relay")
    must_equal(health("127.0.0.1:80"), 200, "the health on port 80 after the stop")


def set_up_again_is_one_command_to_the_new_relay(setup: Setup) -> None:
    """Another port while the relay runs with its former sockets: the printed command opens what is new and closes the rest."""
    debian = setup.debian
    again = ["arlo-relay", "setup", "--account", ACCOUNT, *imap_options(setup), "--replace", "--json"]
    for url, serves, closed in [
        ("https://relay.example.org", "127.0.0.1:8080", "127.0.0.1:80"),
        ("http://relay.example.org", "127.0.0.1:80", "127.0.0.1:8080"),
    ]:
        printed = json.loads(debian.do(*again, "--public-url", url, ARLO_RELAY_IMAP_PASSWORD=setup.dovecot.password))
        debian.do("sh", "-c", printed["start"])
        must_equal(health(serves), 200, f"the health with {url}")
        must(not is_open(closed), f"{closed} is open with {url}")
    must_equal(active(debian, "arlo-relay-smtp.socket"), "inactive", "the socket that no setting needs")


def remove_keeps_the_data(setup: Setup) -> None:
    debian = setup.debian
    debian.do("apt-get", "-qq", "remove", "--yes", "arlo-relay", DEBIAN_FRONTEND="noninteractive")
    debian.do("test", "-e", f"{DATA}/hash.key")
    debian.do("test", "-e", "/etc/arlo-relay/relay.toml")
    must_equal(relays(debian), [], "relays that run")
    must(not (debian.root / "usr/bin/arlo-relay").exists(), "the command is still there")


def purge_removes_the_data(setup: Setup) -> None:
    debian = setup.debian
    debian.do("apt-get", "-qq", "purge", "--yes", "arlo-relay", DEBIAN_FRONTEND="noninteractive")
    left = debian.do("find", "/var/lib", "/etc", "/usr", "/run", "-xdev", "-name", "*arlo*").split()
    # Recordings and what the user put there himself are his.
    must_equal(sorted(left)[:2], ["/etc/arlo-relay", "/var/lib/arlo-recordings"], "what is left")
    must(all(path.startswith("/var/lib/arlo-recordings") for path in sorted(left)[1:]), left)
    must_equal(os.listdir(debian.root / "etc/arlo-relay"), ["imap-ca.pem"], "what is left of the settings")


# --- Helpers.


def apt_install(debian: Machine, package: Path) -> None:
    """The first of the three commands. What is asked is answered as somebody who presses Enter."""
    quiet = ["apt-get", "-qq", "--yes", "-o", "Dpkg::Options::=--force-confold", "install"]
    debian.do(*quiet, f"/srv/{package.name}", DEBIAN_FRONTEND="noninteractive")


def show(debian: Machine, what: str) -> str:
    return debian.do("systemctl", "show", "--value", "--property", what, "arlo-relay").strip()


def active(debian: Machine, unit: str) -> str:
    return debian.run("systemctl", "is-active", unit).stdout.strip()


def journal(debian: Machine) -> str:
    return debian.do("journalctl", "--no-pager", "--output=cat", "--unit=arlo-relay")


def with_journal(test: Callable[[Setup], None], setup: Setup, logs: Path) -> None:
    """If the test fails, what the machine's relay logged is among the logs."""
    try:
        test(setup)
    except Exception:
        (logs / "journal.log").write_text(journal(setup.debian))
        raise


def relays(debian: Machine) -> list[str]:
    """The relays that run in the machine. The executable of one may have been removed meanwhile."""
    return debian.run("find", "/proc", "-maxdepth", "2", "-name", "exe", "-lname", "*/arlo-relay*").stdout.split()


def health(http: str) -> int:
    """What the relay answers, from outside the machine, which has the same loopback."""
    with direct.open(f"http://{http}/healthz", timeout=30) as answer:
        return answer.status


def is_open(http: str) -> bool:
    host, port = http.split(":")
    with socket.socket() as connection:
        return connection.connect_ex((host, int(port))) == 0


def main_pid_user(debian: Machine) -> str:
    return debian.do("stat", "--format=%U", f"/proc/{show(debian, 'MainPID')}").strip()


def figures(debian: Machine) -> str:
    """How long the start took as systemd saw it, and how much memory the relay has."""
    began, ready = (int(show(debian, name)) for name in ("ExecMainStartTimestampMonotonic", "ActiveEnterTimestampMonotonic"))
    status = debian.do("cat", f"/proc/{show(debian, 'MainPID')}/status")
    resident = int(re.search(r"VmRSS:\s+(\d+)", status)[1]) / 1024
    return f"ready {max(ready - began, 0) / 1000:.1f} ms after its start, resident {resident:.1f} MB"


BY_ITSELF = {
    "lintian finds no error": lintian_finds_no_error,
    "units are closed": units_are_closed,
    "the container's image serves": container_image_serves,
    "the app is as the Supervisor wants it": lambda setup: app.check(ROOT),
}
BESIDE_A_MAILBOX = {
    "the app runs in Home Assistant": app_runs_in_home_assistant,
}
ON_A_MACHINE = {
    "install starts nothing": install_changes_nothing_that_runs,
    "three commands to a code": three_commands_to_a_code,
    "record runs as another user": record_runs_as_another_user,
    "upgrade keeps what the user wrote": upgrade_keeps_what_the_user_wrote,
    "ports below 1024 come from systemd": ports_below_1024_come_from_systemd,
    "setting up again is one command to the new relay": set_up_again_is_one_command_to_the_new_relay,
    "remove keeps the data": remove_keeps_the_data,
    "purge removes the data": purge_removes_the_data,
}


def run_all(binaries: Binaries, directory: Path) -> list[bool | None]:
    setup = Setup(binaries, directory)
    outcomes = [report("the package is built", setup.build, directory)]
    if not outcomes[0]:
        return outcomes
    setup.archive = container.base(TARGET / "package-test")
    # It makes an environment for Python, which needs the network once.
    app.read_yaml(ROOT / "repository.yaml")
    container.leave_the_network()
    logs = directory / "logs"
    logs.mkdir()
    outcomes += [report(name, lambda: test(setup), logs) for name, test in BY_ITSELF.items()]
    with contextlib.ExitStack() as stack:
        setup.dovecot = Dovecot(logs)
        setup.dovecot.start()
        stack.callback(setup.dovecot.stop)
        smtp = stack.enter_context(mailbox(setup.dovecot.deliver))
        setup.arlo = stack.enter_context(cloud(binaries.cloud, logs, ACCOUNT, smtp.address, "inbox@localhost"))
        outcomes += [report(name, lambda: test(setup), logs) for name, test in BESIDE_A_MAILBOX.items()]
        setup.debian = stack.enter_context(machine(setup.archive, directory))
        for name, test in ON_A_MACHINE.items():
            outcomes.append(report(name, lambda: with_journal(test, setup, logs), logs))
    return outcomes


def as_root() -> None:
    """In CI, where sudo asks nothing, this program goes on as root."""
    if os.geteuid() != 0 and os.environ.get("CI") and shutil.which("sudo"):
        os.execvp("sudo", ["sudo", "-n", "--preserve-env", f"PATH={os.environ['PATH']}", sys.executable, *sys.argv])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--relay", required=True, metavar="PATH", help="the arlo-relay executable of the release build")
    parser.add_argument("--cloud", required=True, metavar="PATH", help="the arlo-sim executable")
    arguments = parser.parse_args()
    as_root()
    if os.geteuid() != 0:
        print("SKIPPED: only root can boot a Debian here", flush=True)
        return SKIPPED
    for program, package in PROGRAMS.items():
        if not shutil.which(program):
            install(package)
        if not shutil.which(program):
            print(f"SKIPPED: there is no {program} here, and it cannot be installed: apt-get install {package}", flush=True)
            return SKIPPED
    if not (has_dovecot() or (install("dovecot-imapd") and has_dovecot())):
        print("SKIPPED: there is no dovecot here, and it cannot be installed: apt-get install dovecot-imapd", flush=True)
        return SKIPPED
    with tempfile.TemporaryDirectory(prefix="package-") as directory:
        return summary(run_all(Binaries.at(arguments.relay, arguments.cloud), Path(directory)))


if __name__ == "__main__":
    sys.exit(main())
