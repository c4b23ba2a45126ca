//! One session of a browser's: a client endpoint with its sockets, its log, and those who look on.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use portolan_protocol::ftp::client::Config;
use portolan_session::jsonl;
use portolan_wire::Argument;
use portolan_wire::action::{Action, TransferMode};
use portolan_wire::relay::{Ending, FromRelay, Limits, Refusal, Tls, WAITING, Way};
use portolan_wire::report::Report;
use tokio::sync::{mpsc, watch};
use tokio::time::Instant;

use super::board::Board;
use super::capture::{self, Capture};
use super::keys::{Key, NoRandomness};
use super::security::Secured;
use super::tickets::Tickets;
use super::watched::Shared;
use crate::drive::{Offer, Pipe};
use crate::guard::Permit;
use crate::live::{self, Live};

/// How often limits of time are looked at.
const TICK: Duration = Duration::from_secs(1);

/// Actions that the channel to the endpoint holds: those that wait, and an abort or two.
const CHANNEL: usize = WAITING as usize + 4;

/// A session.
pub struct Session {
    /// Its name: no secret.
    pub name: String,
    drive: Key,
    watch: Key,
    board: Board,
    tickets: Tickets,
    /// Where the server is: the first is called first, and the next one when it is called again.
    addresses: Vec<Argument>,
    /// Who logs in where the driver only says "log in".
    credentials: Option<(Argument, Argument)>,
    /// Whether its control connection is secured from the start.
    is_secured: bool,
    /// What is captured of it, if it is with the relay's own sandbox.
    capture: Option<Capture>,
    desk: Mutex<Desk>,
    /// The action that runs.
    running: AtomicU32,
    /// Why it is to end.
    end: watch::Sender<Option<Ending>>,
}

/// What changes.
struct Desk {
    /// To the endpoint; nothing when no more will be taken.
    actions: Option<mpsc::Sender<Action>>,
    taken: u32,
    finished: u32,
    /// How often the server was called.
    calls: usize,
    /// The action that said goodbye.
    quit: Option<u32>,
    /// Whether the control connection was to be cleared, or may be.
    cleared: bool,
    seats: Vec<Seat>,
    /// When somebody acted last, or something finished.
    acted: Instant,
    /// Since when there is no driver.
    away: Option<Instant>,
}

/// A viewer.
struct Seat {
    socket: u64,
    driving: bool,
    notes: mpsc::Sender<FromRelay>,
}

/// What a viewer learns when it sits down.
pub struct Seated {
    /// Whether it drives.
    pub driving: bool,
    /// How many actions were taken.
    pub taken: u32,
}

/// Why an action is not passed on.
pub struct NotTaken {
    /// In short.
    pub why: Refusal,
    /// In a sentence.
    pub text: String,
}

/// A session that was made and has not begun.
pub struct Opened {
    /// The session.
    pub session: Arc<Session>,
    permit: Arc<Permit>,
    secured: Secured,
    shared: Shared,
    actions: mpsc::Receiver<Action>,
}

impl Opened {
    /// A session with whom `permit` lets through.
    ///
    /// # Errors
    /// When the system has no random numbers.
    pub fn new(
        name: String,
        permit: Arc<Permit>,
        credentials: Option<(Argument, Argument)>,
        mut secured: Secured,
        limits: Limits,
    ) -> Result<Self, NoRandomness> {
        let (sender, actions) = mpsc::channel(CHANNEL);
        let now = Instant::now();
        let target = permit.target();
        let tell: super::watched::Tell = Box::new(|_| {});
        let keys = secured.keys.take();
        let live = Live::new(
            &target.host.to_string(),
            permit.addresses(),
            &format!("{} with {target}", secured.title()),
            keys.as_ref().map(|_| capture::MOST),
            tell,
        );
        let capture = live.tape().zip(keys).map(|(tape, keys)| Capture::new(tape, keys));
        let mut header = Vec::new();
        // Names, addresses and a time: nothing that could not be written.
        let _written = jsonl::write_header(&mut header, live.log());
        let header = String::from_utf8_lossy(&header).into_owned();
        let session = Arc::new(Session {
            name,
            drive: Key::random()?,
            watch: Key::random()?,
            board: Board::new(header, usize::try_from(limits.log).unwrap_or(usize::MAX)),
            tickets: Tickets::default(),
            addresses: permit.addresses().iter().filter_map(as_argument).collect(),
            credentials,
            is_secured: secured.when != Tls::None,
            capture,
            desk: Mutex::new(Desk {
                actions: Some(sender),
                taken: 0,
                finished: 0,
                calls: 0,
                quit: None,
                cleared: false,
                seats: Vec::new(),
                acted: now,
                away: Some(now),
            }),
            running: AtomicU32::new(0),
            end: watch::Sender::new(None),
        });
        let shared = Shared::new(live, Arc::clone(&session));
        Ok(Self {
            session,
            permit,
            secured,
            shared,
            actions,
        })
    }

    /// Runs it until it is over, for whatever reason.
    pub async fn run(self, limits: Limits) {
        let Self {
            session,
            permit,
            secured,
            shared,
            actions,
        } = self;
        let (security, tls) = secured.into_parts();
        let (offers, mut offered) = mpsc::unbounded_channel();
        let config = Config {
            mode: TransferMode::ExtendedPassive,
            security,
            discover: true,
            machine_listings: false,
            ..Config::new(permit.first())
        };
        let pipe = Pipe::new(offers, limits.file);
        let driving = live::hold(config, tls, permit, pipe, actions, shared.clone());
        let mut end = session.end.subscribe();
        let mut clock = tokio::time::interval(TICK);
        let why = {
            let mut driving = std::pin::pin!(driving);
            loop {
                tokio::select! {
                    _ = &mut driving => break Ending::Done,
                    Some(offer) = offered.recv() => session.offer(offer),
                    _ = clock.tick() => session.look_at_the_clock(limits),
                    Ok(why) = end.wait_for(Option::is_some) => break why.unwrap_or(Ending::Asked),
                }
            }
            // What is open is closed here.
        };
        shared.end();
        session.close(why);
    }
}

impl Session {
    /// For who opened it: the drive key and the watch key.
    pub fn keys(&self) -> (&str, &str) {
        (self.drive.show(), self.watch.show())
    }

    /// The log.
    pub const fn board(&self) -> &Board {
        &self.board
    }

    /// What is captured of it, for who has the drive key.
    pub fn capture_for(&self, key: &str) -> Option<&Capture> {
        self.capture.as_ref().filter(|_| self.drive.opens_for(key))
    }

    /// Collects the keys that a capture wants.
    pub(super) fn collect_keys(&self) {
        if let Some(capture) = &self.capture {
            capture.collect();
        }
    }

    /// Files that wait for their other end.
    pub const fn tickets(&self) -> &Tickets {
        &self.tickets
    }

    /// Gives a viewer its seat, if its key fits one. Whoever drove before looks on no longer.
    pub fn sit(&self, key: &str, socket: u64, notes: &mpsc::Sender<FromRelay>) -> Option<Seated> {
        let driving = self.drive.opens_for(key);
        if !driving && !self.watch.opens_for(key) {
            return None;
        }
        let mut desk = self.desk();
        desk.seats.retain(|seat| seat.socket != socket);
        if driving {
            desk.take_over();
            desk.away = None;
        }
        desk.seats.push(Seat {
            socket,
            driving,
            notes: notes.clone(),
        });
        desk.tell_how_many();
        let taken = desk.taken;
        drop(desk);
        if driving {
            // Those that a socket before this one did not hear of.
            for file in self.tickets.waiting() {
                let _told = notes.try_send(file);
            }
        }
        Some(Seated { driving, taken })
    }

    /// A viewer leaves.
    pub fn leave(&self, socket: u64) {
        let mut desk = self.desk();
        let before = desk.seats.len();
        desk.seats.retain(|seat| seat.socket != socket);
        if desk.seats.iter().all(|seat| !seat.driving) {
            desk.away.get_or_insert_with(Instant::now);
        }
        if desk.seats.len() != before {
            desk.tell_how_many();
        }
    }

    /// Passes an action on.
    pub fn act(&self, socket: u64, number: u32, what: Action) -> Result<(), NotTaken> {
        let mut desk = self.desk();
        desk.may_act(socket)?;
        if number <= desk.taken {
            // Said again by a driver whose socket dropped before it heard of it.
            return Ok(());
        }
        if number != desk.taken + 1 {
            let text = format!("The next action's number is {}, not {number}.", desk.taken + 1);
            return Err(NotTaken::new(Refusal::Number, text));
        }
        fits(&what)?;
        if let Some(capture) = &self.capture
            && self.says_what_nobody_knows(&what)
        {
            capture.withhold();
        }
        let waiting = desk.taken - desk.finished;
        let what = match what {
            Action::Connect { .. } => self.next_call(&mut desk),
            what => what,
        };
        let is_abort = matches!(what, Action::Abort);
        let is_quit = matches!(what, Action::Quit);
        let clears = match &what {
            Action::ClearControl => true,
            Action::Connect { .. } => false,
            _ => desk.cleared,
        };
        let full = || {
            let text = format!("{WAITING} actions wait already; another can be given when one has finished.");
            NotTaken::new(Refusal::Limit, text)
        };
        if waiting > WAITING && !is_abort {
            return Err(full());
        }
        let Some(actions) = &desk.actions else {
            return Err(over());
        };
        actions.try_send(what).map_err(|_| full())?;
        desk.taken = number;
        desk.acted = Instant::now();
        desk.cleared = clears;
        if is_quit {
            desk.quit = Some(number);
        }
        Ok(())
    }

    /// Whether an action says a password that is not the one that was set: it may be good elsewhere.
    fn says_what_nobody_knows(&self, what: &Action) -> bool {
        let Action::LogIn { password, account, .. } = what else {
            return false;
        };
        let is_known = self.credentials.as_ref().is_some_and(|(_, set)| set == password);
        !is_known || account.is_some()
    }

    /// The server is called at its first address, then at its second, and so on round: a name may have one that leads
    /// nowhere from here.
    fn next_call(&self, desk: &mut Desk) -> Action {
        let turn = desk.calls % self.addresses.len().max(1);
        desk.calls += 1;
        let host = (turn > 0).then(|| self.addresses.get(turn).cloned()).flatten();
        Action::Connect { host, port: None }
    }

    /// Logs in as the operator has set it; where a connection was to be secured, never over one that is no more.
    pub fn log_in(&self, socket: u64, number: u32) -> Result<(), NotTaken> {
        let desk = self.desk();
        desk.may_act(socket)?;
        if self.is_secured && desk.cleared {
            let text =
                "The control connection can be read again; the operator's password is not said over it.".to_owned();
            return Err(NotTaken::new(Refusal::Credentials, text));
        }
        drop(desk);
        let Some((user, password)) = self.credentials.clone() else {
            let text = "No name and password are set for this server; type them.".to_owned();
            return Err(NotTaken::new(Refusal::Credentials, text));
        };
        let account = None;
        self.act(
            socket,
            number,
            Action::LogIn {
                user,
                password,
                account,
            },
        )
    }

    /// Ends it, if the viewer may.
    pub fn end_for(&self, socket: u64) -> Result<(), NotTaken> {
        self.desk().may_act(socket)?;
        self.end(Ending::Asked);
        Ok(())
    }

    /// Ends it. The first reason counts.
    pub fn end(&self, why: Ending) {
        self.end.send_if_modified(|end| {
            let is_first = end.is_none();
            end.get_or_insert(why);
            is_first
        });
    }

    /// Hears what the endpoint reports.
    pub(super) fn hear(&self, report: &Report) {
        match report {
            Report::Started { action, .. } => self.running.store(*action, Ordering::Relaxed),
            Report::Finished { action, .. } => {
                let mut desk = self.desk();
                desk.finished += 1;
                desk.acted = Instant::now();
                if desk.quit == Some(*action) {
                    // The driver has nothing more to do, and ends.
                    desk.actions = None;
                }
            }
            _ => {}
        }
    }

    fn offer(&self, offer: Offer) {
        let action = self.running.load(Ordering::Relaxed);
        // Without a random number there is no ticket, and the file fails.
        if let Ok(file) = self.tickets.issue(&self.name, action, offer) {
            self.desk().tell_driver(file);
        }
    }

    fn look_at_the_clock(&self, limits: Limits) {
        let now = Instant::now();
        for (action, way) in self.tickets.expire(now) {
            let text = match way {
                Way::Download => "Nobody fetched the file within 30 seconds.",
                Way::Upload => "Nobody brought the file within 30 seconds.",
            };
            self.desk().tell_driver(FromRelay::Refused {
                number: Some(action),
                why: Refusal::Silent,
                text: text.to_owned(),
            });
        }
        let desk = self.desk();
        let passed = |since: Instant, most: u32| now.duration_since(since) >= Duration::from_secs(most.into());
        let is_idle = desk.taken == desk.finished && passed(desk.acted, limits.idle);
        let is_away = desk.away.is_some_and(|since| passed(since, limits.away));
        drop(desk);
        if is_away {
            self.end(Ending::Away);
        } else if is_idle {
            self.end(Ending::Idle);
        }
    }

    fn close(&self, why: Ending) {
        self.desk().actions = None;
        self.tickets.clear();
        self.board.end(why);
    }

    fn desk(&self) -> MutexGuard<'_, Desk> {
        self.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Desk {
    fn may_act(&self, socket: u64) -> Result<(), NotTaken> {
        let drives = self.seats.iter().any(|seat| seat.socket == socket && seat.driving);
        if !drives {
            let text = "You look on; only who drives this session acts in it.".to_owned();
            return Err(NotTaken::new(Refusal::Watching, text));
        }
        if self.actions.is_none() {
            return Err(over());
        }
        Ok(())
    }

    /// Tells the driver to go.
    fn take_over(&mut self) {
        self.tell_driver(FromRelay::Bye {
            why: Refusal::TakenOver,
            text: "This session is driven from another window now.".to_owned(),
        });
        self.seats.retain(|seat| !seat.driving);
    }

    fn tell_driver(&self, what: FromRelay) {
        if let Some(driver) = self.seats.iter().find(|seat| seat.driving) {
            // Who lets these pile up reads nothing at all, and is closed for that.
            let _told = driver.notes.try_send(what);
        }
    }

    fn tell_how_many(&self) {
        let count = u32::try_from(self.seats.len()).unwrap_or(u32::MAX);
        self.tell_driver(FromRelay::Viewers { count });
    }
}

impl NotTaken {
    const fn new(why: Refusal, text: String) -> Self {
        Self { why, text }
    }
}

fn over() -> NotTaken {
    NotTaken::new(
        Refusal::Over,
        "This session is over. Its log can be read and saved.".to_owned(),
    )
}

/// An address as an action names it.
fn as_argument(address: &SocketAddr) -> Option<Argument> {
    Argument::new(address.ip().to_string()).ok()
}

/// Whether an action is one for a live session.
fn fits(what: &Action) -> Result<(), NotTaken> {
    let text = match what {
        Action::Raw { .. } => "Command lines as typed are for simulations; the relay takes actions only.",
        Action::Call { .. } => "Single ports are called in simulations only.",
        Action::Connect { host, port } if host.is_some() || port.is_some() => {
            "A session is with one server; open another session for another server."
        }
        _ => return Ok(()),
    };
    Err(NotTaken::new(Refusal::Action, text.to_owned()))
}
