//! The mail with the one-time code as a relay receives it: sent by Arlo, or forwarded by Gmail.
//!
//! The message is built byte by byte, so that no library folds or re-encodes it. Gmail does not change the header
//! fields and the body of the original. It adds its own fields on top and rewrites the envelope's reverse-path to
//! `user+caf_=<relay local part>=<relay domain>@gmail.com`. The original does not contain the relay's address. Only
//! RCPT TO and the fields that Gmail adds contain it. The signatures have the right form and do not verify.

mod body;

use std::fmt;
use std::time::Duration;

use jiff::Timestamp;
use lettre::Address;

use crate::config::{Factor, User};
use crate::random;

/// The only address from which Arlo sends codes.
const SENDER: &str = "do_not_reply@arlo.com";
const SUBJECT: &str = "Your one-time authentication code from Arlo";
/// The result of Gmail's checks when it receives the mail.
const AUTHENTICATION_RESULTS: &str = "mx.google.com;
\tdkim=pass header.i=@arlo.com header.s=s1 header.b=Qm9ndXM1;
\tspf=pass (google.com: domain of bounces@em.arlo.com designates 198.51.100.25 as permitted sender) \
     smtp.mailfrom=bounces@em.arlo.com;
\tdmarc=pass (p=REJECT sp=REJECT dis=NONE) header.from=arlo.com";
/// How old a stale mail is.
const STALE_AGE: Duration = Duration::from_secs(60 * 60);

/// The route of a mail.
#[derive(Clone, Copy)]
pub(crate) enum Route<'a> {
    /// From Arlo to an address that is itself a factor.
    Direct { to: &'a str },
    /// From Arlo to the user's mailbox, which forwards it.
    Forwarded { mailbox: &'a str, to: &'a str },
}

impl<'a> Route<'a> {
    /// The route of a factor's mail; `None` if the user's mailbox keeps it.
    pub(crate) fn for_factor(user: &'a User, factor: &'a Factor) -> Option<Self> {
        if !user.is_named(&factor.destination) {
            return Some(Self::Direct {
                to: &factor.destination,
            });
        }
        let to = user.deliver_to.as_deref()?;
        Some(Self::Forwarded {
            mailbox: &factor.destination,
            to,
        })
    }

    fn mailbox(&self) -> &'a str {
        match *self {
            Self::Direct { to } => to,
            Self::Forwarded { mailbox, .. } => mailbox,
        }
    }
}

/// A mail with a code, and its envelope. `Debug` shows nothing of it.
#[derive(Clone)]
pub(crate) struct CodeMail {
    pub(crate) reverse_path: Address,
    pub(crate) recipient: Address,
    pub(crate) message: Vec<u8>,
}

impl fmt::Debug for CodeMail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CodeMail(…)")
    }
}

impl CodeMail {
    /// A mail that is sent now.
    pub(crate) fn new(route: &Route<'_>, code: &str, now: Timestamp) -> Result<Self, getrandom::Error> {
        Self::dated(route, code, now, now)
    }

    /// A mail that was written an hour ago, as a slow mail server delivers it.
    pub(crate) fn stale(route: &Route<'_>, code: &str, now: Timestamp) -> Result<Self, getrandom::Error> {
        Self::dated(route, code, now.checked_sub(STALE_AGE).unwrap_or(now), now)
    }

    fn dated(route: &Route<'_>, code: &str, written: Timestamp, now: Timestamp) -> Result<Self, getrandom::Error> {
        let original = original(route.mailbox(), code, written)?;
        let (from, to, message) = match *route {
            Route::Direct { to } => (SENDER.to_owned(), to, original),
            Route::Forwarded { mailbox, to } => (
                forwarding_path(mailbox, to),
                to,
                forwarded(mailbox, to, &original, now)?,
            ),
        };
        Ok(Self {
            reverse_path: address(&from),
            recipient: address(to),
            message: message.into_bytes(),
        })
    }
}

/// An address without lettre's checks, which allow a local part of at most 64 bytes. The reverse-path of a forwarder
/// can be longer, as with Gmail. The configuration has checked the addresses.
fn address(text: &str) -> Address {
    let (local, domain) = text.rsplit_once('@').unwrap_or((text, ""));
    Address::new_dangerous(local, domain)
}

/// The reverse-path that Gmail makes from the mailbox's address without its label.
fn forwarding_path(mailbox: &str, relay: &str) -> String {
    let (local, domain) = mailbox.split_once('@').unwrap_or((mailbox, "gmail.com"));
    let base = local.split('+').next().unwrap_or(local);
    format!("{base}+caf_={}@{domain}", relay.replace('@', "="))
}

/// The mail as Arlo sends it.
fn original(mailbox: &str, code: &str, written: Timestamp) -> Result<String, getrandom::Error> {
    let date = rfc5322(written);
    let boundary = format!("----=_Part_{}", random::hex::<12>()?);
    let message_id = random::hex::<16>()?;
    let (body_hash, signature) = (random::base64::<32>()?, random::base64::<256>()?);
    let signature = fold(&signature, 70);
    let html = body::quoted_printable(&body::html(code));
    let text = body::quoted_printable(&body::text(code));
    Ok(crlf(&format!(
        "DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=arlo.com; s=s1; t={seconds};\n\
         \th=content-type:from:mime-version:subject:to:message-id:date;\n\
         \tbh={body_hash};\n\
         \tb={signature}\n\
         Date: {date}\n\
         From: Arlo <{SENDER}>\n\
         To: {mailbox}\n\
         Message-ID: <{message_id}@arlo.com>\n\
         Subject: {SUBJECT}\n\
         MIME-Version: 1.0\n\
         Content-Type: multipart/alternative;\n\
         \tboundary=\"{boundary}\"\n\
         \n\
         --{boundary}\n\
         Content-Type: text/plain; charset=UTF-8\n\
         Content-Transfer-Encoding: quoted-printable\n\
         \n\
         {text}\n\
         --{boundary}\n\
         Content-Type: text/html; charset=UTF-8\n\
         Content-Transfer-Encoding: quoted-printable\n\
         \n\
         {html}\n\
         --{boundary}--\n",
        seconds = written.as_second(),
    )))
}

/// The mail as Gmail forwards it now, with Gmail's fields above the original.
fn forwarded(mailbox: &str, relay: &str, original: &str, now: Timestamp) -> Result<String, getrandom::Error> {
    let (date, seconds) = (rfc5322(now), now.as_second());
    let base = forwarding_path(mailbox, relay);
    let account = base.split_once("+caf_=").map_or("", |(local, _)| local).to_owned()
        + mailbox.find('@').and_then(|at| mailbox.get(at..)).unwrap_or_default();
    let seal = fold(&random::base64::<256>()?, 70);
    let arc_signature = fold(&random::base64::<256>()?, 70);
    let google_signature = fold(&random::base64::<256>()?, 70);
    let (arc_body_hash, google_body_hash) = (random::base64::<32>()?, random::base64::<32>()?);
    let (state, id, inner_id) = (random::base64::<64>()?, random::hex::<12>()?, random::hex::<12>()?);
    let top = crlf(&format!(
        "Received: by mail-sor-f41.google.com with SMTP id {id}.7\n\
         \tfor <{relay}>; {date}\n\
         X-Google-DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed;\n\
         \td=1e100.net; s=20251104; t={seconds};\n\
         \th=delivered-to:x-forwarded-for:x-forwarded-to:x-gm-message-state:from:to:subject:date;\n\
         \tbh={google_body_hash};\n\
         \tb={google_signature}\n\
         X-Gm-Message-State: {state}\n\
         X-Received: by 2002:a05:6402:5191:b0:62f:1a2b:3c4d with SMTP id {id};\n\
         \t{date}\n\
         X-Forwarded-To: {relay}\n\
         X-Forwarded-For: {account} {relay}\n\
         Delivered-To: {account}\n\
         Received: by 2002:a17:906:4fcd:b0:b6d:5e6f:7a8b with SMTP id {inner_id};\n\
         \t{date}\n\
         X-Received: by 2002:a05:622a:1a0e:b0:4ed:9c0d:1e2f with SMTP id {inner_id};\n\
         \t{date}\n\
         ARC-Seal: i=1; a=rsa-sha256; t={seconds}; cv=none;\n\
         \td=google.com; s=arc-20240605;\n\
         \tb={seal}\n\
         ARC-Message-Signature: i=1; a=rsa-sha256; c=relaxed/relaxed; d=google.com; s=arc-20240605;\n\
         \th=to:subject:message-id:mime-version:from:date:dkim-signature;\n\
         \tbh={arc_body_hash};\n\
         \tb={arc_signature}\n\
         ARC-Authentication-Results: i=1; {AUTHENTICATION_RESULTS}\n\
         Return-Path: <bounces@em.arlo.com>\n\
         Received: from o1.em.arlo.com (o1.em.arlo.com. [198.51.100.25])\n\
         \tby mx.google.com with ESMTPS id {inner_id}\n\
         \tfor <{mailbox}>\n\
         \t(version=TLS1_3 cipher=TLS_AES_128_GCM_SHA256 bits=128/128);\n\
         \t{date}\n\
         Received-SPF: pass (google.com: domain of bounces@em.arlo.com designates 198.51.100.25 as permitted sender) \
         client-ip=198.51.100.25;\n\
         Authentication-Results: {AUTHENTICATION_RESULTS}\n"
    ));
    Ok(top + original)
}

/// Folds a long field value into several lines.
fn fold(value: &str, width: usize) -> String {
    let mut folded = String::with_capacity(value.len() * 9 / 8);
    for (index, char) in value.chars().enumerate() {
        if index > 0 && index % width == 0 {
            folded.push_str("\n\t");
        }
        folded.push(char);
    }
    folded
}

fn crlf(text: &str) -> String {
    text.replace('\n', "\r\n")
}

/// The date-time of RFC 5322 section 3.3, in UTC.
fn rfc5322(time: Timestamp) -> String {
    time.strftime("%a, %d %b %Y %H:%M:%S +0000").to_string()
}
