"""Watches a simulated house with pyaarlo, for the comparison: prints a JSON object a line, until standard input ends.

`{"type": "ready"}` once pyaarlo can be used, then `{"attribute", "device", "value"}` for each call of a callback. A line
`mode NAME` on standard input chooses a mode. The password comes from ARLO_PASSWORD.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import signal
import sys
import tempfile
import threading

import pyaarlo


def show(line: dict) -> None:
    print(json.dumps(line, default=str), flush=True)


def called(device: object, attribute: str, value: object) -> None:
    show({"type": "change", "attribute": attribute, "device": device.device_id, "value": value})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--save", default="", metavar="PATTERN", help="where recordings are kept")
    arguments = parser.parse_args()
    logging.basicConfig(stream=sys.stderr, level=logging.ERROR)
    # pyaarlo takes 20 s to stop, and its threads would hold the process.
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    host = os.environ["ARLO_HOST"]
    with tempfile.TemporaryDirectory(prefix="pyaarlo-") as storage:
        arlo = pyaarlo.PyArlo(
            username=os.environ["ARLO_ACCOUNT"],
            password=os.environ["ARLO_PASSWORD"],
            host=host,
            auth_host=host,
            storage_dir=storage,
            save_session=False,
            save_state=False,
            save_media_to=arguments.save,
        )
        for device in (*arlo.base_stations, *arlo.cameras, *arlo.doorbells, *arlo.lights, *arlo.sensors):
            device.add_attr_callback("*", called)
        show({"type": "ready", "connected": arlo.is_connected})
        for line in sys.stdin:
            verb, _, name = line.strip().partition(" ")
            if verb == "mode":
                base = next(each for each in arlo.base_stations if each.name == "Home")
                # It can wait for an answer that does not come.
                threading.Thread(target=setattr, args=(base, "mode", name), daemon=True).start()
    os._exit(0)


if __name__ == "__main__":
    main()
