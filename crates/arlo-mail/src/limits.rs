//! How much of a mail is read. The reader ignores what is over a limit, so that no mail costs more than a few passes
//! over its first megabyte.

/// Bytes of a raw mail that are read, from its beginning.
pub const MAX_READ: usize = 1024 * 1024;
/// Steps for each byte of a mail. Real mails take four or five steps a byte.
pub const STEPS_PER_BYTE: usize = 64;
/// Bytes for which a shorter mail has steps too.
pub const MIN_STEPS_FOR: usize = 16 * 1024;
/// Steps that reading the longest mail may take, see [`max_steps`].
pub const MAX_STEPS: usize = max_steps(MAX_READ);
/// Bytes of one header section. The sender of a longer section is taken for unknown.
pub const MAX_HEADER: usize = 256 * 1024;
/// Fields of one header section. The sender of a section with more fields is taken for unknown.
pub const MAX_FIELDS: usize = 1000;
/// Bytes of one header field that are read.
pub const MAX_FIELD: usize = 16 * 1024;
/// Bytes that are read of a field with encoded words or parameters. The time that mail-parser takes for such a field
/// can grow with the square of its length.
pub const MAX_STRUCTURED_FIELD: usize = 4 * 1024;
/// Accounts that a header can name.
pub const MAX_NAMED: usize = 32;
/// Addresses in running text that are read.
pub const MAX_TEXT_ADDRESSES: usize = 256;
/// Multiparts within multiparts.
pub const MAX_DEPTH: usize = 8;
/// Parts of a mail, in all its multiparts together.
pub const MAX_PARTS: usize = 64;
/// Mails attached to one mail that are read.
pub const MAX_ATTACHED: usize = 4;
/// Mails within mails. A person may forward, as an attachment, the report of a spam filter to which the mail is
/// attached.
pub const MAX_ATTACHED_DEPTH: usize = 2;
/// Elements of an HTML page that can be open at once. The content of a deeper element counts as its parent's.
pub const MAX_OPEN_ELEMENTS: usize = 256;
/// Numbers of a part that are kept as possible codes.
pub const MAX_CANDIDATES: usize = 64;
/// Numbers of a part for which the words around them are read.
pub const MAX_NUMBERS: usize = 2048;

/// Steps that reading a mail of as many bytes may take. One step is about one byte looked at once. A mail that needs
/// more is [`TooComplex`](crate::Content::TooComplex). A short mail has no more steps than its bytes need, since much
/// work can be asked for in few bytes: each rule of a style sheet may be compared with each element.
#[must_use]
pub const fn max_steps(bytes: usize) -> usize {
    let bytes = if bytes > MAX_READ { MAX_READ } else { bytes };
    STEPS_PER_BYTE * if bytes < MIN_STEPS_FOR { MIN_STEPS_FOR } else { bytes }
}
