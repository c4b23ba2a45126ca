//! How a data connection comes about: PASV, EPSV, PORT, EPRT (RFC 959 section 3.2, RFC 2428), and what the net answers.

use core::net::{IpAddr, SocketAddr, SocketAddrV4};

use portolan_wire::action::TransferMode;
use portolan_wire::ftp::{ExtendedHostPort, ExtendedPort, HostPort, HostPortError, Reply, ReplyCode};
use portolan_wire::report::{ConnectError, Limit, ListenError, Note, Report, Trouble};

use super::config::{ActiveFrom, ActiveTo, PassiveFrom};
use super::data::Data;
use super::link::Link;
use super::replies::Then;
use super::timers::Timer;
use super::{Phase, Server, Task};
use crate::endpoint::{ConnId, FromPort, ListenerId, Output, Ports};

/// Ports below this are system ports: no client listens there, and a server that calls them on somebody's word can be
/// made to speak to any service (RFC 2577 section 3).
const FIRST_USER_PORT: u16 = 1024;

/// The commands that set up a data connection.
impl Server {
    pub(super) fn pasv(&mut self) {
        if self.refused_after_epsv_all() {
            return;
        }
        if !self.local.ip().to_canonical().is_ipv4() {
            return self.wrong_protocol("PASV can only tell IPv4 addresses; use EPSV.");
        }
        self.listen(TransferMode::Passive);
    }

    /// EPSV, with the number of a network protocol, with `ALL`, or with nothing.
    pub(super) fn epsv(&mut self, argument: Option<&str>) {
        match argument {
            None => self.listen(TransferMode::ExtendedPassive),
            Some(all) if all.eq_ignore_ascii_case("ALL") => {
                self.session.only_epsv = true;
                self.reply(ReplyCode::OKAY, "From now on only EPSV sets up data connections.");
            }
            Some(number) => match number.parse() {
                Ok(number) if number == self.protocol_number() => self.listen(TransferMode::ExtendedPassive),
                Ok(0..=u16::MAX) => self.say_protocol(),
                Err(_) => self.reply(ReplyCode::ARGUMENT_ERROR, "EPSV takes 1, 2, ALL or nothing."),
            },
        }
    }

    pub(super) fn port(&mut self, argument: &str) {
        if self.refused_after_epsv_all() {
            return;
        }
        match HostPort::parse_argument(argument) {
            Ok(told) => self.announced(TransferMode::Active, SocketAddr::V4(told.address())),
            Err(error) => self.reply(ReplyCode::ARGUMENT_ERROR, format!("PORT will not do: {error}.")),
        }
    }

    pub(super) fn eprt(&mut self, argument: &str) {
        if self.refused_after_epsv_all() {
            return;
        }
        match ExtendedHostPort::parse_argument(argument) {
            Ok(told) if told.address().is_ipv4() != self.local.ip().to_canonical().is_ipv4() => self.say_protocol(),
            Ok(told) => self.announced(TransferMode::ExtendedActive, told.address()),
            Err(HostPortError::UnknownProtocol { .. }) => self.say_protocol(),
            Err(error) => self.reply(ReplyCode::ARGUMENT_ERROR, format!("EPRT will not do: {error}.")),
        }
    }

    fn listen(&mut self, mode: TransferMode) {
        // One listener for each PASV: whatever was agreed on before is closed.
        self.close_data();
        let listener = self.out.listen(self.local.ip(), self.config.passive_ports);
        self.data = Data::ListenRequested { listener, mode };
        self.task = Task::Listening;
    }

    /// A client that names the unspecified address listens on all of its own, the control connection's among them, so
    /// that is the one that is called, whoever else may be: lftp says `EPRT |2|::|port|` in a mirror. Called as it
    /// stands it would be this very host.
    fn announced(&mut self, mode: TransferMode, mut address: SocketAddr) {
        if address.ip().to_canonical().is_unspecified() {
            address.set_ip(self.peer.ip().to_canonical());
        }
        let is_peer = address.ip().to_canonical() == self.peer.ip().to_canonical();
        let refusal = match self.config.active_to {
            ActiveTo::Anyone => None,
            ActiveTo::Peer if !is_peer => Some((ReplyCode::ARGUMENT_ERROR, "That is not your address.")),
            // The code that RFC 2577 suggests.
            ActiveTo::Peer | ActiveTo::AnyHost if address.port() < FIRST_USER_PORT => {
                Some((ReplyCode::ARGUMENT_NOT_IMPLEMENTED, "Ports below 1024 are not called."))
            }
            ActiveTo::Peer | ActiveTo::AnyHost => None,
        };
        if let Some((code, text)) = refusal {
            let note = Note::BounceRefused { address };
            self.out.report(self.conn, Report::Note { note });
            return self.reply(code, text);
        }
        let (sent, conn) = (false, self.conn);
        self.out.report(conn, Report::Announced { sent, mode, address });
        self.close_data();
        // The peer's own address has what a command can't say: the scope of a link-local IPv6 address.
        let mut to = if is_peer { self.peer } else { address };
        to.set_port(address.port());
        self.data = Data::Announced { address: to };
        let verb = if mode == TransferMode::Active { "PORT" } else { "EPRT" };
        self.reply(
            ReplyCode::OKAY,
            format!("{verb} is understood; you will be called there."),
        );
    }

    fn refused_after_epsv_all(&mut self) -> bool {
        if self.session.only_epsv {
            self.reply(ReplyCode::BAD_SEQUENCE, "You said EPSV ALL.");
        }
        self.session.only_epsv
    }

    /// The number of the control connection's network protocol (RFC 2428 section 2).
    fn protocol_number(&self) -> u16 {
        if self.local.ip().to_canonical().is_ipv4() { 1 } else { 2 }
    }

    fn say_protocol(&mut self) {
        let text = format!("Network protocol not supported, use ({})", self.protocol_number());
        self.wrong_protocol(text);
    }

    fn wrong_protocol(&mut self, text: impl Into<String>) {
        self.reply(ReplyCode::PROTOCOL_NOT_SUPPORTED, text);
    }
}

/// What the net answers.
impl Server {
    pub(super) fn handle_listening(&mut self, listener: ListenerId, local: SocketAddr) {
        let Data::ListenRequested { listener: asked, mode } = self.data else {
            return;
        };
        if asked != listener {
            return;
        }
        self.task = Task::Idle;
        self.data = Data::Listening { listener };
        match self.passive_reply(mode, local.port()) {
            Ok((reply, address)) => {
                let sent = true;
                let then = Report::Announced { sent, mode, address };
                self.say_and(reply, Then::Report(then));
            }
            // Port 0 is nobody's port: this driver is not in order.
            Err(_) => self.cannot_listen(ListenError::NoSuchAddress),
        }
    }

    pub(super) fn handle_listen_failed(&mut self, listener: ListenerId, why: ListenError) {
        if matches!(self.data, Data::ListenRequested { listener: asked, .. } if asked == listener) {
            self.data = Data::None;
            self.task = Task::Idle;
            self.cannot_listen(why);
        }
    }

    pub(super) fn handle_accepted(&mut self, listener: ListenerId, conn: ConnId, peer: SocketAddr) {
        let is_awaited = matches!(self.data, Data::Listening { listener: awaited } if awaited == listener);
        let is_peer = peer.ip().to_canonical() == self.peer.ip().to_canonical();
        if is_awaited && (is_peer || self.config.passive_from == PassiveFrom::Anyone) {
            self.out.push(Output::StopListening { listener });
            self.data = Data::Open(Link::new(conn));
            self.timers.stop(Timer::Data);
            return;
        }
        if is_awaited {
            let note = Note::StrangerRefused { peer };
            self.out.report(conn, Report::Note { note });
        }
        self.out.push(Output::Abort { conn });
    }

    pub(super) fn handle_connected(&mut self, conn: ConnId) {
        if matches!(self.data, Data::Connecting { conn: called, .. } if called == conn) {
            self.data = Data::Open(Link::new(conn));
            self.timers.stop(Timer::Data);
        }
    }

    pub(super) fn handle_connect_failed(&mut self, conn: ConnId, why: ConnectError) {
        let (to, from_port) = match self.data {
            Data::Connecting {
                conn: called,
                to,
                from_port,
            } if called == conn => (to, from_port),
            _ => return,
        };
        if let (FromPort::Exactly(wanted), ConnectError::LocalPort) = (from_port, why) {
            let note = Note::DataPortFallback { wanted };
            self.out.report(conn, Report::Note { note });
            return self.call(to, FromPort::Any);
        }
        self.data = Data::None;
        let trouble = Trouble::DataConnect { why };
        self.out.report(conn, Report::Trouble { trouble });
        self.cannot_open_data();
    }

    /// Calls the address that PORT or EPRT announced.
    pub(super) fn call_client(&mut self, to: SocketAddr) {
        let beside = self.local.port().checked_sub(1).filter(|port| *port > 0);
        let from_port = match (self.config.active_from, beside) {
            (ActiveFrom::BesideControl, Some(port)) => FromPort::Exactly(port),
            _ => FromPort::Any,
        };
        self.timers.set(Timer::Data, self.now + self.config.patience.connect);
        self.call(to, from_port);
    }

    /// The client did not call in time, or did not answer the call.
    pub(super) fn data_not_connected(&mut self) {
        let (conn, trouble) = match self.data {
            Data::Connecting { conn, .. } => {
                let why = ConnectError::TimedOut;
                (conn, Trouble::DataConnect { why })
            }
            _ => (self.conn, Trouble::DataNotCalled),
        };
        self.out.report(conn, Report::Trouble { trouble });
        self.cannot_open_data();
    }

    fn call(&mut self, to: SocketAddr, from_port: FromPort) {
        let conn = self.out.connect(from_port, to);
        self.data = Data::Connecting { conn, to, from_port };
    }

    /// The code is 425, which PASV's list in RFC 959 lacks: it has a 421, and that would end a session that can do all
    /// else (RFC 1123 section 4.1.2.11 lets a server choose).
    fn cannot_listen(&mut self, why: ListenError) {
        self.data.abort(&mut self.out);
        let is_exhausted = why == ListenError::Exhausted;
        if self.phase == Phase::Serving {
            let trouble = Trouble::Listen { why };
            self.out.report(self.conn, Report::Trouble { trouble });
            if is_exhausted {
                let limit = Limit::PassivePorts;
                let note = Note::LimitReached { limit };
                self.out.report(self.conn, Report::Note { note });
            }
        }
        let text = match is_exhausted {
            true => all_taken(self.config.passive_ports),
            false => "No port can be opened for a data connection.".to_owned(),
        };
        self.reply(ReplyCode::CANNOT_OPEN_DATA_CONNECTION, text);
    }

    /// The 227 or 229 for `port`, and the address that the client is to call.
    fn passive_reply(&self, mode: TransferMode, port: u16) -> Result<(Reply, SocketAddr), HostPortError> {
        let own = self.local.ip().to_canonical();
        if mode == TransferMode::ExtendedPassive {
            let text = ExtendedPort::new(port)?.to_reply_text();
            let reply = Reply::new(ReplyCode::ENTERING_EXTENDED_PASSIVE_MODE, text);
            return Ok((reply, SocketAddr::new(own, port)));
        }
        let ip = match (self.config.passive_address, own) {
            (Some(told), _) => told,
            (None, IpAddr::V4(own)) => own,
            // PASV was refused before.
            (None, IpAddr::V6(_)) => return Err(HostPortError::Address),
        };
        let told = HostPort::new(SocketAddrV4::new(ip, port))?;
        let reply = Reply::new(ReplyCode::ENTERING_PASSIVE_MODE, told.to_reply_text());
        Ok((reply, SocketAddr::V4(told.address())))
    }
}

fn all_taken(ports: Ports) -> String {
    match ports {
        Ports::Any => "All ports for data connections are taken; try again later.".to_owned(),
        Ports::Range { first, last } => {
            let count = u32::from(last.saturating_sub(first)) + 1;
            format!("All of the {count} ports for data connections, {first} to {last}, are taken; try again later.")
        }
    }
}
