//! Domain names in one spelling.

/// Longest mail address, in bytes. RFC 5321 section 4.5.3.1.3 allows a path of 256, with its angle brackets.
pub const MAX_ADDRESS: usize = 254;
/// Longest label of a domain name, in characters. RFC 1035 section 2.3.4 allows 63 octets of its ASCII form.
const MAX_LABEL: usize = 63;

/// Returns a domain name in lower-case ASCII (IDNA), without a final dot; `None` if the text is no domain name.
#[must_use]
pub fn canonical_domain(domain: &str) -> Option<String> {
    let domain = domain.strip_suffix('.').unwrap_or(domain);
    // Checked first: the time of Punycode grows with the square of the length of a label.
    let is_long = |label: &str| label.chars().count() > MAX_LABEL;
    if domain.len() > 4 * MAX_ADDRESS || domain.split(['.', '。', '．', '｡']).any(is_long) {
        return None;
    }
    let ascii = idna::domain_to_ascii_strict(domain).ok()?;
    (!ascii.is_empty()).then_some(ascii)
}
