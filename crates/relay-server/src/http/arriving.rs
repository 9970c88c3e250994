//! The body of a call while it arrives. Its connection works for the client only when the body is whole, or when nobody
//! reads it any more: until then it waits for the client, and can be displaced.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll};

use axum::body::{Bytes, HttpBody};
use hyper::body::{Frame, Incoming, SizeHint};
use relay_http::Known;

use super::stream::Left;
use crate::connections::{Activity, Place};

/// The body, and the place of its connection.
pub(super) struct Arriving {
    body: Incoming,
    place: Arc<Place>,
    known: Known,
    left: Arc<Left>,
}

impl Arriving {
    /// The connection of a call without a body works at once. `known` says whether the call's token is good.
    pub(super) fn new(body: Incoming, place: Arc<Place>, known: Known, left: Arc<Left>) -> Self {
        left.unread.store(true, Ordering::Relaxed);
        let arriving = Self {
            body,
            place,
            known,
            left,
        };
        arriving.show();
        arriving
    }

    /// Records what the connection does.
    fn show(&self) {
        if self.body.is_end_stream() {
            self.is_whole();
        } else if self.known.is_set() {
            self.place.set(Activity::Secret);
        } else {
            self.place.set(Activity::Idle);
        }
    }

    fn is_whole(&self) {
        self.left.unread.store(false, Ordering::Relaxed);
        self.place.set(Activity::Busy);
    }
}

impl HttpBody for Arriving {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let frame = Pin::new(&mut self.body).poll_frame(context);
        if matches!(frame, Poll::Ready(None)) {
            // A body without a length does not know its end before.
            self.is_whole();
        } else {
            self.show();
        }
        frame
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for Arriving {
    fn drop(&mut self) {
        self.place.set(Activity::Busy);
    }
}
