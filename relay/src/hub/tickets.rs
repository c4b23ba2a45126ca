//! Files that wait for the browser to fetch or bring them.

use std::sync::{Mutex, MutexGuard, PoisonError};

use portolan_wire::relay::{FromRelay, Way};
use tokio::time::Instant;

use super::keys::{Key, NoRandomness};
use crate::drive::{Offer, PICK_UP};

/// The tickets of one session.
#[derive(Debug, Default)]
pub struct Tickets {
    waiting: Mutex<Vec<Ticket>>,
}

#[derive(Debug)]
struct Ticket {
    /// What it says: the session's name, a dot, and a key.
    text: String,
    key: Key,
    action: u32,
    offer: Offer,
    until: Instant,
}

impl Tickets {
    /// A ticket for a file, as the driver is told of it.
    ///
    /// # Errors
    /// When the system has no random numbers.
    pub fn issue(&self, session: &str, action: u32, offer: Offer) -> Result<FromRelay, NoRandomness> {
        let key = Key::random()?;
        let text = format!("{session}.{}", key.show());
        let until = Instant::now() + PICK_UP;
        let ticket = Ticket {
            text,
            key,
            action,
            offer,
            until,
        };
        let file = ticket.file();
        self.tickets().push(ticket);
        Ok(file)
    }

    /// Those that nobody has used.
    pub fn waiting(&self) -> Vec<FromRelay> {
        self.tickets().iter().map(Ticket::file).collect()
    }

    /// Uses a ticket: the file it was for, and its name.
    pub fn redeem(&self, key: &str, way: Way) -> Option<Offer> {
        let mut tickets = self.tickets();
        let fits = |ticket: &Ticket| ticket.key.opens_for(key) && ticket.offer.way == way;
        let place = tickets.iter().position(fits)?;
        Some(tickets.remove(place).offer)
    }

    /// Takes back those that waited for too long: their actions.
    pub fn expire(&self, now: Instant) -> Vec<(u32, Way)> {
        let mut expired = Vec::new();
        self.tickets().retain(|ticket| {
            let waits = now < ticket.until;
            if !waits {
                expired.push((ticket.action, ticket.offer.way));
            }
            waits
        });
        expired
    }

    /// Takes all back.
    pub fn clear(&self) {
        self.tickets().clear();
    }

    fn tickets(&self) -> MutexGuard<'_, Vec<Ticket>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Ticket {
    fn file(&self) -> FromRelay {
        FromRelay::File {
            action: self.action,
            way: self.offer.way,
            name: self.offer.name.clone(),
            ticket: self.text.clone(),
        }
    }
}
