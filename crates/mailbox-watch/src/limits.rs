//! Limits that more than one part of this crate has to keep.

/// The most that is read of one mail, in bytes. A longer mail is read up to here.
pub(crate) const MAX_MAIL: usize = 1024 * 1024;
