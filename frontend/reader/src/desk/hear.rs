//! What the relay says, and what comes of it.

use portolan_link::live::FromReader;
use portolan_wire::relay::{FILES, FromRelay, Refusal, Way};
use portolan_wire::visible;

use super::phone::Phone;
use super::session::Session;
use super::{Desk, Out, Welcome};
use crate::words;

impl Desk {
    /// Takes what the relay said, and the lines of its log that came with it.
    pub(super) fn take(&mut self, said: FromRelay, lines: &str) {
        match said {
            FromRelay::Welcome {
                servers,
                typed,
                credentials,
                limits,
                ..
            } => {
                self.welcome = Some(Welcome {
                    servers,
                    typed,
                    credentials,
                    limits,
                });
                self.lost = None;
                self.phone = Phone::Up { heard: self.now.millis };
                self.attach();
            }
            FromRelay::Opened { session, drive, watch } => {
                let Some(start) = self.opening.take() else { return };
                self.kept.session = Some(session.clone());
                self.kept.drive = Some(drive.clone());
                self.kept.watch = Some(watch.clone());
                let session = Session::new(session, drive, Some(watch), Some(start));
                self.kept.server.clone_from(&session.name);
                self.keep();
                self.session = Some(session);
            }
            FromRelay::Attached { driving, taken, .. } => self.attached(driving, taken, lines),
            FromRelay::Events { from, count } => self.events(from, u64::from(count), lines),
            FromRelay::Ended { why } => {
                if let Some(session) = &mut self.session {
                    session.over = Some(words::ended(why).to_owned());
                }
            }
            FromRelay::Viewers { count } => {
                if let Some(session) = &mut self.session {
                    session.viewers = count;
                }
            }
            FromRelay::File {
                action,
                way,
                name,
                ticket,
            } => {
                let href = format!("{FILES}/{ticket}");
                self.out.push(match way {
                    Way::Upload => Out::Put { action, href },
                    Way::Download => {
                        let name = name.rsplit('/').next().unwrap_or(&name).to_owned();
                        Out::Say(FromReader::Fetch { href, name })
                    }
                });
            }
            FromRelay::Refused { number, why, text } => self.refused(number, why, &text),
            FromRelay::Beat => {}
            FromRelay::Bye { why, text } => match why {
                // The socket closes, and is opened again.
                Refusal::Silent | Refusal::Ending => {}
                why => self.bar(why, visible(&text)),
            },
        }
    }

    /// Comes back to the session that there was, in this page or before it was loaded again.
    fn attach(&mut self) {
        if self.session.is_none()
            && let (Some(id), Some(key)) = (
                &self.kept.session,
                self.kept.drive.as_ref().or(self.kept.watch.as_ref()),
            )
        {
            let mut session = Session::new(id.clone(), key.clone(), self.kept.watch.clone(), None);
            session.name.clone_from(&self.kept.server);
            self.session = Some(session);
        }
        if let Some(message) = self.session.as_ref().and_then(Session::attach) {
            self.send(&message);
        }
    }

    fn attached(&mut self, driving: bool, taken: u32, header: &str) {
        let Some(session) = &mut self.session else { return };
        let is_new = session.folio.log().is_none();
        if let Err(error) = session.header(header) {
            return self.bar(Refusal::Version, format!("{} {error}", words::UNREADABLE));
        }
        for message in session.attached(driving, taken) {
            self.send(&message);
        }
        if is_new {
            self.show();
        }
    }

    fn events(&mut self, from: u64, count: u64, lines: &str) {
        let Some(session) = &mut self.session else { return };
        match session.events(from, count, lines) {
            Ok(()) => self.grown |= self.file.is_none(),
            Err(why) => self.bar(Refusal::Version, why),
        }
    }

    fn refused(&mut self, number: Option<u32>, why: Refusal, text: &str) {
        let text = visible(text);
        match (number, &mut self.session) {
            (Some(number), Some(session)) => session.refused(number, text),
            (None, Some(session)) if self.opening.is_none() && matches!(why, Refusal::Session | Refusal::Over) => {
                if session.folio.log().is_none() {
                    // Nothing was shown of it: a link that is too old, or a page that was left for long.
                    self.session = None;
                    self.notice = Some(text);
                } else {
                    session.over = Some(words::GONE.to_owned());
                }
                self.kept.session = None;
                self.keep();
            }
            _ => {
                self.opening = None;
                self.notice = Some(text);
            }
        }
    }
}
