//! The tasks of a relay that serves. Each runs until the relay stops. If one ends before, the relay ends, so that its
//! supervisor starts it again; it does not run on without one of its parts.

use std::collections::HashMap;
use std::error::Error;
use std::fmt;

use tokio::sync::watch;
use tokio::task::{Id, JoinError, JoinSet};

/// A part of the relay ended although nobody stopped it.
#[derive(Debug)]
pub struct Ended {
    part: &'static str,
    panicked: bool,
}

impl fmt::Display for Ended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let how = if self.panicked {
            "by a fault in the program"
        } else {
            "by itself"
        };
        write!(f, "the relay ends, since a part of it has ended {how}: {}", self.part)
    }
}

impl Error for Ended {}

/// The running tasks, and the signal that stops them.
#[derive(Debug)]
pub(crate) struct Tasks {
    running: JoinSet<()>,
    parts: HashMap<Id, &'static str>,
    stop: watch::Sender<bool>,
}

impl Tasks {
    pub(crate) fn new() -> Self {
        Self {
            running: JoinSet::new(),
            parts: HashMap::new(),
            stop: watch::Sender::new(false),
        }
    }

    /// Becomes true when all are to stop.
    pub(crate) fn stopping(&self) -> watch::Receiver<bool> {
        self.stop.subscribe()
    }

    /// Ends when all are to stop.
    pub(crate) fn stopped(&self) -> impl Future<Output = ()> + Send + 'static {
        let mut stop = self.stop.subscribe();
        async move {
            // An error means that the sender is gone, which is a stop as well.
            let _ = stop.wait_for(|stop| *stop).await;
        }
    }

    /// Starts a part. The name is for the operator.
    pub(crate) fn spawn(&mut self, part: &'static str, task: impl Future<Output = ()> + Send + 'static) {
        let id = self.running.spawn(task).id();
        self.parts.insert(id, part);
    }

    /// Runs until `shutdown` ends or a part does; then stops all, and waits for their end.
    pub(crate) async fn run(mut self, shutdown: impl Future<Output = ()>) -> Result<(), Ended> {
        let mut result = tokio::select! {
            () = shutdown => Ok(()),
            Some(ended) = self.running.join_next_with_id() => Err(self.ended(ended)),
        };
        if let Err(ended) = &result {
            tracing::error!("{ended}");
        } else {
            tracing::info!("draining");
        }
        self.stop.send_replace(true);
        while let Some(ended) = self.running.join_next_with_id().await {
            if ended.is_err() {
                let ended = self.ended(ended);
                tracing::error!("{ended}");
                result = result.and(Err(ended));
            }
        }
        result
    }

    fn ended(&self, task: Result<(Id, ()), JoinError>) -> Ended {
        // The message of a panic may contain a part of a mail; the log has the place in the program.
        let (id, panicked) = match task {
            Ok((id, ())) => (id, false),
            Err(error) => (error.id(), true),
        };
        Ended {
            part: self.parts.get(&id).copied().unwrap_or("a task"),
            panicked,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};

    use super::*;

    fn with_a_part_that_drains() -> (Tasks, watch::Receiver<bool>) {
        let mut tasks = Tasks::new();
        let (drained, seen) = watch::channel(false);
        let stopped = tasks.stopped();
        tasks.spawn("what drains", async move {
            stopped.await;
            drained.send_replace(true);
        });
        (tasks, seen)
    }

    #[tokio::test]
    async fn a_stop_lets_all_end_in_order() {
        let (tasks, drained) = with_a_part_that_drains();
        tasks.run(ready(())).await.unwrap();
        assert!(*drained.borrow());
    }

    #[tokio::test]
    async fn a_part_that_ends_ends_all_and_is_named() {
        let (mut tasks, drained) = with_a_part_that_drains();
        tasks.spawn("what lives", pending_until(tasks.stopped()));
        tasks.spawn("the listener", ready(()));
        let ended = tasks.run(pending()).await.unwrap_err().to_string();
        assert!(ended.contains("the listener") && ended.contains("by itself"), "{ended}");
        assert!(*drained.borrow());
    }

    #[tokio::test]
    async fn a_fault_in_a_part_ends_all_and_repeats_nothing_of_it() {
        let (mut tasks, drained) = with_a_part_that_drains();
        tasks.spawn("the sweeper", async { panic!("of a mail: 482913") });
        let ended = tasks.run(pending()).await.unwrap_err().to_string();
        assert!(ended.contains("the sweeper") && !ended.contains("482913"), "{ended}");
        assert!(*drained.borrow());
    }

    #[tokio::test]
    async fn a_fault_while_it_stops_is_no_good_end() {
        let (mut tasks, _) = with_a_part_that_drains();
        let stopped = tasks.stopped();
        tasks.spawn("the listener", async move {
            stopped.await;
            panic!("a fault");
        });
        assert!(tasks.run(ready(())).await.is_err());
    }

    async fn pending_until(stopped: impl Future<Output = ()>) {
        stopped.await;
    }
}
