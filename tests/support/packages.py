"""Programs that come with Debian and Ubuntu."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys


def install(package: str) -> bool:
    """Installs a package where that is allowed: as root, or in CI by sudo. False if it was not even tried.

    No question is asked, and no service of the package is started.
    """
    if not shutil.which("apt-get") or not (os.geteuid() == 0 or os.environ.get("CI")):
        return False
    sudo = [] if os.geteuid() == 0 else ["sudo", "-n", "--preserve-env=DEBIAN_FRONTEND,RUNLEVEL"]
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"}
    # On a machine that has just started, its own updates hold the lock.
    patient = ["-o", "DPkg::Lock::Timeout=600", "-o", "Acquire::Retries=3"]
    for words in (["update"], ["install", "-y", "--no-install-recommends", package]):
        with contextlib.suppress(OSError):
            command = [*sudo, "apt-get", "-qq", *patient, *words]
            subprocess.run(command, env=quiet, stdin=subprocess.DEVNULL, stdout=sys.stderr, check=False)
    return True
