"""The trials of the comparison: each is the same for every client, in a house of its own.

What fails is a figure and no failure of the trial. No trial asserts a time.
"""

from __future__ import annotations

import hashlib
import statistics
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from measure import Client, House, house, must_open, until

HERE = Path(__file__).resolve().parent
WATCHED = 20
RECORDING_BYTES = 16384
RECORDINGS = 100


@dataclass(frozen=True)
class Program:
    """A client that can be started to watch or to record."""

    name: str
    relay: str
    # The interpreter of pyaarlo's environment; None for arlo-relay.
    python: str | None
    cloud: str

    def watch(self, at: House, directory: Path, *options: str) -> Client:
        environment = at.environment()
        if self.python:
            command = [self.python, str(HERE / "watcher.py"), *options]
        else:
            environment["ARLO_SESSION_FILE"] = str(directory / "session.json")
            command = [self.relay, "watch", "--json"]
        return Client(command, environment, directory / "client.log")

    def record(self, at: House, directory: Path) -> Client:
        pattern = str(directory / "media" / "${SN}" / "${Y}${m}${d}-${H}${M}${S}")
        if self.python:
            return self.watch(at, directory, "--save", pattern)
        environment = at.environment() | {"ARLO_SESSION_FILE": str(directory / "session.json")}
        return Client([self.relay, "record", "--to", pattern], environment, directory / "client.log")

    def is_ready(self, client: Client) -> bool:
        """Whether it can be used: pyaarlo's constructor has returned, arlo-relay has said that it is connected."""
        return client.heard(lambda said: said["type"] in ("ready", "connected"), 60)

    def choose(self, mode: str, client: Client, at: House, directory: Path) -> None:
        if self.python:
            client.ask(f"mode {mode}")
            return
        environment = at.environment() | {"ARLO_SESSION_FILE": str(directory / "session.json")}
        command = [self.relay, "mode", mode, "--at", "Home"]
        subprocess.run(command, env=environment, capture_output=True, timeout=90, check=False)


def start(program: Program, directory: Path) -> dict:
    """How long it takes until it can be used, and what it asks of Arlo."""
    with house(program.cloud, directory, "wss") as at:
        client = program.watch(at, directory)
        ready = program.is_ready(client)
        must_open(client, at)
        seconds = time.monotonic() - client.began
        # What it asks for in the background belongs to its start.
        time.sleep(5)
        found = {"seconds": seconds if ready else float("nan"), "calls": len(at.requests())}
        client.stop()
    return found


def refused_subscribe(program: Program, directory: Path) -> dict:
    """The event stream is refused from the start, as where Arlo has turned it off."""
    with house(program.cloud, directory, None, "--fault", "subscribe-403") as at:
        client = program.watch(at, directory)
        subscribes = lambda: at.requests().count("GET /hmsweb/client/subscribe")  # noqa: E731
        until(lambda: subscribes() > 0, 60)
        time.sleep(10)
        found = {"subscribes": subscribes(), "logins": at.requests().count("POST /api/auth")}
        client.stop()
    return found


def dead_token(program: Program, directory: Path) -> dict:
    """The token dies right after the login, and the event stream with it."""
    with house(program.cloud, directory, "wss") as at:
        client = program.watch(at, directory)
        must_open(client, at)
        before = at.state()["connects"]
        at.play("expire-tokens")
        time.sleep(10)
        found = {"connects": at.state()["connects"] - before, "logins": at.requests().count("POST /api/auth")}
        client.stop()
    return found


def refusal_2015(program: Program, directory: Path) -> dict:
    """The token is refused as newer hosts do it: HTTP 200, `success` false, error 2015. Events come all the same."""
    with house(program.cloud, directory, None, "--fault", "refuse-as-success") as at:
        client = program.watch(at, directory)
        program.is_ready(client)
        must_open(client, at)
        # pyaarlo does not log in again within ten seconds of a login.
        time.sleep(max(0.0, client.began + 15 - time.monotonic()))
        at.play("expire-tokens")
        time.sleep(1)
        active = lambda: at.state()["users"][0]["activeModes"]["48B4597VD0001"]["activeModes"]  # noqa: E731
        before = active()
        deadline = time.monotonic() + 60
        program.choose("armed" if before != ["mode1"] else "disarmed", client, at, directory)
        changed = until(lambda: active() != before, max(0.0, deadline - time.monotonic()))
        opened = until(at.has_stream, max(0.0, deadline - time.monotonic()))
        client.forget()
        at.play("battery Garden 11")
        is_heard = lambda said: 11 in (said.get("new"), said.get("value"))  # noqa: E731
        found = {"mode": changed, "stream": opened, "event": client.heard(is_heard, 10)}
        client.stop()
    return found


def idle(program: Program, directory: Path, seconds: float) -> dict:
    """Watches a house with 20 cameras in which nothing happens."""
    more = ["--more-cameras", str(WATCHED - 4), "--hubs-need-registration"]
    with house(program.cloud, directory, "wss", *more) as at:
        client = program.watch(at, directory)
        program.is_ready(client)
        must_open(client, at)
        time.sleep(20)
        before, calls, began = client.usage.processor(), len(at.requests()), time.monotonic()
        time.sleep(seconds)
        spent, lasted = client.usage.processor() - before, time.monotonic() - began
        resident, own = client.usage.memory()
        found = {"a_day": spent / lasted * 86400, "calls_an_hour": (len(at.requests()) - calls) / lasted * 3600}
        found |= {"resident": resident, "own": own}
        client.stop()
    return found


def busy(program: Program, directory: Path, seconds: int) -> dict:
    """Watches a house with 20 cameras and ten events a second. The time of an event is from before the call that makes
    it in the simulated house until its line is read."""
    with house(program.cloud, directory, "wss", "--more-cameras", str(WATCHED - 4)) as at:
        client = program.watch(at, directory)
        program.is_ready(client)
        must_open(client, at)
        time.sleep(10)
        cameras = [each["deviceId"] for each in at.state()["users"][0]["devices"] if "batteryLevel" in each["properties"]]
        client.forget()
        made, before, began = {}, client.usage.processor(), time.monotonic()
        for number in range(seconds * 10):
            time.sleep(max(0.0, began + number / 10 - time.monotonic()))
            camera, level = cameras[number % len(cameras)], 1 + number // len(cameras) % 99
            made[camera, level] = time.time_ns()
            at.play(f"battery {camera} {level}")
        time.sleep(1)
        spent, lasted = client.usage.processor() - before, time.monotonic() - began
        resident, own = client.usage.memory()
        client.stop()
    came: dict[tuple[str, int], int] = {}
    for moment, said in client.said:
        if said.get("attribute") == "batteryLevel":
            came.setdefault((said["device"], said.get("new", said.get("value"))), moment)
    waits = sorted((came[event] - moment) / 1e6 for event, moment in made.items() if event in came)
    found = {"core": spent / lasted * 100, "resident": resident, "own": own, "made": len(made), "came": len(waits)}
    if waits:
        found |= {"median": statistics.median(waits), "worst": waits[-1], "p99": waits[len(waits) * 99 // 100]}
    return found


def recordings(program: Program, directory: Path) -> dict:
    """A hundred recordings: 34 without a fault, 16 in pairs of the same second, 16 while the media server answers 503,
    16 while it cuts every connection, 16 whose URLs expire while they are fetched, and 2 afterwards."""
    with house(program.cloud, directory, "wss") as at:
        client = program.record(at, directory)
        must_open(client, at)
        time.sleep(8)
        one = 'advance 3\nrecord "Front door" 1'
        for _ in range(34):
            at.play(one)
            time.sleep(0.3)
        until(lambda: len(kept(directory)) >= 34, 30)
        for _ in range(8):
            # The house's clock is a whole number of seconds before this one.
            until(lambda: time.time() % 1 < 0.3, 2)
            at.play(f'{one}\nrecord "Front door" 1')
        time.sleep(20)
        for fault in ("media-503", "media-cut"):
            at.play(f"fault on {fault}")
            for _ in range(16):
                at.play(one)
                time.sleep(0.3)
            time.sleep(10)
            at.play(f"fault off {fault}")
            time.sleep(5)
        fetched = lambda: sum(call.endswith(".mp4") for call in at.requests())  # noqa: E731
        before = fetched()
        for _ in range(16):
            at.play(one)
        until(lambda: fetched() > before, 20)
        at.play("expire-urls")
        time.sleep(10)
        at.play(f"{one}\n{one}")
        patiently(directory)
        at_the_end = kept(directory)
        client.stop()
    whole = {content for content, is_whole in at_the_end.values() if is_whole}
    cut = [name for name, (_, is_whole) in at_the_end.items() if not is_whole]
    return {"kept": len(whole), "incomplete": len(cut), "made": RECORDINGS}


def kept(directory: Path) -> dict[str, tuple[str, bool]]:
    """The files with a name of a recording: what each has, and whether that is a whole recording."""
    found = {}
    for file in (directory / "media").rglob("*.mp4"):
        content = file.read_bytes()
        is_whole = len(content) == RECORDING_BYTES and content[4:8] == b"ftyp"
        found[file.name] = (hashlib.sha256(content).hexdigest(), is_whole)
    return found


def patiently(directory: Path) -> None:
    """Waits until all is kept, or nothing has come for so long that nothing more will, or five minutes."""
    deadline, seen, since = time.monotonic() + 300, len(kept(directory)), time.monotonic()
    while time.monotonic() < deadline and time.monotonic() - since < 100:
        time.sleep(1)
        now = kept(directory)
        if len({content for content, is_whole in now.values() if is_whole}) >= RECORDINGS:
            return
        if len(now) != seen:
            seen, since = len(now), time.monotonic()
