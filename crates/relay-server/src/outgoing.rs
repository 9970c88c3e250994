//! Sends what waits in the outbox to the operator.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use relay::ports::PortError;

use crate::operator::OperatorMail;
use crate::sqlite::{Queued, SqliteStore};

/// The longest wait between two looks into the outbox; a new mail ends it.
const LOOK_EVERY: Duration = Duration::from_secs(60);
/// Wait after the first failure; it doubles with each further one.
const FIRST_RETRY: SignedDuration = SignedDuration::from_mins(1);
/// The longest wait between two attempts.
const LAST_RETRY: SignedDuration = SignedDuration::from_hours(4);
/// How long a mail is tried: RFC 5321 section 4.5.4.1 asks for four days at least.
const GIVE_UP: SignedDuration = SignedDuration::from_hours(5 * 24);

/// Runs until `stopped` ends. A mail that is being sent then is sent to the end, or again later.
pub(crate) async fn run(store: SqliteStore, operator: OperatorMail, stopped: impl Future<Output = ()>) {
    let mut stopped = std::pin::pin!(stopped);
    loop {
        let queued = store.outbox_filled();
        let drained = drain(&store, &operator);
        tokio::select! {
            () = &mut stopped => return,
            () = drained => {}
        }
        tokio::select! {
            () = &mut stopped => return,
            () = queued => {}
            () = tokio::time::sleep(LOOK_EVERY) => {}
        }
    }
}

async fn drain(store: &SqliteStore, operator: &OperatorMail) {
    loop {
        let result = match store.next_for_operator(Timestamp::now()).await {
            Ok(Some(mail)) => send(store, operator, &mail).await,
            Ok(None) => return,
            Err(error) => Err(error),
        };
        if let Err(error) = result {
            tracing::warn!(%error, "the outbox cannot be read or written");
            return;
        }
    }
}

async fn send(store: &SqliteStore, operator: &OperatorMail, mail: &Queued) -> Result<(), PortError> {
    match Box::pin(operator.forward(&mail.raw, mail.about, mail.queued_at)).await {
        Ok(()) => store.done_for_operator(mail.id).await,
        Err(error) if error.is_permanent() || Timestamp::now().duration_since(mail.queued_at) > GIVE_UP => {
            tracing::error!(%error, attempts = mail.attempts, "a mail for the operator was given up");
            store.done_for_operator(mail.id).await
        }
        Err(error) => {
            tracing::warn!(%error, attempts = mail.attempts, "a mail for the operator is tried again later");
            store.retry_for_operator(mail.id, retry_after(mail.attempts)).await
        }
    }
}

fn retry_after(attempts: u32) -> SignedDuration {
    FIRST_RETRY
        .checked_mul(1 << attempts.min(10))
        .map_or(LAST_RETRY, |wait| wait.min(LAST_RETRY))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_four_hours() {
        let minutes: Vec<i64> = [0, 1, 2, 7, 8, 9, u32::MAX].map(|n| retry_after(n).as_mins()).into();
        assert_eq!(minutes, [1, 2, 4, 128, 240, 240, 240]);
    }
}
