"""The template and the script as their own linters see them, and the built functions."""

import os
import re
import subprocess
import unittest
import zipfile
from pathlib import Path

import shared
from harness import LINT_BIN, ROOT, SAM_BIN, WORK

MAX_ZIP = 4 * 1024 * 1024
# The glibc of provided.al2023.
MAX_GLIBC = (2, 34)
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
        # Every exception stands in the template with its reason.
        check(LINT_BIN / "checkov", "-f", "template.yaml", "--quiet", "--compact", "--skip-download")

    def test_shellcheck(self):
        check(LINT_BIN / "shellcheck", "deploy.sh", "tests/aws/run.sh")


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

