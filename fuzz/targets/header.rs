//! Splitting a header section into its fields, compared with mail-parser.
//!
//! A signature is verified over the fields of `Header`. In a mail that is read byte for byte, mail-parser must find the
//! same fields with the same values.

#![no_main]

use arlo_mail::{Header, Verbatim};
use libfuzzer_sys::fuzz_target;
use mail_parser::MessageParser;

fuzz_target!(|raw: &[u8]| {
    let (header, body) = Header::split(raw);
    assert!(raw.ends_with(body));
    let mut end = 0;
    for field in header.fields() {
        let range = field.range();
        assert!(end <= range.start && range.end <= raw.len() - body.len());
        assert_eq!(&raw[range.clone()], field.raw());
        assert!(field.raw().starts_with(field.name()) && field.raw().ends_with(field.value()));
        end = range.end;
    }
    let Ok(mail) = Verbatim::from_raw(raw) else { return };
    assert_eq!(&raw[mail.body_at..], mail.body);
    assert_eq!(mail.body, body);
    let Some(parsed) = MessageParser::new()
        .header_raw("Subject")
        .default_header_raw()
        .parse_headers(raw)
    else {
        return;
    };
    let ours: Vec<(String, &[u8])> = mail
        .header
        .fields()
        .iter()
        .map(|field| (lower(field.name()), field.value()))
        .collect();
    let theirs: Vec<(String, &[u8])> = parsed
        .headers()
        .iter()
        .map(|header| {
            let value = header.offset_start() as usize..header.offset_end() as usize;
            (lower(header.name().as_bytes()), &raw[value])
        })
        .collect();
    assert_eq!(ours, theirs);
});

fn lower(name: &[u8]) -> String {
    String::from_utf8_lossy(name).to_ascii_lowercase()
}
