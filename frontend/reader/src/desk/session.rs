//! A session on a relay, as its driver or a viewer holds it.

use portolan_session::jsonl::ReadError;
use portolan_wire::Argument;
use portolan_wire::action::Action;
use portolan_wire::relay::{CAPTURES, Offered, Server, Tls, ToRelay};

use super::asked::Asked;
use super::{Form, Out};
use crate::folio::Folio;
use crate::words;

/// A session on a relay.
pub struct Session {
    id: String,
    key: String,
    /// The server's name, where the relay has one for it.
    pub name: Option<String>,
    /// For those who look on.
    pub watch: Option<String>,
    pub folio: Folio,
    text: Vec<u8>,
    /// What was asked for when it was opened, by this page.
    start: Option<Start>,
    /// Whether that was done.
    begun: bool,
    /// Whether this socket acts; unknown until the relay has said so.
    pub driving: bool,
    /// The number of the last action that was sent.
    last: u32,
    /// What was sent and not yet seen to be taken.
    sent: Vec<(u32, ToRelay)>,
    /// Why it is over.
    pub over: Option<String>,
    pub viewers: u32,
    pub asked: Asked,
}

/// What a session begins with: its server, and who logs in.
#[derive(Clone, Debug, PartialEq)]
pub struct Start {
    pub server: Server,
    pub tls: Tls,
    pub pin: Option<String>,
    login: Option<LogIn>,
}

#[derive(Clone, Debug, PartialEq)]
enum LogIn {
    Typed(Action),
    /// The relay's operator has set it.
    Set,
}

impl Start {
    /// With a server on offer. What is typed takes the place of what is offered.
    pub fn offered(server: &Offered, tls: Option<&str>, user: Option<&str>, password: Option<&str>) -> Self {
        let user = user.or(server.user.as_deref());
        let login = match (user, password.or(server.password.as_deref())) {
            (Some(user), Some(password)) => log_in(user, password).map(LogIn::Typed),
            (Some(_), None) => Some(LogIn::Set),
            (None, _) => None,
        };
        Self {
            server: Server::Offered {
                name: server.name.clone(),
            },
            tls: way(&server.tls, tls),
            pin: None,
            login,
        }
    }

    /// With a server that was typed. Without a name, `anonymous` logs in.
    pub fn typed(form: &Form) -> Result<Self, String> {
        let host = form.get("host").ok_or(words::NEEDS_HOST)?;
        let host = Argument::new(host).map_err(|error| error.to_string())?;
        let tls = way(&Tls::ALL, form.get("tls"));
        let usual = if tls == Tls::Implicit { "990" } else { "21" };
        let port = form.get("port").unwrap_or(usual).parse().ok().filter(|port| *port != 0);
        let password = form.get("password");
        let (user, password) = match form.get("user") {
            Some(user) => (user, password.unwrap_or_default()),
            None => ("anonymous", password.unwrap_or("anonymous@")),
        };
        Ok(Self {
            server: Server::Typed {
                host,
                port: port.ok_or(words::NEEDS_PORT)?,
            },
            tls,
            pin: form.get("pin").map(str::to_owned),
            login: log_in(user, password).map(LogIn::Typed),
        })
    }
}

/// The way that was chosen; the usual one where none was.
fn way(ways: &[Tls], chosen: Option<&str>) -> Tls {
    let chosen = ways.iter().find(|tls| Some(tls.name()) == chosen);
    chosen.or(ways.first()).copied().unwrap_or_default()
}

fn log_in(user: &str, password: &str) -> Option<Action> {
    Some(Action::LogIn {
        user: Argument::new(user).ok()?,
        password: Argument::new(password).ok()?,
        account: None,
    })
}

impl Session {
    pub fn new(id: String, key: String, watch: Option<String>, start: Option<Start>) -> Self {
        Self {
            id,
            key,
            name: start.as_ref().and_then(|start| match &start.server {
                Server::Offered { name } => Some(name.clone()),
                Server::Typed { .. } => None,
            }),
            watch,
            folio: Folio::new(),
            text: Vec::new(),
            start,
            begun: false,
            driving: false,
            last: 0,
            sent: Vec::new(),
            over: None,
            viewers: 1,
            asked: Asked::default(),
        }
    }

    /// Its capture, where the relay has one.
    pub fn capture(&self) -> Out {
        Out::Capture {
            href: format!("{CAPTURES}/{}", self.id),
            key: self.key.clone(),
        }
    }

    /// The log in its written form.
    pub fn text(&self) -> &[u8] {
        &self.text
    }

    /// The link's fragment for those who look on.
    pub fn watch_fragment(&self) -> Option<String> {
        let key = self.watch.as_ref()?;
        Some(format!("#watch={}.{key}", self.id))
    }

    /// Whether an action makes sense.
    pub const fn can_act(&self) -> bool {
        self.driving && self.over.is_none()
    }

    /// The same once more with a server that was typed, which has to show the certificate that was not taken before.
    pub fn pinned(&self) -> Option<Start> {
        let start = self.start.clone().filter(|_| self.driving)?;
        let is_typed = matches!(start.server, Server::Typed { .. });
        let pin = self.asked.certificate.clone().filter(|_| is_typed)?;
        let pin = Some(pin);
        Some(Start { pin, ..start })
    }

    /// The next action's number.
    pub const fn next(&self) -> u32 {
        self.last + 1
    }

    /// What is said to come back to it; nothing where there is nothing to come back to.
    pub fn attach(&self) -> Option<ToRelay> {
        self.over.is_none().then(|| ToRelay::Attach {
            session: self.id.clone(),
            key: self.key.clone(),
            after: self.folio.count(),
        })
    }

    /// An action: what is said to the relay.
    pub fn act(&mut self, what: Action) -> ToRelay {
        self.last += 1;
        let number = self.last;
        self.asked.sent(number, &what);
        let message = ToRelay::Act { number, what };
        self.sent.push((number, message.clone()));
        message
    }

    /// The log's first line came; it is the same every time.
    pub fn header(&mut self, line: &str) -> Result<(), ReadError> {
        if self.folio.log().is_some() {
            return Ok(());
        }
        self.take(line)
    }

    /// The relay has attached this socket; what is to be said now.
    pub fn attached(&mut self, driving: bool, taken: u32) -> Vec<ToRelay> {
        self.driving = driving;
        self.last = self.last.max(taken);
        self.sent.retain(|(number, _)| *number > taken);
        let mut messages: Vec<ToRelay> = self.sent.iter().map(|(_, message)| message.clone()).collect();
        if driving
            && !self.begun
            && let Some(start) = self.start.clone()
        {
            self.begun = true;
            let connect = Action::Connect { host: None, port: None };
            messages.push(self.act(connect));
            match start.login {
                Some(LogIn::Typed(action)) => messages.push(self.act(action)),
                Some(LogIn::Set) => {
                    self.last += 1;
                    let message = ToRelay::LogIn { number: self.last };
                    self.sent.push((self.last, message.clone()));
                    messages.push(message);
                }
                None => {}
            }
        }
        messages
    }

    /// Lines of the log. What is held already is left out.
    pub fn events(&mut self, from: u64, count: u64, lines: &str) -> Result<(), String> {
        let held = self.folio.count();
        if from > held {
            return Err(words::HOLE.to_owned());
        }
        if from + count <= held {
            return Ok(());
        }
        let skip = usize::try_from(held - from).unwrap_or(usize::MAX);
        for line in lines.lines().skip(skip) {
            self.take(line)
                .map_err(|error| format!("{} {error}", words::UNREADABLE))?;
        }
        let first = usize::try_from(held).unwrap_or(usize::MAX);
        for event in self.folio.events().get(first..).unwrap_or_default() {
            if let Some(started) = self.asked.follow(event) {
                self.sent.retain(|(number, _)| *number > started);
            }
        }
        Ok(())
    }

    /// The relay did not pass an action on.
    pub fn refused(&mut self, number: u32, text: String) {
        self.sent.retain(|(sent, _)| *sent != number);
        self.asked.refused(number, text);
    }

    fn take(&mut self, line: &str) -> Result<(), ReadError> {
        let line = line.trim_end();
        for bytes in [line.as_bytes(), b"\n"] {
            self.folio.feed(bytes)?;
            self.text.extend_from_slice(bytes);
        }
        Ok(())
    }
}
