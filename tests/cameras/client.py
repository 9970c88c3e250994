"""Watches and operates a simulated house with pyaarlo as its users run it.

Prints one JSON line for each step that it has passed: {"step", "seconds"}. Exit code 0 if all passed. A step that fails
ends it with the reason on standard error. The password comes from ARLO_PASSWORD, since every user of a machine can read
a command line.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import sys
import tempfile
import threading
import time
import urllib.request
from pathlib import Path
from typing import Callable

import pyaarlo

WAIT_SECONDS = 40
# pyaarlo does not log in again within ten seconds of a login.
BETWEEN_LOGINS = 11
RECORDING_BYTES = 16384


class Failed(Exception):
    """Something is not as it must be."""


class House:
    """The simulated house, by its control port."""

    def __init__(self, control: str) -> None:
        self.control = control
        self.opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def play(self, script: str) -> None:
        self.opener.open(f"{self.control}/play", script.encode(), timeout=WAIT_SECONDS).close()

    def get(self, path: str) -> dict:
        with self.opener.open(f"{self.control}{path}", timeout=WAIT_SECONDS) as answer:
            return json.load(answer)

    def properties(self, device_id: str) -> dict:
        devices = self.get("/state")["users"][0]["devices"]
        return next(device["properties"] for device in devices if device["deviceId"] == device_id)

    def streams(self) -> int:
        return self.get("/state")["streams"]

    def logins(self) -> int:
        return self.get("/requests").count("POST /api/auth")


class Seen:
    """What the callbacks were called with."""

    def __init__(self) -> None:
        self.changed = threading.Condition()
        self.calls: list[tuple[str, str, object]] = []

    def call(self, device: object, attribute: str, value: object) -> None:
        with self.changed:
            self.calls.append((device.name, attribute, value))
            self.changed.notify_all()

    def forget(self) -> None:
        with self.changed:
            self.calls.clear()

    def wait(self, device: str, attribute: str, is_wanted: Callable[[object], object]) -> object:
        """The value of the first such call since the last `forget`."""
        found: list[object] = []

        def came() -> bool:
            of_it = [value for name, known, value in self.calls if (name, known) == (device, attribute)]
            found[:] = [value for value in of_it if is_wanted(value)]
            return bool(found)

        with self.changed:
            if not self.changed.wait_for(came, WAIT_SECONDS):
                short = [(name, known, str(value)[:80]) for name, known, value in self.calls]
                raise Failed(f"no call for {attribute} of {device}; the calls were {short}")
        return found[0]


def until(condition: Callable[[], object], what: str) -> None:
    deadline = time.monotonic() + WAIT_SECONDS
    while not condition():
        if time.monotonic() > deadline:
            raise Failed(f"not within {WAIT_SECONDS} s: {what}")
        time.sleep(0.1)


class Test:
    def __init__(self, arguments: argparse.Namespace, directory: Path) -> None:
        self.arguments, self.directory = arguments, directory
        self.house, self.seen = House(arguments.control), Seen()
        self.arlo: pyaarlo.PyArlo = None
        self.logged_in_at = 0.0

    def steps(self) -> list[Callable[[], None]]:
        return [
            self.login,
            self.motion,
            self.ring,
            self.mode,
            self.brightness,
            self.snapshot,
            self.recording,
            self.dropped_and_back,
            self.expired_and_back,
        ]

    def device(self, name: str) -> object:
        return next(each for each in (*self.arlo.cameras, *self.arlo.doorbells) if each.name == name)

    def login(self) -> None:
        self.arlo = pyaarlo.PyArlo(
            username=self.arguments.account,
            password=os.environ["ARLO_PASSWORD"],
            host=self.arguments.cloud,
            auth_host=self.arguments.cloud,
            storage_dir=str(self.directory),
            save_session=False,
            save_state=False,
            save_media_to=str(self.directory / "media" / "${SN}" / "${Y}${m}${d}-${H}${M}${S}"),
            request_timeout=30,
        )
        if not self.arlo.is_connected:
            raise Failed(f"the login failed: {self.arlo.last_error}")
        self.logged_in_at = time.monotonic()
        cameras = sorted(camera.name for camera in self.arlo.cameras)
        if cameras != ["Drive", "Front bell", "Front door", "Garden"]:
            raise Failed(f"the cameras are {cameras}")
        kinds = [len(each) for each in (self.arlo.base_stations, self.arlo.doorbells, self.arlo.lights, self.arlo.sensors)]
        if kinds != [2, 1, 1, 1]:
            raise Failed(f"of base stations, doorbells, lights and sensors there are {kinds}")
        devices = (*self.arlo.base_stations, *self.arlo.cameras, *self.arlo.doorbells, *self.arlo.locations)
        for device in devices:
            device.add_attr_callback("*", self.seen.call)
        until(lambda: self.house.streams() == 1, "the event stream is open")
        # By the hub's answer for its children, which came over the stream.
        until(lambda: self.device("Garden").battery_level == 87, "the battery of a camera behind the hub")

    def motion(self) -> None:
        self.house.play('motion "Front door" 10')
        for value in (True, False):
            self.seen.wait("Front door", "motionDetected", lambda seen: seen is value)

    def ring(self) -> None:
        self.house.play('ring "Front bell"')
        self.seen.wait("Front bell", "buttonPressed", lambda seen: seen is True)

    def mode(self) -> None:
        base = next(each for each in self.arlo.base_stations if each.name == "Home")
        if self.arguments.generation == "v3":
            where, modes = self.arlo.locations[0], ["armAway", "standby"]
            state = lambda: self.house.get("/state")["users"][0]["locationMode"]["properties"]["mode"]  # noqa: E731
            wanted = modes
        else:
            where, modes = base, ["armed", "disarmed"]
            state = lambda: self.house.get("/state")["users"][0]["activeModes"][base.device_id]["activeModes"]  # noqa: E731
            wanted = [["mode1"], ["mode0"]]
        for mode, in_the_house in zip(modes, wanted):
            self.seen.forget()
            base.mode = mode
            self.seen.wait(where.name, "activeMode", lambda seen: seen == mode)
            until(lambda: state() == in_the_house, f"the house is in {mode}")
        # Somebody else changes it.
        self.seen.forget()
        self.house.play(f"mode {modes[0] if self.arguments.generation == 'v3' else 'mode1'}")
        self.seen.wait(where.name, "activeMode", lambda seen: seen == modes[0])

    def brightness(self) -> None:
        camera = self.device("Garden")
        camera.brightness = 2
        self.seen.wait("Garden", "brightness", lambda seen: seen == 2)
        if self.house.properties(camera.device_id)["brightness"] != 2:
            raise Failed("the house does not know of it")

    def snapshot(self) -> None:
        # One of each form.
        for name in ("Garden", "Drive"):
            self.device(name).request_snapshot()
            self.seen.wait(name, "lastImageSource", lambda seen: str(seen).startswith("snapshot/"))
            picture = self.seen.wait(name, "presignedLastImageData", lambda seen: seen)
            if not picture.startswith(b"\xff\xd8") or b"/snapshots/" not in picture:
                raise Failed(f"the picture of {name} is none of the media server")

    def recording(self) -> None:
        self.house.play('record "Front door" 20 Person')
        camera = self.device("Front door")
        self.seen.wait("Front door", "activityState", lambda seen: seen == "alertStreamActive")
        self.seen.wait("Front door", "lastCapture", lambda seen: seen)
        media = self.directory / "media" / camera.device_id
        until(lambda: list(media.glob("*.mp4")), "the recording is on disk")
        saved = next(media.glob("*.mp4")).read_bytes()
        if len(saved) != RECORDING_BYTES or saved[4:8] != b"ftyp" or camera.device_id.encode() not in saved:
            raise Failed(f"{len(saved)} bytes on disk are not the recording")
        if camera.last_video.video_url is None or camera.captured_today != 1:
            raise Failed(f"{camera.captured_today} recordings of today")

    def dropped_and_back(self) -> None:
        self.house.play("drop-streams")
        until(lambda: self.house.streams() == 1, "the event stream is open again")
        self.seen.forget()
        self.house.play('motion "Front door" 10')
        self.seen.wait("Front door", "motionDetected", lambda seen: seen is True)

    def expired_and_back(self) -> None:
        time.sleep(max(0.0, self.logged_in_at + BETWEEN_LOGINS - time.monotonic()))
        before = self.house.logins()
        self.house.play("expire-tokens")
        until(lambda: self.house.logins() > before, "another login")
        until(lambda: self.house.streams() == 1, "the event stream is open again")
        self.seen.forget()
        self.house.play("motion Garden 10")
        self.seen.wait("Garden", "motionDetected", lambda seen: seen is True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cloud", required=True, help="URL of the simulated Arlo cloud")
    parser.add_argument("--control", required=True, help="URL of its control port")
    parser.add_argument("--account", required=True, help="address to log in with")
    parser.add_argument("--generation", choices=["v2", "v3"], required=True, help="of the account")
    parser.add_argument("--verbose", action="store_true", help="pyaarlo's debug log on stderr")
    arguments = parser.parse_args()
    logging.basicConfig(stream=sys.stderr, level=logging.DEBUG if arguments.verbose else logging.ERROR)
    with tempfile.TemporaryDirectory(prefix="pyaarlo-") as storage:
        test = Test(arguments, Path(storage))
        for step in test.steps():
            began = time.monotonic()
            try:
                step()
            except Exception as error:  # noqa: BLE001 - whatever it is, the step has failed
                print(f"{step.__name__}: {type(error).__name__}: {error}", file=sys.stderr)
                # pyaarlo takes 20 s to stop, and its threads would hold the process.
                sys.stderr.flush()
                os._exit(1)
            print(json.dumps({"step": step.__name__, "seconds": round(time.monotonic() - began, 1)}), flush=True)
    os._exit(0)


if __name__ == "__main__":
    main()
