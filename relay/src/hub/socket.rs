//! One viewer's WebSocket, from its hello to its end.

use std::future::ready;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use axum::extract::ws::{Message, Utf8Bytes, WebSocket};
use portolan_wire::action::Action;
use portolan_wire::relay::{FromRelay, Refusal, ToRelay, VERSION};
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, timeout};

use super::board::Next;
use super::session::{NotTaken, Session};
use super::{BEAT, DEAF, HELLO, Hub, SLOW, WRONG, refused};

/// Notes that wait for a socket that is being written to.
const NOTES: usize = 64;

/// What a browser may do that came by this way.
#[derive(Clone, Copy, Debug)]
pub struct Trust {
    /// Whether names and passwords may be typed: nobody reads along.
    pub credentials: bool,
}

/// A viewer.
struct Viewer {
    hub: Arc<Hub>,
    socket: WebSocket,
    number: u64,
    trust: Trust,
    seat: Option<Seat>,
    notes: (mpsc::Sender<FromRelay>, mpsc::Receiver<FromRelay>),
}

/// What it looks at.
struct Seat {
    session: Arc<Session>,
    /// The next event it wants.
    cursor: u64,
    changed: watch::Receiver<u64>,
    told_over: bool,
}

/// The socket is closed, or is to be.
struct Gone;

/// Talks to a viewer until either has enough.
pub(crate) async fn talk(hub: Arc<Hub>, socket: WebSocket, trust: Trust) {
    let Ok(_place) = Arc::clone(&hub.sockets).try_acquire_owned() else {
        // Sent as far as it goes: there is no place to wait in.
        let text = format!("This relay holds {} sockets, its limit.", hub.setting.bounds.sockets);
        return bye(socket, Refusal::Limit, &text).await;
    };
    let number = hub.sockets_ever.fetch_add(1, Ordering::Relaxed);
    let mut viewer = Viewer {
        hub,
        socket,
        number,
        trust,
        seat: None,
        notes: mpsc::channel(NOTES),
    };
    if viewer.greet().await.is_ok() {
        let _gone = viewer.go_on().await;
    }
    if let Some(seat) = viewer.seat.take() {
        seat.session.leave(viewer.number);
    }
}

impl Viewer {
    /// Hears the hello.
    async fn greet(&mut self) -> Result<(), Gone> {
        let lost = self.hub.lobby.enter();
        let hub = Arc::clone(&self.hub);
        let mut closing = hub.closing.subscribe();
        let message = tokio::select! {
            message = timeout(HELLO, self.hear()) => message,
            Ok(()) = lost => {
                return self.bye(Refusal::Limit, "Too many sockets say nothing, and this one is the oldest.").await;
            }
            () = closed(&mut closing) => return self.bye(Refusal::Ending, "The relay ends.").await,
        };
        let Ok(message) = message else {
            return self
                .bye(Refusal::Silent, "The first message did not come within ten seconds.")
                .await;
        };
        match message?.as_deref().map(serde_json::from_str) {
            Some(Ok(ToRelay::Hello {
                version: VERSION,
                token,
            })) => {
                if !self.hub.is_welcome(token.as_deref()) {
                    self.hub.setting.journal.write("a token was refused");
                    tokio::time::sleep(WRONG).await;
                    return self
                        .bye(
                            Refusal::Token,
                            "This relay wants the token that its operator was given.",
                        )
                        .await;
                }
            }
            Some(Ok(ToRelay::Hello { .. })) => {
                return self
                    .bye(
                        Refusal::Version,
                        "The relay is of another version than the page. Load the page again.",
                    )
                    .await;
            }
            _ => return self.bye(Refusal::Malformed, "The first message is no hello.").await,
        }
        let guard = &self.hub.setting.guard;
        self.say(&FromRelay::Welcome {
            program: concat!("portolan ", env!("CARGO_PKG_VERSION")).to_owned(),
            servers: self.hub.servers(),
            typed: guard.allows_some(),
            credentials: self.trust.credentials,
            limits: self.hub.setting.limits,
        })
        .await
    }

    async fn go_on(&mut self) -> Result<(), Gone> {
        let hub = Arc::clone(&self.hub);
        let mut closing = hub.closing.subscribe();
        let mut beat = tokio::time::interval(BEAT);
        let mut heard = Instant::now();
        loop {
            let next = self.seat.as_ref().map_or(Next::Nothing, Seat::next);
            let has_next = !matches!(next, Next::Nothing);
            let is_closing = *closing.borrow();
            tokio::select! {
                biased;
                message = self.socket.recv() => {
                    heard = Instant::now();
                    let message = text_of(message)?;
                    if let Some(text) = message {
                        self.take(&text).await?;
                    }
                }
                Some(note) = self.notes.1.recv() => {
                    if let FromRelay::Bye { why, text } = note {
                        return self.bye(why, &text).await;
                    }
                    self.say(&note).await?;
                }
                () = ready(()), if has_next => self.show(next).await?,
                () = changed(&mut self.seat), if !has_next => {}
                () = closed(&mut closing), if !is_closing => {}
                // What the sessions said last has been sent by now.
                () = ready(()), if is_closing && self.has_all() => {
                    return self.bye(Refusal::Ending, "The relay ends.").await;
                }
                _ = beat.tick() => {
                    if heard.elapsed() >= DEAF {
                        return self.bye(Refusal::Silent, "Nothing was heard for a minute.").await;
                    }
                    self.send(Message::Ping(Vec::new().into())).await?;
                    self.say(&FromRelay::Beat).await?;
                }
            }
        }
    }

    fn has_all(&self) -> bool {
        self.seat.as_ref().is_none_or(|seat| seat.told_over)
    }

    /// Takes a message.
    async fn take(&mut self, text: &str) -> Result<(), Gone> {
        let Ok(message) = serde_json::from_str::<ToRelay>(text) else {
            // What it was is not said: it may hold a password.
            return self
                .bye(Refusal::Malformed, "That is no message of this version.")
                .await;
        };
        let number = match &message {
            ToRelay::Act { number, .. } | ToRelay::LogIn { number } => Some(*number),
            _ => None,
        };
        match self.carry_out(message).await {
            Ok(said) => {
                for (what, lines) in said {
                    self.say_with(&what, &lines).await?;
                }
                Ok(())
            }
            Err(NotTaken { why, text }) => self.say(&FromRelay::Refused { number, why, text }).await,
        }
    }

    async fn carry_out(&mut self, message: ToRelay) -> Result<Vec<(FromRelay, String)>, NotTaken> {
        match message {
            ToRelay::Hello { .. } => Err(refused(Refusal::Malformed, "A hello was said already.")),
            ToRelay::Open { server, tls, pin } => {
                let session = self.hub.open(&server, tls, pin.as_deref()).await?;
                let (drive, watch) = session.keys();
                let opened = FromRelay::Opened {
                    session: session.name.clone(),
                    drive: drive.to_owned(),
                    watch: watch.to_owned(),
                };
                let key = drive.to_owned();
                let attached = self.attach(session, &key, 0)?;
                Ok(vec![(opened, String::new()), attached])
            }
            ToRelay::Attach { session, key, after } => {
                let session = self.hub.session(&session).ok_or_else(no_session)?;
                Ok(vec![self.attach(session, &key, after)?])
            }
            ToRelay::Act { number, what } => {
                if matches!(what, Action::LogIn { .. }) && !self.trust.credentials {
                    let text = "Names and passwords are not taken over a connection that others can read; use https.";
                    return Err(refused(Refusal::Credentials, text));
                }
                let seat = self.seat.as_ref().ok_or_else(no_session)?;
                seat.session.act(self.number, number, what).map(|()| Vec::new())
            }
            ToRelay::LogIn { number } => {
                let seat = self.seat.as_ref().ok_or_else(no_session)?;
                seat.session.log_in(self.number, number).map(|()| Vec::new())
            }
            ToRelay::End => {
                let seat = self.seat.as_ref().ok_or_else(no_session)?;
                seat.session.end_for(self.number).map(|()| Vec::new())
            }
        }
    }

    fn attach(&mut self, session: Arc<Session>, key: &str, after: u64) -> Result<(FromRelay, String), NotTaken> {
        let seated = session.sit(key, self.number, &self.notes.0).ok_or_else(no_session)?;
        if let Some(before) = self.seat.take()
            && !Arc::ptr_eq(&before.session, &session)
        {
            before.session.leave(self.number);
        }
        let attached = FromRelay::Attached {
            session: session.name.clone(),
            driving: seated.driving,
            taken: seated.taken,
        };
        let header = session.board().header();
        let changed = session.board().watch();
        self.seat = Some(Seat {
            session,
            cursor: after,
            changed,
            told_over: false,
        });
        Ok((attached, header))
    }

    /// Shows what comes next.
    async fn show(&mut self, next: Next) -> Result<(), Gone> {
        let Some(seat) = &mut self.seat else { return Ok(()) };
        match next {
            Next::Lines { count, text } => {
                let from = seat.cursor;
                seat.cursor += u64::from(count);
                self.say_with(&FromRelay::Events { from, count }, &text).await
            }
            Next::Over(why) => {
                seat.told_over = true;
                self.say(&FromRelay::Ended { why }).await
            }
            Next::Nothing => Ok(()),
        }
    }

    /// The next message: its text, nothing for one without. Longer ones never come so far.
    async fn hear(&mut self) -> Result<Option<Utf8Bytes>, Gone> {
        text_of(self.socket.recv().await)
    }

    async fn say(&mut self, what: &FromRelay) -> Result<(), Gone> {
        self.say_with(what, "").await
    }

    async fn say_with(&mut self, what: &FromRelay, lines: &str) -> Result<(), Gone> {
        self.send(Message::Text(written(what, lines))).await
    }

    async fn send(&mut self, message: Message) -> Result<(), Gone> {
        match timeout(SLOW, self.socket.send(message)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(Gone),
        }
    }

    async fn bye(&mut self, why: Refusal, text: &str) -> Result<(), Gone> {
        let text = text.to_owned();
        self.say(&FromRelay::Bye { why, text }).await?;
        self.send(Message::Close(None)).await?;
        Err(Gone)
    }
}

impl Seat {
    fn next(&self) -> Next {
        match self.session.board().read(self.cursor) {
            Next::Over(_) if self.told_over => Next::Nothing,
            next => next,
        }
    }
}

/// Waits until the relay ends.
async fn closed(closing: &mut watch::Receiver<bool>) {
    let _ends = closing.wait_for(|closing| *closing).await;
}

/// Waits until there may be something new to see.
async fn changed(seat: &mut Option<Seat>) {
    let Some(seat) = seat else {
        return std::future::pending().await;
    };
    // The board lives as long as the seat does.
    let _alive = seat.changed.changed().await;
}

fn text_of(message: Option<Result<Message, axum::Error>>) -> Result<Option<Utf8Bytes>, Gone> {
    match message {
        Some(Ok(Message::Text(text))) => Ok(Some(text)),
        Some(Ok(Message::Ping(_) | Message::Pong(_))) => Ok(None),
        Some(Ok(Message::Binary(_) | Message::Close(_)) | Err(_)) | None => Err(Gone),
    }
}

fn written(what: &FromRelay, lines: &str) -> Utf8Bytes {
    // Nothing that is said cannot be written.
    let mut text = serde_json::to_string(what).unwrap_or_default();
    if !lines.is_empty() {
        text.push('\n');
        text.push_str(lines);
    }
    text.into()
}

fn no_session() -> NotTaken {
    refused(
        Refusal::Session,
        "There is no such session: it is over and forgotten, the relay was started anew, or the key is another's.",
    )
}

async fn bye(mut socket: WebSocket, why: Refusal, text: &str) {
    let text = text.to_owned();
    let farewell = async {
        let said = socket.send(Message::Text(written(&FromRelay::Bye { why, text }, "")));
        let _gone = said.await;
        let _gone = socket.send(Message::Close(None)).await;
    };
    let _late = timeout(WRONG, farewell).await;
}
