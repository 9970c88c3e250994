//! Reading mails, as a whole: the corpus, mails made at random or to be expensive, and other clients' rules.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot go on fails"
)]

mod bombs;
mod copies;
mod corpus;
mod edges;
mod forwarded;
mod found;
mod grammar;
mod linear;
mod pages;
mod places;
mod random;
mod rules;
mod scores;
mod sentences;
mod shapes;
mod steps;
