"""Tests HTTPS, STARTTLS, certificates that change, ACME and what a service manager does, on a real `serve`.

ACME is tested against Debian's pebble, the test server of Let's Encrypt, with its name server. systemd itself is not
started: this program hands over sockets and listens to `NOTIFY_SOCKET` as systemd does, and runs
`systemd-socket-activate` where it is installed. Everything is on free ports of the loopback. Prints a line per scenario
and `N passed, N failed` last. Exit code 0 if all passed, 1 if one failed, 77 if none failed
and one could not run here.
"""

from __future__ import annotations

import argparse
import contextlib
import functools
import os
import signal
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from support.reports import SKIPPED, report, summary  # noqa: E402 - the path above comes first
from tls import acme, files, manager  # noqa: E402

SCENARIOS = [
    ("a changed certificate is shown to new connections", files.changed),
    ("a certificate that cannot be used changes nothing", files.unusable),
    ("a certificate that has ended is warned of", files.warned_of),
    ("the service manager is told how the relay is", manager.notified),
    ("a signal without a certificate ends it as any other", manager.hangup),
    ("sockets are taken from the service manager", manager.sockets),
    ("sockets that are not meant or not named are not taken", manager.refused_sockets),
    ("systemd-socket-activate starts it at the first call", manager.activated),
    ("a certificate comes by ACME, and is kept", acme.obtained),
    ("a certificate by ACME is renewed", acme.renewed),
    ("what keeps ACME from a certificate is said, and tried again", acme.refused),
]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--relay", required=True, help="the executable arlo-relay")
    binary = os.path.abspath(parser.parse_args().relay)
    # Below nohup a process ignores it, and so do its children.
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    outcomes = []
    for name, run in SCENARIOS:
        with contextlib.ExitStack() as stack:
            directory = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="arlo-relay-tls-")))
            outcomes.append(report(name, functools.partial(run, binary, directory), directory))
    code = summary(outcomes)
    return SKIPPED if code == 0 and None in outcomes else code


if __name__ == "__main__":
    sys.exit(main())
