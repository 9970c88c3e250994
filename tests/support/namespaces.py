"""Namespaces of one's own (unshare(1)). Linux lets everybody make one, unless the machine forbids it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys


def enter(kinds: list[str], inside: str) -> bool:
    """Begins this program again in namespaces of these kinds, unless the variable `inside` says that it is in them.

    False where there can be none.
    """
    if inside in os.environ:
        return True
    program = shutil.which("unshare")
    make = [program or "unshare", *kinds] + ([] if os.geteuid() == 0 else ["--map-root-user"])
    if program and subprocess.run([*make, "true"], capture_output=True, check=False).returncode == 0:
        os.environ[inside] = "1"
        os.execv(program, [*make, sys.executable, *sys.argv])
    return False
