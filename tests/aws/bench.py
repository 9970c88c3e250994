"""The functions beside Python handlers over boto3 that do the same work, and beside a bare program that makes the same
calls with hyper and SigV4 and does nothing else: `RUN=bench.py tests/aws/run.sh [EVENTS]`.

All run as Lambda runs them, a process that asks a runtime API on loopback for its next event, with the same emulated
DynamoDB and S3, in one run, in which they take turns. `FIGURES` says what is measured. With BENCH_JSON it writes the
figures into that file, too.
Processor time beside elapsed time: what else the machine does matters little for the first, and the emulator's own time
is in the second. Instructions are counted by callgrind in runs of their own; it counts SHA-256 without the processor's
own instructions for it, and nothing of what the kernel does.
"""

import base64
import functools
import hashlib
import hmac
import json
import os
import platform
import queue
import re
import secrets
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import mails
from harness import EMULATOR_PYTHON, HERE, ROOT, SAM_BIN, Emulator
from support.servers import Enrolment
from ses_inbound import SesInbound, Verdicts

STARTS = 5
WARM_UP = 5
# Warm events in the runs whose instructions are counted: their difference is taken.
COUNTED = (2, 12)
LANGUAGES = ("rust", "bare", "python")
# Each figure: what it is, its unit, and how many of that unit are one second, byte or instruction.
FIGURES = {
    "init": ("processor time to start", "ms", 1e3),
    "init_wall": ("time to start", "ms", 1e3),
    "first": ("processor time of the first event", "ms", 1e3),
    "first_wall": ("time of the first event", "ms", 1e3),
    "warm": ("processor time of a warm event", "ms", 1e3),
    "warm_wall": ("time of a warm event", "ms", 1e3),
    "init_instructions": ("instructions to start", "million", 1e-6),
    "instructions": ("instructions of a warm event", "million", 1e-6),
    "resident": ("resident", "MiB", 2**-20),
    "zip": ("zip", "MiB", 2**-20),
}
KEY = bytes(32)
KEY_PARAMETER = "/arlo-relay/bench/key"
DOMAIN = "mfa.example.org"


def authenticate(purpose: str, *parts: bytes) -> bytes:
    """What the deployment proves for one use (crates/relay/src/keys.rs)."""
    subkey = hmac.new(KEY, b"arlo-relay/1 " + purpose.encode(), hashlib.sha256).digest()
    return hmac.new(subkey, b"".join(parts), hashlib.sha256).digest()


def base32(data: bytes) -> str:
    return base64.b32encode(data).decode().lower().rstrip("=")


def new_enrolment(account: str, domain: str) -> Enrolment:
    signed, version = secrets.token_bytes(10 + 16), b"\0"
    token = "arelay_" + base32(signed + authenticate("tokens", signed)[:10])
    mailbox = base32(signed[:10] + version + authenticate("relay addresses", signed[:10], version)[:9])
    return Enrolment(account, token, f"{mailbox}@{domain}", "", {})


def enrolment_item(enrolled: Enrolment) -> dict:
    """The item of an enrolment. The account has to be in its canonical form."""
    account = {"B": authenticate("accounts", enrolled.account.encode())}
    token = {"B": hashlib.sha256(enrolled.token.encode()).digest()}
    return {
        "enrolment": {"S": enrolled.relay_address[:16]},
        "version": {"N": "0"},
        "account": account,
        "token": token,
        "made_with": {"B": bytes(24)},
        "address": {"N": "0"},
        "created": {"N": str(time.time_ns() // 1000)},
        "events": {"B": b""},
        "requests": {"M": {"account": account, "token": token, "open": {"M": {}}, "past": {"B": b""}}},
    }


class RuntimeApi:
    """Lambda's runtime API for one process."""

    def __init__(self):
        self.events: queue.Queue = queue.Queue()
        self.answers: queue.Queue = queue.Queue()
        self.asked = threading.Event()
        api = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def do_GET(self):
                api.asked.set()
                number, event = api.events.get()
                if event is None:
                    self.close_connection = True
                    return
                body = json.dumps(event).encode()
                self.send_response(200)
                for name, value in {
                    "Lambda-Runtime-Aws-Request-Id": f"request-{number}",
                    "Lambda-Runtime-Deadline-Ms": str(int(time.time() * 1000) + 30_000),
                    "Lambda-Runtime-Invoked-Function-Arn": "arn:aws:lambda:us-east-1:000000000000:function:bench",
                    "Content-Type": "application/json",
                    "Content-Length": str(len(body)),
                }.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                self.send_response(202)
                self.send_header("Content-Length", "0")
                self.end_headers()
                api.answers.put((self.path.rsplit("/", 1)[-1], body))

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.address = f"127.0.0.1:{self.server.server_address[1]}"


class Function:
    """One process of a function."""

    def __init__(self, command: list, environment: dict):
        self.api = RuntimeApi()
        self.count = 0
        began = time.perf_counter()
        self.process = subprocess.Popen(
            command, env=environment | {"AWS_LAMBDA_RUNTIME_API": self.api.address}, stderr=subprocess.DEVNULL
        )
        if not self.api.asked.wait(60):
            raise SystemExit(f"{command} does not start")
        self.init_wall = time.perf_counter() - began
        self.init = self.cpu()

    def cpu(self) -> float:
        """Seconds of processor time of the whole process (clock_getcpuclockid(3))."""
        return time.clock_gettime((~self.process.pid << 3) | 2)

    def call(self, event, check) -> tuple[float, float]:
        """Gives the processor time that the event takes, and the time until its answer."""
        self.api.asked.clear()
        self.count += 1
        used, began = self.cpu(), time.perf_counter()
        self.api.events.put((self.count, event))
        kind, body = self.api.answers.get(timeout=60)
        answered = time.perf_counter() - began
        if kind != "response":
            raise SystemExit(f"the function failed: {body[:500]}")
        # What it does after its answer belongs to the processor time of the event.
        self.api.asked.wait(60)
        check(body)
        return self.cpu() - used, answered

    def resident(self) -> int:
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS"))) * 1024

    def stop(self):
        # SIGTERM: callgrind writes its counts.
        self.process.terminate()
        self.process.wait()
        self.api.server.shutdown()


def gateway_event(enrolled) -> dict:
    """POST /prepare-arlo-mfa/TOKEN as API Gateway hands it on (payload format 2.0)."""
    path = f"/prepare-arlo-mfa/{enrolled.token}"
    return {
        "version": "2.0",
        "routeKey": "POST /prepare-arlo-mfa/{token}",
        "rawPath": path,
        "rawQueryString": "",
        "headers": {"content-type": "application/json", "host": "api.execute-api.us-east-1.amazonaws.com"},
        "pathParameters": {"token": enrolled.token},
        "requestContext": {
            "accountId": "000000000000", "apiId": "api", "domainName": "api.execute-api.us-east-1.amazonaws.com",
            "domainPrefix": "api", "requestId": "r", "routeKey": "POST /prepare-arlo-mfa/{token}", "stage": "$default",
            "http": {"method": "POST", "path": path, "protocol": "HTTP/1.1", "sourceIp": "192.0.2.1", "userAgent": "bench"},
            "time": "22/Nov/2026:00:00:00 +0000", "timeEpoch": 1795305600000,
        },
        "body": json.dumps({"email": enrolled.account}),
        "isBase64Encoded": False,
    }  # fmt: skip


@functools.cache
def built() -> Path:
    """The functions, as `deploy.sh` builds them for the processor of this machine."""
    architecture = {"aarch64": "arm64"}.get(platform.machine(), platform.machine())
    options = ["--region", "us-east-1", "--parameter-overrides", f"Architecture={architecture}"]
    path = {"PATH": f"{SAM_BIN}:{os.environ['PATH']}", "SAM_CLI_TELEMETRY": "0"}
    subprocess.run([SAM_BIN / "sam", "build", *options], cwd=ROOT, env=os.environ | path, check=True)
    return ROOT / ".aws-sam/build"


@functools.cache
def bare() -> Path:
    """The reference: a program that makes the same calls with hyper and SigV4, built as the functions are."""
    options = ["--release", "--package", "relay-aws", "--example", "bare"]
    lto = {"CARGO_PROFILE_RELEASE_LTO": "fat", "CARGO_PROFILE_RELEASE_CODEGEN_UNITS": "1"}
    subprocess.run(["cargo", "build", "--quiet", *options], cwd=ROOT, env=os.environ | lto, check=True)
    target = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
    return target / "release/examples/bare"


class Bench:
    def __init__(self, aws: Emulator, events: int):
        self.aws, self.events = aws, events // STARTS
        aws.client("dynamodb").create_table(
            TableName="bench",
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": "enrolment", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "enrolment", "KeyType": "HASH"}],
        )
        aws.client("s3").create_bucket(Bucket="bench")
        aws.client("ssm").put_parameter(Name=KEY_PARAMETER, Type="SecureString", Value=KEY.hex())
        self.environment = {
            "PATH": os.environ["PATH"], "AWS_ENDPOINT_URL": aws.endpoint, "AWS_REGION": "us-east-1",
            "AWS_DEFAULT_REGION": "us-east-1", "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_LAMBDA_FUNCTION_NAME": "bench", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "256",
            "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST", "AWS_LAMBDA_LOG_GROUP_NAME": "b", "AWS_LAMBDA_LOG_STREAM_NAME": "b",
            "TABLE": "bench", "BUCKET": "bench", "MAIL_PREFIX": "mail/", "POLL_PREFIX": "poll/", "KEY_PARAMETER": KEY_PARAMETER,
            "DOMAIN": DOMAIN, "SHARED_MAILBOX": "relay", "LIFETIME_SECONDS": "300", "SENDERS": "do_not_reply@arlo.com",
            "PUBLIC_URL": "https://api.execute-api.us-east-1.amazonaws.com", "LOG_LEVEL": "info",
        }  # fmt: skip

    def commands(self, binary: str, function: str) -> dict[str, list]:
        return {
            "rust": [built() / function / "bootstrap"],
            "bare": [bare(), binary],
            "python": [EMULATOR_PYTHON, HERE / "bench_handlers/bootstrap.py", binary],
        }

    def enroll(self, name: str):
        enrolled = new_enrolment(f"{name}@gmail.com", DOMAIN)
        self.aws.client("dynamodb").put_item(TableName="bench", Item=enrolment_item(enrolled))
        return enrolled

    def stored_mail(self, enrolled, code: str) -> dict:
        """Puts a mail into the bucket as SES does, and gives its event."""
        ses = SesInbound.__new__(SesInbound)
        ses.region, ses.records = "us-east-1", mails.records()
        mail = mails.arlo(enrolled.account, code)
        verdicts = Verdicts.of(ses.records, mail.raw, mail.mail_from, mail.helo, mail.ip)
        message_id = f"bench{code}{enrolled.account.partition('@')[0]}"
        block = verdicts.header_block(message_id, mail.mail_from, enrolled.relay_address, mail.helo, mail.ip, "us-east-1")
        self.aws.client("s3").put_object(Bucket="bench", Key=f"mail/{message_id}", Body=block + mail.raw)
        action = {"FunctionArn": "arn:aws:lambda:us-east-1:000000000000:function:bench"}
        return ses.event(block + mail.raw, mail.mail_from, [enrolled.relay_address], message_id, verdicts, action)

    def measure(self, binary: str, function: str, events: dict[str, list], check) -> dict:
        """Starts the programs some times, and lets them take turns, event by event: what else the machine does, and on
        which processor a process comes to run, meets them alike.
        """
        commands = self.commands(binary, function)
        runs = {language: [] for language in commands}
        for _ in range(STARTS):
            functions = {language: Function(command, self.environment) for language, command in commands.items()}
            taken = {language: [] for language in commands}
            for _ in range(WARM_UP + self.events):
                for language, function in functions.items():
                    taken[language].append(function.call(events[language].pop(), check))
            for language, function in functions.items():
                first, warm = taken[language][0], map(statistics.median, zip(*taken[language][WARM_UP:]))
                runs[language].append((function.init, function.init_wall, *first, *warm, function.resident()))
                function.stop()
        names = ("init", "init_wall", "first", "first_wall", "warm", "warm_wall", "resident")
        figures = {language: dict(zip(names, map(statistics.median, zip(*of)))) for language, of in runs.items()}
        for language, command in commands.items():
            if shutil.which("valgrind"):
                figures[language] |= self.instructions(command, events[language], check)
            # With Python, the libraries are Lambda's own.
            if language != "python":
                figures[language]["zip"] = zipped(command[0])
        return {(binary, language): of for language, of in figures.items()}

    def instructions(self, command: list, events: list, check) -> dict:
        """What the process counts until it asks for an event, and for one more warm event."""
        counts = []
        with tempfile.TemporaryDirectory() as directory:
            for warm in (0, *COUNTED):
                file = Path(directory) / f"{warm}.out"
                callgrind = ["valgrind", "--quiet", "--vgdb=no", "--tool=callgrind", f"--callgrind-out-file={file}"]
                function = Function([*callgrind, *command], self.environment)
                for _ in range(warm):
                    function.call(events.pop(), check)
                function.stop()
                counts.append(int(re.search(r"^(?:totals|summary): (\d+)", file.read_text(), re.MULTILINE)[1]))
        start, few, many = counts
        return {"init_instructions": start, "instructions": (many - few) / (COUNTED[1] - COUNTED[0])}

    def run(self) -> dict:
        count = range(STARTS * (self.events + WARM_UP) + sum(COUNTED))
        people = {language: [self.enroll(f"{language}{n}") for n in count] for language in LANGUAGES}

        def pending(body):
            assert json.loads(body)["statusCode"] == 200, body

        calls = {language: [gateway_event(p) for p in of] for language, of in people.items()}
        figures = self.measure("prestage", "PrestageFunction", calls, pending)
        stored = {language: [self.stored_mail(p, f"{n:06}") for n, p in enumerate(of)] for language, of in people.items()}
        figures |= self.measure("inbound", "InboundFunction", stored, lambda body: None)
        delivered = complete(self.aws.client("s3"))
        # Each process of the bare program begins with the same name of a document.
        wanted = 2 * STARTS * (self.events + WARM_UP) + self.events + WARM_UP
        assert delivered >= wanted, f"only {delivered} of {wanted} codes were delivered"
        return figures


def complete(s3) -> int:
    """How many poll documents have a code."""
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket="bench", Prefix="poll/")
    keys = [entry["Key"] for page in pages for entry in page.get("Contents", [])]
    documents = [s3.get_object(Bucket="bench", Key=key)["Body"].read() for key in keys]
    return sum(b"complete" in document for document in documents)


def zipped(program: Path) -> int:
    """Bytes of a package with this program alone."""
    with tempfile.TemporaryFile() as file:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as package:
            package.write(program, "bootstrap")
        return file.tell()


def as_json(figures: dict) -> dict:
    """By function, figure and language, in the units of `FIGURES`."""
    by_function: dict[str, dict] = {}
    for (function, language), measured in figures.items():
        for of, value in measured.items():
            what, unit, scale = FIGURES[of]
            figure = by_function.setdefault(function, {}).setdefault(of, {"what": what, "unit": unit})
            figure[language] = value * scale
    return by_function


def main():
    events = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    with Emulator() as aws:
        figures = as_json(Bench(aws, events).run())
    if file := os.environ.get("BENCH_JSON"):
        Path(file).write_text(json.dumps(figures))
    print(f"{os.cpu_count()} cores, medians of {STARTS} starts, each of the median of {events // STARTS} warm events")
    print(f"{'':56}" + "".join(f"{language:>10}" for language in LANGUAGES))
    for function, by_figure in figures.items():
        for figure in by_figure.values():
            values = "".join(f"{figure[language]:10.2f}" if language in figure else f"{'':10}" for language in LANGUAGES)
            print(f"{function + ': ' + figure['what'] + ' [' + figure['unit'] + ']':56}{values}")


if __name__ == "__main__":
    main()
