//! What the reader does, without a browser: the conversation with a relay, the log that comes of it or of a file, and
//! what the page is told. Time, sockets and files are handed in; what is to be done outside comes back as [`Out`]s.
//!
//! # Rules
//! * A socket that dropped is dialled again, after a wait that doubles up to [`phone::LONGEST`]. The session goes on where
//!   it was: attached from the number of events that are held, and actions that the relay has not taken are said again.
//! * Nothing that was shown is thrown away before another log takes its place.

mod asked;
mod console;
mod hear;
mod panel;
mod phone;
mod session;
#[cfg(test)]
mod tests;

use portolan_link::live::{DEED, ENTER, FromReader, Panel};
use portolan_link::{Question, Reply};
use portolan_wire::relay::{Limits, Offered, Refusal, ToRelay, VERSION};
use portolan_wire::visible;
use serde::{Deserialize, Serialize};

use crate::folio::Folio;
use crate::words;
use phone::Phone;
use session::{Session, Start};

/// The time: milliseconds since 1970, and minutes that the user's clock is behind UTC.
#[derive(Clone, Copy, Debug, Default)]
pub struct Now {
    /// Milliseconds since 1970-01-01 UTC.
    pub millis: u64,
    /// As `Date.getTimezoneOffset` has it.
    pub behind: i32,
}

/// What the user filled in.
#[derive(Clone, Debug, Default)]
pub struct Form {
    /// Names and values.
    pub pairs: Vec<(String, String)>,
    /// The file that was chosen: its name and size.
    pub file: Option<(String, u64)>,
}

/// What is to be done outside.
#[derive(Clone, Debug, PartialEq)]
pub enum Out {
    /// Open the relay's socket; one that was there before is forgotten.
    Dial,
    /// Close it.
    HangUp,
    /// Send this over it.
    Send(String),
    /// Tell the page.
    Say(FromReader),
    /// The form's file is for this action: keep it until it is wanted.
    Hold(u32),
    /// Upload what is kept for this action, to this address beside the page.
    Put {
        /// The action.
        action: u32,
        /// Relative to the page.
        href: String,
    },
    /// Read the form's file, piece by piece.
    Read,
    /// Give [`Desk::text`] to the browser, to be saved under this name.
    Save(String),
    /// Fetch a session's capture, and give it to the browser.
    Capture {
        /// Relative to the page.
        href: String,
        /// Of who drives it.
        key: String,
    },
}

/// Everything the reader knows.
#[derive(Default)]
pub struct Desk {
    now: Now,
    /// Where the page is.
    page: String,
    run: u32,
    kept: Kept,
    phone: Phone,
    /// When the relay was lost, by the user's clock.
    lost: Option<String>,
    welcome: Option<Welcome>,
    session: Option<Session>,
    file: Option<Opened>,
    /// A session that was asked for and is not there yet.
    opening: Option<Start>,
    /// What the user must know, until something else is done.
    notice: Option<String>,
    panel: Panel,
    /// Whether the log that is shown has grown since the page was told.
    grown: bool,
    out: Vec<Out>,
}

/// What a relay said of itself.
struct Welcome {
    servers: Vec<Offered>,
    typed: bool,
    credentials: bool,
    limits: Limits,
}

/// What outlives the page.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct Kept {
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    session: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    drive: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    watch: Option<String>,
    /// The name of the session's server, if the relay offered it.
    #[serde(skip_serializing_if = "Option::is_none")]
    server: Option<String>,
}

/// A log from a file.
struct Opened {
    name: String,
    size: u64,
    read: u64,
    folio: Folio,
    state: Reading,
}

#[derive(PartialEq)]
enum Reading {
    Reads,
    Done,
    Failed(String),
}

impl Form {
    /// A field's value.
    fn get(&self, name: &str) -> Option<&str> {
        let found = self.pairs.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.trim()).filter(|value| !value.is_empty())
    }
}

impl Desk {
    /// A desk for the page at `page`, an address without query and fragment.
    pub fn new(page: String) -> Self {
        Self {
            page,
            ..Self::default()
        }
    }

    /// The session's log in its written form.
    pub fn text(&self) -> &[u8] {
        self.session.as_ref().map(|session| session.text()).unwrap_or_default()
    }

    /// The page asks about the log that is shown.
    pub fn ask(&mut self, run: u32, question: &Question) -> Vec<Out> {
        if let Some(answer) = self
            .shown()
            .filter(|_| run == self.run)
            .and_then(|folio| folio.answer(question))
        {
            self.out.push(Out::Say(FromReader::Log(Reply::Told { run, answer })));
        }
        core::mem::take(&mut self.out)
    }

    /// The user did something.
    pub fn form(&mut self, now: Now, form: &Form) -> Vec<Out> {
        self.now = now;
        let deed = form.get(DEED).unwrap_or_default();
        if deed != ENTER {
            self.notice = None;
        }
        match deed {
            ENTER => self.enter(form),
            "dial" => self.dial(0),
            "token" => {
                self.kept.token = form.get("token").map(str::to_owned);
                self.keep();
                self.dial(0);
            }
            "offered" => self.offered(form),
            "typed" => self.typed(form),
            // It lies in the form that is sent.
            "tls" => {}
            "pin" => {
                if let Some(start) = self.session.as_ref().and_then(Session::pinned) {
                    // What is over already cannot be ended.
                    if self.session.as_ref().is_some_and(Session::can_act) {
                        self.send(&ToRelay::End);
                    }
                    self.begin(start);
                }
            }
            "open" => self.read_file(form),
            "close" => {
                self.file = None;
                self.show();
            }
            "leave" => {
                self.session = None;
                self.kept = Kept {
                    token: self.kept.token.take(),
                    ..Kept::default()
                };
                self.keep();
                self.show();
            }
            "end" => self.send(&ToRelay::End),
            "save" => self.out.push(Out::Save("session.jsonl".to_owned())),
            "capture" => self.out.extend(self.session.as_ref().map(Session::capture)),
            "simulate" => {
                let scenario = self
                    .session
                    .as_ref()
                    .map_or("ftp-passive", |session| session.asked.nearest());
                let scenario = scenario.to_owned();
                self.out.push(Out::Say(FromReader::Simulate { scenario }));
            }
            deed => self.act(deed, form),
        }
        self.finish()
    }

    /// The socket is open.
    pub fn opened(&mut self, now: Now) -> Vec<Out> {
        self.now = now;
        if self.phone.opened() {
            let token = self.kept.token.clone();
            self.send(&ToRelay::Hello {
                version: VERSION,
                token,
            });
        }
        self.finish()
    }

    /// A message came.
    pub fn heard(&mut self, now: Now, message: &str) -> Vec<Out> {
        self.now = now;
        self.phone.heard(now.millis);
        let (head, lines) = message.split_once('\n').unwrap_or((message, ""));
        match serde_json::from_str(head) {
            Ok(said) => self.take(said, lines),
            // Page and relay are of one build, or one of them is to be loaded again.
            Err(_) => self.bar(Refusal::Version, words::RELOAD.to_owned()),
        }
        // Of events the page is told by the next tick.
        core::mem::take(&mut self.out)
    }

    /// The socket is closed, or could not be opened.
    pub fn closed(&mut self, now: Now) -> Vec<Out> {
        self.now = now;
        let was_up = self.phone.is_up();
        self.phone.closed(now.millis, self.welcome.is_some());
        if was_up && !matches!(self.phone, Phone::Barred { .. }) {
            self.lost = Some(clock(now));
        }
        self.finish()
    }

    /// Some time has passed; call it a few times a second.
    pub fn tick(&mut self, now: Now) -> Vec<Out> {
        self.now = now;
        if self.phone.is_silent(now.millis) {
            self.out.push(Out::HangUp);
            self.phone.closed(now.millis, true);
            self.lost = Some(clock(now));
        }
        if let Some(tries) = self.phone.is_due(now.millis) {
            self.dial(tries);
        }
        self.finish()
    }

    /// The next bytes of the file; whether more are wanted.
    pub fn piece(&mut self, bytes: &[u8]) -> (bool, Vec<Out>) {
        let Some(file) = self.file.as_mut().filter(|file| file.state == Reading::Reads) else {
            return (false, Vec::new());
        };
        file.read += bytes.len() as u64;
        let fed = file.folio.feed(bytes);
        if let Err(error) = &fed {
            file.state = Reading::Failed(error.to_string());
        }
        (fed.is_ok(), self.finish())
    }

    /// The file has been read; or could not be, for this reason.
    pub fn file_end(&mut self, trouble: Option<String>) -> Vec<Out> {
        if let Some(file) = self.file.as_mut().filter(|file| file.state == Reading::Reads) {
            // A last line need not have an end.
            let fed = file.folio.feed(b"\n").map_err(|error| error.to_string());
            let empty = || file.folio.log().is_none().then(|| "the file is empty".to_owned());
            file.state = match trouble.or(fed.err()).or_else(empty) {
                None => Reading::Done,
                Some(why) => Reading::Failed(why),
            };
            if file.state == Reading::Done {
                self.show();
            }
        }
        self.finish()
    }

    /// An upload over HTTP did not go through.
    pub fn put_failed(&mut self, why: &str) -> Vec<Out> {
        self.notice = Some(visible(why));
        self.finish()
    }

    /// The log that is shown.
    fn shown(&self) -> Option<&Folio> {
        match (&self.file, &self.session) {
            (Some(file), _) if file.state == Reading::Done => Some(&file.folio),
            (Some(_), _) => None,
            (None, Some(session)) => Some(&session.folio),
            (None, None) => None,
        }
    }

    /// Tells the page that another log is shown.
    fn show(&mut self) {
        self.tell_panel();
        if let Some(overview) = self.shown().and_then(Folio::overview) {
            self.out.push(Out::Say(FromReader::Log(Reply::Opened {
                run: self.run,
                overview,
            })));
        }
    }

    /// The page is told what has changed, and the outside what is to be done.
    fn finish(&mut self) -> Vec<Out> {
        self.tell_panel();
        if core::mem::take(&mut self.grown)
            && let Some(events) = self.shown().map(Folio::count)
        {
            let run = self.run;
            self.out.push(Out::Say(FromReader::Log(Reply::Running { run, events })));
        }
        core::mem::take(&mut self.out)
    }

    fn tell_panel(&mut self) {
        let panel = panel::panel(self);
        if panel != self.panel {
            self.panel = panel.clone();
            self.out.push(Out::Say(FromReader::Panel(Box::new(panel))));
        }
    }

    fn keep(&mut self) {
        if let Ok(kept) = serde_json::to_string(&self.kept) {
            self.out.push(Out::Say(FromReader::Keep(kept)));
        }
    }

    fn send(&mut self, message: &ToRelay) {
        if let Ok(text) = serde_json::to_string(message) {
            self.out.push(Out::Send(text));
        }
    }

    /// The page has come to the Live tab, for the first time or again.
    fn enter(&mut self, form: &Form) {
        self.run = form.get("run").and_then(|run| run.parse().ok()).unwrap_or_default();
        self.panel = Panel::default();
        if matches!(self.phone, Phone::Idle) {
            let kept = form.get("kept").and_then(|kept| serde_json::from_str(kept).ok());
            self.kept = kept.unwrap_or_default();
        }
        let fragment = form.get("fragment").unwrap_or_default().trim_start_matches('#');
        for (name, value) in fragment.split('&').filter_map(|pair| pair.split_once('=')) {
            match (name, value.split_once('.')) {
                ("token", _) => self.kept.token = Some(value.to_owned()),
                ("watch", Some((session, key))) => {
                    self.kept.session = Some(session.to_owned());
                    self.kept.drive = None;
                    self.kept.watch = Some(key.to_owned());
                    self.kept.server = None;
                }
                _ => {}
            }
        }
        if !fragment.is_empty() {
            self.keep();
        }
        if !self.phone.is_busy() {
            self.dial(0);
        }
        self.show();
    }

    fn dial(&mut self, tries: u32) {
        self.phone = Phone::Dialling { tries };
        self.out.push(Out::Dial);
    }

    /// The relay is not dialled again before the user wants it.
    fn bar(&mut self, why: Refusal, text: String) {
        self.phone = Phone::Barred { why, text };
        self.out.push(Out::HangUp);
    }

    fn offered(&mut self, form: &Form) {
        let name = form.get("server").unwrap_or_default();
        let servers = self.welcome.as_ref().map(|welcome| welcome.servers.as_slice());
        let found = servers.unwrap_or_default().iter().find(|server| {
            if name.is_empty() {
                server.sandbox
            } else {
                server.name == name
            }
        });
        let Some(server) = found else { return };
        let start = Start::offered(server, form.get("tls"), form.get("user"), form.get("password"));
        self.begin(start);
    }

    fn typed(&mut self, form: &Form) {
        match Start::typed(form) {
            Ok(start) => self.begin(start),
            Err(why) => self.notice = Some(why),
        }
    }

    fn begin(&mut self, start: Start) {
        self.file = None;
        self.send(&ToRelay::Open {
            server: start.server.clone(),
            tls: start.tls,
            pin: start.pin.clone(),
        });
        self.opening = Some(start);
    }

    fn read_file(&mut self, form: &Form) {
        let Some((name, size)) = form.file.clone() else {
            self.notice = Some(words::NEEDS_FILE.to_owned());
            return;
        };
        self.file = Some(Opened {
            name: visible(&name),
            size,
            read: 0,
            folio: Folio::new(),
            state: Reading::Reads,
        });
        self.out.push(Out::Read);
    }

    /// An action of the console's.
    fn act(&mut self, deed: &str, form: &Form) {
        let limit = self.welcome.as_ref().map(|welcome| welcome.limits.file);
        let Some(session) = self.session.as_mut().filter(|session| session.can_act()) else {
            return;
        };
        match console::action(deed, form, &session.asked, limit) {
            None => {}
            Some(Err(why)) => self.notice = Some(why),
            Some(Ok(action)) => {
                if deed == "put" {
                    self.out.push(Out::Hold(session.next()));
                }
                let message = session.act(action);
                self.send(&message);
            }
        }
    }
}

/// Hours and minutes by the user's clock.
fn clock(now: Now) -> String {
    let minutes = i64::try_from(now.millis / 60_000).unwrap_or_default() - i64::from(now.behind);
    let minutes = minutes.rem_euclid(24 * 60);
    format!("{}:{:02}", minutes / 60, minutes % 60)
}
