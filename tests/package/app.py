"""The app of Home Assistant: its files by the Supervisor's documented rules, and its container with a scripted
Supervisor.

There is no Supervisor here. The rules are those of its `apps/validate.py` and `apps/options.py` for the keys that this
app uses; a key that is not known here is an error.
"""

from __future__ import annotations

import contextlib
import http.client
import http.server
import json
import re
import struct
import subprocess
from pathlib import Path

from package.image import Image
from support.checks import must, must_equal, until
from support.dovecot import USER, Dovecot
from support.servers import Cloud, Server
from support.serving import serving
from support.venvs import python_of

LANGUAGES = ("en", "de", "fr", "es")
SIZES = {"icon.png": (128, 128), "logo.png": (250, 100)}
ELEMENT = re.compile(
    r"^(?:|bool|email|url|port|str(?:\(\d*,\d*\))?|password(?:\(\d*,\d*\))?|int(?:\(-?\d*,-?\d*\))?|list\(.+\))\??$"
)
RULES = {
    "name": lambda value: isinstance(value, str),
    "version": lambda value: re.fullmatch(r"[0-9]+\.[0-9]+\.[0-9]+", value),
    "slug": lambda value: re.fullmatch(r"[-_.A-Za-z0-9]+", value),
    "description": lambda value: isinstance(value, str),
    "url": lambda value: value.startswith("https://"),
    "image": lambda value: re.fullmatch(r"([a-z0-9][a-z0-9.-]*/)*[a-z0-9][a-z0-9._-]*", value),
    "arch": lambda value: set(value) == {"aarch64", "amd64"},
    "startup": lambda value: value in ("initialize", "system", "services", "application", "once"),
    "boot": lambda value: value in ("auto", "manual", "manual_only"),
    "init": lambda value: isinstance(value, bool),
    "ingress": lambda value: value is True,
    "ingress_port": lambda value: 0 < value < 65536,
    "panel_icon": lambda value: value.startswith("mdi:"),
    "ports": lambda value: all(re.fullmatch(r"\d+/(tcp|udp)", port) for port in value),
    "ports_description": lambda value: all(isinstance(text, str) for text in value.values()),
    "services": lambda value: all(re.fullmatch(r"(mqtt|mysql):(provide|want|need)", one) for one in value),
    "map": lambda value: value == [{"type": "media", "read_only": False}],
    "backup": lambda value: value in ("hot", "cold"),
    "backup_exclude": lambda value: all(isinstance(one, str) for one in value),
    # Another path than this would start the app again for what a new start cannot mend.
    "watchdog": lambda value: re.fullmatch(r"https?://\[HOST\]:(\[PORT:\d+\]|\d+)/livez", value),
    "apparmor": lambda value: value is True,
    "timeout": lambda value: 10 <= value <= 300,
    "options": lambda value: isinstance(value, dict),
    "schema": lambda value: all(is_element(one) for one in value.values()),
}
MUST_BE_THERE = ("name", "version", "slug", "description", "arch")


def is_element(element: object) -> bool:
    if isinstance(element, dict):
        return all(is_element(one) for one in element.values())
    return isinstance(element, str) and bool(ELEMENT.match(element))


def check(root: Path) -> None:
    """Each file of the folder is what the Supervisor takes, and says the same as the others."""
    folder = root / "app"
    config = read_yaml(folder / "config.yaml")
    for key, value in config.items():
        must(key in RULES, f"the key {key} is not known")
        must(RULES[key](value), f"{key}: {value!r}")
    must(all(key in config for key in MUST_BE_THERE), f"one of {MUST_BE_THERE} is missing")
    must(read_yaml(root / "repository.yaml")["name"], "the repository has no name")

    version = re.search(r'^version = "(.*)"$', (root / "Cargo.toml").read_text(), re.M)[1]
    must_equal(config["version"], version, "the version")
    dockerfile = (folder / "Dockerfile").read_text()
    must(f":{version}\n" in dockerfile and f'io.hass.version="{version}"' in dockerfile, "the version in the Dockerfile")
    must_equal(set(config["ports"]), set(config["ports_description"]), "the ports")
    for path, value in leaves(config["options"]):
        must(path in dict(leaves(config["schema"])), f"the option {path} has no type")
    wanted = {path for path, kind in leaves(config["schema"]) if not kind.endswith("?")}
    must(wanted <= {path for path, _ in leaves(config["options"])}, "a required option has no default")

    options = {path for path, _ in leaves(config["schema"])} | {"mailbox", "record"}
    for language in LANGUAGES:
        words = read_yaml(folder / "translations" / f"{language}.yaml")
        must_equal({path for path in named(words["configuration"])}, options, f"the options in {language}")
        must_equal(set(words["network"]), set(config["ports"]), f"the ports in {language}")
    for name, size in SIZES.items():
        header = (folder / name).read_bytes()[:24]
        must_equal(header[:8], b"\x89PNG\r\n\x1a\n", name)
        must_equal(struct.unpack(">II", header[16:24]), size, name)
    for name in ("README.md", "DOCS.md", "CHANGELOG.md"):
        must((folder / name).read_text().startswith("# "), name)
    must(f"## {version}" in (folder / "CHANGELOG.md").read_text(), "the changelog lacks the version")

    profile = folder / "apparmor.txt"
    must_equal(re.findall(r"^profile ([^ ]+)", profile.read_text(), re.M), [config["slug"]], "the name of the profile")
    parsed = subprocess.run(["apparmor_parser", "-Q", "-K", str(profile)], capture_output=True, text=True, check=False)
    must(parsed.returncode == 0, parsed.stderr)
    for language in LANGUAGES:
        words = read_yaml(folder / "translations" / f"{language}.yaml")["configuration"]
        text = words["mailbox"]["fields"]["ca_file"]["description"]
        examples = re.findall(r"/media/[\w/]+\.pem", text)
        must(examples, f"the description of ca_file in {language} has no example")
        for example in examples:
            must(may_read(profile.read_text(), example), f"the profile lets nobody read {example}")
    must(not may_read(profile.read_text(), "/media/private/photo.jpg"), "the profile opens all of /media")


def may_read(profile: str, path: str) -> bool:
    """Whether a rule of the profile lets the program read this path."""
    for pattern, rights in re.findall(r"^ *(/[^ ]+) ([a-z]+),$", profile, re.M):
        parts = {"**": ".*", "*": "[^/]*"}
        words = [parts.get(word, re.escape(word)) for word in re.split(r"(\*\*|\*)", pattern)]
        if "r" in rights and re.fullmatch("".join(words), path):
            return True
    return False


def leaves(tree: dict, above: str = "") -> list[tuple[str, object]]:
    found = []
    for key, value in tree.items():
        path = f"{above}{key}"
        found += leaves(value, f"{path}.") if isinstance(value, dict) else [(path, value)]
    return found


def named(options: dict, above: str = "") -> list[str]:
    """The paths of all options that have a name."""
    found = []
    for key, words in options.items():
        must(isinstance(words["name"], str) and words["name"], f"{above}{key} has no name")
        found += [f"{above}{key}", *named(words.get("fields", {}), f"{above}{key}.")]
    return found


def read_yaml(path: Path) -> dict:
    python = python_of("package", Path(__file__).with_name("requirements.txt"))
    script = "import json, sys, yaml; print(json.dumps(yaml.safe_load(open(sys.argv[1]))))"
    done = subprocess.run([python, "-c", script, str(path)], capture_output=True, text=True, check=False)
    must(done.returncode == 0, done.stderr)
    return json.loads(done.stdout)


class Supervisor(http.server.BaseHTTPRequestHandler):
    """Says where the MQTT service is, to who has the token."""

    def do_GET(self) -> None:
        allowed = self.path == "/services/mqtt" and self.headers["Authorization"] == f"Bearer {self.server.token}"
        service = {"host": "core-mosquitto", "port": 1883, "ssl": False, "protocol": "3.1.1"}
        data = {"result": "ok", "data": {**service, "username": "addons", "password": "mqtt-secret"}}
        body = json.dumps(data if allowed else {"result": "error"}).encode()
        self.send_response(200 if allowed else 403)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        self.server.asked += allowed

    def log_message(self, *_: object) -> None:
        pass


def run(image: Image, dovecot: Dovecot, arlo: Cloud, account: str, log: Path) -> None:
    """The container of the app. Its `record` logs in with a code that its `serve` takes out of the mailbox."""
    options = {
        "arlo_account": account,
        "arlo_password": arlo.password,
        "mailbox": {"host": "localhost", "port": dovecot.port, "user": USER, "password": dovecot.password},
        "record": {"enabled": True},
        "mqtt": True,
        "log": "info",
    }
    options["mailbox"]["ca_file"] = "/data/imap.pem"
    (image.data / "options.json").write_text(json.dumps(options))
    (image.data / "imap.pem").write_bytes(dovecot.certificate.read_bytes())
    media = image.root.parent / "media"
    media.mkdir()
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Supervisor)
    server.token, server.asked = "supervisor-token", 0
    with contextlib.ExitStack() as stack:
        supervisor = stack.enter_context(serving(server))
        command = image.command(
            *image.file.entrypoint,
            *image.file.command,
            "--supervisor",
            f"http://127.0.0.1:{supervisor.server_address[1]}",
            "--ingress-from",
            "127.0.0.3",
            mounts=f"mount --bind {media} {image.root}/media",
            SUPERVISOR_TOKEN=server.token,
            ARLO_AUTH_HOST=arlo.url,
            ARLO_HOST=arlo.url,
        )
        running = Server(command, log)
        try:
            until(lambda: is_healthy(image), "the health of the relay in the app")
            until(lambda: (image.data / "session.json").exists(), "a login with a code from the mailbox")
            until(lambda: any(media.rglob(".arlo-archive*")), "the archive below the media folder")
            until(lambda: server.asked, "the question for the MQTT service")
            pages(account, image)
            no_secret_is_shown(running.process.pid, log, [arlo.password, dovecot.password, "mqtt-secret", server.token])
        finally:
            running.stop()
    must(not is_healthy(image), "the relay serves after the stop")
    must_equal(image.file.healthcheck, [], "the health check by which the Supervisor would start the app again")


def is_healthy(image: Image) -> bool:
    return image.run(*image.file.entrypoint, "healthcheck").returncode == 0


def pages(account: str, image: Image) -> None:
    """The page shows the lines for hass-aarlo to the Supervisor, and nothing to anybody else."""
    made = image.data / "enrolment.json"
    must_equal(made.stat().st_mode & 0o777, 0o600, "the mode of the file with the token")
    token = json.loads(made.read_text())["token"]
    prefix = {"X-Ingress-Path": "/api/hassio_ingress/abcdef", "X-Remote-User-Name": "casey"}
    status, page = get("127.0.0.3", "/", prefix)
    must_equal(status, 200, "the page for the Supervisor")
    for line in ("tfa_host: &quot;http://a0d7b954-arlo-relay&quot;", token, account):
        must(line in page, f"{line.replace(token, '…')} is not on the page")
    must(not re.search(r'(?:href|src|action)="(?:/|http)', page), "a link is not relative")
    must_equal(get("127.0.0.3", "/page.css", prefix)[0], 200, "the style")
    for other in ("127.0.0.1", "127.0.0.2"):
        status, page = get(other, "/", {**prefix, "X-Forwarded-For": "127.0.0.3"})
        must(status == 403 and token not in page, f"the page for {other}: {status}")


def get(source: str, path: str, headers: dict[str, str]) -> tuple[int, str]:
    """A call from one of the loopback's addresses."""
    connection = http.client.HTTPConnection("127.0.0.1", 8099, timeout=10, source_address=(source, 0))
    with contextlib.closing(connection):
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()


def no_secret_is_shown(pid: int, log: Path, secrets: list[str]) -> None:
    """Not in the log, and not in the arguments of a process."""
    children = [child for task in Path(f"/proc/{pid}/task").iterdir() for child in (task / "children").read_text().split()]
    must(children, "the app has no children")
    shown = log.read_text(errors="replace")
    for process in [str(pid), *children]:
        with contextlib.suppress(OSError):
            shown += Path(f"/proc/{process}/cmdline").read_text()
    # The Supervisor's token is for the app alone.
    for process in children:
        with contextlib.suppress(OSError):
            must("SUPERVISOR_TOKEN" not in Path(f"/proc/{process}/environ").read_text(), "a child has the Supervisor's token")
    for secret in secrets:
        must(secret not in shown, "a secret is in the log or in the arguments of a process")
