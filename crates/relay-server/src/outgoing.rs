//! Sends what waits in the outbox to the operator.

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use relay::ports::{Clock, PortError};

use crate::operator::OperatorMail;
use crate::sqlite::{LAST_RETRY, Queued, SqliteStore};

/// The longest time between two checks of the outbox; a new mail ends it.
const LOOK_EVERY: Duration = Duration::from_secs(60);
/// Wait after the first failure; it doubles with each further one, up to [`LAST_RETRY`].
const FIRST_RETRY: SignedDuration = SignedDuration::from_mins(1);
/// How long a mail is tried: RFC 5321 section 4.5.4.1 asks for four days at least.
const GIVE_UP: SignedDuration = SignedDuration::from_hours(5 * 24);
/// The least number of attempts. In five days there are more, unless the clock was set forward.
const ATTEMPTS: u32 = 20;

/// Runs until `stopped` ends. A mail that is being sent then is sent again after the next start.
pub(crate) async fn run(
    store: SqliteStore,
    operator: OperatorMail,
    clock: Arc<dyn Clock>,
    stopped: impl Future<Output = ()>,
) {
    let mut stopped = std::pin::pin!(stopped);
    loop {
        let queued = store.outbox_filled();
        let drained = drain(&store, &operator, clock.as_ref());
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

async fn drain(store: &SqliteStore, operator: &OperatorMail, clock: &dyn Clock) {
    loop {
        let result = match store.next_for_operator(clock.now()).await {
            Ok(Some(mail)) => send(store, operator, clock, &mail).await,
            Ok(None) => return,
            Err(error) => Err(error),
        };
        if let Err(error) = result {
            tracing::warn!(%error, "the outbox cannot be read or written");
            return;
        }
    }
}

async fn send(store: &SqliteStore, operator: &OperatorMail, clock: &dyn Clock, mail: &Queued) -> Result<(), PortError> {
    match Box::pin(operator.forward(&mail.raw, mail.about, mail.queued_at)).await {
        Ok(()) => store.done_for_operator(mail.id).await,
        Err(error) if error.is_permanent() || is_given_up(mail, clock.now()) => {
            tracing::error!(%error, attempts = mail.attempts, "a mail for the operator was given up");
            store.done_for_operator(mail.id).await
        }
        Err(error) => {
            tracing::warn!(%error, attempts = mail.attempts, "a mail for the operator is tried again later");
            let next = clock.now().saturating_add(retry_after(mail.attempts));
            store.retry_for_operator(mail.id, next.unwrap_or(Timestamp::MAX)).await
        }
    }
}

fn is_given_up(mail: &Queued, now: Timestamp) -> bool {
    mail.attempts >= ATTEMPTS && now.duration_since(mail.queued_at) > GIVE_UP
}

fn retry_after(attempts: u32) -> SignedDuration {
    FIRST_RETRY
        .checked_mul(1 << attempts.min(10))
        .map_or(LAST_RETRY, |wait| wait.min(LAST_RETRY))
}

#[cfg(test)]
mod tests {
    use relay::ports::ForwardReason;

    use super::*;

    #[test]
    fn waits_double_up_to_four_hours() {
        let minutes: Vec<i64> = [0, 1, 2, 7, 8, 9, u32::MAX].map(|n| retry_after(n).as_mins()).into();
        assert_eq!(minutes, [1, 2, 4, 128, 240, 240, 240]);
    }

    #[test]
    fn a_mail_is_given_up_after_five_days_of_attempts_and_not_because_the_clock_jumped() {
        let tried = |attempts| Queued {
            id: 1,
            about: ForwardReason::NoCode,
            raw: vec![],
            attempts,
            queued_at: Timestamp::UNIX_EPOCH,
        };
        let after = |hours| {
            Timestamp::UNIX_EPOCH
                .saturating_add(SignedDuration::from_hours(hours))
                .unwrap()
        };
        assert!(!is_given_up(&tried(37), after(120)));
        assert!(is_given_up(&tried(37), after(121)));
        assert!(!is_given_up(&tried(1), after(24 * 365)));
        // Five days with the waits above allow more attempts than the least number.
        let waits = (0..ATTEMPTS).map(|n| retry_after(n).as_secs()).sum::<i64>();
        assert!(waits < GIVE_UP.as_secs());
    }
}
