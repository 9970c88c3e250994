"""Python environments with pinned packages, below .venv/. One is made again only when its pins change."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
INSTALL_SECONDS = 300


class Unavailable(Exception):
    """This machine cannot make the environment."""


def python_of(name: str, requirements: Path) -> Path:
    """The interpreter of the environment of that name, which holds exactly what `requirements` pins.

    The file names every dependency, with the hashes of its files: pip adds none that a package asks for.
    """
    place = CHECKOUT / ".venv" / name
    python = place / "bin" / "python"
    stamp = place / "made-from"
    pins = hashlib.sha256(requirements.read_bytes() + sys.version.encode()).hexdigest()
    if stamp.is_file() and stamp.read_text() == pins and python.exists():
        return python
    # A half-made environment has no stamp: it is made anew.
    shutil.rmtree(place, ignore_errors=True)
    install = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    # What is never imported need not be compiled.
    install += ["--no-compile"]
    install += ["--require-hashes", "--no-deps", "--requirement", str(requirements)]
    run([sys.executable, "-m", "venv", str(place)], "python3 -m venv (on Debian: the package python3-venv)")
    run(install, f"pip install -r {requirements.name}")
    stamp.write_text(pins)
    return python


def run(command: list[str], what: str) -> None:
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=INSTALL_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        raise Unavailable(f"{what} took longer than {INSTALL_SECONDS} s") from None
    if done.returncode != 0:
        lines = (done.stderr or done.stdout).strip().splitlines()
        raise Unavailable(f"{what} failed: {lines[-1] if lines else 'without a word'}")
