"""The template, the script and the workflows as they are written, and the built functions."""

import json
import os
import re
import subprocess
import tempfile
import unittest
import zipfile
from pathlib import Path

import yaml

import shared
from harness import LINT_BIN, ROOT, SAM_BIN, WORK

MAX_ZIP = 4 * 1024 * 1024
# The glibc of provided.al2023.
MAX_GLIBC = (2, 34)
SCRIPTS = ["deploy.sh", "test.sh", ".ci/run", "packaging/archive.sh", "packaging/deb.sh", "tests/aws/run.sh"]
SCRIPTS += ["tests/aws/canary.sh"]
FUNCTIONS = ["PrestageFunction", "WebFunction", "InboundFunction", "ReceiptRulesFunction"]


def check(*command, **more):
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, **more)
    if done.returncode != 0:
        raise AssertionError(f"{command[0]}: {done.stdout[-3000:]}{done.stderr[-3000:]}")
    return done.stdout


class Linters(unittest.TestCase):
    def test_cfn_lint(self):
        check(SAM_BIN / "cfn-lint", "template.yaml")

    def test_sam_validate(self):
        environment = os.environ | {"SAM_CLI_TELEMETRY": "0", "PATH": f"{SAM_BIN}:{os.environ['PATH']}"}
        check(SAM_BIN / "sam", "validate", "--lint", "--region", "us-east-1", env=environment)

    def test_checkov(self):
        # Every exception is in the template with its reason.
        check(LINT_BIN / "checkov", "-f", "template.yaml", "--quiet", "--compact", "--skip-download")

    def test_shellcheck(self):
        check(LINT_BIN / "shellcheck", *SCRIPTS)


class Template(unittest.TestCase):
    """What the emulator passes over."""

    @classmethod
    def setUpClass(cls):
        # The short forms of functions (!Ref and the like) as what they are given.
        class Loader(yaml.SafeLoader):
            pass

        def given(loader, _, node):
            kinds = {yaml.ScalarNode: loader.construct_scalar, yaml.SequenceNode: loader.construct_sequence}
            return kinds[type(node)](node)

        Loader.add_multi_constructor("!", given)
        cls.template = yaml.load((ROOT / "template.yaml").read_text(), Loader)
        cls.resources = cls.template["Resources"]

    def test_each_route_has_a_throttle_of_its_own(self):
        stage = self.resources["ApiStage"]["Properties"]
        routes = {r["Properties"]["RouteKey"] for r in self.resources.values() if r["Type"] == "AWS::ApiGatewayV2::Route"}
        self.assertEqual(set(stage["RouteSettings"]), routes - {"$default"})
        for limits in (stage["DefaultRouteSettings"], *stage["RouteSettings"].values()):
            self.assertEqual(limits, {"ThrottlingRateLimit": "ThrottlingRate", "ThrottlingBurstLimit": "ThrottlingBurst"})

    def test_what_strangers_reach_has_its_share_of_the_concurrency(self):
        for function in FUNCTIONS[:3]:
            reserved = self.resources[function]["Properties"]["ReservedConcurrentExecutions"]
            self.assertEqual(reserved[:2], ["HasReservedConcurrency", "ReservedConcurrency"], function)

    def test_receipt_rules_has_no_setting_of_the_relay(self):
        """The three functions of the relay share theirs, the name of the key among them."""
        variables = [self.resources[name]["Properties"]["Environment"]["Variables"] for name in FUNCTIONS]
        *relay, receipt_rules = (set(names) for names in variables)
        self.assertIn("KEY_PARAMETER", set.intersection(*relay))
        self.assertEqual(receipt_rules, {"LOG_LEVEL"})

    def test_the_table_is_encrypted_under_the_key_that_costs_nothing(self):
        self.assertNotIn("SSESpecification", self.resources["Table"]["Properties"])

    def test_the_bucket_is_emptied_when_nobody_may_write_any_more(self):
        for writer in ("BucketPolicy", "PrestageFunction", "WebFunction", "InboundFunction"):
            self.assertEqual(self.resources[writer]["DependsOn"], "BucketContents", writer)

    def test_no_budget_can_keep_the_stack_from_being_made(self):
        self.assertNotIn("AWS::Budgets::Budget", {resource["Type"] for resource in self.resources.values()})

    def test_metrics_cost_nothing_unless_they_are_asked_for(self):
        self.assertEqual(self.template["Parameters"]["Metrics"]["Default"], "off")
        self.assertEqual(self.resources["Dashboard"]["Condition"], "HasMetrics")
        variables = {name: self.resources[name]["Properties"]["Environment"]["Variables"] for name in FUNCTIONS}
        # Not web: it writes no line with metrics, in whose place its lines could be left out.
        stacks = {name: given["METRICS_STACK"] for name, given in variables.items() if "METRICS_STACK" in given}
        wanted = ["HasMetrics", "AWS::StackName", ""]
        self.assertEqual(stacks, {"PrestageFunction": wanted, "InboundFunction": wanted})

    def test_the_dashboard_shows_what_there_is(self):
        body = self.resources["Dashboard"]["Properties"]["DashboardBody"]
        for name in re.findall(r"\$\{([^!}]+)\}", body):
            self.assertIn(name.split(".")[0], self.resources.keys() | {"AWS::StackName", "AWS::Region"})
        widgets = json.loads(body)["widgets"]
        places = [(w["x"], w["y"]) for w in widgets]
        self.assertEqual(len(set(places)), len(places))
        alarms = {name for name, one in self.resources.items() if one["Type"] == "AWS::CloudWatch::Alarm"}
        shown = [one for w in widgets if w["type"] == "alarm" for one in w["properties"]["alarms"]]
        self.assertEqual(sorted(shown), sorted(f"${{{name}.Arn}}" for name in alarms))
        graphs = [w["properties"] for w in widgets if w["type"] == "metric"]
        self.assertEqual({graph["region"] for graph in graphs}, {"${AWS::Region}"})
        metrics = [metric for graph in graphs for metric in graph["metrics"]]
        # A search is as many as there are outcomes: with them no more than a free dashboard may have.
        self.assertLessEqual(len(metrics) + 14, 50)

        source = (ROOT / "crates/relay-aws/src/metrics.rs").read_text()
        own = {kind: set(re.findall(rf'\b{kind}\("(\w+)"\)', source)) for kind in ("counted", "timed")}
        self.assertTrue(own["counted"] and own["timed"])
        timed = {metric[1] for metric in metrics if metric[0] == "ArloRelay"}
        self.assertEqual(timed, own["timed"])
        searches = " ".join(metric[0]["expression"] for metric in metrics if isinstance(metric[0], dict))
        self.assertEqual(set(re.findall(r'MetricName="(\w+)"', searches)), own["counted"])

    def alarm_metrics(self, name: str) -> set[tuple]:
        """Namespace, name and dimension of each metric of an alarm."""
        alarm = self.resources[name]["Properties"]
        metrics = [one["MetricStat"]["Metric"] for one in alarm.get("Metrics", []) if "MetricStat" in one] or [alarm]
        return {(m["Namespace"], m["MetricName"], *(m["Dimensions"][0][key] for key in ("Name", "Value"))) for m in metrics}

    def test_a_503_to_everybody_rings(self):
        """To Lambda it is a success."""
        wanted = {("AWS/ApiGateway", "5xx", "ApiId", "Api"), ("AWS/Lambda", "Errors", "FunctionName", "InboundFunction")}
        self.assertEqual(self.alarm_metrics("ErrorAlarm"), wanted)

    def test_the_alarms_use_no_more_metrics_than_are_free(self):
        alarms = [name for name, one in self.resources.items() if one["Type"] == "AWS::CloudWatch::Alarm"]
        self.assertLessEqual(sum(len(self.alarm_metrics(name)) for name in alarms), 10)

    def test_mail_may_be_sent_under_a_default_configuration_set(self):
        text = (ROOT / "template.yaml").read_text()
        self.assertIn(":configuration-set/*", text)


class Rights(unittest.TestCase):
    def test_the_documented_policy_knows_every_kind_of_resource(self):
        policy = json.loads((ROOT / "docs/aws-deploy-policy.json").read_text())
        actions = [statement["Action"] for statement in policy["Statement"]]
        services = {name.partition(":")[0] for one in actions for name in ([one] if isinstance(one, str) else one)}
        kinds = set(re.findall(r"^    Type: AWS::(\w+)::", (ROOT / "template.yaml").read_text(), re.M))
        prefixes = {kind: kind.lower() for kind in kinds} | {"Serverless": "lambda", "ApiGatewayV2": "apigateway"}
        self.assertEqual({kind for kind in kinds if prefixes[kind] not in services}, set())

    def test_the_documented_policy_is_of_the_dashboards_name(self):
        policy = json.loads((ROOT / "docs/aws-deploy-policy.json").read_text())
        named = [one["Resource"] for one in policy["Statement"] if "cloudwatch:PutDashboard" in one["Action"]]
        self.assertEqual(named, ["arn:aws:cloudwatch::ACCOUNT:dashboard/STACK-*"])
        self.assertIn('DashboardName: !Sub "${AWS::StackName}-', (ROOT / "template.yaml").read_text())


class Workflows(unittest.TestCase):
    """What runs with an identity, and that nobody can move what runs."""

    @classmethod
    def setUpClass(cls):
        cls.texts = {path.name: path.read_text() for path in sorted((ROOT / ".github/workflows").glob("*.yml"))}
        cls.jobs = {
            f"{name}: {job}": (workflow, steps)
            for name, text in cls.texts.items()
            for workflow in [yaml.safe_load(text)]
            for job, steps in workflow["jobs"].items()
        }

    def test_actions_are_pinned_by_commit(self):
        used = [line.strip() for text in self.texts.values() for line in text.splitlines() if "uses:" in line]
        self.assertTrue(used)
        for line in used:
            self.assertRegex(line, r"uses: [\w.-]+/[\w.-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$")

    def test_python_packages_are_pinned_by_hash(self):
        found = [line for text in self.texts.values() for line in text.splitlines() if "pip install" in line]
        self.assertTrue(found)
        for line in found + (ROOT / "tests/aws/run.sh").read_text().splitlines():
            if "install --quiet" in line:
                self.assertIn("--require-hashes", line)
        for path in (ROOT / "tests").glob("*/requirements*.txt"):
            packages = [line for line in path.read_text().splitlines() if "==" in line]
            self.assertTrue(packages, path)
            for line in packages:
                self.assertTrue(line.endswith("\\"), f"{path.name}: {line} has no hash")

    def test_what_builds_has_no_identity(self):
        builds = re.compile(r"\bsam build\b|\.ci/run|\bcargo\b|test\.sh|deploy\.sh (?!--built)")
        with_identity = []
        for name, (workflow, job) in self.jobs.items():
            permissions = workflow.get("permissions", "write-all") | job.get("permissions", {})
            script = "\n".join(step.get("run", "") for step in job["steps"])
            if permissions != {"contents": "read"}:
                with_identity.append(name)
                self.assertIsNone(builds.search(script), name)
            for step in job["steps"]:
                if "actions/checkout@" in step.get("uses", ""):
                    self.assertIs(step["with"]["persist-credentials"], False, name)
        self.assertEqual(with_identity, ["deploy.yml: deploy", "release.yml: push", "release.yml: publish"])

    def test_compilers_are_pinned(self):
        for name, (workflow, job) in self.jobs.items():
            script = "\n".join(step.get("run", "") for step in job["steps"])
            if "rustup" in script:
                pinned = workflow.get("env", {}) | job.get("env", {})
                self.assertRegex(pinned["RUSTUP_TOOLCHAIN"], r"^\d+\.\d+\.\d+$", name)
                self.assertNotIn("rustup target add", script)
        # rustup would load the compiler of this file instead of the image's own.
        self.assertIn("rust-toolchain.toml", (ROOT / ".dockerignore").read_text().splitlines())
        self.assertRegex((ROOT / "Dockerfile").read_text(), r"(?m)^FROM rust:\d+\.\d+-")

    def test_parameters_stand_on_several_lines(self):
        given = "AlarmEmail=a@b.example\r\nArchitecture=arm64\n ForwardTo=c@d.example\n"
        steps = {name: step for name, (_, job) in self.jobs.items() for step in job["steps"] if "PARAMETERS" in step.get("env", {})}
        printed = {name: self.run_step(step["run"], given) for name, step in steps.items()}
        self.assertEqual(
            printed,
            {
                "deploy.yml: build": ["sam build --parameter-overrides Architecture=arm64", "tar -cf built.tar .aws-sam/build"],
                "deploy.yml: deploy": [
                    "deploy.sh --built R S A B AlarmEmail=a@b.example Architecture=arm64 ForwardTo=c@d.example"
                ],
            },
        )
        build = next(step for name, step in steps.items() if name == "deploy.yml: build")
        self.assertEqual(self.run_step(build["run"], "")[0], "sam build --parameter-overrides Architecture=x86_64")

    def run_step(self, script, parameters):
        """What the step of a workflow calls."""
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            for program in ("deploy.sh", "bin/sam", "bin/tar"):
                path = folder / program
                path.parent.mkdir(exist_ok=True)
                path.write_text('#!/bin/sh\necho "${0##*/} $*"\n')
                path.chmod(0o755)
            environment = {"PATH": f"{folder}/bin:/usr/bin:/bin", "PARAMETERS": parameters}
            environment |= {"REGION": "R", "STACK": "S", "ADDRESS": "A", "BUCKET": "B"}
            # As GitHub runs a step that names no shell.
            command = ["bash", "--noprofile", "--norc", "-e", "-c", script]
            done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=True)
            return done.stdout.splitlines()


class Functions(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        shared.relay()

    def test_each_zip_is_small(self):
        for name in FUNCTIONS:
            archive = WORK / f"{name}.zip"
            archive.parent.mkdir(parents=True, exist_ok=True)
            with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
                file.write(ROOT / ".aws-sam/build" / name / "bootstrap", "bootstrap")
            size = archive.stat().st_size
            with self.subTest(name, size=size):
                self.assertLessEqual(size, MAX_ZIP)

    def test_each_runs_on_the_glibc_of_the_runtime(self):
        for name in FUNCTIONS:
            versions = glibc_versions(ROOT / ".aws-sam/build" / name / "bootstrap")
            with self.subTest(name):
                self.assertTrue(versions, "the executable names no version of glibc")
                self.assertLessEqual(max(versions), MAX_GLIBC)

    def test_each_executable_can_be_run_by_everyone(self):
        for name in FUNCTIONS:
            mode = (ROOT / ".aws-sam/build" / name / "bootstrap").stat().st_mode
            self.assertEqual(mode & 0o555, 0o555, name)


def glibc_versions(executable: Path) -> set[tuple[int, ...]]:
    """The versions of glibc whose symbols the executable needs."""
    found = re.findall(rb"GLIBC_(\d+(?:\.\d+)+)\0", executable.read_bytes())
    return {tuple(int(part) for part in version.decode().split(".")) for version in found}

