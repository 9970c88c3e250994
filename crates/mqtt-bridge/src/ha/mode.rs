//! Modes for Home Assistant: an alarm panel for those that every account has, and a list to choose from for all.
//!
//! Arlo's `standby` and `mode0` are "disarmed", `armHome` is "armed home", `armAway` and `mode1` are "armed away". Any
//! other active mode is "armed custom".

use serde_json::{Value, json};

use crate::thing::Place;

/// The keys of the two entities.
pub(crate) const SELECT: &str = "mode";
pub(crate) const ALARM: &str = "alarm";

/// Arlo's identifier, the payload that chooses it, the state, and the feature that the panel must have for it.
const PANEL: [(&str, &str, &str, Option<&str>); 5] = [
    ("standby", "DISARM", "disarmed", None),
    ("mode0", "DISARM", "disarmed", None),
    ("armHome", "ARM_HOME", "armed_home", Some("arm_home")),
    ("armAway", "ARM_AWAY", "armed_away", Some("arm_away")),
    ("mode1", "ARM_AWAY", "armed_away", Some("arm_away")),
];

/// The component of the alarm panel, without its topics; `None` without a mode that it can choose.
pub(super) fn panel(place: &Place) -> Option<Value> {
    let offered = PANEL.iter().filter(|(mode, ..)| place.has(mode));
    let features: Vec<&str> = offered.clone().filter_map(|(.., feature)| *feature).collect();
    offered.clone().next()?;
    Some(json!({
        "platform": "alarm_control_panel",
        "name": "Alarm",
        "supported_features": features,
        "code_arm_required": false,
        "code_disarm_required": false,
    }))
}

/// The component of the list, without its topics; `None` without a mode.
pub(super) fn select(place: &Place) -> Option<Value> {
    let labels: Vec<&str> = place.modes.iter().map(|(_, label)| label.as_str()).collect();
    (!labels.is_empty())
        .then(|| json!({ "platform": "select", "name": "Mode", "options": labels, "icon": "mdi:shield-home" }))
}

/// The states of both by their keys. `None` is Home Assistant's word for a state that is not known.
pub(crate) fn states(place: &Place) -> Vec<(String, String)> {
    let alarm = place.active.as_deref().map(|active| {
        let known = PANEL.iter().find(|(mode, ..)| *mode == active);
        known.map_or("armed_custom_bypass", |(_, _, state, _)| state)
    });
    let mut states = vec![(SELECT.to_owned(), place.label().unwrap_or("None").to_owned())];
    if panel(place).is_some() {
        states.push((ALARM.to_owned(), alarm.unwrap_or("None").to_owned()));
    }
    states
}

/// The mode that the payload chooses, by its identifier.
pub(super) fn chosen<'a>(place: &'a Place, key: &str, payload: &str) -> Option<&'a str> {
    let mut modes = place.modes.iter();
    let found = match key {
        SELECT => modes.find(|(_, label)| label == payload),
        ALARM => modes.find(|(id, _)| {
            let mut panel = PANEL.iter();
            panel.any(|(mode, command, ..)| mode == id && *command == payload)
        }),
        _ => None,
    };
    found.map(|(id, _)| id.as_str())
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::thing::tests::id;

    pub(crate) fn place(modes: &[(&str, &str)], active: Option<&str>) -> Place {
        let modes = modes.iter().map(|(id, label)| ((*id).to_owned(), (*label).to_owned()));
        Place {
            id: id("L1"),
            name: "Home".to_owned(),
            modes: modes.collect(),
            active: active.map(str::to_owned),
        }
    }

    const SECOND: [(&str, &str); 3] = [("mode0", "disarmed"), ("mode1", "armed"), ("mode2", "Night")];
    const THIRD: [(&str, &str); 4] = [
        ("standby", "Stand by"),
        ("armHome", "armHome"),
        ("armAway", "armAway"),
        ("uuid-1", "Night"),
    ];

    #[test]
    fn a_mode_is_shown_as_an_alarm_and_by_its_name() {
        for (modes, active, alarm, name) in [
            (&SECOND[..], Some("mode0"), "disarmed", "disarmed"),
            (&SECOND, Some("mode1"), "armed_away", "armed"),
            (&SECOND, Some("mode2"), "armed_custom_bypass", "Night"),
            (&SECOND, Some("mode9"), "armed_custom_bypass", "None"),
            (&SECOND, None, "None", "None"),
            (&THIRD, Some("standby"), "disarmed", "Stand by"),
            (&THIRD, Some("armHome"), "armed_home", "armHome"),
            (&THIRD, Some("uuid-1"), "armed_custom_bypass", "Night"),
        ] {
            let expected = [(SELECT, name), (ALARM, alarm)].map(|(key, state)| (key.to_owned(), state.to_owned()));
            assert_eq!(states(&place(modes, active)), expected, "{active:?}");
        }
    }

    #[test]
    fn the_panel_offers_what_there_is() {
        assert_eq!(
            panel(&place(&SECOND, None)).unwrap()["supported_features"],
            json!(["arm_away"])
        );
        assert_eq!(
            panel(&place(&THIRD, None)).unwrap()["supported_features"],
            json!(["arm_home", "arm_away"])
        );
        let custom = place(&[("uuid-1", "Night")], Some("uuid-1"));
        assert_eq!(panel(&custom), None);
        assert_eq!(states(&custom).len(), 1);
        assert_eq!(select(&place(&[], None)), None);
    }

    #[test]
    fn a_payload_chooses_a_mode_or_none() {
        for (modes, key, payload, mode) in [
            (&SECOND[..], ALARM, "DISARM", Some("mode0")),
            (&SECOND, ALARM, "ARM_AWAY", Some("mode1")),
            (&SECOND, ALARM, "ARM_HOME", None),
            (&SECOND, ALARM, "mode1", None),
            (&SECOND, SELECT, "Night", Some("mode2")),
            (&SECOND, SELECT, "mode2", None),
            (&SECOND, SELECT, "", None),
            (&SECOND, "privacy", "Night", None),
            (&THIRD, ALARM, "ARM_HOME", Some("armHome")),
            (&THIRD, SELECT, "Night", Some("uuid-1")),
        ] {
            assert_eq!(chosen(&place(modes, None), key, payload), mode, "{key} {payload}");
        }
    }
}
