"""The canary, as far as an emulator can answer it."""

import re
import subprocess

from harness import COMMAND, ROOT
from test_relay import Relay


class Canary(Relay):
    def canary(self) -> tuple[int, dict[str, list[str]], str]:
        """Its exit code, the names of its lines by their word, and all that it printed."""
        done = subprocess.run(
            [ROOT / "tests/aws/canary.sh", self.stack.name, self.stack.region],
            env=self.stack.shell | {"ARLO_RELAY": str(COMMAND)},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=300,
        )
        lines = re.findall(r"(?m)^(ok|wrong|seen|not run) +([^:]+): .", done.stdout)
        words = {word: [name for found, name in lines if found == word] for word in ("ok", "wrong", "seen", "not run")}
        return done.returncode, words, done.stdout + done.stderr

    def test_a_stack_that_is_well(self):
        before = self.stack.command("enroll", "--list", "--stack", self.stack.name, "--region", self.stack.region).stdout
        code, words, printed = self.canary()
        self.assertEqual((code, words["wrong"]), (0, []), printed)
        for name in ("rule", "key", "table key", "prestage", "poll URL", "crowded", "escaped path", "DeadLetterAlarm"):
            self.assertIn(name, words["ok"])
        # What only AWS can answer, and only that.
        self.assertEqual(
            set(words["not run"]),
            {
                "plan", "log policies", "receipt rule", "bucket policy", "route limits", "doctor", "healthz date",
                "role of prestage", "large mail", "access log", "mail", "throttling", "poll URL's end",
                "second deployment", "ForwardTo", "GitHub", "deletion",
            },
        )  # fmt: skip
        after = self.stack.command("enroll", "--list", "--stack", self.stack.name, "--region", self.stack.region).stdout
        self.assertEqual(after, before, "its enrolment is revoked")

    def test_what_is_wrong_is_said(self):
        ses = self.stack.client("ses")
        rules = ses.describe_active_receipt_rule_set()["Metadata"]["Name"]
        ses.set_active_receipt_rule_set()
        self.addCleanup(ses.set_active_receipt_rule_set, RuleSetName=rules)
        code, words, printed = self.canary()
        self.assertEqual((code, words["wrong"]), (1, ["rule"]), printed)

    def test_wrong_usage(self):
        done = subprocess.run([ROOT / "tests/aws/canary.sh"], capture_output=True, text=True)
        self.assertEqual((done.returncode, done.stderr), (2, "usage: tests/aws/canary.sh STACK REGION\n"))
