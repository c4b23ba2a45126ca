//! The connections that are served at once: only so many, and the oldest that asks nothing makes room.

use core::pin::Pin;
use core::task::{Context, Poll};
use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::body::{Body, Bytes, HttpBody};
use hyper::body::{Frame, SizeHint};
use tokio::task::AbortHandle;

/// Connections at once. A browser opens about six. WebSockets are counted elsewhere.
const CONNECTIONS: usize = 512;

/// The connections that are served.
#[derive(Clone, Default)]
pub(super) struct Room {
    guests: Arc<Mutex<VecDeque<Guest>>>,
    count: Arc<AtomicU64>,
}

struct Guest {
    number: u64,
    busy: Arc<AtomicBool>,
    task: AbortHandle,
}

/// A connection's place; given back when it is dropped.
pub(super) struct Place {
    room: Room,
    number: u64,
    busy: Arc<AtomicBool>,
}

/// An answer on its way: the connection has a request until it has gone.
pub(super) struct Busy {
    pub(super) body: Body,
    pub(super) place: Arc<Place>,
}

impl Room {
    /// Serves a connection. If there is no place, the oldest connection without a request loses its own; if all have
    /// one, this connection is closed.
    pub(super) fn enter<F>(&self, serve: impl FnOnce(Place) -> F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let mut guests = self.guests();
        if guests.len() >= CONNECTIONS {
            let idle = guests.iter().position(|guest| !guest.busy.load(Ordering::Relaxed));
            let Some(idle) = idle else { return };
            if let Some(guest) = guests.remove(idle) {
                guest.task.abort();
            }
        }
        let number = self.count.fetch_add(1, Ordering::Relaxed);
        let busy = Arc::new(AtomicBool::new(false));
        let place = Place {
            room: self.clone(),
            number,
            busy: Arc::clone(&busy),
        };
        // The room is locked until the guest is in the list, so it cannot leave before.
        let task = tokio::spawn(serve(place)).abort_handle();
        guests.push_back(Guest { number, busy, task });
    }

    fn guests(&self) -> MutexGuard<'_, VecDeque<Guest>> {
        self.guests.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Place {
    /// Says whether a request is being answered.
    pub(super) fn is_busy(&self, busy: bool) {
        self.busy.store(busy, Ordering::Relaxed);
    }
}

impl HttpBody for Busy {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.place.is_busy(false);
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.room.guests().retain(|guest| guest.number != self.number);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_oldest_that_asks_nothing_makes_room() {
        let room = Room::default();
        let (sender, mut gone) = tokio::sync::mpsc::unbounded_channel();
        struct Leaves(u64, tokio::sync::mpsc::UnboundedSender<u64>);
        impl Drop for Leaves {
            fn drop(&mut self) {
                let _ = self.1.send(self.0);
            }
        }
        let enter = |nth: usize, busy: bool| {
            let leaves = Leaves(nth as u64, sender.clone());
            room.enter(move |place| {
                place.is_busy(busy);
                async move {
                    let _held = (leaves, place);
                    std::future::pending::<()>().await;
                }
            });
        };
        for nth in 0..CONNECTIONS {
            enter(nth, nth != 3);
        }
        enter(CONNECTIONS, true);
        assert_eq!(gone.recv().await, Some(3));
        // All are busy: the new one has to go.
        enter(CONNECTIONS + 1, true);
        assert_eq!(gone.recv().await, Some(CONNECTIONS as u64 + 1));
        assert_eq!(room.guests().len(), CONNECTIONS);
    }
}
