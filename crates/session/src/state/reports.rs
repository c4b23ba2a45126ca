//! What endpoints say.

use core::net::SocketAddr;

use portolan_wire::action::Action;
use portolan_wire::ftp::{ExtendedHostPort, ExtendedPort, HostPort};
use portolan_wire::report::{ConnectError, Note, Outcome, Purpose, Report, TransferKind, Trouble};
use portolan_wire::visible;

use super::line::receives;
use super::{State, talk, who};
use crate::event::{Conn, Event, Header, HostId};
use crate::view::{Caption, Content, Insecurity, Line, Problem, Remark, Request};

impl State {
    pub(super) fn report(&mut self, header: &Header, event: &Event, report: &Report) -> Option<Caption> {
        match report {
            Report::Started { action, what } => {
                self.requests.insert((event.host, *action), request(what));
                None
            }
            Report::Finished { action, outcome } => self.finished(event.host, *action, outcome),
            Report::Command {
                sent: true,
                verb,
                argument,
            } => Some(self.command(header, event, verb, argument)),
            Report::Reply {
                sent: false,
                code,
                lines,
            } => Some(self.reply(header, event, *code, lines)),
            Report::Transfer {
                kind,
                path,
                size,
                offset: _,
            } => {
                self.transfer(
                    event.conn?,
                    Content {
                        kind: *kind,
                        path: visible(path),
                        size: *size,
                    },
                );
                None
            }
            Report::Greeting { text } => {
                let track = self.lines.get(&event.conn?)?;
                let port = track.line.called.address.port();
                Some(Caption::Greeting {
                    who: track.other(header, event.host),
                    port,
                    text: visible(text),
                })
            }
            Report::Secured(_) | Report::Tickets { .. } | Report::Cleared => self.security(header, event, report),
            Report::Note { note } => Some(Caption::Noted {
                who: who(header, event.host),
                note: remark(note),
            }),
            Report::Command { .. }
            | Report::Reply { .. }
            | Report::Announced { .. }
            | Report::Features { .. }
            | Report::Directory { .. }
            | Report::Facts { .. }
            | Report::StoredAs { .. }
            | Report::Progress { .. }
            | Report::TransferDone { .. }
            | Report::Listed { .. }
            | Report::Trouble { .. } => None,
        }
    }

    /// Bytes of content, where an endpoint counts them and no packet is seen. Told at the client, as everything in the
    /// conversation is.
    pub(super) fn progress(&mut self, header: &Header, event: &Event, bytes: u64) -> Option<Caption> {
        let track = self.lines.get_mut(&event.conn?)?;
        let kind = track.line.content.as_ref()?.kind;
        if track.line.purpose != Purpose::Data {
            return None;
        }
        if track.line.packets > 0 {
            // The packets tell; but under TLS only who sends knows how much of it is content.
            if !receives(header, event.host, Some(kind)) {
                track.content_sent = bytes.max(track.content_sent);
            }
            return None;
        }
        let receiving = receives(header, event.host, Some(kind));
        let from_called = track.is_caller(event.host) == receiving;
        let line = &mut track.line;
        let counted = if from_called {
            &mut line.bytes_from_called
        } else {
            &mut line.bytes_from_caller
        };
        let before = core::mem::replace(counted, bytes.max(*counted));
        // The last count may come when the end was told already; what was counted before it need not be told again.
        if bytes <= before || (before > 0 && track.said.no_more) {
            return None;
        }
        let (here, there) = (who(header, event.host), track.other(header, event.host));
        let (sender, receiver) = if receiving { (there, here) } else { (here, there) };
        Some(Caption::Bulk {
            sender,
            receiver,
            kind: Some(kind),
            bytes,
            packets: 0,
        })
    }

    fn command(&mut self, header: &Header, event: &Event, verb: &str, argument: &Option<String>) -> Caption {
        if let Some(conn) = event.conn {
            self.talks.entry(conn).or_default().command(verb);
        }
        let address = argument
            .as_deref()
            .and_then(|argument| announced_by_command(verb, argument));
        let line = event
            .conn
            .and_then(|conn| self.lines.get(&conn))
            .map(|track| &track.line);
        Caption::Command {
            hidden: line.is_some_and(Line::is_secured),
            who: who(header, event.host),
            verb: visible(verb),
            argument: argument.as_deref().map(visible),
            address,
        }
    }

    fn reply(&mut self, header: &Header, event: &Event, code: u16, lines: &[String]) -> Caption {
        let text = lines.first().map(String::as_str).unwrap_or_default();
        let to = event
            .conn
            .and_then(|conn| self.talks.get_mut(&conn))
            .and_then(|talk| talk.reply(code));
        let track = event.conn.and_then(|conn| self.lines.get(&conn));
        let peer = track.map(|track| {
            if track.is_caller(event.host) {
                track.line.called.address
            } else {
                track.line.caller.address
            }
        });
        let from = track.map(|track| track.other(header, event.host));
        let transfer = to.as_deref().and_then(talk::moves);
        Caption::Reply {
            who: from.unwrap_or(crate::view::Who::Server),
            code,
            text: visible(text),
            overtakes: code == 226 && transfer.is_some_and(|kind| self.is_under_way(kind)),
            transfer,
            to,
            address: announced_by_reply(code, text, peer),
        }
    }

    /// Whether the newest data connection still brings the client something.
    fn is_under_way(&self, kind: TransferKind) -> bool {
        let newest = self
            .lines
            .values()
            .rev()
            .find(|track| track.line.purpose == Purpose::Data);
        let unfinished =
            |track: &super::Track| track.line.packets > 0 && !track.said.no_more && !track.line.state.is_over();
        kind != TransferKind::Upload && newest.is_some_and(unfinished)
    }

    fn transfer(&mut self, conn: Conn, content: Content) {
        let private = self.is_talk_hidden();
        let Some(track) = self.lines.get_mut(&conn) else {
            self.contents.entry(conn).or_insert((content, private));
            return;
        };
        // Both ends report it; whoever knows the size completes the other's report.
        match &mut track.line.content {
            Some(known) => known.size = known.size.or(content.size),
            None => track.carries(content, private),
        }
    }

    /// Success needs no words, and neither does a failure that the network or a reply has told already.
    fn finished(&mut self, host: HostId, action: u32, outcome: &Outcome) -> Option<Caption> {
        let request = self.requests.remove(&(host, action))?;
        let problem = match outcome {
            Outcome::Done | Outcome::Denied { .. } => return None,
            Outcome::Failed {
                trouble: Trouble::ControlConnect { why } | Trouble::DataConnect { why },
            } if matches!(
                why,
                ConnectError::Refused | ConnectError::TimedOut | ConnectError::Unreachable
            ) =>
            {
                return None;
            }
            other => problem(other)?,
        };
        Some(Caption::Failed { request, problem })
    }
}

/// The address that PORT and EPRT announce.
fn announced_by_command(verb: &str, argument: &str) -> Option<SocketAddr> {
    match verb {
        "PORT" => HostPort::parse_argument(argument)
            .ok()
            .map(|host_port| host_port.address().into()),
        "EPRT" => ExtendedHostPort::parse_argument(argument)
            .ok()
            .map(ExtendedHostPort::address),
        _ => None,
    }
}

/// The address that 227 and 229 announce; a 229 names a port of whoever sent it.
fn announced_by_reply(code: u16, text: &str, peer: Option<SocketAddr>) -> Option<SocketAddr> {
    match code {
        227 => HostPort::parse_reply_text(text)
            .ok()
            .map(|host_port| host_port.address().into()),
        229 => {
            let port = ExtendedPort::parse_reply_text(text).ok()?.port();
            peer.map(|peer| SocketAddr::new(peer.ip(), port))
        }
        _ => None,
    }
}

/// An action as a caption names it.
pub(crate) fn request(action: &Action) -> Request {
    let text = |argument: &portolan_wire::Argument| visible(argument.as_str());
    match action {
        Action::Call { port, .. } => Request::Call { port: *port },
        Action::Connect { .. } => Request::Connect,
        Action::LogIn { user, .. } => Request::LogIn { user: text(user) },
        Action::Secure => Request::Secure,
        Action::Protect { level } => Request::Protect(*level),
        Action::ClearControl => Request::ClearControl,
        Action::Features => Request::Features,
        Action::List { .. } | Action::Names { .. } => Request::List,
        Action::Inspect { path } => Request::Inspect { path: text(path) },
        Action::Get { remote, .. } => Request::Get { path: text(remote) },
        Action::Put { local, .. } => Request::Put { path: text(local) },
        Action::Delete { path } => Request::Delete { path: text(path) },
        Action::Rename { from, to } => Request::Rename {
            from: text(from),
            to: text(to),
        },
        Action::MakeDirectory { path } => Request::MakeDirectory { path: text(path) },
        Action::RemoveDirectory { path } => Request::RemoveDirectory { path: text(path) },
        Action::WorkingDirectory => Request::WorkingDirectory,
        Action::Type { representation } => Request::Type(*representation),
        Action::ChangeDirectory { path } => Request::ChangeDirectory { path: text(path) },
        Action::Mode { mode } => Request::Mode(*mode),
        Action::Abort => Request::Abort,
        Action::Quit => Request::Quit,
        Action::Raw { line } => Request::Raw { line: text(line) },
    }
}

/// Why an action did not succeed; nothing if it did.
pub(crate) fn problem(outcome: &Outcome) -> Option<Problem> {
    Some(match outcome {
        Outcome::Done => return None,
        Outcome::Denied { code, text } => Problem::Denied {
            code: *code,
            text: visible(text),
        },
        Outcome::Refused { why } => Problem::Misuse(*why),
        Outcome::Failed { trouble } => trouble_problem(trouble),
        Outcome::Aborted => Problem::Aborted,
    })
}

fn trouble_problem(trouble: &Trouble) -> Problem {
    match trouble {
        Trouble::ControlConnect { why } => Problem::ControlConnect(*why),
        Trouble::DataConnect { why } => Problem::DataConnect(*why),
        Trouble::DataNotCalled => Problem::DataNotCalled,
        Trouble::Listen { why } => Problem::Listen(*why),
        Trouble::ControlLost => Problem::ControlLost,
        Trouble::DataLost => Problem::DataLost,
        Trouble::Timeout => Problem::Timeout,
        Trouble::Malformed { what } => Problem::Malformed { what: visible(what) },
        Trouble::LineTooLong { limit } => Problem::LineTooLong { limit: *limit as u64 },
        Trouble::ReplyTooLong { limit } => Problem::ReplyTooLong { limit: *limit as u64 },
        Trouble::ListingTooLong { limit } => Problem::ListingTooLong { limit: *limit },
        Trouble::WrongProtocol { looks_like } => Problem::WrongProtocol(*looks_like),
        Trouble::ResumeMismatch { here, there } => Problem::ResumeMismatch {
            here: *here,
            there: *there,
        },
        Trouble::Unexpected { code, text } => Problem::Unexpected {
            code: *code,
            text: visible(text),
        },
        Trouble::Store { why } => Problem::Store(*why),
        Trouble::NoGreeting | Trouble::Insecure { .. } | Trouble::Tls { .. } | Trouble::NotResumed => {
            Problem::Insecure(Insecurity::of(trouble))
        }
    }
}

pub(crate) fn remark(note: &Note) -> Remark {
    match note {
        Note::DataPortFallback { wanted } => Remark::DataPortFallback { wanted: *wanted },
        Note::PassiveAddressIgnored { told, used } => Remark::PassiveAddressIgnored {
            told: *told,
            used: *used,
        },
        Note::StrangerRefused { peer } => Remark::StrangerRefused { peer: *peer },
        Note::BounceRefused { address } => Remark::BounceRefused { address: *address },
        Note::ModeFallback { from, to, code: _ } => Remark::ModeFallback { from: *from, to: *to },
        Note::ListingFallback { code: _ } => Remark::ListingFallback,
        Note::NothingToResume { size } => Remark::NothingToResume { size: *size },
        Note::LimitReached { limit } => Remark::LimitReached(*limit),
        Note::OtherProtocol { looks_like } => Remark::OtherProtocol(*looks_like),
    }
}
