"""Builds each crate without features, and with each of its features alone, and holds it against the lints.

What all features together hide shows here: code that nothing uses, or that needs a feature which it does not name. Prints each
set and `N passed, N failed` last. Exit code 0 if all passed, 1 otherwise. With `--list` it builds nothing.
"""

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent


def sets() -> list[tuple[str, str]]:
    """Each crate with each feature; the empty text is none."""
    metadata = subprocess.run(
        ["cargo", "metadata", "--no-deps", "--format-version", "1"], cwd=ROOT, check=True, capture_output=True, text=True
    )
    packages = json.loads(metadata.stdout)["packages"]
    return [(one["name"], feature) for one in packages for feature in ["", *sorted(set(one["features"]) - {"default"})]]


def main() -> int:
    outcomes = []
    for package, feature in sets():
        print(f"{package}: {feature or 'no feature'}", flush=True)
        if "--list" not in sys.argv:
            command = ["cargo", "clippy", "--quiet", "--package", package, "--no-default-features", "--features", feature]
            outcomes.append(subprocess.run([*command, "--", "-D", "warnings"], cwd=ROOT, check=False).returncode == 0)
    print(f"{outcomes.count(True)} passed, {outcomes.count(False)} failed")
    return 0 if all(outcomes) else 1


if __name__ == "__main__":
    sys.exit(main())
