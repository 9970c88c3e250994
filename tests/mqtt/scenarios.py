"""The scenarios of run.py, which starts this program with a Python that has paho-mqtt."""

from __future__ import annotations

import argparse
import contextlib
import json
import re
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timezone
from pathlib import Path
from typing import Callable

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

import home_assistant  # noqa: E402 - the path above comes first
from processes import Bridge, Broker, House, Reader  # noqa: E402
from support.checks import must, must_equal, until  # noqa: E402
from support.reports import report, summary  # noqa: E402

HUB, FRONT, GARDEN = "48B4597VD0001", "52M1897PA0001", "52M1897PA0002"
BELL, LIGHT, SENSOR, DRIVE = "9K11937PA0001", "6T21977PA0001", "7S31987PA0001", "A0P4041PA0001"
DEVICES = [HUB, FRONT, GARDEN, BELL, LIGHT, SENSOR, DRIVE]
STATUS = "arlo-relay/status"


def state(device: str, key: str) -> str:
    return f"arlo-relay/{device}/{key}"


def config(device: str) -> str:
    return f"homeassistant/device/arlo_{device}/config"


class Setup:
    def __init__(self, relay: str, cloud: str, directory: Path, stack: contextlib.ExitStack) -> None:
        self.relay, self.cloud, self.directory, self.stack = relay, cloud, directory, stack
        self.broker: Broker
        self.house: House
        self.reader: Reader
        self.bridge: Bridge

    def begin(self, generation: str = "v2", mqtt: str | None = None, secure: bool = False, options: tuple[str, ...] = ()) -> None:
        """A broker, a house, a reader, and a bridge that is not started."""
        self.broker = Broker(self.directory, secure)
        self.broker.start()
        self.stack.callback(self.broker.stop)
        self.house = House(self.cloud, self.directory, generation, mqtt)
        self.stack.callback(self.house.server.stop)
        self.reader = Reader(self.broker)
        self.stack.callback(self.reader.close)
        self.bridge = Bridge(self.relay, self.directory, self.house, self.broker, *options)
        self.stack.callback(self.bridge.stop)

    def start(self) -> None:
        self.bridge.start()
        self.reader.wait(STATUS, "online")

    def command(self, device: str, key: str, payload: str | bytes, retain: bool = False) -> None:
        self.reader.publish(f"arlo-relay/{device}/{key}/set", payload, retain)

    def messages(self) -> dict[str, dict]:
        """The discovery messages by their topics, each checked, with the states of their components."""
        found = {}
        for topic in self.reader.topics("homeassistant/device/"):
            found[topic] = home_assistant.message(topic, self.reader.payload(topic))
        for topic, message in found.items():
            for key, component in message["components"].items():
                for name in ("state_topic", "image_topic"):
                    payload = self.reader.payload(component[name]) if name in component else None
                    if payload is not None:
                        home_assistant.state(f"{topic} {key}", component, payload)
        return found


def has_passed(reader: Reader, topic: str) -> bool:
    """Whether something began and ended. The simulated house answers when it has ended, so the state can be off again
    before it is looked at."""
    texts = reader.texts(topic)
    return "ON" in texts and texts[-1] == "OFF"


def devices_and_states(setup: Setup) -> None:
    setup.begin()
    # It is about noon where the camera is, so that all of it is of one day. POSIX counts the hours to the west.
    west = datetime.now(timezone.utc).hour - 12
    setup.house.play(f"set Garden '{{\"olsonTimeZone\": \"Etc/GMT{west:+d}\"}}'")
    # What the library has from before is the first picture: nothing wakes a camera for it.
    setup.house.play("history Garden 3 60")
    setup.start()
    reader, house = setup.reader, setup.house
    until(lambda: reader.payload(state(HUB, "alarm")), "the modes of the hub")
    reader.wait(state(GARDEN, "recordings_today"), "3")
    until(lambda: reader.payload(state(GARDEN, "picture")), "the picture of the newest recording")
    messages = setup.messages()
    must(all(config(device) in messages for device in DEVICES), f"a device is missing: {sorted(messages)}")
    must_equal(len(messages), len(DEVICES) + 1, "a message for each device, and one for the bridge")
    unique = [one["unique_id"] for message in messages.values() for one in message["components"].values()]
    must_equal(len(set(unique)), len(unique), "unique identifiers")
    must_equal(messages[config(GARDEN)]["device"]["via_device"], f"arlo_{HUB}", "the base of a camera")
    for device, keys in {
        HUB: {"mode", "alarm", "siren", "restart"},
        GARDEN: {"motion", "sound", "battery", "charging", "signal", "activity", "picture", "snapshot", "privacy"}
        | {"brightness", "last_recording", "recordings_today"},
        BELL: {"ring", "motion", "picture"},
        LIGHT: {"lamp", "battery"},
        SENSOR: {"contact", "water", "tamper", "temperature", "humidity", "moving"},
    }.items():
        must(keys <= set(messages[config(device)]["components"]), f"{device}: {set(messages[config(device)]['components'])}")
    # A client that comes later sees the same: all of it was kept.
    later = Reader(setup.broker)
    try:
        until(lambda: later.topics("") == reader.topics(""), "what a later client gets")
        must(all(kept for _, kept in later.newest.values()), "something came that was not kept")
    finally:
        later.close()

    reader.forget()
    house.play("motion Garden 20")
    until(lambda: has_passed(reader, state(GARDEN, "motion")), "a motion that begins and ends")
    for script, device, key, expected in [
        ("battery Garden 41", GARDEN, "battery", "41"),
        ('temperature "Back door" 3.5', SENSOR, "temperature", "3.5"),
        ('contact "Back door" open', SENSOR, "contact", "ON"),
        ("set Garden '{\"chargingState\": \"On\"}'", GARDEN, "charging", "ON"),
        ("set Garden '{\"privacyActive\": \"True\"}'", GARDEN, "privacy", "ON"),
        ("mode mode2", HUB, "alarm", "armed_custom_bypass"),
        ("mode mode0", HUB, "mode", "disarmed"),
    ]:
        house.play(script)
        reader.wait(state(device, key), expected)
    # An attribute that the camera did not have adds an entity.
    house.play("set Garden '{\"spotlight\": {\"enabled\": true, \"intensity\": 30}}'")
    reader.wait(state(GARDEN, "spotlight_brightness"), "30")
    until(lambda: "spotlight" in setup.messages()[config(GARDEN)]["components"], "the spotlight is announced")

    reader.forget()
    house.play('ring "Front bell"')
    until(lambda: reader.count(state(BELL, "ring")) == 1, "the ring")
    must_equal(json.loads(reader.text(state(BELL, "ring"))), {"event_type": "ring"}, "what rings")
    must(not any(kept for topic, _, kept in reader.messages if topic == state(BELL, "ring")), "a ring is not kept")
    later = Reader(setup.broker)
    try:
        later.wait(STATUS, "online")
        must(later.payload(state(BELL, "ring")) is None, "a later client hears no ring")
    finally:
        later.close()

    house.play("offline Home")
    for device in (HUB, GARDEN, BELL):
        reader.wait(state(device, "availability"), "offline")
    must_equal(reader.text(state(DRIVE, "availability")), "online", "a camera that is its own base")
    house.play("online Home")
    for device in (HUB, GARDEN, BELL):
        reader.wait(state(device, "availability"), "online")

    before = reader.text(state(GARDEN, "last_recording"))
    house.play("record Garden 1 Person")
    # Half a minute lies between two readings of the library.
    until(lambda: reader.text(state(GARDEN, "last_recording")) != before, "the new recording", 60)
    reader.wait(state(GARDEN, "recordings_today"), "4")
    setup.messages()
    for _, payload, _ in reader.all:
        must(not any(secret in payload for secret in (b"casey", b"://", b"token")), f"a secret was published: {payload[:200]}")
    for request in ("POST /hmsweb/users/devices/startStream", "POST /hmsweb/users/devices/fullFrameSnapshot"):
        must_equal(house.requests(request), 0, f"{request} without being asked")


def commands(setup: Setup) -> None:
    setup.begin(mqtt="ssl")
    setup.start()
    reader, house = setup.reader, setup.house
    until(lambda: reader.payload(state(HUB, "alarm")), "the modes of the hub")
    for device, key, payload, name, value in [
        (GARDEN, "privacy", "ON", "privacyActive", True),
        (GARDEN, "privacy", "OFF", "privacyActive", False),
        (GARDEN, "brightness", "-2", "brightness", -2),
        (LIGHT, "lamp", "ON", "lampState", "on"),
        (LIGHT, "lamp_brightness", "99", "brightness", 99),
    ]:
        setup.command(device, key, payload)
        until(lambda: house.property(device, name) == value, f"{name} of the house")
        reader.wait(state(device, key), payload)
    setup.command(HUB, "siren", "ON")
    reader.wait(state(HUB, "siren"), "ON")
    setup.command(HUB, "siren", "OFF")
    reader.wait(state(HUB, "siren"), "OFF")
    setup.command(HUB, "alarm", "ARM_AWAY")
    reader.wait(state(HUB, "mode"), "armed")
    must_equal(house.user()["activeModes"][HUB]["activeModes"], ["mode1"], "the mode of the house")
    setup.command(HUB, "mode", "Night")
    reader.wait(state(HUB, "alarm"), "armed_custom_bypass")
    setup.command(HUB, "restart", "PRESS")
    until(lambda: house.requests("POST /hmsweb/users/devices/restart") == 1, "the restart")
    setup.command(GARDEN, "snapshot", "PRESS")
    until(lambda: reader.payload(state(GARDEN, "picture")), "the picture")
    must_equal(house.requests("POST /hmsweb/users/devices/fullFrameSnapshot"), 1, "one picture was asked for")

    # What the device refuses: the state that is true is published again.
    reader.wait(state(GARDEN, "privacy"), "OFF")
    house.play("offline Home")
    reader.wait(state(GARDEN, "availability"), "offline")
    reader.forget()
    setup.command(GARDEN, "privacy", "ON")
    until(lambda: reader.count(state(GARDEN, "privacy")) == 1, "the true state again")
    must_equal(reader.text(state(GARDEN, "privacy")), "OFF", "the true state")
    house.play("online Home")
    reader.wait(state(GARDEN, "availability"), "online")

    # None of these changes anything. What comes after them shows that they were all looked at.
    changes, mode = house.requests("POST /hmsweb/users/devices/notify"), reader.text(state(HUB, "mode"))
    for device, key, payload, retain in [
        (GARDEN, "privacy", "yes", False),
        (GARDEN, "privacy", "", False),
        (GARDEN, "privacy", b"\xff\xfe", False),
        (GARDEN, "privacy", b"O" * 300, False),
        (GARDEN, "privacy", b"O" * 3_000_000, False),
        (GARDEN, "brightness", "3", False),
        (GARDEN, "nothing", "ON", False),
        (GARDEN, "motion", "ON", False),
        ("NOBODY", "privacy", "ON", False),
        ("ä", "privacy", "ON", False),
        (HUB, "mode", "Party", False),
        (HUB, "alarm", "TRIGGER", False),
    ]:
        setup.command(device, key, payload, retain)
    setup.command(GARDEN, "brightness", "2")
    reader.wait(state(GARDEN, "brightness"), "2")
    must_equal(house.property(GARDEN, "privacyActive"), False, "no such command changes anything")
    must_equal(reader.text(state(HUB, "mode")), mode, "no such command changes a mode")
    # Kept by the broker, they are there when the bridge connects again. The last is larger than the bridge reads.
    setup.bridge.stop()
    setup.command(GARDEN, "privacy", "ON", retain=True)
    setup.command(FRONT, "privacy", b"O" * 1_000_000, retain=True)
    setup.start()
    until(lambda: reader.payload(state(GARDEN, "availability")) == b"online", "the bridge")
    setup.command(GARDEN, "brightness", "1")
    reader.wait(state(GARDEN, "brightness"), "1")
    must_equal(house.property(GARDEN, "privacyActive"), False, "a retained command changes nothing")
    said = setup.bridge.said()
    for words in ("a command is ignored", "is retained on the broker", "too long", "that the account does not have"):
        must(words in said, f"the log has no {words!r}")
    must("Party" not in said and "PASSWORD" not in said, "the log repeats what others wrote")
    must(house.requests("POST /hmsweb/users/devices/notify") > changes, "the last command was sent")

    # Many commands at once: the device gets a few, and ends with the last.
    before = house.requests("POST /hmsweb/users/devices/notify")
    for number in range(200):
        setup.command(DRIVE, "brightness", str(number % 5 - 2))
    until(lambda: house.property(DRIVE, "brightness") == 2, "the last of many commands")
    must(house.requests("POST /hmsweb/users/devices/notify") - before < 40, "each of many commands was sent")


def location(setup: Setup) -> None:
    setup.begin("v3", "wss", options=("--no-pictures",))
    setup.start()
    reader, house = setup.reader, setup.house
    topic = until(lambda: next((one for one in reader.topics("arlo-relay/") if one.endswith("/alarm")), None), "the alarm")
    place = topic.split("/")[1]
    messages = setup.messages()
    must_equal(messages[config(place.replace("_", "_5f"))]["device"]["model"], "Location", "the device of the location")
    for payload, expected, mode in [("ARM_HOME", "armed_home", "armHome"), ("ARM_AWAY", "armed_away", "armAway")]:
        setup.command(place, "alarm", payload)
        reader.wait(topic, expected)
        must_equal(house.user()["locationMode"]["properties"]["mode"], mode, "the mode of the house")
    house.play("mode standby")
    reader.wait(topic, "disarmed")
    options = messages[config(place.replace("_", "_5f"))]["components"]["mode"]["options"]
    custom = next(option for option in options if option == "Night")
    setup.command(place, "mode", custom)
    reader.wait(topic, "armed_custom_bypass")
    reader.wait(state(place, "mode"), custom)
    reader.forget()
    house.play("snapshot Garden\nmotion Garden 5")
    until(lambda: has_passed(reader, state(GARDEN, "motion")), "a motion after the snapshot")
    must(not [one for one in reader.topics("arlo-relay/") if one.endswith("/picture")], "a picture with --no-pictures")


def connections(setup: Setup) -> None:
    setup.begin()
    reader = setup.reader
    # What an earlier start published and what is gone since.
    setup.start()
    until(lambda: reader.payload("arlo-relay/published"), "the list for the next start")
    listed = json.loads(reader.payload("arlo-relay/published"))
    must_equal(sorted(listed["devices"]), sorted(DEVICES), "the list for the next start")
    setup.bridge.stop()
    reader.wait(STATUS, "offline")
    reader.publish(config("GONE1"), "{}", retain=True)
    reader.publish(state("GONE1", "motion"), "ON", retain=True)
    reader.publish(config("OTHER"), "{}", retain=True)
    listed["devices"] += ["GONE1", "x/#", "+", 7]
    reader.publish("arlo-relay/published", json.dumps(listed), retain=True)
    setup.start()
    reader.wait(config("GONE1"), "")
    reader.wait(state("GONE1", "motion"), "")
    must_equal(reader.text(config("OTHER")), "{}", "what is not listed stays")
    until(lambda: sorted(json.loads(reader.payload("arlo-relay/published"))["devices"]) == sorted(DEVICES), "the new list")

    # Home Assistant comes back.
    reader.forget()
    reader.publish("homeassistant/status", "offline")
    reader.publish("homeassistant/status", "online")
    until(lambda: all(reader.count(config(device)) == 1 for device in DEVICES), "the devices again")
    until(lambda: reader.count(state(GARDEN, "battery")) == 1, "the states again")

    # A second bridge of the same account ends the connection of the first; a kill leaves the will.
    setup.bridge.kill()
    reader.wait(STATUS, "offline")
    setup.start()

    # The broker goes and comes back with nothing.
    setup.broker.stop()
    setup.house.play("battery Garden 12")
    reader.newest.clear()
    setup.broker.start()
    reader.wait(STATUS, "online")
    reader.wait(state(GARDEN, "battery"), "12")
    until(lambda: len(reader.topics("homeassistant/device/")) == len(DEVICES) + 1, "the devices after a restart of the broker")
    setup.messages()
    clients = set(re.findall(r"as (arlo-relay-[0-9a-f]{12})", (setup.directory / "mosquitto.log").read_text(errors="replace")))
    must_equal(len(clients), 1, "one name for all connections of the account")

    # The event stream of Arlo breaks.
    setup.house.play("drop-streams\nwait 20\nbattery Garden 13")
    reader.wait(state(GARDEN, "battery"), "13")
    setup.bridge.stop()
    reader.wait(STATUS, "offline")


def refusals(setup: Setup) -> None:
    setup.begin(secure=True)
    bridge, broker = setup.bridge, setup.broker
    setup.start()
    must("ready broker=mqtts://localhost:" in bridge.server.ready, bridge.server.ready)
    # With the access that the page gives the bridge, everything works.
    until(lambda: setup.reader.payload(config(GARDEN)), "the announcement of a camera")
    setup.command(GARDEN, "privacy", "ON")
    setup.reader.wait(state(GARDEN, "privacy"), "ON")
    setup.reader.forget()
    setup.reader.publish("homeassistant/status", "online")
    until(lambda: setup.reader.count(config(GARDEN)) == 1, "the devices again")
    must("only some of its topics" not in bridge.said(), "a topic of the bridge is refused")
    bridge.stop()
    refused = bridge.run(ARLO_RELAY_MQTT_PASSWORD="SECRET-WRONG")
    must_equal((refused.returncode, refused.stdout), (1, ""), refused.stderr)
    must("refuses the user or the password" in refused.stderr, refused.stderr)
    file = setup.directory / "password"
    file.write_text(f"{broker.password}\n")
    with_file = Bridge(setup.relay, setup.directory, setup.house, broker, "--broker-password-file", str(file))
    del with_file.environment["ARLO_RELAY_MQTT_PASSWORD"]
    setup.stack.callback(with_file.stop)
    with_file.start()
    with_file.stop()
    index = bridge.command.index("--broker-ca")
    trusting = bridge.command[:index] + bridge.command[index + 2 :]
    bridge.command, known = trusting, bridge.command
    refused = bridge.run()
    must_equal((refused.returncode, "cannot be trusted" in refused.stderr), (1, True), refused.stderr)
    bridge.command = [word.replace("@localhost", "@127.0.0.1") for word in known]
    refused = bridge.run()
    must_equal((refused.returncode, "cannot be trusted" in refused.stderr), (1, True), "another name than the certificate's")
    for url, words in [
        (broker.url.replace("arlo@", "arlo:SECRET-URL@"), "ARLO_RELAY_MQTT_PASSWORD"),
        (broker.url.replace("arlo@", ""), "no user"),
        (broker.url.replace("mqtts", "mqtt"), "mqtts://"),
        ("http://SECRET-URL", "mqtt://HOST"),
    ]:
        bridge.command = [word if word != broker.url else url for word in known]
        refused = bridge.run()
        must_equal((refused.returncode, words in refused.stderr), (2, True), refused.stderr)
        must("SECRET" not in refused.stderr + refused.stdout, f"the error repeats it: {refused.stderr}")
    for log in setup.directory.glob("*.log"):
        text = log.read_text(errors="replace")
        must(broker.password not in text and "SECRET" not in text, f"{log.name} has a password")


SCENARIOS: dict[str, Callable[[Setup], None]] = {
    "devices and their states": devices_and_states,
    "commands": commands,
    "modes of a location": location,
    "connections that end": connections,
    "user, password and TLS": refusals,
}


def passes(name: str, relay: str, cloud: str) -> bool | None:
    with tempfile.TemporaryDirectory(prefix="mqtt-") as directory:

        def test() -> None:
            with contextlib.ExitStack() as stack:
                SCENARIOS[name](Setup(relay, cloud, Path(directory), stack))

        return report(name, test, Path(directory))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--relay", required=True)
    parser.add_argument("--cloud", required=True)
    parser.add_argument("--only", choices=SCENARIOS)
    arguments = parser.parse_args()
    chosen = [name for name in SCENARIOS if arguments.only in (None, name)]
    with ThreadPoolExecutor(2) as pool:
        return summary(pool.map(lambda name: passes(name, arguments.relay, arguments.cloud), chosen))


if __name__ == "__main__":
    sys.exit(main())
