"""Runs the tests in the order in which a user meets things, on one emulated AWS. See run.sh."""

import sys
import time
import unittest

import shared
from harness import Emulator

MODULES = [
    "test_static",
    "test_ses_inbound",
    "test_adapters",
    "test_checks",
    "test_relay",
    "test_clients",
    "test_command",
    "test_mail",
    "test_requests",
    "test_canary",
    "test_permissions",
    "test_joining",
    "test_faults",
    "test_survival",
    "test_update",
    "test_rule_sets",
]


class Result(unittest.TextTestResult):
    """One line a test, with its time."""

    def startTest(self, test):
        unittest.TestResult.startTest(self, test)
        self.began = time.monotonic()

    def line(self, word, test):
        self.stream.writeln(f"{word:5} {time.monotonic() - self.began:6.1f} s  {test.id()}")
        self.stream.flush()

    passed = 0

    def addSuccess(self, test):
        self.passed += 1
        unittest.TestResult.addSuccess(self, test)
        self.line("ok", test)

    def addFailure(self, test, err):
        unittest.TestResult.addFailure(self, test, err)
        self.line("FAIL", test)
        self.stream.writeln(self._exc_info_to_string(err, test)[-1500:])

    def addSubTest(self, test, subtest, err):
        unittest.TestResult.addSubTest(self, test, subtest, err)
        if err:
            self.line("FAIL", subtest)
            self.stream.writeln(self._exc_info_to_string(err, subtest)[-1500:])

    def addError(self, test, err):
        unittest.TestResult.addError(self, test, err)
        self.began = getattr(self, "began", time.monotonic())
        self.line("FAIL", test)
        self.stream.writeln(self._exc_info_to_string(err, test)[-1500:])


def main() -> int:
    loader = unittest.defaultTestLoader
    names = [m for m in MODULES if len(sys.argv) == 1 or any(a.split(".")[0] == m for a in sys.argv[1:])]
    suite = loader.loadTestsFromNames(sys.argv[1:] or names)
    with Emulator() as aws:
        shared.aws = aws
        runner = unittest.TextTestRunner(stream=sys.stdout, resultclass=Result, verbosity=0)
        result = Result(runner.stream, False, 0)
        result.failfast = False
        try:
            suite(result)
        finally:
            shared.close()
    failed = len(result.failures) + len(result.errors)
    print(f"{result.passed} passed, {failed} failed")
    return 1 if failed or result.passed == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
