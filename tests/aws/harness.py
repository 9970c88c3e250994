"""The emulated AWS, and one deployment on it, for the tests and the bench.

Everything runs on loopback with ports of its own, under `target/aws-tests/`; nothing of it outlives the run.
"""

import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Callable

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).resolve().parent
# What all system tests share.
sys.path.append(str(HERE.parent))

from support.checks import free_port, until  # noqa: E402 - the path above comes first
from support.servers import Enrolment, direct  # noqa: E402

EMULATOR_PYTHON = ROOT / ".venv/emulator/bin/python"
SAM_BIN = ROOT / ".venv/sam/bin"
CLI_BIN = ROOT / ".venv/cli/bin"
LINT_BIN = ROOT / ".venv/lint/bin"
TARGET = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
# Made by run.sh.
COMMAND = TARGET / "debug/arlo-relay"
CLOUD = TARGET / "debug/arlo-sim"
WORK = ROOT / "target/aws-tests"
# The root user of the emulated account.
ROOT_KEY = "test"
START_SECONDS = 60


@dataclass
class Answer:
    status: int
    headers: dict
    body: str

    def json(self) -> Any:
        return json.loads(self.body)


def call(url: str, *, method: str = "GET", body: bytes | None = None, headers: dict | None = None) -> Answer:
    """One HTTP call; an error status is an answer too."""
    request = urllib.request.Request(url, data=body, method=method, headers=headers or {})
    try:
        with direct.open(request, timeout=60) as response:
            return Answer(response.status, dict(response.headers), response.read().decode())
    except urllib.error.HTTPError as error:
        return Answer(error.code, dict(error.headers), error.read().decode())


class Emulator:
    """MiniStack with IAM enforced. `with Emulator() as aws:`"""

    def __init__(self):
        self.port = free_port()
        self.endpoint = f"http://127.0.0.1:{self.port}"
        self.process: subprocess.Popen | None = None

    def __enter__(self):
        WORK.mkdir(parents=True, exist_ok=True)
        # The environment of the emulator reaches the functions: it gets no more than it needs.
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(WORK),
            "TMPDIR": str(WORK),
            "BIND_HOST": "127.0.0.1",
            "GATEWAY_PORT": str(self.port),
            "AWS_ENDPOINT_URL": self.endpoint,
            "IOT_MTLS_ENABLED": "0",
            "SFTP_ENABLED": "0",
            "AUTH": "true",
            # Seconds until a failed event is tried again; on AWS a minute.
            "LAMBDA_ASYNC_RETRY_BASE_SECONDS": "0.5",
        }
        self.log = open(WORK / f"emulator-{self.port}.log", "w")
        self.process = subprocess.Popen(
            [EMULATOR_PYTHON, HERE / "emulator.py"], env=environment, stdout=self.log, stderr=subprocess.STDOUT
        )
        until(self.healthy, "the emulator answers", START_SECONDS)
        return self

    def __exit__(self, *_):
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.log.close()

    def healthy(self) -> bool:
        if self.process.poll() is not None:
            raise AssertionError(f"the emulator ended: see {self.log.name}")
        try:
            return call(f"{self.endpoint}/_ministack/health").status == 200
        except OSError:
            return False

    def client(self, service: str, region: str = "us-east-1", key: str = ROOT_KEY, secret: str = ROOT_KEY, token=None):
        return boto3.client(
            service,
            endpoint_url=self.endpoint,
            region_name=region,
            aws_access_key_id=key,
            aws_secret_access_key=secret,
            aws_session_token=token,
            config=Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"}, signature_version="v4" if service != "s3" else "s3v4"),
        )  # fmt: skip

    def test(self, path: str, method: str = "GET", body: Any = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        return call(f"{self.endpoint}/_test/{path}", method=method, body=data).json()

    def requests_during(self, work: Callable[[], Any], settled: Callable[[], Any] = lambda: True) -> list[str]:
        """The calls to AWS that functions made while `work` ran and until `settled`, as `service action`."""
        self.test("requests", "DELETE")
        work()
        until(settled, "what the calls were for")
        return [f"{service} {action}" for key, service, action in self.test("requests") if key != ROOT_KEY]

    def fail(
        self, service: str, *, action: str = "", skip: int = 0, count: int = 1, status: int = 500, kind: str = "",
        done: bool = False, stall: float = 0, kill: bool = False,
    ):  # fmt: skip
        """Lets `count` calls of functions to the service fail, after `skip` of them; with `done` only their answers are
        lost. See `emulator.py`.
        """
        fault = {"service": service, "action": action, "skip": skip, "count": count, "status": status, "kind": kind}
        self.test("fault", "PUT", fault | {"done": done, "stall": stall, "kill": kill})

    def met(self) -> bool:
        """Whether every fault has met its calls, and killed the functions that it was to kill."""
        return all(not fault["count"] and fault["kill"] in (False, fault.get("killed")) for fault in self.test("fault"))

    def mend(self):
        self.test("fault", "DELETE")


# ---- One deployment --------------------------------------------------------------------------------------------


class Stack:
    """The unmodified template, deployed by deploy.sh."""

    # The first deployment builds the functions, while the others wait; later ones deploy what it built. With
    # ARLO_RELAY_TEST_BUILT=1 none builds.
    built = os.environ.get("ARLO_RELAY_TEST_BUILT") == "1"
    building = threading.Lock()

    def __init__(self, aws: Emulator, name: str = "arlo-relay", region: str = "us-east-1", domain: str = "mfa.example.org"):
        self.aws, self.name, self.region, self.domain = aws, name, region, domain
        self.bucket_for_sam = f"sam-{region}"
        self.address = f"relay@{domain}"
        self.shell = os.environ | {
            "PATH": f"{SAM_BIN}:{CLI_BIN}:{os.environ['PATH']}",
            "AWS_ENDPOINT_URL": aws.endpoint,
            "AWS_ACCESS_KEY_ID": ROOT_KEY,
            "AWS_SECRET_ACCESS_KEY": ROOT_KEY,
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "SAM_CLI_TELEMETRY": "0",
            # Seconds between looks at a stack that is being made.
            "SAM_CLI_POLL_DELAY": "0.5",
        }
        self.shell.pop("AWS_PROFILE", None)

    def client(self, service: str):
        return self.aws.client(service, self.region)

    def prepare(self):
        """What a user has before: a bucket in the region, a verified domain."""
        s3, place = self.client("s3"), {}
        if self.region != "us-east-1":
            place = {"CreateBucketConfiguration": {"LocationConstraint": self.region}}
        if self.bucket_for_sam not in [b["Name"] for b in s3.list_buckets()["Buckets"]]:
            s3.create_bucket(Bucket=self.bucket_for_sam, **place)
        self.client("sesv2").create_email_identity(EmailIdentity=self.domain)

    def script(
        self, *arguments: str, root: Path = ROOT, stdin: int = subprocess.DEVNULL, **environment: str
    ) -> subprocess.CompletedProcess:
        return subprocess.run(
            [root / "deploy.sh", *arguments],
            env=self.shell | environment,
            stdin=stdin,
            capture_output=True,
            text=True,
            timeout=1800,
        )

    @contextlib.contextmanager
    def instead(self, tool: str, cases: str):
        """A PATH on which `tool` answers some calls by itself, and the real one the others. `cases` are of a shell's
        `case` over the arguments.
        """
        real = shutil.which(tool, path=self.shell["PATH"])
        with tempfile.TemporaryDirectory() as tools:
            script = Path(tools) / tool
            script.write_text(f'#!/bin/sh\ncase "$*" in\n{cases}\n*) exec {real} "$@" ;;\nesac\n')
            script.chmod(0o755)
            yield f"{tools}:{self.shell['PATH']}"

    def deploy(self, *parameters: str, **environment: str) -> str:
        """Runs deploy.sh and gives what it printed."""
        done = self.try_to_deploy(*parameters, **environment)
        if done.returncode != 0:
            raise AssertionError(f"deploy.sh failed: {done.stderr[-3000:]}\n{done.stdout[-3000:]}")
        return done.stdout

    def try_to_deploy(self, *parameters: str, **environment: str) -> subprocess.CompletedProcess:
        arguments = [self.region, self.name, self.address, self.bucket_for_sam, *parameters]
        with Stack.building:
            if not Stack.built:
                done = self.script(*arguments, **environment)
                Stack.built = done.returncode == 0
                return done
        return self.script("--built", *arguments, **environment)

    @property
    def key_parameter(self) -> str:
        return f"/arlo-relay/{self.name}/key"

    @property
    def former_key_parameter(self) -> str:
        return f"/arlo-relay/{self.name}/former-key"

    def key(self) -> str:
        found = self.client("ssm").get_parameter(Name=self.key_parameter, WithDecryption=True)
        return found["Parameter"]["Value"]

    def delete(self):
        """By CloudFormation alone, which is quicker than `sam delete`: that looks twice a minute."""
        self.client("cloudformation").delete_stack(StackName=self.name)

        def gone():
            try:
                return self.describe()["StackStatus"] == "DELETE_COMPLETE"
            except ClientError:
                return True

        until(gone, f"{self.name} is deleted", 60)

    def sam_delete(self):
        subprocess.run(
            [SAM_BIN / "sam", "delete", "--stack-name", self.name, "--region", self.region, "--no-prompts"],
            env=self.shell, stdin=subprocess.DEVNULL, check=True, capture_output=True, timeout=300, cwd=WORK,
        )  # fmt: skip

    def describe(self) -> dict:
        return self.client("cloudformation").describe_stacks(StackName=self.name)["Stacks"][0]

    def parameters(self) -> dict:
        return {entry["ParameterKey"]: entry["ParameterValue"] for entry in self.describe()["Parameters"]}

    def output(self, name: str) -> str:
        return next(o["OutputValue"] for o in self.describe()["Outputs"] if o["OutputKey"] == name)

    def resource(self, logical_id: str) -> str:
        found = self.client("cloudformation").describe_stack_resource(StackName=self.name, LogicalResourceId=logical_id)
        return found["StackResourceDetail"]["PhysicalResourceId"]

    def variables(self, function: str) -> dict:
        found = self.client("lambda").get_function_configuration(FunctionName=self.resource(function))
        return found["Environment"]["Variables"]

    def credentials(self, role: str) -> dict:
        """Credentials of a function's role, as the function has them."""
        arn = self.client("iam").get_role(RoleName=self.resource(role))["Role"]["Arn"]
        given = self.client("sts").assume_role(RoleArn=arn, RoleSessionName="test")["Credentials"]
        return {"key": given["AccessKeyId"], "secret": given["SecretAccessKey"], "token": given["SessionToken"]}

    # ---- What a user does

    def url(self, path: str) -> str:
        """The API's address on the emulator, which has no name of its own for it."""
        api = self.output("WebURL").removeprefix("https://").split(".")[0]
        return f"{self.aws.endpoint}/_aws/execute-api/{api}/$default{path}"

    def command(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess:
        """arlo-relay with the credentials of the stack's operator."""
        return subprocess.run(
            [COMMAND, *arguments],
            env=self.shell | environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
        )

    def listed(self, enrolled: Enrolment) -> dict:
        """What `enroll --list` says of the enrolment."""
        done = self.command("enroll", "--list", "--stack", self.name, "--region", self.region, "--json")
        enrolments = json.loads(done.stdout)["enrolments"]
        return next(e for e in enrolments if e["relay_address"] == enrolled.relay_address)

    def enroll(self, account: str) -> Enrolment:
        done = self.command("enroll", account, "--stack", self.name, "--region", self.region, "--json")
        if done.returncode != 0:
            raise AssertionError(f"enroll failed: {done.stderr}")
        return Enrolment.from_json(done.stdout)

    def prestage(self, enrolled: Enrolment) -> str:
        """The poll URL of a new login request."""
        answer = self.try_to_prestage(enrolled)
        if answer.status != 200:
            raise AssertionError(f"prestage answered {answer.status}: {answer.body}")
        return answer.body

    def try_to_prestage(self, enrolled: Enrolment) -> Answer:
        body = json.dumps({"email": enrolled.account}).encode()
        headers = {"Content-Type": "application/json"}
        return call(self.url(f"/prepare-arlo-mfa/{enrolled.token}"), method="POST", body=body, headers=headers)

    def poll(self, url: str, status: str = "complete") -> dict:
        """What the poll URL reads once it has that status."""

        def asked():
            answer = call(url)
            return answer.status == 200 and answer.json()["status"] == status and answer.json()

        return until(asked, f"the poll document says {status}")

    def stored_mails(self) -> list[str]:
        found = self.client("s3").list_objects_v2(Bucket=self.resource("Bucket"), Prefix="mail/")
        return [entry["Key"] for entry in found.get("Contents", [])]

    def dead_letters(self) -> int:
        found = self.client("sqs").get_queue_attributes(
            QueueUrl=self.resource("DeadLetters"), AttributeNames=["ApproximateNumberOfMessages"]
        )
        return int(found["Attributes"]["ApproximateNumberOfMessages"])


if not EMULATOR_PYTHON.exists():
    sys.exit("tests/aws/run.sh makes the environments first")
