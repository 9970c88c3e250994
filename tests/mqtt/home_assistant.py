"""What Home Assistant demands of a discovery message, and how it reads states.

The rules are those of its MQTT integration, which is not installed here: the topic, the keys that a message and a
component of each platform must have, those that it may have, and which payloads are states. A key that a platform does
not know is refused here, since Home Assistant would leave it out without a word.
"""

from __future__ import annotations

import json
import re
from datetime import datetime

from support.checks import must, must_equal

TOPIC = re.compile(r"^homeassistant/device/[a-zA-Z0-9_-]+/config$")
COMMON = {"platform", "unique_id", "name", "device_class", "entity_category", "icon"}
# Of each platform: the keys that it must have, and those that it may have too.
PLATFORMS = {
    "binary_sensor": ({"state_topic"}, {"off_delay", "payload_on", "payload_off"}),
    "sensor": ({"state_topic"}, {"unit_of_measurement", "state_class"}),
    "event": ({"state_topic", "event_types"}, set()),
    "image": ({"image_topic"}, {"content_type"}),
    "switch": ({"command_topic"}, {"state_topic"}),
    "light": (
        {"command_topic"},
        {"state_topic", "brightness_state_topic", "brightness_command_topic", "brightness_scale"},
    ),
    "siren": ({"command_topic"}, {"state_topic", "command_template", "support_duration", "support_volume_set"}),
    "number": ({"command_topic"}, {"state_topic", "min", "max", "step"}),
    "button": ({"command_topic"}, set()),
    "select": ({"command_topic", "options"}, {"state_topic"}),
    "alarm_control_panel": (
        {"command_topic", "state_topic"},
        {"supported_features", "code_arm_required", "code_disarm_required"},
    ),
}
DEVICE = {"identifiers", "name", "manufacturer", "model", "serial_number", "sw_version", "via_device"}
ALARM_STATES = {"disarmed", "armed_home", "armed_away", "armed_night", "armed_vacation", "armed_custom_bypass", "None"}
FEATURES = {"arm_home", "arm_away", "arm_night", "arm_vacation", "arm_custom_bypass", "trigger"}
CLASSES = {
    "binary_sensor": {
        "motion", "sound", "opening", "moisture", "tamper", "battery_charging", "connectivity",
    },
    "sensor": {"temperature", "humidity", "battery", "timestamp"},
    "event": {"doorbell"},
    "button": {"restart"},
}


def message(topic: str, payload: bytes) -> dict:
    """The discovery message, checked."""
    must(TOPIC.match(topic), f"{topic} is no topic of a device")
    found = json.loads(payload)
    must(not {"device", "origin", "components"} - set(found), f"{topic} lacks a key: {sorted(found)}")
    must(
        not set(found) - {"device", "origin", "components", "availability", "availability_mode"},
        f"{topic} has an unknown key: {sorted(found)}",
    )
    must(found["origin"].get("name"), f"{topic} does not say who wrote it")
    must(not set(found["origin"]) - {"name", "sw_version", "support_url"}, f"{topic}: {found['origin']}")
    device = found["device"]
    must(device.get("identifiers"), f"{topic} names no device")
    must(not set(device) - DEVICE, f"{topic}: {sorted(device)}")
    must(all(isinstance(value, str) for key, value in device.items() if key != "identifiers"), f"{topic}: {device}")
    must(found.get("availability_mode", "all") == "all", topic)
    must(all(set(each) == {"topic"} for each in found["availability"]), f"{topic}: {found['availability']}")
    must(isinstance(found["components"], dict) and found["components"], f"{topic} has no components")
    for key, component in found["components"].items():
        check(f"{topic} {key}", component)
    return found


def check(where: str, component: dict) -> None:
    platform = component.get("platform")
    must(platform in PLATFORMS, f"{where} has the platform {platform}")
    needed, allowed = PLATFORMS[platform]
    must(not (needed | {"unique_id", "name"}) - set(component), f"{where} lacks a key: {sorted(component)}")
    must(not set(component) - needed - allowed - COMMON, f"{where} has an unknown key: {sorted(component)}")
    must(component.get("device_class") in CLASSES.get(platform, set()) | {None}, f"{where}: {component['device_class'] if 'device_class' in component else None}")
    must(component.get("entity_category") in (None, "config", "diagnostic"), where)
    must(platform not in ("sensor", "binary_sensor") or component.get("entity_category") != "config", where)
    must(set(component.get("supported_features", [])) <= FEATURES, where)
    must(len(set(component.get("options", []))) == len(component.get("options", [])), f"{where}: two options are the same")
    for name, topic in component.items():
        if name.endswith("_topic"):
            must(not re.search(r"[+#\0]", topic) and topic.startswith("arlo-relay/"), f"{where}: {topic}")


def state(where: str, component: dict, payload: bytes) -> None:
    """Checks that Home Assistant can read the state."""
    platform, kind = component["platform"], component.get("device_class")
    if platform == "image":
        must(payload.startswith(b"\xff\xd8\xff"), f"{where} is no JPEG")
        return
    text = payload.decode()
    if platform in ("binary_sensor", "switch", "light", "siren"):
        must(text in ("ON", "OFF"), f"{where}: {text!r}")
    elif platform == "alarm_control_panel":
        must(text in ALARM_STATES, f"{where}: {text!r}")
    elif platform == "select":
        must(text in [*component["options"], "None"], f"{where}: {text!r}")
    elif platform == "number":
        must(component["min"] <= float(text) <= component["max"], f"{where}: {text!r}")
    elif kind == "timestamp":
        must(datetime.fromisoformat(text.replace("Z", "+00:00")).tzinfo, f"{where}: {text!r}")
    elif platform == "sensor" and ("unit_of_measurement" in component or "state_class" in component):
        float(text)
    elif platform == "event":
        must_equal(json.loads(text)["event_type"] in component["event_types"], True, where)
