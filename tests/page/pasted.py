"""Runs the lines for pyaarlo that the page shows, as they are on standard input, against a simulated Arlo.

Only what a member does not have is added: where Arlo is. Prints one JSON line with `connected` and `cameras`. The
password, which the member writes into the lines, comes from ARLO_PASSWORD.
"""

import functools
import json
import os
import sys
import tempfile

import pyaarlo

lines = sys.stdin.read().replace("your-arlo-password", os.environ["ARLO_PASSWORD"])
cloud = os.environ["ARLO_HOST"]
with tempfile.TemporaryDirectory(prefix="pyaarlo-") as storage:
    # What pyaarlo keeps, it keeps in this directory.
    more = {"storage_dir": storage, "save_session": False, "save_state": False}
    pyaarlo.PyArlo = functools.partial(pyaarlo.PyArlo, host=cloud, auth_host=cloud, backend="sse", **more)
    names = {"pyaarlo": pyaarlo}
    exec(lines, names)  # noqa: S102 - they are the ones under test
    arlo = names["arlo"]
    cameras = [camera.name for camera in arlo.cameras]
    print(json.dumps({"connected": arlo.is_connected, "cameras": cameras, "error": arlo.last_error}), flush=True)
