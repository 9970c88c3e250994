"""Runs the tests in the order in which a user meets things, on emulated AWS. See run.sh."""

import sys
import time
import unittest
from concurrent.futures import ThreadPoolExecutor

import shared
from harness import WORK, Emulator

# The rows run beside each other, each on an emulated AWS and with a deployment of its own. A test mostly waits for one
# process, which leaves the other processors idle.
ROWS = [
    [
        "test_static",
        "test_relay",
        "test_clients",
        "test_command",
        "test_mail",
        "test_requests",
        "test_canary",
        "test_permissions",
        "test_joining",
        "test_update",
        "test_rule_sets",
    ],
    [
        "test_ses_inbound",
        "test_adapters",
        "test_checks",
        "test_faults",
        "test_survival",
        "test_rule_sets.LeftByTheSharedStack",
    ],
]


class Result(unittest.TextTestResult):
    """One line a test, with its time."""

    def startTest(self, test):
        unittest.TestResult.startTest(self, test)
        self.began = time.monotonic()

    def line(self, word, test):
        self.say(f"{word:5} {time.monotonic() - self.began:6.1f} s  {test.id()}")

    def say(self, text):
        # In one piece, since the rows write to the same stream.
        self.stream.write(text + "\n")
        self.stream.flush()

    passed = 0

    def addSuccess(self, test):
        self.passed += 1
        unittest.TestResult.addSuccess(self, test)
        self.line("ok", test)

    def addFailure(self, test, err):
        unittest.TestResult.addFailure(self, test, err)
        self.line("FAIL", test)
        self.say(self._exc_info_to_string(err, test)[-1500:])

    def addSubTest(self, test, subtest, err):
        unittest.TestResult.addSubTest(self, test, subtest, err)
        if err:
            self.line("FAIL", subtest)
            self.say(self._exc_info_to_string(err, subtest)[-1500:])

    def addError(self, test, err):
        unittest.TestResult.addError(self, test, err)
        self.began = getattr(self, "began", time.monotonic())
        self.line("FAIL", test)
        self.say(self._exc_info_to_string(err, test)[-1500:])


def main() -> int:
    rows = [sys.argv[1:]] if sys.argv[1:] else ROWS
    for log in WORK.glob("emulator-*.log"):
        log.unlink()
    suites = [unittest.defaultTestLoader.loadTestsFromNames(names) for names in rows]
    with ThreadPoolExecutor(len(rows)) as pool:
        results = list(pool.map(run, suites))
    passed = sum(result.passed for result in results)
    failed = sum(len(result.failures) + len(result.errors) for result in results)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or passed == 0 else 0


def run(suite: unittest.TestSuite) -> Result:
    with Emulator() as shared.row.aws:
        result = Result(sys.stdout, False, 0)
        try:
            suite(result)
        finally:
            shared.close()
    return result


if __name__ == "__main__":
    sys.exit(main())
