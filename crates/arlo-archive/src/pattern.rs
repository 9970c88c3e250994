//! The pattern of the file names, with pyaarlo's substitutions.
//!
//! | | |
//! |---|---|
//! | `SN` | the device's serial number |
//! | `N`, `NN` | the device's name, and the same as a slug (`front_door`) |
//! | `Y` `m` `d` `H` `M` `S` | year, month, day, hour, minute, second; local time |
//! | `F` | `Y-m-d` |
//! | `T`, `t` | `H:M:S`, where `:` becomes `-` because many file systems refuse it, and `H-M-S` |
//! | `s` | seconds since 1970 UTC |
//!
//! As in Python's `string.Template`, a substitution is `$X` or `${X}`, the longest word after `$` counts, and `$$` is a
//! dollar. What is before the first substitution, up to its last separator, is the root of the archive. It is used as
//! it is. All that follows is made valid by [`crate::name`].

use std::path::{Path, PathBuf, is_separator};

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::name::{MAX_VALUE, component, cut, slug};
use crate::{Error, ErrorKind};

/// Longest pattern, in bytes.
const MAX_PATTERN: usize = 1024;
/// Most directories below the root.
const MAX_DEPTH: usize = 16;

/// A pattern of file names, such as `/media/${SN}/${F}/${t}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern {
    root: PathBuf,
    directories: Vec<Vec<Piece>>,
    file: Vec<Piece>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Text(String),
    Value(Value),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Value {
    SerialNumber,
    Name,
    Slug,
    Year,
    Month,
    Day,
    Hour,
    Minute,
    Second,
    Date,
    Time,
    Epoch,
}

const VALUES: [(&str, Value); 13] = [
    ("SN", Value::SerialNumber),
    ("N", Value::Name),
    ("NN", Value::Slug),
    ("Y", Value::Year),
    ("m", Value::Month),
    ("d", Value::Day),
    ("H", Value::Hour),
    ("M", Value::Minute),
    ("S", Value::Second),
    ("F", Value::Date),
    ("T", Value::Time),
    ("t", Value::Time),
    ("s", Value::Epoch),
];

/// What the name of one file is made from.
pub(crate) struct Subject<'a> {
    pub(crate) device: &'a str,
    pub(crate) name: &'a str,
    pub(crate) created: Timestamp,
}

/// The name of a file below the root, without counter and extension.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Stem {
    /// The directory. It is relative, and empty for the root.
    pub(crate) directory: PathBuf,
    /// The file's name.
    pub(crate) file: String,
}

impl Pattern {
    /// Reads a pattern.
    ///
    /// # Errors
    /// [`ErrorKind::Pattern`] with what is wrong and what to write: an unknown substitution, a lone `$`, no
    /// substitution at all, no file name at the end, `..` after the first substitution, too long.
    pub fn parse(text: &str) -> Result<Self, Error> {
        if text.len() > MAX_PATTERN {
            return Err(wrong(format!("it is longer than {MAX_PATTERN} bytes")));
        }
        if text.contains('\0') {
            return Err(wrong("it contains a null character"));
        }
        let pieces = pieces(text)?;
        if !pieces.iter().any(|piece| matches!(piece, Piece::Value(_))) {
            return Err(wrong(
                "it names one file for all recordings: add a substitution, such as ${F}/${t}",
            ));
        }
        let (root, rest) = split_root(pieces);
        let mut components = components(rest)?;
        let file = components.pop().unwrap_or_default();
        if file.is_empty() {
            return Err(wrong("it ends with a directory: add a file name, such as ${t}"));
        }
        if components.len() > MAX_DEPTH {
            return Err(wrong(format!("it has more than {MAX_DEPTH} directories")));
        }
        components.retain(|component| !component.is_empty());
        Ok(Self {
            root,
            directories: components,
            file,
        })
    }

    /// The directory of the archive: what is before the first substitution.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The name of a file, in the local time of `zone`.
    pub(crate) fn stem(&self, subject: &Subject<'_>, zone: &TimeZone) -> Stem {
        let local = subject.created.to_zoned(zone.clone());
        let rendered = |pieces: &[Piece]| {
            let mut text = String::new();
            for piece in pieces {
                match piece {
                    Piece::Text(literal) => text.push_str(literal),
                    Piece::Value(value) => text.push_str(cut(&value.text(subject, &local), MAX_VALUE)),
                }
            }
            component(&text)
        };
        Stem {
            directory: self.directories.iter().map(|pieces| rendered(pieces)).collect(),
            file: rendered(&self.file),
        }
    }
}

impl Value {
    fn text(self, subject: &Subject<'_>, local: &jiff::Zoned) -> String {
        match self {
            Self::SerialNumber => subject.device.to_owned(),
            Self::Name => subject.name.to_owned(),
            Self::Slug => slug(subject.name),
            Self::Year => format!("{:04}", local.year()),
            Self::Month => format!("{:02}", local.month()),
            Self::Day => format!("{:02}", local.day()),
            Self::Hour => format!("{:02}", local.hour()),
            Self::Minute => format!("{:02}", local.minute()),
            Self::Second => format!("{:02}", local.second()),
            Self::Date => format!("{:04}-{:02}-{:02}", local.year(), local.month(), local.day()),
            Self::Time => format!("{:02}-{:02}-{:02}", local.hour(), local.minute(), local.second()),
            Self::Epoch => subject.created.as_second().to_string(),
        }
    }
}

fn wrong(why: impl std::fmt::Display) -> Error {
    Error::new(
        ErrorKind::Pattern,
        format!("the pattern of the file names cannot be used: {why}"),
    )
}

fn pieces(text: &str) -> Result<Vec<Piece>, Error> {
    let mut pieces = Vec::new();
    let mut literal = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('$') {
        literal.push_str(before);
        if let Some(after) = after.strip_prefix('$') {
            literal.push('$');
            rest = after;
            continue;
        }
        let (word, after) = if let Some(braced) = after.strip_prefix('{') {
            let Some((word, after)) = braced.split_once('}') else {
                return Err(wrong("a ${ has no }"));
            };
            (word, after)
        } else {
            let end = after.find(|c: char| !c.is_ascii_alphanumeric() && c != '_');
            after.split_at(end.unwrap_or(after.len()))
        };
        let Some((_, value)) = VALUES.iter().find(|(name, _)| *name == word) else {
            return Err(unknown(word));
        };
        if !literal.is_empty() {
            pieces.push(Piece::Text(std::mem::take(&mut literal)));
        }
        pieces.push(Piece::Value(*value));
        rest = after;
    }
    literal.push_str(rest);
    if !literal.is_empty() {
        pieces.push(Piece::Text(literal));
    }
    Ok(pieces)
}

fn unknown(word: &str) -> Error {
    let known = "SN N NN Y m d H M S F T t s";
    if word.is_empty() {
        return wrong(format!(
            "a $ has no substitution after it: write $$ for a dollar, or one of {known}"
        ));
    }
    // The longest known word at the beginning is probably what was meant.
    let meant = VALUES
        .iter()
        .map(|(name, _)| *name)
        .filter(|name| word.starts_with(name));
    match meant.max_by_key(|name| name.len()) {
        Some(meant) => wrong(format!(
            "${word} is unknown: write ${{{meant}}} if letters follow a substitution; there are {known}"
        )),
        None => wrong(format!("${word} is unknown: there are {known}")),
    }
}

/// Separates what is before the last separator before the first substitution.
fn split_root(mut pieces: Vec<Piece>) -> (PathBuf, Vec<Piece>) {
    if let Some(Piece::Text(text)) = pieces.first_mut()
        && let Some(end) = text.rfind(is_separator)
    {
        let rest = text.split_off(end);
        let root = std::mem::replace(text, rest.chars().skip(1).collect());
        let root = if root.is_empty() { "/".into() } else { root };
        return (PathBuf::from(root), pieces);
    }
    (PathBuf::from("."), pieces)
}

/// The components of a path. One is empty where two separators follow each other, and at the end.
fn components(pieces: Vec<Piece>) -> Result<Vec<Vec<Piece>>, Error> {
    let mut components = vec![Vec::new()];
    for piece in pieces {
        match piece {
            Piece::Text(text) => {
                for (index, part) in text.split(is_separator).enumerate() {
                    if index > 0 {
                        components.push(Vec::new());
                    }
                    if let (false, Some(last)) = (part.is_empty(), components.last_mut()) {
                        last.push(Piece::Text(part.to_owned()));
                    }
                }
            }
            value @ Piece::Value(_) => {
                if let Some(last) = components.last_mut() {
                    last.push(value);
                }
            }
        }
    }
    for component in &mut components {
        match component.as_slice() {
            [Piece::Text(text)] if text == ".." => {
                return Err(wrong(".. after a substitution would lead out of the archive"));
            }
            [Piece::Text(text)] if text == "." => component.clear(),
            _ => {}
        }
    }
    Ok(components)
}

#[cfg(test)]
mod tests;
