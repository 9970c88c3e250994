//! Reading mails, as a whole: the corpus, mails made at random or to be expensive, and other clients' rules.

mod bombs;
mod corpus;
mod random;
mod rules;
mod scores;
