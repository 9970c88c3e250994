"""Walks through the page of the relay in Debian's Chromium, as a new member does: join, see the values, send the test
mail, read the provider's question, let pyaarlo log in with the pasted lines, look at the status, replace the token,
leave. The relay is a real `serve`, and the simulated Arlo sends real mail.

Each step is looked at in the size of a phone and of a desktop, light and dark: axe must find nothing, and a picture
goes to target/page. `--pictures` makes the three pictures of the README anew. Prints a line for each test, and
`N passed, N failed` last. Exit code 0 if all passed, 1 if not, 77 if there is no Chromium and it cannot be installed.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path.insert(0, str(HERE.parent))

from support.packages import install  # noqa: E402 - the path above comes first
from support.reports import SKIPPED  # noqa: E402
from support.venvs import Unavailable, python_of  # noqa: E402

SECONDS = 600


def chromium() -> str | None:
    """Debian's browser; installed where that is allowed."""
    if not shutil.which("chromium"):
        install("chromium")
    return shutil.which("chromium")


def packages() -> None:
    """Those of package-lock.json, unless they are there."""
    lock, installed = HERE / "package-lock.json", HERE / "node_modules" / "installed.json"
    if installed.is_file() and installed.read_bytes() == lock.read_bytes():
        return
    command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"]
    subprocess.run(command, cwd=HERE, check=True, stdin=subprocess.DEVNULL)
    installed.write_bytes(lock.read_bytes())


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--relay", required=True, metavar="PATH", help="the arlo-relay executable")
    parser.add_argument("--cloud", required=True, metavar="PATH", help="the arlo-sim executable")
    parser.add_argument("--only", default="", metavar="NAME", help="one test by its name")
    parser.add_argument("--pictures", action="store_true", help="make the pictures of the README anew")
    arguments = parser.parse_args()
    browser = chromium()
    if not browser:
        print("There is no chromium here, and it cannot be installed.")
        return SKIPPED
    packages()
    try:
        python = str(python_of("pyaarlo-0.8.0.27", HERE.parent / "pyaarlo" / "requirements.txt"))
    except Unavailable as error:
        print(f"pyaarlo cannot be installed: {error}")
        return SKIPPED
    target = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "page"
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    where = {
        "CHROMIUM": browser,
        "RELAY": os.path.abspath(arguments.relay),
        "CLOUD": os.path.abspath(arguments.cloud),
        "PYTHON": python,
        "SHOTS": str(target),
        "ONLY": arguments.only,
        "PICTURES": str(ROOT / "docs" / "images") if arguments.pictures else "",
    }
    command = ["node", str(HERE / "main.mjs")]
    return subprocess.run(
        command, env={**os.environ, **where}, stdin=subprocess.DEVNULL, timeout=SECONDS, check=False
    ).returncode


if __name__ == "__main__":
    sys.exit(main())
