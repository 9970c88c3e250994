//! For the fuzz targets of this repository. It is not a part of the API.

use async_imap::imap_proto::Response;

use crate::filter::passed;

/// Filters the bytes of a server, which arrive in these pieces, and parses what passes. Gives the number of responses;
/// `None` if the filter refuses the bytes.
#[must_use]
pub fn parse_responses(pieces: &[&[u8]]) -> Option<usize> {
    let passed = passed(pieces).ok()?;
    let mut rest: &[u8] = &passed;
    let mut count = 0;
    while let Ok((after, _)) = Response::parse(rest) {
        rest = after;
        count += 1;
    }
    Some(count)
}
