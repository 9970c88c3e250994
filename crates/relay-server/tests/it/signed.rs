//! Mails and who signs them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use mail_auth::common::crypto::Ed25519Key;
use mail_auth::common::headers::HeaderWriter;
use mail_auth::dkim::{DkimSigner, Done};

use crate::dns::Record;

pub(crate) const MAIL: &str = "From: Arlo <do_not_reply@arlo.com>\r\nTo: casey@example.org\r\nSubject: Hello\r\n\
    Date: Sat, 21 Nov 2026 22:00:00 +0000\r\nContent-Type: text/plain\r\n\r\nYour code is:\r\n\r\n467266\r\n";

/// A key, and the record under which its domain publishes it.
pub(crate) struct Key {
    pkcs8: Vec<u8>,
    pub(crate) record: String,
}

impl Key {
    pub(crate) fn generate() -> Self {
        let pkcs8 = Ed25519Key::generate_pkcs8().unwrap();
        let public = Ed25519Key::from_pkcs8_der(&pkcs8).unwrap().public_key();
        let record = format!("v=DKIM1; k=ed25519; p={}", BASE64.encode(public));
        Self { pkcs8, record }
    }

    pub(crate) fn signer(&self, domain: &str) -> DkimSigner<Ed25519Key, Done> {
        self.signer_of(domain, &["From", "To", "Subject", "Date", "Content-Type"])
    }

    pub(crate) fn signer_of(&self, domain: &str, fields: &[&str]) -> DkimSigner<Ed25519Key, Done> {
        DkimSigner::from_key(Ed25519Key::from_pkcs8_der(&self.pkcs8).unwrap())
            .domain(domain)
            .selector("test")
            .headers(fields.iter().copied())
    }

    pub(crate) fn published(&self) -> Record {
        Record::Txt(self.record.clone())
    }
}

pub(crate) fn signed(signer: &DkimSigner<Ed25519Key, Done>, mail: &str) -> String {
    signer.sign(mail.as_bytes()).unwrap().to_header() + mail
}
