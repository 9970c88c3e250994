//! Reading mails, as a whole: the corpus, mails made at random, and other clients' rules on the same corpus.

mod corpus;
mod rules;
mod scores;
