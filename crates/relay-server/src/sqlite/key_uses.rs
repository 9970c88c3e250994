//! Which keys of the deployment the enrolments need: without them, nothing of the database can be used.
//!
//! Triggers count them with each change of an enrolment, so that a start reads no enrolment, however many there are.

use relay::KeyId;
use relay::ports::PortError;
use rusqlite::Connection;

use super::SqliteStore;

impl SqliteStore {
    /// The keys of the deployment that enrolments need, each with the number of them.
    pub(crate) async fn needed_keys(&self) -> Result<Vec<(KeyId, u64)>, PortError> {
        self.read(|db| uses(db, "SELECT key, enrolments FROM key_uses")).await
    }
}

/// The same of a copy, whose schema may be one that counted nothing.
pub(super) fn read_through(db: &Connection) -> rusqlite::Result<Vec<(KeyId, u64)>> {
    uses(
        db,
        "SELECT key, count(*) FROM (
             SELECT id, account_key AS key FROM enrolments UNION SELECT id, token_key FROM enrolments
             UNION SELECT id, address_key FROM enrolments
         ) GROUP BY key",
    )
}

fn uses(db: &Connection, sql: &str) -> rusqlite::Result<Vec<(KeyId, u64)>> {
    db.prepare(sql)?
        .query_map([], |row| Ok((KeyId::from_bytes(row.get(0)?), row.get(1)?)))?
        .collect()
}

#[cfg(test)]
mod tests {
    use relay::ports::ManageEnrolments;
    use relay::testing::CountingRandom;
    use relay::{AuditEvent, AuditKind, DeploymentKey, MadeWith};

    use super::*;
    use crate::sqlite::tests::{at, enrolment, fresh};

    #[tokio::test]
    async fn what_is_counted_is_what_the_enrolments_say() {
        let (store, _dir) = fresh().await;
        let random = CountingRandom::default();
        let [first, second] = [1, 2].map(|byte| DeploymentKey::new([byte; 32]).id());
        let counted = async || {
            let counts = store.needed_keys().await.unwrap();
            assert_eq!(counts, store.read(read_through).await.unwrap());
            let of = |key| counts.iter().find(|(id, _)| *id == key).map_or(0, |(_, count)| *count);
            (of(first), of(second))
        };
        let [one, two] = ["casey@example.org", "robin@example.org"].map(|name| {
            let mut enrolment = enrolment(&random, name);
            enrolment.made_with = MadeWith::all(first);
            enrolment
        });
        store.add(&one).await.unwrap();
        store.add(&two).await.unwrap();
        assert_eq!(counted().await, (2, 0));
        let mut renewed = one.clone();
        renewed.made_with.token = second;
        let event = AuditEvent {
            at: at(0),
            kind: AuditKind::TokenReplaced,
            network: None,
        };
        assert!(store.replace(&one, &renewed, &event).await.unwrap());
        assert_eq!(counted().await, (2, 1));
        assert!(store.remove(&one.id).await.unwrap());
        assert_eq!(counted().await, (1, 0));
        assert!(store.remove(&two.id).await.unwrap());
        assert_eq!(counted().await, (0, 0));
    }
}
