//! How much of a mail is read. Whatever lies beyond is as if it were not there, so that no mail, however it is built,
//! costs more than a few passes over its first megabyte.

/// Bytes of a raw mail that are read; of a larger one, its beginning.
pub const MAX_READ: usize = 1024 * 1024;
/// Steps for each byte that could be read. Real mails take four or five.
pub const STEPS_PER_BYTE: usize = 64;
/// Steps that reading a mail may take; one step is about one byte looked at once. A mail that needs more is
/// [`TooComplex`](crate::Content::TooComplex).
pub const MAX_STEPS: usize = STEPS_PER_BYTE * MAX_READ;
/// Bytes of one header section. A section that is longer names nobody: its sender is taken for unknown.
pub const MAX_HEADER: usize = 256 * 1024;
/// Fields of one header section, with the same consequence.
pub const MAX_FIELDS: usize = 1000;
/// Bytes of one header field that are looked at.
pub const MAX_FIELD: usize = 16 * 1024;
/// Bytes of a field with encoded words or parameters that are looked at: what mail-parser does with such a field can
/// grow with the square of its length.
pub const MAX_STRUCTURED_FIELD: usize = 4 * 1024;
/// Accounts that a mail's header can name.
pub const MAX_NAMED: usize = 32;
/// Addresses in running text that are looked at.
pub const MAX_TEXT_ADDRESSES: usize = 256;
/// Multiparts within multiparts.
pub const MAX_DEPTH: usize = 8;
/// Parts of a mail, in all its multiparts together.
pub const MAX_PARTS: usize = 64;
/// Mails attached to one mail that are looked into.
pub const MAX_ATTACHED: usize = 4;
/// Mails within mails: what a person forwards as an attachment may be a filter's report with the mail attached.
pub const MAX_ATTACHED_DEPTH: usize = 2;
/// Elements of an HTML page that can be open at once; deeper ones are read as if they were their parent.
pub const MAX_OPEN_ELEMENTS: usize = 256;
/// Numbers of a part that are kept as its possible codes.
pub const MAX_CANDIDATES: usize = 64;
/// Numbers of a part whose surroundings are read.
pub const MAX_NUMBERS: usize = 2048;
