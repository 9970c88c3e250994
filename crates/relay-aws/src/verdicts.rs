//! SES's results of a mail's authentication: the `Authentication-Results` (RFC 8601) at the top of the mail that it
//! stored.
//!
//! SES puts its own header fields above those of the mail:
//!
//! ```text
//! Return-Path: <…>
//! Received: from … by inbound-smtp.eu-west-1.amazonaws.com with SMTP id … for …; …
//! X-SES-Spam-Verdict: PASS
//! X-SES-Virus-Verdict: PASS
//! Received-SPF: pass (spfCheck: …) client-ip=…; envelope-from=…; helo=…;
//! Authentication-Results: amazonses.com;
//!  spf=pass (spfCheck: …) client-ip=…; envelope-from=…; helo=…;
//!  dkim=pass header.i=@example.com;
//!  dmarc=pass header.from=example.com;
//! X-SES-RECEIPT: …
//! ```
//!
//! A sender can write the same fields, so only this much is trusted:
//! - the field must be in that block, with no field above it that SES does not write;
//! - a result counts only at the beginning of a line, and of a line only the result and its first property: the rest
//!   holds what the sender said in SMTP;
//! - SES's event, which no sender can write, must say the same of the mail as a whole.
//!
//! SES does not say which fields a signature covers, nor which one of several signatures of a domain passed. Both are
//! read from the signatures themselves: where one signature of a domain would prove nothing, none of them does. SES
//! does not say either whether a key is only in testing (`t=y`).

use std::borrow::Cow;
use std::ops::Range;

use arlo_mail::{Field, Header, canonical_domain};
use bytes::Bytes;
use relay::ports::{AuthenticateMail, PortError, RunWork};
use relay::{Claim, Claims, Verdicts};

/// The longest that SES's own block can be, in bytes.
const MAX_BLOCK: usize = 64 * 1024;
/// How many results of one mail are read. A forwarded mail has about three signatures.
const MAX_RESULTS: usize = 50;

/// The verdicts of SES's event on a mail.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct EventVerdicts {
    /// Its `spfVerdict` is `PASS`.
    pub spf: bool,
    /// Its `dkimVerdict` is `PASS` or `FAIL`: signatures were checked. With several, one may verify where another
    /// fails.
    pub dkim: bool,
}

impl AuthenticateMail for EventVerdicts {
    async fn verdicts(
        &self,
        claims: &Claims,
        reverse_path: Option<&str>,
        raw: &Bytes,
        _: &impl RunWork,
    ) -> Result<Verdicts, PortError> {
        Ok(verdicts(*self, claims, reverse_path, raw))
    }
}

fn verdicts(event: EventVerdicts, claims: &Claims, reverse_path: Option<&str>, raw: &[u8]) -> Verdicts {
    let results = authentication_results(raw).unwrap_or_default();
    let passes = |claim: &Claim| event.dkim && claim.is_sole() && results.dkim.contains(&claim.signature().identity);
    let signatures = claims.signatures().iter().enumerate();
    Verdicts {
        verified: signatures
            .filter(|(_, claim)| passes(claim))
            .map(|(place, _)| place)
            .collect(),
        spf: event.spf && results.spf && claims.names_forwarder() && reverse_path.is_some(),
    }
}

/// The results in the field.
#[derive(Debug, Default, PartialEq, Eq)]
struct Results {
    spf: bool,
    dkim: Vec<String>,
}

/// The field in SES's own block, if it is there.
fn authentication_results(raw: &[u8]) -> Option<Results> {
    let block = raw.get(..MAX_BLOCK.min(raw.len()))?;
    let (header, _) = Header::split(block);
    let mut fields = unbroken(&header).peekable();
    fields.next_if(|field| field.is("Return-Path"));
    let received = fields.next().filter(|field| field.is("Received"))?;
    if !is_by_ses(&text(received)) {
        return None;
    }
    let field = fields.find(|field| !is_written_by_ses(field))?;
    field.is("Authentication-Results").then(|| read(&text(field)))?
}

/// The fields from the top, until a line that belongs to none.
fn unbroken<'h>(header: &'h Header<'h>) -> impl Iterator<Item = &'h Field<'h>> {
    let mut end = 0;
    header.fields().iter().take_while(move |field| {
        let Range { start, end: next } = field.range();
        let follows = start == end;
        end = next;
        follows
    })
}

fn is_written_by_ses(field: &Field<'_>) -> bool {
    const PREFIX: &[u8] = b"X-SES-";
    let start = field.name().get(..PREFIX.len());
    field.is("Received-SPF") || start.is_some_and(|start| start.eq_ignore_ascii_case(PREFIX))
}

/// The value of a field, still folded.
fn text<'a>(field: &Field<'a>) -> Cow<'a, str> {
    String::from_utf8_lossy(field.value())
}

/// Whether a `Received` field says that SES received the mail.
fn is_by_ses(received: &str) -> bool {
    let plain = without_comments(received);
    let mut words = plain.split_ascii_whitespace();
    // After the first `by` comes the server's own name.
    words.find(|word| word.eq_ignore_ascii_case("by"));
    words.next().is_some_and(|host| {
        let host = host.to_ascii_lowercase();
        let region = host.strip_prefix("inbound-smtp.").and_then(|rest| {
            rest.strip_suffix(".amazonaws.com")
                .or_else(|| rest.strip_suffix(".amazonaws.com.cn"))
        });
        region.is_some_and(|region| {
            region
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        })
    })
}

fn read(field: &str) -> Option<Results> {
    let mut lines = field.lines();
    let first = without_comments(lines.next()?);
    let (server, rest) = first.split_once(';').unwrap_or((&first, ""));
    let mut server = server.split_ascii_whitespace();
    if !server
        .next()
        .is_some_and(|name| name.eq_ignore_ascii_case("amazonses.com"))
    {
        return None;
    }
    // RFC 8601 section 2.2: a version may follow, and 1 is the only one.
    if server.next().is_some_and(|version| version != "1") || server.next().is_some() {
        return None;
    }
    let mut results = Results::default();
    for line in std::iter::once(rest).chain(lines).take(MAX_RESULTS) {
        results.take(line);
    }
    Some(results)
}

impl Results {
    /// Takes the result at the beginning of a line.
    fn take(&mut self, line: &str) {
        let plain = without_comments(line);
        let result = plain.split(';').next().unwrap_or_default();
        let mut words = result.split_ascii_whitespace();
        let Some((method, "pass")) = words.next().and_then(|word| word.split_once('=')) else {
            return;
        };
        // RFC 8601 section 2.2: a method may carry its version.
        match method.split('/').next() {
            Some("spf") => self.spf = true,
            Some("dkim") => {
                if let Some(domain) = words.next().and_then(signer)
                    && !self.dkim.contains(&domain)
                {
                    self.dkim.push(domain);
                }
            }
            _ => (),
        }
    }
}

/// The signing domain that a property names: `header.i=@example.com`, `header.i=name@example.com` or
/// `header.d=example.com`. The domain of `i=` is that of `d=` or lies below it (RFC 6376 section 3.5).
fn signer(property: &str) -> Option<String> {
    let (name, value) = property.split_once('=')?;
    let domain = match name {
        "header.d" => value,
        "header.i" => value.rsplit_once('@')?.1,
        _ => return None,
    };
    let is_plain = !value.contains(['"', '\\', '=']);
    is_plain.then(|| canonical_domain(domain)).flatten()
}

/// The text with each comment (RFC 5322 section 3.2.2) replaced by a blank; an unfinished one ends with the text.
fn without_comments(text: &str) -> String {
    let (mut plain, mut depth, mut quoted) = (String::with_capacity(text.len()), 0_u32, false);
    let mut characters = text.chars();
    while let Some(c) = characters.next() {
        match c {
            '\\' => {
                let escaped = characters.next();
                if depth == 0 {
                    plain.push(c);
                    plain.extend(escaped);
                }
            }
            '"' if depth == 0 => {
                quoted = !quoted;
                plain.push(c);
            }
            '(' if !quoted => {
                if depth == 0 {
                    plain.push(' ');
                }
                depth = depth.saturating_add(1);
            }
            ')' if depth > 0 => depth -= 1,
            _ if depth == 0 => plain.push(c),
            _ => (),
        }
    }
    plain
}

#[cfg(test)]
mod tests;
