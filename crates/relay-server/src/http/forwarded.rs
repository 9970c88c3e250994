//! Who calls through a proxy: what `Forwarded` (RFC 7239) and the `X-Forwarded-` fields say.
//!
//! - Only a proxy that the operator names is believed, and only as far as each hop before it is one too: the hops are
//!   read from the right, where the last proxy writes, and the first one that is no named proxy is the client.
//! - If the fields cannot be read, or `Forwarded` and `X-Forwarded-For` do not agree, the proxy itself is the client.
//!   A proxy that knows one of them passes the other on as its own client wrote it.
//! - The fields end here: nothing behind this module sees them.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::http::header::{FORWARDED, HOST};
use axum::http::uri::Authority;
use axum::http::{HeaderMap, HeaderName, HeaderValue};

use crate::authentication::Network;

const FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const HOSTED: HeaderName = HeaderName::from_static("x-forwarded-host");
const PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
/// Hops that are looked at. A chain of so many proxies is a mistake.
const MOST_HOPS: usize = 16;
/// Bytes of one field that are looked at, over all its lines.
const MOST_BYTES: usize = 4096;

/// The proxies that the operator names. Clones share them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Proxies(Arc<[Network]>);

/// Who made a call that came from a named proxy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Caller {
    /// The client at this address.
    Client(IpAddr),
    /// The proxy itself: it names nobody.
    Proxy,
    /// Nobody knows: what is said about it cannot be read, or contradicts itself.
    Unclear,
}

/// What a named proxy says of a call.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Origin {
    pub(super) caller: Caller,
    /// Whether the client's connection had no TLS.
    pub(super) in_clear: bool,
}

/// What one kind of field says.
#[derive(Debug, Default)]
struct Said<'a> {
    client: Option<Result<IpAddr, Unreadable>>,
    host: Option<&'a str>,
    proto: Option<&'a str>,
}

/// A field that has no such form, or is too long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Unreadable;

impl Proxies {
    pub(crate) fn new(networks: &[Network]) -> Self {
        Self(networks.into())
    }

    /// Whether the operator names this address.
    pub(super) fn include(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(address))
    }

    /// Takes what a named proxy says of a call out of its header. `Host` becomes the one that the client named.
    pub(super) fn take(&self, headers: &mut HeaderMap) -> Origin {
        let (one, other) = (self.forwarded(headers), self.x_forwarded(headers));
        let caller = match (one.client, other.client) {
            (None, None) => Caller::Proxy,
            (Some(Ok(client)), None) | (None, Some(Ok(client))) => Caller::Client(client),
            (Some(Ok(client)), Some(Ok(same))) if client == same => Caller::Client(client),
            _ => Caller::Unclear,
        };
        let host = agreed(one.host, other.host).and_then(host);
        let in_clear = agreed(one.proto, other.proto).is_some_and(|proto| proto.eq_ignore_ascii_case("http"));
        discard(headers);
        if let Some(host) = host.filter(|_| caller != Caller::Unclear) {
            headers.insert(HOST, host);
        }
        Origin { caller, in_clear }
    }

    fn forwarded<'a>(&self, headers: &'a HeaderMap) -> Said<'a> {
        let elements = match elements(headers) {
            Ok(elements) if elements.is_empty() => return Said::default(),
            Ok(elements) => elements,
            Err(unreadable) => return unreadable.into(),
        };
        let hops = elements.iter().rev().map(|element| element.hop.ok_or(Unreadable));
        match self.client(hops) {
            // The proxy that wrote of the client also wrote what the client asked for.
            Ok((client, hop)) => {
                let element = elements.iter().rev().nth(hop);
                Said {
                    client: Some(Ok(client)),
                    host: element.and_then(|element| element.host),
                    proto: element.and_then(|element| element.proto),
                }
            }
            Err(unreadable) => unreadable.into(),
        }
    }

    fn x_forwarded<'a>(&self, headers: &'a HeaderMap) -> Said<'a> {
        let client = match list(headers, &FOR) {
            Ok(hops) if hops.is_empty() => None,
            Ok(hops) => {
                let client = self.client(hops.iter().rev().map(|hop| node(hop).ok_or(Unreadable)));
                Some(client.map(|(client, _)| client))
            }
            Err(unreadable) => Some(Err(unreadable)),
        };
        let last = |name| list(headers, name).ok().and_then(|values| values.last().copied());
        Said {
            client,
            host: last(&HOSTED),
            proto: last(&PROTO),
        }
    }

    /// The first hop from the right that is no named proxy, and how far from the right it is. If all are named, the
    /// client is on the machine of the first one.
    fn client(&self, hops: impl Iterator<Item = Result<IpAddr, Unreadable>>) -> Result<(IpAddr, usize), Unreadable> {
        let mut nearest = Err(Unreadable);
        for (index, hop) in hops.enumerate() {
            let address = hop?;
            nearest = Ok((address, index));
            if !self.include(address) {
                break;
            }
            if index == MOST_HOPS {
                return Err(Unreadable);
            }
        }
        nearest
    }
}

impl From<Unreadable> for Said<'_> {
    fn from(unreadable: Unreadable) -> Self {
        Self {
            client: Some(Err(unreadable)),
            ..Self::default()
        }
    }
}

/// Removes the fields, which nobody else may believe.
pub(super) fn discard(headers: &mut HeaderMap) {
    for name in [FORWARDED, FOR, HOSTED, PROTO] {
        headers.remove(name);
    }
}

/// What one of both says, or both alike.
fn agreed<'a>(one: Option<&'a str>, other: Option<&'a str>) -> Option<&'a str> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one).filter(|one| one.eq_ignore_ascii_case(other)),
        (one, other) => one.or(other),
    }
}

fn host(text: &str) -> Option<HeaderValue> {
    let authority = Authority::try_from(text).ok()?;
    let is_host = !authority.host().is_empty() && !text.contains('@');
    HeaderValue::from_str(text).ok().filter(|_| is_host)
}

/// The texts of all lines of one field.
fn lines<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Result<Vec<&'a str>, Unreadable> {
    let lines = headers.get_all(name).iter();
    let lines: Vec<&str> = lines
        .map(|line| line.to_str().map_err(|_| Unreadable))
        .collect::<Result<_, _>>()?;
    let bytes: usize = lines.iter().map(|line| line.len()).sum();
    if bytes > MOST_BYTES { Err(Unreadable) } else { Ok(lines) }
}

/// The entries of a field that is a list, the last proxy's last.
fn list<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Result<Vec<&'a str>, Unreadable> {
    let lines = lines(headers, name)?;
    Ok(lines
        .into_iter()
        .flat_map(|line| line.split(','))
        .map(|entry| entry.trim_matches([' ', '\t']))
        .collect())
}

/// One proxy's part of `Forwarded`.
#[derive(Debug, Default, PartialEq, Eq)]
struct Element<'a> {
    hop: Option<IpAddr>,
    host: Option<&'a str>,
    proto: Option<&'a str>,
}

/// All parts of `Forwarded`: elements divided by commas, each of pairs divided by semicolons (RFC 7239 section 4).
fn elements(headers: &HeaderMap) -> Result<Vec<Element<'_>>, Unreadable> {
    let mut elements = Vec::new();
    for line in lines(headers, &FORWARDED)? {
        for element in split_unquoted(line, ',')? {
            let mut read = Element::default();
            for pair in split_unquoted(element, ';')? {
                let (name, value) = pair.split_once('=').ok_or(Unreadable)?;
                let value = unquoted(value)?;
                match name.trim_matches([' ', '\t']).to_ascii_lowercase().as_str() {
                    "for" => read.hop = node(value),
                    "host" => read.host = Some(value),
                    "proto" => read.proto = Some(value),
                    _ => {}
                }
            }
            elements.push(read);
        }
    }
    Ok(elements)
}

/// The parts of a text at a divider that is in no quoted string.
fn split_unquoted(text: &str, divider: char) -> Result<Vec<&str>, Unreadable> {
    let mut is_quoted = false;
    let parts = text
        .split(|character| {
            is_quoted ^= character == '"';
            character == divider && !is_quoted
        })
        .collect();
    if is_quoted { Err(Unreadable) } else { Ok(parts) }
}

/// A token or a quoted string. No address and no host needs an escape in it.
fn unquoted(value: &str) -> Result<&str, Unreadable> {
    let value = value.trim_matches([' ', '\t']);
    let inner = match value.strip_prefix('"') {
        Some(rest) => rest.strip_suffix('"').ok_or(Unreadable)?,
        None => value,
    };
    if inner.is_empty() || inner.contains(['"', '\\']) {
        return Err(Unreadable);
    }
    Ok(inner)
}

/// An address, with a port or without. `unknown` and hidden names (RFC 7239 section 6) are none.
fn node(text: &str) -> Option<IpAddr> {
    let address = text
        .parse()
        .or_else(|_| text.parse().map(|address: SocketAddr| address.ip()))
        .or_else(|_| {
            let inner = text.strip_prefix('[').and_then(|text| text.strip_suffix(']'));
            inner.unwrap_or_default().parse()
        });
    address.ok().map(|address: IpAddr| address.to_canonical())
}

#[cfg(test)]
mod tests;
