"""The Rust tests that need an emulated AWS: of the adapters and the functions, and of the command with AWS."""

import os
import subprocess
import unittest

from harness import ROOT, Emulator


class Adapters(unittest.TestCase):
    def cargo(self, *which: str):
        # As run.sh builds them.
        command = ["cargo", "test", "--workspace", "--features", "arlo-relay/aws", "--quiet", *which]
        with Emulator() as aws:
            environment = os.environ | {"ARLO_RELAY_TEST_AWS_ENDPOINT": aws.endpoint}
            done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=1800)
        self.assertEqual(done.returncode, 0, done.stdout[-3000:] + done.stderr[-3000:])
        self.assertRegex(done.stdout, r"(?m)^test result: ok\. [1-9]")

    def test_the_store_is_the_store_of_every_other_relay(self):
        self.cargo("--test", "emulated", "store::")

    def test_the_functions(self):
        self.cargo("--test", "emulated", "functions::")

    def test_the_command(self):
        self.cargo("--bin", "arlo-relay")
