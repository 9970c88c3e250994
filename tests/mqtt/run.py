"""Tests `arlo-relay mqtt` against a real broker, Debian's mosquitto, read by a client that others wrote: paho-mqtt.

Each scenario has its own broker, its own simulated house and its own bridge, all on free ports of the loopback. Prints a
line for each scenario, and `N passed, N failed` last. Exit code 0 if all passed, 1 if one failed, 77 if there is no
mosquitto and it cannot be installed.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from support.packages import install  # noqa: E402 - the path above comes first
from support.reports import SKIPPED  # noqa: E402
from support.venvs import Unavailable, python_of  # noqa: E402


def missing() -> list[str]:
    path = f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin"
    return [program for program in ("mosquitto", "mosquitto_passwd") if not shutil.which(program, path=path)]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--relay", required=True, metavar="PATH", help="the arlo-relay executable")
    parser.add_argument("--cloud", required=True, metavar="PATH", help="the arlo-sim executable")
    parser.add_argument("--only", metavar="NAME", help="one scenario by its name")
    arguments = parser.parse_args()
    if missing():
        install("mosquitto")
    if missing():
        print("SKIPPED: there is no mosquitto here, and only root or CI may install it: apt-get install mosquitto", flush=True)
        return SKIPPED
    if not shutil.which("openssl"):
        print("SKIPPED: there is no openssl here to make a certificate with", flush=True)
        return SKIPPED
    try:
        python = python_of("paho-mqtt-2.1.0", HERE / "requirements.txt")
    except Unavailable as error:
        print(f"SKIPPED: paho-mqtt cannot be installed: {error}", flush=True)
        return SKIPPED
    command = [str(python), str(HERE / "scenarios.py"), "--relay", os.path.abspath(arguments.relay)]
    command += ["--cloud", os.path.abspath(arguments.cloud), *(["--only", arguments.only] if arguments.only else [])]
    return subprocess.run(command, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
