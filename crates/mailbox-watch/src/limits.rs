//! Limits that more than one part of this crate has to keep.

/// The most that is read of one mail, in bytes. The reader of mails reads no more.
pub(crate) const MAX_MAIL: usize = arlo_mail::limits::MAX_READ;
