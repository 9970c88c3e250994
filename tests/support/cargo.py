"""What cargo builds for the tests: with the features that the step `unit` of test.sh names, or else cargo would build
the dependencies once more with others. A test or an example has to be among the targets, for the same reason: the
features that only tests need count then.
"""

from __future__ import annotations

import json
import subprocess

from support.checks import Failed
from support.venvs import CHECKOUT


def example(name: str) -> str:
    """Builds an example; its executable."""
    command = ["cargo", "build", "--quiet", "--workspace", "--features", "relay-aws/stack", "--example", name]
    done = subprocess.run(
        [*command, "--message-format", "json"], cwd=CHECKOUT, stdin=subprocess.DEVNULL, capture_output=True, text=True
    )
    if done.returncode != 0:
        raise Failed(f"the example {name} does not build\n{done.stderr[-2000:]}")
    built = [json.loads(line) for line in done.stdout.splitlines()]
    return next(message["executable"] for message in built if message.get("executable"))
