//! Scripts: what happens in a simulated house, a line each.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde_json::{Map, Value, json};

use crate::error::Error;
use crate::faults::Fault;

/// The most bytes of a script.
pub(crate) const MAX_SCRIPT: usize = 64 * 1024;
/// The longest time in a script: a year, in which every token and URL expires.
const MAX_SECONDS: f64 = 366.0 * 24.0 * 60.0 * 60.0;
/// The most recordings that one line puts into the library.
const MAX_HISTORY: u32 = 100_000;
/// How long a motion or a sound lasts if the script does not say.
const MOTION: Duration = Duration::from_secs(5);

/// A script that has been read: each line is known, though not yet whether its devices exist.
///
/// Words are separated by blanks; a name with blanks in it stands between `"`. An empty line and one that begins with
/// `#` do nothing. A device is named by its id, or by its name in any case. Times are seconds, `0.5` too.
///
/// ```text
#[doc = include_str!("script/help.txt")]
/// ```
///
/// ```
/// let script: arlo_sim::Script = "motion \"Front door\" 2\nwait 1\nring 9K11937PA0001".parse().unwrap();
/// assert_eq!(script.len(), 3);
/// let error = "wait 1\nmotoin Garden".parse::<arlo_sim::Script>().unwrap_err();
/// assert!(error.to_string().starts_with("line 2: "));
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Script(Vec<(usize, Act)>);

/// The lines of a script, each with what it does.
pub const SCRIPT_HELP: &str = include_str!("script/help.txt");

impl Script {
    /// How many lines do something.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether no line does anything.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The acts, with the numbers of their lines.
    pub(crate) fn acts(&self) -> impl Iterator<Item = (usize, &Act)> {
        self.0.iter().map(|(line, act)| (*line, act))
    }
}

impl FromStr for Script {
    type Err = Error;

    /// # Errors
    /// [`ErrorKind::Script`](crate::ErrorKind::Script), with the number of the line that cannot be read.
    fn from_str(text: &str) -> Result<Self, Error> {
        if text.len() > MAX_SCRIPT {
            return Err(Error::script("a script has at most 64 KiB".to_owned()));
        }
        let mut acts = Vec::new();
        for (index, line) in text.lines().enumerate() {
            let failed = |reason: String| Error::script(format!("line {}: {reason}", index + 1));
            let words = words(line).map_err(failed)?;
            if let Some((verb, arguments)) = words.split_first() {
                acts.push((index + 1, Act::read(verb, arguments).map_err(failed)?));
            }
        }
        Ok(Self(acts))
    }
}

/// What one line does.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Act {
    Wait(Duration),
    Advance(Duration),
    Motion {
        device: String,
        time: Duration,
    },
    Sound {
        device: String,
        time: Duration,
    },
    Ring {
        device: String,
    },
    Record {
        device: String,
        time: Duration,
        object: Option<String>,
    },
    History {
        device: String,
        count: u32,
        every: Duration,
    },
    Snapshot {
        device: String,
    },
    Set {
        device: String,
        properties: Map<String, Value>,
    },
    Offline {
        device: String,
    },
    Online {
        device: String,
    },
    Mode(String),
    FaultOn {
        fault: Fault,
        times: Option<u32>,
    },
    FaultOff(Option<Fault>),
    Send {
        topic: String,
        text: String,
    },
    DropStreams,
    ExpireTokens,
    ExpireUrls,
    LogoutElsewhere,
}

impl Act {
    fn read(verb: &str, arguments: &[String]) -> Result<Self, String> {
        let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let property = |device: &str, name: &str, value: Value| Self::Set {
            device: device.to_owned(),
            properties: Map::from_iter([(name.to_owned(), value)]),
        };
        Ok(match (verb, words.as_slice()) {
            ("wait", [time]) => Self::Wait(seconds(time)?),
            ("advance", [time]) => Self::Advance(seconds(time)?),
            ("motion" | "sound", [device, rest @ ..]) if rest.len() < 2 => {
                let time = rest.first().map_or(Ok(MOTION), |time| seconds(time))?;
                let device = (*device).to_owned();
                if verb == "motion" {
                    Self::Motion { device, time }
                } else {
                    Self::Sound { device, time }
                }
            }
            ("ring", [device]) => Self::Ring {
                device: (*device).to_owned(),
            },
            ("record", [device, time, rest @ ..]) if rest.len() < 2 => Self::Record {
                device: (*device).to_owned(),
                time: seconds(time)?,
                object: rest.first().map(|object| (*object).to_owned()),
            },
            ("snapshot", [device]) => Self::Snapshot {
                device: (*device).to_owned(),
            },
            ("temperature", [device, degrees]) => property(device, "temperature", json!(number(degrees)?)),
            ("battery", [device, level]) => match level.parse::<u8>() {
                Ok(level @ 0..=100) => property(device, "batteryLevel", level.into()),
                _ => return Err("the level of a battery is 0 to 100".to_owned()),
            },
            ("contact", [device, state @ ("open" | "closed")]) => property(device, "contactState", (*state).into()),
            ("set", [device, properties]) => match serde_json::from_str(properties) {
                Ok(Value::Object(properties)) => Self::Set {
                    device: (*device).to_owned(),
                    properties,
                },
                _ => return Err("the properties must be a JSON object between '".to_owned()),
            },
            ("offline", [device]) => Self::Offline {
                device: (*device).to_owned(),
            },
            ("online", [device]) => Self::Online {
                device: (*device).to_owned(),
            },
            ("mode", [name]) => Self::Mode((*name).to_owned()),
            ("fault", ["on", name, rest @ ..]) if rest.len() < 2 => Self::FaultOn {
                fault: fault(name)?,
                times: rest
                    .first()
                    .map(|times| times.parse().map_err(|_| format!("{times} is no number")))
                    .transpose()?,
            },
            ("fault", ["off", "all"]) => Self::FaultOff(None),
            ("fault", ["off", name]) => Self::FaultOff(Some(fault(name)?)),
            ("history", [device, count, every]) => match count.parse() {
                Ok(count @ 0..=MAX_HISTORY) => Self::History {
                    device: (*device).to_owned(),
                    count,
                    every: seconds(every)?,
                },
                _ => return Err(format!("the count is a number up to {MAX_HISTORY}")),
            },
            ("send", [topic, text]) => Self::Send {
                topic: (*topic).to_owned(),
                text: (*text).to_owned(),
            },
            ("expire-urls", []) => Self::ExpireUrls,
            ("drop-streams", []) => Self::DropStreams,
            ("expire-tokens", []) => Self::ExpireTokens,
            ("logout-elsewhere", []) => Self::LogoutElsewhere,
            _ => {
                let known = SCRIPT_HELP
                    .lines()
                    .find(|line| line.split_whitespace().next() == Some(verb));
                return Err(match known.and_then(|line| line.split("  ").next()) {
                    Some(form) => format!("it must have the form: {form}"),
                    None => format!("there is no {verb:?}"),
                });
            }
        })
    }
}

fn fault(name: &str) -> Result<Fault, String> {
    name.parse().map_err(|error: Error| error.to_string())
}

fn number(text: &str) -> Result<f64, String> {
    let number = text.parse().ok().filter(|number: &f64| number.is_finite());
    number.ok_or_else(|| format!("{text:?} is no number"))
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds = number(text)?;
    if (0.0..=MAX_SECONDS).contains(&seconds) {
        Ok(Duration::from_secs_f64(seconds))
    } else {
        Err("a time must be between 0 and a year".to_owned())
    }
}

/// The words of a line. A word between `"` or `'` may hold blanks.
fn words(line: &str) -> Result<Vec<String>, String> {
    let mut words = Vec::new();
    let mut rest = line.trim_start();
    while let Some(first) = rest.chars().next() {
        if first == '#' && words.is_empty() {
            break;
        }
        let (word, after) = if first == '"' || first == '\'' {
            let inside = rest.get(1..).unwrap_or_default();
            inside
                .split_once(first)
                .ok_or_else(|| format!("a {first} is not closed"))?
        } else {
            rest.split_at(rest.find(char::is_whitespace).unwrap_or(rest.len()))
        };
        words.push(word.to_owned());
        rest = after.trim_start();
    }
    Ok(words)
}

impl fmt::Display for Script {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a script of {} lines", self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ErrorKind;

    fn act(line: &str) -> Act {
        line.parse::<Script>().unwrap().0.remove(0).1
    }

    #[test]
    fn every_line_of_the_help_can_be_read() {
        let examples: Vec<_> = SCRIPT_HELP.lines().filter(|line| !line.trim().is_empty()).collect();
        for line in &examples {
            let form = line.split("  ").next().unwrap();
            let example = form
                .replace("DEVICE", "Garden")
                .replace("HUB", "Home")
                .replace(['[', ']'], "")
                .replace("SECONDS", "0.5")
                .replace("OBJECT", "Person")
                .replace("DEGREES", "-3.5")
                .replace("LEVEL", "50")
                .replace("open|closed", "open")
                .replace("JSON", r#"'{"a": 1}'"#)
                .replace("NAME|all", "all")
                .replace("FAULT", "no-mail")
                .replace("NAME", "mode1")
                .replace("TIMES", "2")
                .replace("COUNT", "3")
                .replace("TOPIC TEXT", "x {}");
            assert!(example.parse::<Script>().is_ok(), "{example}");
        }
        assert_eq!(examples.len(), 22);
    }

    #[test]
    fn names_may_have_blanks() {
        let time = Duration::from_secs(5);
        let device = "Front door".to_owned();
        assert_eq!(act("motion \"Front door\""), Act::Motion { device, time });
        let script: Script = "\n  # nothing\n\nwait 0\n".parse().unwrap();
        assert_eq!(script.acts().map(|(line, _)| line).collect::<Vec<_>>(), [4]);
    }

    #[test]
    fn a_line_that_is_wrong_is_named() {
        for (line, part) in [
            ("dance", "there is no \"dance\""),
            ("wait", "it must have the form: wait SECONDS"),
            ("wait -1", "between 0 and a year"),
            ("wait 1e99", "between 0 and a year"),
            ("wait NaN", "is no number"),
            ("wait soon", "is no number"),
            ("motion \"Front", "is not closed"),
            ("battery Garden 101", "0 to 100"),
            ("fault on nonsense", "the names are"),
            ("fault on no-mail some", "is no number"),
            ("set Garden 7", "JSON object"),
            ("history Garden 100001 1", "up to 100000"),
            ("contact Garden ajar", "it must have the form"),
        ] {
            let error = format!("wait 0\n{line}").parse::<Script>().unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Script);
            let error = error.to_string();
            assert!(error.starts_with("line 2: ") && error.contains(part), "{error}");
        }
        let long = "#".repeat(MAX_SCRIPT + 1).parse::<Script>().unwrap_err();
        assert_eq!(long.kind(), ErrorKind::Script);
    }
}
