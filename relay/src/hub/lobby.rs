//! Where sockets wait that have not said hello: only so many, and the oldest makes room.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use tokio::sync::oneshot;

use super::LOBBY;

/// Sockets that have not said hello.
#[derive(Debug, Default)]
pub struct Lobby {
    waiting: Mutex<VecDeque<oneshot::Sender<()>>>,
}

impl Lobby {
    /// A place, which is taken back when another needs it: then the receiver hears of it. Dropping it frees it.
    pub fn enter(&self) -> oneshot::Receiver<()> {
        let (sender, place) = oneshot::channel();
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.retain(|sender| !sender.is_closed());
        if waiting.len() >= LOBBY
            && let Some(oldest) = waiting.pop_front()
        {
            let _told = oldest.send(());
        }
        waiting.push_back(sender);
        place
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_makes_room() {
        let lobby = Lobby::default();
        let mut places: Vec<_> = (0..LOBBY).map(|_| lobby.enter()).collect();
        assert!(places.iter_mut().all(|place| place.try_recv().is_err()));
        // One that has said hello is in nobody's way.
        drop(places.remove(1));
        let mut next = lobby.enter();
        assert!(places.iter_mut().all(|place| place.try_recv().is_err()));
        let _one_more = lobby.enter();
        assert_eq!(places[0].try_recv(), Ok(()));
        assert!(places[1].try_recv().is_err() && next.try_recv().is_err());
    }
}
